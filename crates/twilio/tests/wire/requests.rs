//! What goes over the wire.

use callab_twilio::{
    AccountSid, AccountStatus, ApiKeySecret, ApiKeySid, CallEvent, CallFilter, CallInstructions, Credentials, NewCall,
    NumberSid, NumberUpdate, Region, Secret, Twilio, TwilioError,
};
use chrono::NaiveDate;
use serde_json::json;

use crate::server::{ACCOUNT, Reply, Server, account, call, client, number, who};

const CALL: &str = "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn the_headers_are_twilios() {
    let server = Server::start([Reply::json(200, &account())]).await;
    server.client().fetch_account(&who()).await.unwrap();
    let sent = &server.requests()[0];
    assert_eq!(sent.headers["accept"], "application/json");
    assert_eq!(sent.headers["accept-charset"], "utf-8");
    assert!(sent.headers["user-agent"].to_str().unwrap().starts_with("callab-byot/"));
    // base64 of the account's SID, a colon and the token.
    let expected = "Basic QUNhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYTowZjFlMmQzYzRiNWE2OTc4ODc5NmE1YjRjM2QyZTFmMA==";
    assert_eq!(sent.headers["authorization"], expected);
}

#[tokio::test]
async fn an_api_key_asks_for_the_account_under_its_own_name() {
    let server = Server::start([Reply::json(200, &account())]).await;
    let secret = Secret::ApiKey {
        sid: ApiKeySid::parse("SKbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb").unwrap(),
        secret: ApiKeySecret::parse("keysecret").unwrap(),
    };
    server
        .client()
        .fetch_account(&Credentials { secret, ..who() })
        .await
        .unwrap();
    let sent = &server.requests()[0];
    assert_eq!(sent.path, format!("/api/2010-04-01/Accounts/{ACCOUNT}.json"));
    assert_eq!(
        sent.headers["authorization"],
        "Basic U0tiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYjprZXlzZWNyZXQ="
    );
}

#[tokio::test]
async fn a_parent_asks_for_its_subaccount_under_its_own_name() {
    const SUBACCOUNT: &str = "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    let mut suspended = account();
    suspended["sid"] = json!(SUBACCOUNT);
    suspended["status"] = json!("suspended");
    let server = Server::start([Reply::json(200, &account()), Reply::json(200, &suspended)]).await;
    let twilio = server.client();
    twilio.fetch_account(&who()).await.unwrap();
    let sid = AccountSid::parse(SUBACCOUNT).unwrap();
    let read = twilio.fetch_subaccount(&who(), &sid).await.unwrap();
    assert_eq!((read.status, read.sid), (AccountStatus::Suspended, sid));
    let sent = server.requests();
    assert_eq!(sent[1].path, format!("/api/2010-04-01/Accounts/{SUBACCOUNT}.json"));
    assert_eq!(sent[1].headers["authorization"], sent[0].headers["authorization"]);
}

#[tokio::test]
async fn a_region_goes_into_the_address() {
    let server = Server::start([Reply::json(200, &account())]).await;
    server
        .client()
        .fetch_account(&Credentials {
            region: Region::Ie1,
            ..who()
        })
        .await
        .unwrap();
    assert_eq!(
        server.requests()[0].path,
        format!("/api.dublin.ie1/2010-04-01/Accounts/{ACCOUNT}.json")
    );
}

#[tokio::test]
async fn a_call_is_a_form_with_repeated_events() {
    let server = Server::start([Reply::json(201, &call(CALL))]).await;
    let new = NewCall {
        to: "+15005550006".into(),
        from: "+15005550001".into(),
        instructions: CallInstructions::Twiml("<Response/>".into()),
        fallback_url: None,
        status_callback: Some("https://callab.example/s".into()),
        status_callback_events: vec![CallEvent::Initiated, CallEvent::Ringing],
        timeout: Some(std::time::Duration::from_secs(20)),
        time_limit: None,
    };
    server.client().create_call(&who(), &new).await.unwrap();
    let sent = &server.requests()[0];
    assert_eq!(sent.headers["content-type"], "application/x-www-form-urlencoded");
    let form: Vec<(&str, &str)> = sent
        .form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        form,
        [
            ("To", "+15005550006"),
            ("From", "+15005550001"),
            ("Twiml", "<Response/>"),
            ("StatusCallback", "https://callab.example/s"),
            ("Timeout", "20"),
            ("StatusCallbackEvent", "initiated"),
            ("StatusCallbackEvent", "ringing"),
        ]
    );
}

#[tokio::test]
async fn only_the_named_fields_of_a_number_are_sent_and_an_empty_one_clears() {
    let server = Server::start([Reply::json(200, &number('a'))]).await;
    let sid = NumberSid::parse("PNaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
    let change = NumberUpdate {
        voice_url: Some("https://callab.example/v".into()),
        trunk_sid: Some(String::new()),
        ..NumberUpdate::default()
    };
    server.client().update_number(&who(), &sid, &change).await.unwrap();
    let form = server.requests()[0].form.clone();
    let expected = [("VoiceUrl", "https://callab.example/v"), ("TrunkSid", "")];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn days_are_compared_in_the_parameters_name_and_plus_is_escaped() {
    let server = Server::start([Reply::json(200, &json!({ "calls": [] }))]).await;
    let filter = CallFilter {
        to: Some("+15005550006".into()),
        started_after: NaiveDate::from_ymd_opt(2026, 1, 31),
        limit: 20,
        ..CallFilter::default()
    };
    server.client().list_calls(&who(), &filter).await.unwrap();
    assert_eq!(
        server.requests()[0].raw_query,
        "PageSize=20&To=%2B15005550006&StartTime%3E=2026-01-31"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start([Reply::json(200, &account())]).await;
    let location = elsewhere.template().replace("{product}", "api");
    let server = Server::start([Reply::text(302, "").with_header("location", &location)]).await;
    let error = server.client().fetch_account(&who()).await.unwrap_err();
    assert!(
        matches!(error, TwilioError::Unexplained { status: 302, .. }),
        "{error:?}"
    );
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn the_path_of_a_template_is_kept() {
    let server = Server::start([Reply::json(200, &account())]).await;
    let template = server.template().replace("{product}", "twilio/{product}/v");
    client(&template).fetch_account(&who()).await.unwrap();
    assert_eq!(
        server.requests()[0].path,
        format!("/twilio/api/v/2010-04-01/Accounts/{ACCOUNT}.json")
    );
}
