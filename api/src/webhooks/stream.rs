//! Twilio reports a media stream's start and end.

use axum::extract::State;
use axum::http::StatusCode;
use domain::calls::{StreamEvent, StreamFacts};
use domain::{Services, calls};
use tracing::error;

use super::refused::Refused;
use super::verified::Verified;

pub(super) async fn handle(State(services): State<Services>, webhook: Verified) -> Result<StatusCode, Refused> {
    let event = match webhook.params.get("StreamEvent") {
        Some("stream-started") => StreamEvent::Started,
        Some("stream-stopped") => StreamEvent::Stopped,
        Some("stream-error") => StreamEvent::Error(webhook.params.get("StreamError").and_then(leading_code)),
        _ => return Ok(StatusCode::NO_CONTENT), // An event that came later than this release.
    };
    let facts = StreamFacts {
        call_sid: webhook.call_sid()?,
        stream_sid: webhook.word("StreamSid").unwrap_or_default(),
        event,
        at: webhook.at(),
    };
    calls::note_stream(&services, &webhook.target, &facts)
        .await
        .map_err(|error| {
            error!(
                error = &error as &dyn std::error::Error,
                call.sid = facts.call_sid,
                "could not note a stream of call {}",
                facts.call_sid
            );
            Refused::Unavailable
        })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Twilio's error code where the text begins with it, as in `31920 - Stream - WebSocket - Handshake Error`.
fn leading_code(text: &str) -> Option<i32> {
    let digits = text.trim_start().split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}
