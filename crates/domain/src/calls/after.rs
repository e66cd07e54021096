//! The agent's part is over: what comes next in the call?

use ::entity::CallId;
use ::entity::call::CallStatus;
use ::entity::call_step::{self, StepKind};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::inbound::{noted, unavailable};
use super::record::{self, Step};
use super::{Answer, Target, VoiceFacts};
use crate::{Services, Transaction};

/// How the SIP leg to the agent ended, in Twilio's word (`DialCallStatus`); none after a media stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentLeg {
    /// `completed`, `answered`, `busy`, `no-answer`, `failed` or `canceled`.
    pub status: Option<CallStatus>,
    /// The SIP answer of the leg.
    pub sip_code: Option<i32>,
}

/// Answers what comes after the agent: nothing, or the fallback if the agent could not be reached; none if nobody can say so now. A call
/// of ours is never sent on: it may go where it was meant to go, and nowhere else.
///
/// The caller is not made to wait for a note: how a SIP leg ended is in the request, whatever the database does.
pub async fn after(services: &Services, target: &Target, facts: &VoiceFacts, leg: &AgentLeg) -> Option<Answer> {
    let stream_was_open = noted(facts, note(services, target, facts, leg)).await;
    if target.intent.is_some() {
        return Some(Answer::HangUp);
    }
    let reached = match &leg.status {
        Some(status) => !matches!(status, CallStatus::Busy | CallStatus::NoAnswer | CallStatus::Failed),
        // A media stream's end says nothing of its beginning; the stream's own callbacks do.
        None => stream_was_open?,
    };
    Some(if reached {
        Answer::HangUp
    } else {
        unavailable(&services.limits)
    })
}

/// Notes how the agent's part ended and answers whether its media stream was open.
async fn note(services: &Services, target: &Target, facts: &VoiceFacts, leg: &AgentLeg) -> Result<bool, DbErr> {
    let mut tx = services.begin().await?;
    let call = record::call_of(services, &tx, target, facts).await?;
    let was_open = match &leg.status {
        Some(status) => {
            let step = Step {
                code: leg.sip_code,
                detail: Some(status.to_string()),
                ..Step::once(StepKind::AgentLegEnded, tx.at())
            };
            record::note(services, &mut tx, &call, step).await?;
            false
        }
        None => stream_was_open(&tx, call.id).await?,
    };
    tx.commit().await?;
    Ok(was_open)
}

async fn stream_was_open(tx: &Transaction<'_>, call: CallId) -> Result<bool, DbErr> {
    let started = call_step::Entity::find()
        .filter(call_step::COLUMN.call_id.eq(call))
        .filter(call_step::COLUMN.kind.eq(StepKind::StreamStarted))
        .one(tx.db())
        .await?;
    Ok(started.is_some())
}
