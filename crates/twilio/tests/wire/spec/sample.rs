//! Values of the types that the specification gives.

use serde_json::{Value, json};

use super::{ALERT, CALL, NUMBER, TRIGGER};
use crate::server::ACCOUNT;

/// Texts that are amounts.
const AMOUNTS: [&str; 8] = [
    "balance",
    "count",
    "current_value",
    "duration",
    "price",
    "queue_time",
    "trigger_value",
    "usage",
];

/// A value of the type the specification gives a property.
pub fn sample(schema: &str, name: &str, property: &Value) -> Value {
    if let Some(first) = property["enum"].get(0) {
        return first.clone();
    }
    match (property["type"].as_str(), property["format"].as_str(), name) {
        (Some("string"), Some("date-time-rfc-2822"), _) => json!("Thu, 30 Jul 2015 20:00:00 +0000"),
        (Some("string"), Some("date-time"), _) => json!("2015-07-30T20:00:00Z"),
        (Some("string"), Some("date"), _) => json!("2015-07-30"),
        (Some("boolean"), ..) => json!(true),
        (Some("number"), ..) => json!(1.25),
        (Some("object"), Some("phone-number-capabilities"), _) => {
            json!({ "voice": true, "sms": true, "mms": true, "fax": true })
        }
        (Some("object"), Some("inbound-call-price"), _) => {
            json!({ "base_price": "0.0085", "current_price": 0.0085, "number_type": "toll free" })
        }
        (Some("object"), ..) if property["properties"].is_object() => {
            let properties = property["properties"].as_object().unwrap();
            properties
                .iter()
                .map(|(name, property)| (name.clone(), sample(schema, name, property)))
                .collect()
        }
        (Some("array"), ..) => json!([sample(schema, name, &property["items"])]),
        (Some("integer"), ..) => json!(15),
        (Some("string"), _, "account_sid" | "owner_account_sid") => json!(ACCOUNT),
        (Some("string"), _, "call_sid") => json!(CALL),
        (Some("string"), _, "sid") => json!(match schema {
            "api.v2010.account" => ACCOUNT,
            "api.v2010.account.call" => CALL,
            "api.v2010.account.usage.usage_trigger" => TRIGGER,
            "api.v2010.account.call.call_notification" | "monitor.v1.alert-instance" => ALERT,
            _ => NUMBER,
        }),
        (Some("string"), _, name) if AMOUNTS.contains(&name) => json!("1"),
        // Free text to the specification, which lists the values in its description.
        (Some("string"), _, "direction") => json!("inbound"),
        (Some("string"), _, "log_level") => json!("error"),
        (Some("string"), _, "log") => json!("0"),
        (Some("string"), _, "as_of") => json!("2015-07-30T20:00:00+00:00"),
        (Some("string"), ..) => json!("text"),
        // Objects that the specification says nothing more of.
        (None, _, "properties") => json!({
            "direction": "inbound", "disconnected_by": "callee", "pdd_ms": 121, "last_sip_response_num": 200,
            "q850_cause": 16, "media_region": "us1",
        }),
        (None, _, "carrier_edge" | "sip_edge" | "client_edge" | "sdk_edge") => {
            let spread = json!({ "avg": 0.25, "max": "1.5" });
            let stream = json!({
                "codec_name": "pcmu", "packets_lost": 0, "packets_loss_percentage": 0.5, "jitter": spread, "latency": spread,
            });
            json!({ "metrics": { "inbound": stream, "outbound": stream } })
        }
        (Some("object") | None, ..) => json!({}),
        (other, ..) => panic!("{schema} {name} is of type {other:?}"),
    }
}
