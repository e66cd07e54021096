//! No secret and no phone number in what may be logged.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use callab_twilio::{Twilio, TwilioError};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::server::{Reply, Server, TOKEN, account, config, who};

/// The token as it goes over the wire: the part of the base64 of SID, colon and token that the token alone decides.
const BASIC: &str = "wZjFlMmQzYzRiNWE2OTc4ODc5NmE1YjRjM2QyZTFmMA";

/// A token that Twilio makes.
const NEW_TOKEN: &str = "1111111122222222333333334444aaaa";

/// Everything an error can print, its causes included.
fn printed(error: &TwilioError) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, " {error} {error:?}").unwrap();
        cause = error.source();
    }
    text
}

/// Log lines, kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn errors_and_logs_hold_no_secret_and_no_phone_number() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let telling = format!("{TOKEN} +15005550006");
    let refusal = |status, code| {
        Reply::json(
            status,
            &json!({ "code": code, "message": telling, "more_info": telling, "status": status }),
        )
        .with_header("twilio-request-id", "RQ0123456789")
    };
    let mut misshapen = account();
    misshapen["status"] = json!({ "oops": telling });
    let new_token = json!({ "secondary_auth_token": NEW_TOKEN });
    let script = [
        Reply::json(200, &account()),
        Reply::json(201, &new_token),
        Reply::json(200, &json!({ "auth_token": { "oops": NEW_TOKEN } })),
        refusal(401, 20003),
        refusal(403, 20008),
        refusal(400, 21211),
        Reply::text(400, &telling),
        Reply::text(200, &telling),
        Reply::json(200, &json!(telling)),
        Reply::json(200, &misshapen),
    ];
    let requests = script.len();
    let server = Server::start(script).await;
    let twilio = server.client();
    let mut all = format!("{twilio:?} {:?} {:?}", who(), config(&server.template()));
    all += &twilio
        .fetch_account(&who())
        .await
        .map(|account| format!("{account:?}"))
        .unwrap();
    write!(all, "{:?}", twilio.create_secondary_token(&who()).await.unwrap()).unwrap();
    all += &printed(&twilio.promote_secondary_token(&who()).await.unwrap_err());
    for _ in 3..requests {
        all += &printed(&twilio.find_numbers(&who(), "+15005550006").await.unwrap_err());
    }
    drop(server);
    // And one that fails below HTTP, where the library's error knows the address.
    let mut nowhere = config("http://127.0.0.1:1/{product}");
    nowhere.retry.attempts = 1;
    all += &printed(
        &crate::server::client_with(nowhere)
            .find_numbers(&who(), "+15005550006")
            .await
            .unwrap_err(),
    );

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("twilio.request_id=\"RQ0123456789\""), "{logged}");
    for secret in [TOKEN, BASIC, NEW_TOKEN, "5005550006"] {
        assert!(!all.contains(secret), "{secret} in {all}");
        assert!(!logged.contains(secret), "{secret} in {logged}");
    }
}
