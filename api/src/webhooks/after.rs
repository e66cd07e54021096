//! The agent's part of a call is over: what comes next?

use axum::extract::State;
use axum::response::Response;
use domain::calls::AgentLeg;
use domain::{Services, calls};
use entity::call::CallStatus;

use super::refused::Refused;
use super::twiml_of;
use super::verified::Verified;

pub(super) async fn handle(State(services): State<Services>, webhook: Verified) -> Result<Response, Refused> {
    let facts = webhook.voice_facts()?;
    let leg = AgentLeg {
        status: webhook
            .word("DialCallStatus")
            .map(|status| CallStatus::from(status.as_str())),
        sip_code: webhook.number("DialSipResponseCode"),
    };
    // Twilio takes the fallback then: a sentence is better than a dead line.
    let answer = calls::after(&services, &webhook.target, &facts, &leg).await;
    Ok(twiml_of(&answer.ok_or(Refused::Unavailable)?))
}
