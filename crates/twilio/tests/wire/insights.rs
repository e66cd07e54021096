//! Voice Insights.

use std::time::Duration;

use callab_twilio::{CallSid, CallSummary, DisconnectedBy, InsightsCallState, ProcessingState, Twilio};
use serde_json::{Value, json};

use crate::server::{Reply, Server, who};

const CALL: &str = "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

async fn summary(body: &Value) -> CallSummary {
    let server = Server::start([Reply::json(200, body)]).await;
    let call = CallSid::parse(CALL).unwrap();
    server.client().fetch_call_summary(&who(), &call).await.unwrap()
}

#[tokio::test]
async fn a_call_that_sounded_bad_says_where() {
    // Twilio's own example, of a trunk's call.
    let read = summary(&json!({
        "call_sid": CALL, "processing_state": "partial", "call_state": "noanswer", "duration": 44, "connect_duration": 41,
        "tags": ["silence"], "client_edge": null,
        "sip_edge": { "properties": { "direction": "inbound" }, "metrics": { "outbound": {
            "codec": 0, "codec_name": "pcmu", "packets_sent": 1953, "packets_lost": 12, "packets_loss_percentage": 0.61,
            "jitter": { "max": 1.76407, "avg": 0.23138 }, "latency": { "max": 0.386, "avg": 0.3765 } } } },
        "properties": { "last_sip_response_num": 200, "pdd_ms": 1990.5, "disconnected_by": "caller" },
    }))
    .await;
    assert_eq!(read.processing_state, Some(ProcessingState::Partial));
    assert_eq!(read.call_state, Some(InsightsCallState::NoAnswer));
    assert_eq!(read.connect_duration, Some(Duration::from_secs(41)));
    assert_eq!(read.tags, ["silence"]);
    let properties = read.properties.unwrap();
    assert_eq!(properties.disconnected_by, Some(DisconnectedBy::Caller));
    assert_eq!(properties.pdd_ms.unwrap().to_string(), "1990.5");
    assert_eq!(properties.last_sip_response_num.as_deref(), Some("200"));
    let metrics = read.sip_edge.unwrap().metrics.unwrap();
    assert_eq!(metrics.inbound, None);
    let outbound = metrics.outbound.unwrap();
    assert_eq!(outbound.packet_loss_percent.unwrap().to_string(), "0.61");
    assert_eq!(outbound.jitter_ms.unwrap().avg.unwrap().to_string(), "0.23138");
    assert_eq!(outbound.latency_ms.unwrap().max.unwrap().to_string(), "0.386");
}

#[tokio::test]
async fn parts_of_another_shape_are_missing_and_the_rest_is_read() {
    let read = summary(&json!({
        "call_sid": CALL, "call_state": "teleported", "tags": null, "carrier_edge": 7, "properties": "none",
        "sdk_edge": { "metrics": { "inbound": { "jitter": 7, "packets_lost": "3" }, "outbound": false } },
    }))
    .await;
    assert_eq!(read.call_state, Some(InsightsCallState::Other("teleported".into())));
    assert_eq!((read.properties, read.carrier_edge), (None, None));
    let metrics = read.sdk_edge.unwrap().metrics.unwrap();
    assert_eq!(metrics.outbound, None);
    let inbound = metrics.inbound.unwrap();
    assert_eq!((inbound.jitter_ms, inbound.packets_lost), (None, Some(3.into())));
}
