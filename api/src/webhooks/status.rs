//! Twilio reports a call's progress and end.

use axum::extract::State;
use axum::http::StatusCode;
use domain::calls::StatusFacts;
use domain::{Services, calls};
use tracing::error;

use super::refused::Refused;
use super::verified::Verified;

pub(super) async fn handle(State(services): State<Services>, webhook: Verified) -> Result<StatusCode, Refused> {
    let call = webhook.voice_facts()?;
    let facts = StatusFacts {
        call_sid: call.call_sid,
        from: call.from,
        to: call.to,
        status: call.status,
        sequence: webhook.number("SequenceNumber"),
        at: webhook.at(),
        duration_s: webhook.number("CallDuration"),
        sip_code: webhook.number("SipResponseCode"),
    };
    calls::note_status(&services, &webhook.target, &facts)
        .await
        .map_err(|error| {
            error!(
                error = &error as &dyn std::error::Error,
                call.sid = facts.call_sid,
                "could not note call {}",
                facts.call_sid
            );
            Refused::Unavailable
        })?;
    Ok(StatusCode::NO_CONTENT)
}
