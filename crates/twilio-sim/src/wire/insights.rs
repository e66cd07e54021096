//! The summary of a call's quality.

use serde_json::{Value, json};

use super::iso_date;
use crate::calls::{CallDirection, CallStatus, HangUp, SimCall};
use crate::e164;

/// A call's summary. The shape of edges and properties is that of the documentation's examples; the specification leaves it open.
pub(crate) fn call_summary(call: &SimCall, region: &str, is_complete: bool, url: &str) -> Value {
    let is_inbound = call.direction == CallDirection::Inbound;
    let other = if is_inbound { &call.from } else { &call.to };
    let kind = other.split_once(':').map_or("carrier", |(scheme, _)| scheme);
    let edge = edge(call, region);
    let on = |name: &str| if kind == name { edge.clone() } else { Value::Null };
    let seconds = |from: Option<chrono::DateTime<chrono::Utc>>| {
        let spent = call
            .ended_at
            .zip(from)
            .map(|(ended, from)| (ended - from).num_seconds());
        spent.unwrap_or(0)
    };
    json!({
        "account_sid": call.account_sid,
        "call_sid": call.sid,
        "call_type": kind,
        "call_state": state(call.status),
        "answered_by": call.answered_by,
        "processing_state": if is_complete { "complete" } else { "partial" },
        "created_time": iso_date(call.created_at),
        "start_time": call.started_at.map(iso_date),
        "end_time": call.ended_at.map(iso_date),
        "duration": seconds(call.started_at),
        "connect_duration": seconds(call.answered_at),
        "from": party("caller", &call.from),
        "to": party("callee", &call.to),
        "carrier_edge": on("carrier"),
        "client_edge": on("client"),
        "sdk_edge": null,
        "sip_edge": on("sip"),
        "tags": call.quality.tags,
        "attributes": { "conference_participant": false },
        "properties": {
            "last_sip_response_num": call.sip_response_code,
            "pdd_ms": call.quality.pdd_ms,
            "disconnected_by": disconnected_by(call),
            "direction": call.direction.as_str().replace('-', "_"),
        },
        "trust": null,
        "annotation": null,
        "url": url,
    })
}

/// The words of Insights for a status, which differ from those of the call log.
fn state(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Queued => "undialed",
        CallStatus::Ringing => "ringing",
        CallStatus::InProgress => "answered",
        CallStatus::Completed => "completed",
        CallStatus::Busy => "busy",
        CallStatus::Failed => "fail",
        CallStatus::NoAnswer => "noanswer",
        CallStatus::Canceled => "canceled",
    }
}

fn disconnected_by(call: &SimCall) -> &'static str {
    match call.hung_up_by {
        Some(HangUp::Caller) => "caller",
        Some(HangUp::Callee) => "callee",
        Some(HangUp::Api | HangUp::TimeLimit | HangUp::Shutdown) | None => "unknown",
    }
}

fn party(role: &str, address: &str) -> Value {
    json!({
        role: address,
        "country_code": e164::country(address),
        "connection": if address.starts_with('+') { "landline" } else { "unknown" },
        "number_prefix": address.trim_start_matches('+').get(..4),
    })
}

/// Twilio's side of the call: 50 packets a second in each direction.
fn edge(call: &SimCall, region: &str) -> Value {
    let quality = &call.quality;
    let packets = call.duration_seconds().unwrap_or(0) * 50;
    let percent = quality.loss_percent.clamp(0.0, 100.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a count of packets for people to read"
    )]
    let lost = (packets as f64 * percent / 100.0).round() as i64;
    let stream = |counted: &str| {
        json!({
            "codec": 0,
            "codec_name": "pcmu",
            counted: packets - lost,
            "packets_lost": lost,
            "packets_loss_percentage": percent,
            "jitter": { "avg": quality.jitter_avg_ms, "max": quality.jitter_max_ms },
            "latency": { "avg": quality.latency_ms, "max": quality.latency_ms },
        })
    };
    json!({
        "metrics": { "inbound": stream("packets_received"), "outbound": stream("packets_sent") },
        "properties": {
            "media_region": region,
            "signaling_region": region,
            "edge_location": "ashburn",
            "direction": if call.direction == CallDirection::Inbound { "inbound" } else { "outbound" },
        },
    })
}
