//! What a client says over a socket, against another reading of the protocol: as values, and not as types.

use ::fuzz::Target;
use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "null",
    "1",
    "true",
    "{}",
    "[]",
    "\"\"",
    "\"type\"",
    "\"id\"",
    "\"payload\"",
    "\"query\"",
    "\"variables\"",
    "\"operationName\"",
    "\"extensions\"",
    "\"subscribe\"",
    "\"complete\"",
    "\"connection_init\"",
    "\"ping\"",
    "\"pong\"",
    "\"next\"",
    "\"id\":\"1\",",
    "\"type\":\"ping\",",
    " ",
];

/// Whether the protocol lets a client say this.
fn is_said(message: &Json) -> bool {
    let optional = |value: &Json, is: fn(&Json) -> bool| value.is_null() || is(value);
    let has_id = || message["id"].as_str().is_some_and(|id| (1..=128).contains(&id.len()));
    let (payload, object) = (&message["payload"], Json::is_object);
    match message["type"].as_str() {
        Some("connection_init" | "ping" | "pong") => optional(payload, object),
        Some("complete") => has_id(),
        Some("subscribe") => {
            has_id()
                && payload.is_object()
                && payload["query"].is_string()
                && optional(&payload["operationName"], Json::is_string)
                && optional(&payload["variables"], object)
                && optional(&payload["extensions"], object)
        }
        _ => false,
    }
}

#[test]
fn a_message_is_read_exactly_when_the_protocol_has_it() {
    Target::new(env!("CARGO_MANIFEST_DIR"), "messages", WORDS).texts(|text| {
        let read = FromClient::read(text);
        let json = serde_json::from_str::<Json>(text).ok().filter(Json::is_object);
        let said = json.as_ref().is_some_and(is_said);
        match &read {
            Ok(message) => {
                prop_assert!(said, "read, though no client may say it");
                let json = json.as_ref().unwrap_or(&Json::Null);
                let is_the_same = match message {
                    FromClient::ConnectionInit(payload) => {
                        payload.is_empty() || json["payload"].as_object() == Some(payload)
                    }
                    FromClient::Ping(payload) => json["payload"].as_object() == payload.as_ref(),
                    FromClient::Pong => true,
                    FromClient::Complete { id } => json["id"] == id.as_str(),
                    FromClient::Subscribe { id, request } => {
                        json["id"] == id.as_str()
                            && json["payload"]["query"] == request.query.as_str()
                            && json["payload"]["operationName"].as_str() == request.operation_name.as_deref()
                    }
                };
                prop_assert!(is_the_same, "{message:?}");
            }
            Err(why) => {
                // A name given twice is one to the other reading.
                let commas = |json: &str| json.matches(',').count();
                let is_plain = json
                    .as_ref()
                    .is_some_and(|json| commas(text) == commas(&json.to_string()));
                prop_assert!(!said || !is_plain || is_too_much(text.as_bytes()), "not read: {why}");
                prop_assert!(why.len() < 100, "it fits into the frame that closes the socket");
            }
        }
        Ok(())
    });
}
