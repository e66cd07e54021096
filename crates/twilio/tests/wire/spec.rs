//! What we send and read, against a cut of Twilio's own OpenAPI (testdata/README.md).

use std::fmt::Debug;

use callab_twilio::{
    Account, Balance, Call, CallEvent, CallFilter, CallInstructions, CallSid, CallStatus, CallerId, EndCall, NewCall,
    Number, NumberSid, NumberUpdate, Twilio, TwilioError,
};
use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::server::{ACCOUNT, Reply, Server, who};

const NUMBER: &str = "PNaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const CALL: &str = "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn spec() -> Value {
    serde_json::from_str(include_str!("../../testdata/twilio_api_v2010.cut.json")).unwrap()
}

/// Performs an operation with every parameter we ever send, and answers how many things came back.
async fn perform(operation: &str, twilio: &dyn Twilio) -> Result<usize, TwilioError> {
    let who = who();
    let number = NumberSid::parse(NUMBER).unwrap();
    let call = CallSid::parse(CALL).unwrap();
    match operation {
        "FetchAccount" => twilio.fetch_account(&who).await.map(|_| 1),
        "FetchBalance" => twilio.fetch_balance(&who).await.map(|_| 1),
        "ListIncomingPhoneNumber" => twilio.find_numbers(&who, "+18089255327").await.map(|all| all.len()),
        "FetchIncomingPhoneNumber" => twilio.fetch_number(&who, &number).await.map(|_| 1),
        "UpdateIncomingPhoneNumber" => twilio.update_number(&who, &number, &whole_update()).await.map(|_| 1),
        "ListOutgoingCallerId" => twilio.list_outgoing_caller_ids(&who).await.map(|all| all.len()),
        "CreateCall" => twilio.create_call(&who, &whole_call()).await.map(|_| 1),
        "FetchCall" => twilio.fetch_call(&who, &call).await.map(|_| 1),
        "UpdateCall" => twilio.end_call(&who, &call, EndCall::Canceled).await.map(|_| 1),
        "ListCall" => twilio.list_calls(&who, &whole_filter()).await.map(|all| all.len()),
        other => panic!("{other} is in the test data and not here"),
    }
}

fn whole_update() -> NumberUpdate {
    let text = || Some("x".to_owned());
    NumberUpdate {
        voice_url: text(),
        voice_method: text(),
        voice_fallback_url: text(),
        voice_fallback_method: text(),
        status_callback: text(),
        status_callback_method: text(),
        voice_application_sid: text(),
        trunk_sid: text(),
        voice_receive_mode: text(),
    }
}

fn whole_call() -> NewCall {
    NewCall {
        to: "+18089255327".into(),
        from: "+13051416799".into(),
        instructions: CallInstructions::Url("https://callab.example/voice".into()),
        fallback_url: Some("https://callab.example/fallback".into()),
        status_callback: Some("https://callab.example/status".into()),
        status_callback_events: CallEvent::ALL.to_vec(),
        timeout: Some(std::time::Duration::from_secs(20)),
        time_limit: Some(std::time::Duration::from_mins(1)),
    }
}

fn whole_filter() -> CallFilter {
    let day = NaiveDate::from_ymd_opt(2026, 1, 31);
    CallFilter {
        to: Some("+18089255327".into()),
        from: Some("+13051416799".into()),
        status: Some(CallStatus::NoAnswer),
        started_after: day,
        started_before: day,
        ..CallFilter::default()
    }
}

#[tokio::test]
async fn every_operation_is_in_the_specification_and_every_example_is_read() {
    for (operation, spec) in spec()["operations"].as_object().unwrap() {
        let examples = spec["examples"].as_array().unwrap();
        assert!(!examples.is_empty(), "{operation}");
        for example in examples {
            let key = ["calls", "incoming_phone_numbers", "outgoing_caller_ids"]
                .into_iter()
                .find(|key| example.get(*key).is_some());
            let items = key.map_or(1, |key| example[key].as_array().unwrap().len());
            // An example may be the first of two pages.
            let last_page = json!({ key.unwrap_or_default(): [], "next_page_uri": null });
            let server = Server::start([Reply::json(200, example), Reply::json(200, &last_page)]).await;

            let read = perform(operation, &server.client()).await;
            assert_eq!(
                read.unwrap_or_else(|error| panic!("{operation}: {error:?} from {example}")),
                items
            );

            let sent = &server.requests()[0];
            assert_eq!(sent.method.as_str(), spec["method"], "{operation}");
            let path = sent.path.trim_start_matches("/api");
            let path = path.replacen(
                ACCOUNT,
                if operation == "FetchAccount" {
                    "{Sid}"
                } else {
                    "{AccountSid}"
                },
                1,
            );
            assert_eq!(
                path.replace(NUMBER, "{Sid}").replace(CALL, "{Sid}"),
                spec["path"],
                "{operation}"
            );
            assert_named(&sent.query, &spec["query"], operation);
            assert_named(&sent.form, &spec["form"], operation);
        }
    }
}

