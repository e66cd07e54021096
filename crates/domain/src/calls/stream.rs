//! Twilio reports a media stream's start and end.

use ::entity::agent_assignment::Direction;
use ::entity::call::CallStatus;
use ::entity::call_step::StepKind;
use chrono::{DateTime, Utc};
use sea_orm::DbErr;

use super::record::{self, Step};
use super::{Target, VoiceFacts, replayed};
use crate::Services;

/// What happened to the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// It is open.
    Started,
    /// It ended.
    Stopped,
    /// It could not be opened, or broke; with Twilio's error code where it can be read.
    Error(Option<i32>),
}

/// One stream callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFacts {
    /// The call's SID.
    pub call_sid: String,
    /// The stream's SID, `MZ…`.
    pub stream_sid: String,
    /// What happened.
    pub event: StreamEvent,
    /// When, where Twilio says so.
    pub at: Option<DateTime<Utc>>,
}

/// Notes a stream's start, end or error, once. One from before the time that calls are kept is a repeat, and changes nothing.
///
/// # Errors
/// When the database fails. Twilio repeats a callback only when it could not connect, so the step is lost then.
pub async fn note_stream(services: &Services, target: &Target, facts: &StreamFacts) -> Result<(), DbErr> {
    let (kind, code) = match facts.event {
        StreamEvent::Started => (StepKind::StreamStarted, None),
        StreamEvent::Stopped => (StepKind::StreamStopped, None),
        StreamEvent::Error(code) => (StepKind::StreamError, code),
    };
    if replayed::is_of_the_past(services, facts.at) {
        return Ok(());
    }
    let mut tx = services.begin().await?;
    let at = facts.at.unwrap_or(tx.at());
    // The stream's callback may overtake the call's own; then it is the first we hear of the call.
    let seen = VoiceFacts {
        call_sid: facts.call_sid.clone(),
        from: String::new(),
        to: target.e164.to_string(),
        status: CallStatus::InProgress,
    };
    let call = record::call_of(services, &tx, target, &seen).await?;
    let step = Step {
        same_as: format!("{kind} {}", facts.stream_sid),
        code,
        ..Step::once(kind, at)
    };
    record::note(services, &mut tx, &call, step).await?;
    match facts.event {
        StreamEvent::Started if call.direction == Direction::Inbound => record::note_setup(&tx, &call).await?,
        StreamEvent::Error(Some(code)) => record::note_error(&tx, call.id, code).await?,
        _ => {}
    }
    tx.commit().await
}
