//! A scripted server: it records each request and gives the next reply of its script.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use callab_twilio::{
    AccountSid, AuthToken, BaseUrl, Credentials, HttpTwilio, HttpTwilioConfig, Region, RetryPolicy, Secret,
};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub const TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// What the server does with one request.
pub enum Reply {
    /// Answers with a status, headers and a body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Never answers.
    Never,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Answer(
            status,
            vec![("content-type", "application/json".to_owned())],
            body.to_string(),
        )
    }

    /// Twilio's classic error.
    pub fn error(status: u16, code: i32) -> Self {
        Self::json(
            status,
            &json!({ "code": code, "message": "No", "more_info": format!("https://www.twilio.com/docs/errors/{code}"), "status": status }),
        )
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self::Answer(status, vec![("content-type", "text/html".to_owned())], body.to_owned())
    }

    pub fn with_header(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Answer(status, mut headers, body) => {
                headers.push((name, value.to_owned()));
                Self::Answer(status, headers, body)
            }
            Self::Never => Self::Never,
        }
    }
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub method: Method,
    pub path: String,
    pub raw_query: String,
    pub query: Vec<(String, String)>,
    pub form: Vec<(String, String)>,
    pub headers: HeaderMap,
}

type Script = Arc<Mutex<VecDeque<Reply>>>;
type Record = Arc<Mutex<Vec<Recorded>>>;

pub struct Server {
    address: SocketAddr,
    record: Record,
}

impl Server {
    /// Answers with `script`, one reply a request, and with status 418 when it is used up.
    pub async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let script: Script = Arc::new(Mutex::new(script.into_iter().collect()));
        let record = Record::default();
        let app = Router::new().fallback(answer).with_state((script, Arc::clone(&record)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, record }
    }

    pub fn template(&self) -> String {
        format!("http://{}/{{product}}", self.address)
    }

    pub fn client(&self) -> HttpTwilio {
        client(&self.template())
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<Recorded> {
        self.record.lock().unwrap().clone()
    }
}

async fn answer(
    State((script, record)): State<(Script, Record)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let raw_query = uri.query().unwrap_or_default().to_owned();
    record.lock().unwrap().push(Recorded {
        method,
        path: uri.path().to_owned(),
        query: pairs(&raw_query),
        raw_query,
        form: pairs(std::str::from_utf8(&body).unwrap()),
        headers,
    });
    let reply = script
        .lock()
        .unwrap()
        .pop_front()
        .unwrap_or_else(|| Reply::text(418, "the script is used up"));
    match reply {
        Reply::Answer(status, headers, body) => {
            let response = headers
                .iter()
                .fold(Response::builder().status(status), |response, (name, value)| {
                    response.header(*name, value)
                });
            response.body(Body::from(body)).unwrap()
        }
        Reply::Never => std::future::pending().await,
    }
}

/// The pairs of a form or query, decoded.
fn pairs(encoded: &str) -> Vec<(String, String)> {
    let url = Url::parse(&format!("http://localhost/?{encoded}")).unwrap();
    url.query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

pub fn config(template: &str) -> HttpTwilioConfig {
    HttpTwilioConfig {
        base_url: BaseUrl::parse(template).unwrap(),
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(5),
        max_in_flight: 4,
        retry: RetryPolicy {
            attempts: 3,
            base: Duration::from_millis(1),
            cap: Duration::from_millis(20),
            within: Duration::from_secs(15),
        },
    }
}

pub fn client(template: &str) -> HttpTwilio {
    client_with(config(template))
}

/// Chooses the process's cryptography.
pub fn crypto() {
    // An error means that another test was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

pub fn client_with(config: HttpTwilioConfig) -> HttpTwilio {
    crypto();
    HttpTwilio::new(config).unwrap()
}

pub fn who() -> Credentials {
    Credentials {
        account_sid: AccountSid::parse(ACCOUNT).unwrap(),
        secret: Secret::AuthToken(AuthToken::parse(TOKEN).unwrap()),
        region: Region::Us1,
    }
}

pub fn account() -> Value {
    json!({
        "sid": ACCOUNT, "owner_account_sid": ACCOUNT, "status": "active", "type": "Full", "auth_token": TOKEN,
        "friendly_name": "", "date_created": "Thu, 30 Jul 2015 20:00:00 +0000",
    })
}

pub fn call(sid: &str) -> Value {
    json!({ "sid": sid, "account_sid": ACCOUNT, "status": "queued", "to": "+15005550006", "from": "+15005550001" })
}

pub fn number(digit: char) -> Value {
    let sid = format!("PN{}", digit.to_string().repeat(32));
    json!({ "sid": sid, "account_sid": ACCOUNT, "phone_number": "+15005550006" })
}