fn assert_named(sent: &[(String, String)], known: &Value, operation: &str) {
    for (name, _) in sent {
        assert!(
            known.as_array().unwrap().contains(&json!(name)),
            "{operation} has no parameter {name}"
        );
    }
}

/// A value of the type the specification gives a property.
fn sample(schema: &str, name: &str, property: &Value) -> Value {
    if let Some(first) = property["enum"].get(0) {
        return first.clone();
    }
    match (property["type"].as_str(), property["format"].as_str(), name) {
        (Some("string"), Some("date-time-rfc-2822"), _) => json!("Thu, 30 Jul 2015 20:00:00 +0000"),
        (Some("boolean"), ..) => json!(true),
        (Some("object"), Some("phone-number-capabilities"), _) => {
            json!({ "voice": true, "sms": true, "mms": true, "fax": true })
        }
        (Some("object"), ..) => json!({}),
        (Some("string"), _, "account_sid" | "owner_account_sid") => json!(ACCOUNT),
        (Some("string"), _, "sid") => json!(match schema {
            "api.v2010.account" => ACCOUNT,
            "api.v2010.account.call" => CALL,
            _ => NUMBER,
        }),
        (Some("string"), _, "price" | "balance" | "duration" | "queue_time") => json!("1"),
        // Free text to the specification, which lists the values in its description.
        (Some("string"), _, "direction") => json!("inbound"),
        (Some("string"), ..) => json!("text"),
        (other, ..) => panic!("{schema} {name} is of type {other:?}"),
    }
}

/// A field that the specification does not have, or has as another type, is `None` or an error here.
fn assert_every_field_is_filled<T: DeserializeOwned + Debug>(schema: &str) {
    let spec = spec();
    let properties = spec["schemas"][schema].as_object().unwrap();
    let whole: Map<String, Value> = properties
        .iter()
        .map(|(name, property)| (name.clone(), sample(schema, name, property)))
        .collect();
    // As text: amounts are read from the text of the answer.
    let read: T = serde_json::from_str(&Value::Object(whole).to_string()).unwrap();
    let printed = format!("{read:#?}");
    assert!(!printed.contains("None") && !printed.contains("Other("), "{printed}");
}

#[test]
fn every_field_is_in_the_specification() {
    assert_every_field_is_filled::<Account>("api.v2010.account");
    assert_every_field_is_filled::<Balance>("api.v2010.account.balance");
    assert_every_field_is_filled::<Number>("api.v2010.account.incoming_phone_number");
    assert_every_field_is_filled::<CallerId>("api.v2010.account.outgoing_caller_id");
    assert_every_field_is_filled::<Call>("api.v2010.account.call");
}

#[test]
fn an_empty_text_and_null_are_both_none() {
    let number: Number = serde_json::from_value(json!({
        "sid": NUMBER, "account_sid": ACCOUNT, "phone_number": "+18089255327", "capabilities": null,
        "voice_url": "", "trunk_sid": null, "voice_application_sid": "",
    }))
    .unwrap();
    assert_eq!(
        (number.voice_url, number.trunk_sid, number.voice_application_sid),
        (None, None, None)
    );
}

#[test]
fn what_twilio_adds_later_is_kept() {
    let mut account = crate::server::account();
    account["status"] = json!("hibernating");
    account["new_field"] = json!({ "deep": [1] });
    let account: Account = serde_json::from_value(account).unwrap();
    assert_eq!(account.status.as_str(), "hibernating");
    assert_eq!(serde_json::to_value(account.status).unwrap(), json!("hibernating"));
}
