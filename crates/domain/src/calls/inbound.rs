//! A call asks what to do: the way from its ring to its agent.

use std::time::Duration;

use ::entity::agent::EndpointKind;
use ::entity::call::CallStatus;
use ::entity::call_intent::IntentState;
use ::entity::call_step::StepKind;
use ::entity::phone_number::RoutingState;
use ::entity::{CallId, Routing, call};
use sea_orm::DbErr;
use tracing::error;

use super::record::{self, Step};
use super::{Answer, Target};
use crate::{Limits, Services, public_url};

/// What Twilio posts when a call asks what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceFacts {
    /// The call's SID.
    pub call_sid: String,
    /// Who calls, as Twilio wrote it: a number, `anonymous`, `sip:…`, `client:…`.
    pub from: String,
    /// Who is called.
    pub to: String,
    /// The call's status now.
    pub status: CallStatus,
}

/// How long a caller waits for the database; Twilio itself waits 15 seconds.
const NOTED_WITHIN: Duration = Duration::from_secs(2);

/// What an outbound call without an agent is told.
const TEST_SENTENCE: &str = "This is a test call from Callab. Your number works. Goodbye.";

/// Answers a verified question, and notes the call and its steps.
///
/// The caller is not made to wait for a note: should the database fail now, or take long, the call is put through all the same.
pub async fn answer(services: &Services, target: &Target, facts: &VoiceFacts) -> Answer {
    let call = noted(facts, note(services, target, facts)).await;
    decide(target, &services.limits, call.map(|call| call.id))
}

/// What noting a call answered, if it did within the time that a caller waits; the log says why it did not.
pub(super) async fn noted<T>(facts: &VoiceFacts, noting: impl Future<Output = Result<T, DbErr>>) -> Option<T> {
    match tokio::time::timeout(NOTED_WITHIN, noting).await {
        Ok(Ok(noted)) => Some(noted),
        Err(late) => {
            error!(
                error = &late as &dyn std::error::Error,
                call.sid = facts.call_sid,
                "could not note call {} in time",
                facts.call_sid
            );
            None
        }
        Ok(Err(error)) => {
            error!(
                error = &error as &dyn std::error::Error,
                call.sid = facts.call_sid,
                "could not note call {}",
                facts.call_sid
            );
            None
        }
    }
}

async fn note(services: &Services, target: &Target, facts: &VoiceFacts) -> Result<call::Model, DbErr> {
    let mut tx = services.begin().await?;
    let call = record::call_of(services, &tx, target, facts).await?;
    let at = tx.at();
    record::note(services, &mut tx, &call, Step::once(StepKind::WebhookReceived, at)).await?;
    let given = match decide(target, &services.limits, None) {
        Answer::Stream { .. } | Answer::Sip { .. } => StepKind::AgentConnecting,
        Answer::Backup(_) | Answer::Say(_) => StepKind::FallbackGiven,
        Answer::Redirect { .. } => StepKind::Redirected,
        Answer::HangUp => StepKind::HungUp,
    };
    record::note(services, &mut tx, &call, Step::once(given, at)).await?;
    tx.commit().await?;
    Ok(call)
}

/// What the call is told. Never a dead line.
fn decide(target: &Target, limits: &Limits, call: Option<CallId>) -> Answer {
    if let Some((_, IntentState::Closed)) = target.intent {
        return Answer::HangUp; // Promise 4: a call that nobody waits for any more.
    }
    if target.intent.is_none() {
        match target.routing {
            RoutingState::ReturnPending | RoutingState::ReturnBlocked => {
                let borrowed = target.borrowed.as_ref().and_then(redirect);
                return borrowed.unwrap_or_else(|| unavailable(limits));
            }
            // Given back, or the customer moved on: a call that comes here late finds the way that the number has now.
            RoutingState::NotOurs if target.agent.is_none() => {
                return redirect(&target.seen).unwrap_or_else(|| unavailable(limits));
            }
            _ => {}
        }
    }
    match &target.agent {
        Some(agent) if agent.kind == EndpointKind::Stream => Answer::Stream {
            url: agent.endpoint.clone(),
            parameters: call.map(|id| ("call", id.to_string())).into_iter().collect(),
            status_callback: public_url::stream(&target.base_url, &target.reference),
            action: public_url::after(&target.base_url, &target.reference),
        },
        Some(agent) if agent.kind == EndpointKind::Sip => Answer::Sip {
            uri: agent.endpoint.clone(),
            action: public_url::after(&target.base_url, &target.reference),
        },
        _ if target.intent.is_some() => Answer::Say(TEST_SENTENCE.to_owned()),
        _ => unavailable(limits),
    }
}

/// Asks the address of a routing. A trunk or an application cannot be redirected to, and the URL under it was not in use.
fn redirect(routing: &Routing) -> Option<Answer> {
    if routing.trunk_sid.is_some() || routing.voice_application_sid.is_some() {
        return None;
    }
    Some(Answer::Redirect {
        url: routing.voice_url.clone()?,
        method: routing.voice_method.clone().unwrap_or_else(|| "POST".to_owned()),
    })
}

/// What a caller gets when no agent can take the call.
pub(super) fn unavailable(limits: &Limits) -> Answer {
    match &limits.backup_number {
        Some(number) => Answer::Backup(number.clone()),
        None => Answer::Say(limits.unavailable_sentence.clone()),
    }
}

#[cfg(test)]
mod tests;
