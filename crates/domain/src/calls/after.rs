//! The agent's part is over: what comes next in the call?

use ::entity::call::CallStatus;
use ::entity::call_step::StepKind;
use tracing::error;

use super::inbound::unavailable;
use super::record::{self, Seen, Step};
use super::{Answer, Target, VoiceFacts};
use crate::Services;

/// How the SIP leg to the agent ended, in Twilio's word (`DialCallStatus`); none after a media stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentLeg {
    /// `completed`, `answered`, `busy`, `no-answer`, `failed` or `canceled`.
    pub status: Option<CallStatus>,
    /// The SIP answer of the leg.
    pub sip_code: Option<i32>,
}

/// Answers what comes after the agent: nothing, or the fallback if the agent could not be reached.
pub async fn after(services: &Services, target: &Target, facts: &VoiceFacts, leg: &AgentLeg) -> Answer {
    if let Some(status) = &leg.status
        && let Err(error) = note(services, target, facts, leg, status).await
    {
        error!(
            error = &error as &dyn std::error::Error,
            call.sid = facts.call_sid,
            "could not note call {}",
            facts.call_sid
        );
    }
    match leg.status {
        Some(CallStatus::Busy | CallStatus::NoAnswer | CallStatus::Failed) => unavailable(&services.limits),
        _ => Answer::HangUp,
    }
}

async fn note(
    services: &Services,
    target: &Target,
    facts: &VoiceFacts,
    leg: &AgentLeg,
    status: &CallStatus,
) -> Result<(), sea_orm::DbErr> {
    let mut tx = services.begin().await?;
    let seen = Seen {
        sid: facts.call_sid.clone(),
        from: facts.from.clone(),
        to: facts.to.clone(),
        status: facts.status.clone(),
    };
    let call = record::call_of(services, &tx, target, &seen).await?;
    let at = tx.at();
    let step = Step {
        code: leg.sip_code,
        detail: Some(status.to_string()),
        ..Step::once(StepKind::AgentLegEnded, at)
    };
    record::note(services, &mut tx, &call, step).await?;
    tx.commit().await
}
