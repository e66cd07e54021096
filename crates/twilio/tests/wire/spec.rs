//! What we send and read, against a cut of Twilio's own OpenAPI (testdata/README.md).

mod perform;
mod sample;

use std::fmt::Debug;

use callab_twilio::{
    Account, Alert, Balance, Call, CallNotification, CallSummary, CallerId, DialingPermissions, InsightsSettings,
    Number, NumberPrices, UsageRecord, UsageTrigger, VoiceCountryPrices, VoicePrice,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::server::{ACCOUNT, Reply, Server};
use perform::perform;
use sample::sample;

const NUMBER: &str = "PNaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const CALL: &str = "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TRIGGER: &str = "UTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TO: &str = "+18001234567";
const ALERT: &str = "NOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The cuts, each with the product it is of.
fn specs() -> Vec<(&'static str, Value)> {
    [
        ("accounts", include_str!("../../testdata/twilio_accounts_v1.cut.json")),
        ("api", include_str!("../../testdata/twilio_api_v2010.cut.json")),
        ("insights", include_str!("../../testdata/twilio_insights_v1.cut.json")),
        ("monitor", include_str!("../../testdata/twilio_monitor_v1.cut.json")),
        ("pricing", include_str!("../../testdata/twilio_pricing_v1.cut.json")),
        ("pricing", include_str!("../../testdata/twilio_pricing_v2.cut.json")),
        ("routes", include_str!("../../testdata/twilio_routes_v2.cut.json")),
        ("voice", include_str!("../../testdata/twilio_voice_v1.cut.json")),
    ]
    .map(|(product, cut)| (product, serde_json::from_str(cut).unwrap()))
    .to_vec()
}

/// The path of a specification with the values of the tests in it.
fn path(template: &str, operation: &str) -> String {
    let sid = match operation {
        "FetchAccount" => ACCOUNT,
        "FetchCall" | "UpdateCall" => CALL,
        "DeleteUsageTrigger" => TRIGGER,
        "FetchAlert" => ALERT,
        _ => NUMBER,
    };
    let values = [
        ("{AccountSid}", ACCOUNT),
        ("{CallSid}", CALL),
        ("{DestinationNumber}", TO),
        ("{IsoCode}", "US"),
        ("{IsoCountry}", "US"),
        ("{PhoneNumber}", TO),
        ("{Sid}", sid),
    ];
    values
        .into_iter()
        .fold(template.to_owned(), |path, (name, value)| path.replace(name, value))
}

/// The replies that give an example: itself and, as it may be the first of two pages, a last one without items.
fn replies(example: &Value) -> (Vec<Reply>, usize) {
    let is_page = example.get("page").is_some() || example.get("meta").is_some();
    let list = example.as_object().unwrap().iter().find(|(_, value)| value.is_array());
    let Some((key, items)) = list.filter(|_| is_page) else {
        return (vec![Reply::json(200, example)], 1);
    };
    let empty = json!({ key: [], "next_page_uri": null });
    (
        vec![Reply::json(200, example), Reply::json(200, &empty)],
        items.as_array().unwrap().len(),
    )
}

#[tokio::test]
async fn every_operation_is_in_the_specification_and_every_example_is_read() {
    for (product, spec) in specs() {
        for (operation, spec) in spec["operations"].as_object().unwrap() {
            let mut answers: Vec<_> = spec["examples"].as_array().unwrap().iter().map(replies).collect();
            if spec["method"] == "DELETE" {
                answers.push((vec![Reply::text(204, "")], 0));
            }
            assert!(!answers.is_empty(), "{operation}");
            for (replies, items) in answers {
                let server = Server::start(replies).await;
                let read = perform(product, operation, &server.client()).await;
                assert_eq!(
                    read.unwrap_or_else(|error| panic!("{product} {operation}: {error:?}")),
                    items,
                    "{operation}"
                );

                let sent = &server.requests()[0];
                assert_eq!(sent.method.as_str(), spec["method"], "{operation}");
                let expected = format!("/{product}{}", path(spec["path"].as_str().unwrap(), operation));
                assert_eq!(sent.path, expected, "{operation}");
                assert_named(&sent.query, &spec["query"], operation);
                assert_named(&sent.form, &spec["form"], operation);
            }
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

/// A field that the specification does not have, or has as another type, is `None` or an error here.
fn assert_every_field_is_filled<T: DeserializeOwned + Debug>(schema: &str) {
    let specs = specs();
    let properties = specs.iter().find_map(|(_, spec)| spec["schemas"][schema].as_object());
    let whole: Map<String, Value> = properties
        .unwrap()
        .iter()
        .map(|(name, property)| (name.clone(), sample(schema, name, property)))
        .collect();
    // As text: amounts are read from the text of the answer.
    let read: T =
        serde_json::from_str(&Value::Object(whole).to_string()).unwrap_or_else(|error| panic!("{schema}: {error}"));
    let printed = format!("{read:#?}");
    for missing in ["None", "Other(", "[]"] {
        assert!(!printed.contains(missing), "{missing} in {printed}");
    }
}

#[test]
fn every_field_is_in_the_specification() {
    assert_every_field_is_filled::<Account>("api.v2010.account");
    assert_every_field_is_filled::<Balance>("api.v2010.account.balance");
    assert_every_field_is_filled::<Number>("api.v2010.account.incoming_phone_number");
    assert_every_field_is_filled::<CallerId>("api.v2010.account.outgoing_caller_id");
    assert_every_field_is_filled::<Call>("api.v2010.account.call");
    assert_every_field_is_filled::<CallNotification>("api.v2010.account.call.call_notification");
    assert_every_field_is_filled::<UsageRecord>("api.v2010.account.usage.usage_record");
    assert_every_field_is_filled::<UsageTrigger>("api.v2010.account.usage.usage_trigger");
    assert_every_field_is_filled::<Alert>("monitor.v1.alert-instance");
    assert_every_field_is_filled::<InsightsSettings>("insights.v1.account_settings");
    assert_every_field_is_filled::<CallSummary>("insights.v1.call.summary");
    assert_every_field_is_filled::<VoicePrice>("pricing.v2.voice.voice_number");
    assert_every_field_is_filled::<VoiceCountryPrices>("pricing.v2.voice.voice_country-instance");
    assert_every_field_is_filled::<NumberPrices>("pricing.v1.phone_number.phone_number_country-instance");
    assert_every_field_is_filled::<DialingPermissions>(
        "voice.v1.dialing_permissions.dialing_permissions_country-instance",
    );
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
