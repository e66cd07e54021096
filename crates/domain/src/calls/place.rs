//! `place-call`: places the call of an intent, at most once.

use std::time::Duration;

use ::entity::CallIntentId;
use ::entity::call_intent::{self, IntentOutcome, IntentPurpose, IntentState};
use ::entity::phone_number::{self, NumberState};
use ::entity::test_call::{self, CheckState};
use ::entity::twilio_account::{self, AccountState};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::json;
use twilio::{CallEvent, CallInstructions, Credentials, NewCall, NumberSid};

use super::intent::{advance, close, placed, refused};
use super::{lookup, preflight, test_event};
use crate::audit::{self, Act};
use crate::jobs::{WorkError, Worked};
use crate::{Fault, Services, public_url, secrets};

/// How long a test's called phone rings; an agent's rings for Twilio's own time, a minute.
const TEST_RINGS_FOR: Duration = Duration::from_secs(20);

/// How long a test call may last. An agent's call lasts as long as the agent talks.
pub(super) const TEST_LASTS_AT_MOST: Duration = Duration::from_mins(1);

/// Places the call: asks the preflight's questions for a test, moves the intent to `SENDING` once and for all, and posts it once.
///
/// Only a request that Twilio cannot have received is sent again. After any other silence the call is looked up instead.
///
/// # Errors
/// When Twilio is silent before the call was sent, or something on our side fails.
pub async fn place(services: &Services, id: CallIntentId) -> Result<Worked, WorkError> {
    let Some(intent) = call_intent::Entity::find_by_id(id).one(&services.db).await? else {
        return Ok(Worked::Done(json!({ "skipped": "the intent is gone" })));
    };
    let number = phone_number::Entity::find_by_id(intent.phone_number_id)
        .one(&services.db)
        .await?;
    let number = number.ok_or_else(|| Fault::from(DbErr::RecordNotFound("phone_number".to_owned())))?;
    let account = twilio_account::Entity::find_by_id(intent.twilio_account_id)
        .one(&services.db)
        .await?;
    let account = account.ok_or_else(|| Fault::from(DbErr::RecordNotFound("twilio_account".to_owned())))?;
    let who = secrets::credentials(services, &account).await?;
    let usable = number.state == NumberState::Added && account.state == AccountState::Connected;
    match (&intent.state, who) {
        (IntentState::Waiting, _) if !usable => {
            close(services, &intent, IntentState::Waiting, IntentOutcome::Withdrawn).await?;
            Ok(Worked::Done(
                json!({ "outcome": "withdrawn", "because": "the number is no longer in use" }),
            ))
        }
        (IntentState::Waiting, Some(who)) => {
            let is_test = intent.purpose != IntentPurpose::Agent;
            if !is_test || passes_preflight(services, &who, &number, &intent).await? {
                send(services, &who, &intent).await
            } else {
                close(services, &intent, IntentState::Waiting, IntentOutcome::Withdrawn).await?;
                Ok(Worked::Done(json!({ "outcome": "withdrawn", "because": "preflight" })))
            }
        }
        // Another process sent it and did not live to see the answer, or the answer was lost.
        (IntentState::Sending, Some(who)) => lookup::look_up(services, &who, &intent).await,
        (IntentState::Waiting, None) => {
            close(services, &intent, IntentState::Waiting, IntentOutcome::Withdrawn).await?;
            Ok(Worked::Done(
                json!({ "outcome": "withdrawn", "because": "no credentials" }),
            ))
        }
        (state, _) => Ok(Worked::Done(json!({ "skipped": state }))),
    }
}

/// Asks the questions of a test call and keeps the answers.
async fn passes_preflight(
    services: &Services,
    who: &Credentials,
    number: &phone_number::Model,
    intent: &call_intent::Model,
) -> Result<bool, WorkError> {
    let sid = NumberSid::parse(&number.sid).map_err(|_| Fault::Unreadable {
        row: format!("phone_number/{}", number.id),
        what: "its SID",
    })?;
    let asked = preflight::ask(services, who, number, &sid, intent).await?;
    let passes = asked.0.iter().all(|check| check.state != CheckState::Fail);
    let test = test_call::Entity::find()
        .filter(test_call::COLUMN.call_intent_id.eq(intent.id))
        .one(&services.db)
        .await?;
    if let Some(test) = test {
        let mut tx = services.begin().await?;
        let asked = test_call::ActiveModel {
            id: Unchanged(test.id),
            preflight: Set(asked),
            ..Default::default()
        };
        let test = asked.update(tx.db()).await?;
        tx.record(test.workspace_id, test_event(&test)).await?;
        tx.commit().await?;
    }
    Ok(passes)
}

async fn send(services: &Services, who: &Credentials, intent: &call_intent::Model) -> Result<Worked, WorkError> {
    let Some(public) = &services.public_url else {
        close(services, intent, IntentState::Waiting, IntentOutcome::Withdrawn).await?;
        return Ok(Worked::Done(
            json!({ "outcome": "withdrawn", "because": "no public address" }),
        ));
    };
    let sent_at = services.clock.now();
    if !advance(
        services,
        intent,
        IntentState::Waiting,
        IntentState::Sending,
        Some(sent_at),
    )
    .await?
    {
        return Ok(Worked::Done(
            json!({ "skipped": "another worker sends it, or it was called off" }),
        ));
    }
    let base = public.base();
    let is_test = intent.purpose != IntentPurpose::Agent;
    let new = NewCall {
        to: intent.to_number.to_string(),
        from: intent.from_number.to_string(),
        instructions: CallInstructions::Url(public_url::voice(base, &intent.reference)),
        fallback_url: Some(public_url::fallback(base)),
        status_callback: Some(public_url::status(base, &intent.reference)),
        status_callback_events: CallEvent::ALL.to_vec(),
        timeout: is_test.then_some(TEST_RINGS_FOR),
        time_limit: is_test.then_some(TEST_LASTS_AT_MOST),
    };
    let act = Act::on("twilio.create_call", "call_intent", intent.id)
        .of(intent.twilio_account_id)
        .with(json!({ "purpose": intent.purpose }));
    let sent = services.twilio.create_call(who, &new);
    match audit::at_twilio(services, intent.workspace_id, act, sent).await? {
        Ok(call) => {
            placed(services, who, intent, &call.sid).await?;
            Ok(Worked::Done(json!({ "outcome": "placed", "callSid": call.sid })))
        }
        Err(error) if error.never_sent() => {
            advance(services, intent, IntentState::Sending, IntentState::Waiting, None).await?;
            Err(error.into())
        }
        Err(error) if error.is_silence() => {
            tracing::warn!(intent.id = %intent.id, error = &error as &dyn std::error::Error, "no answer to a call that was sent; looking it up");
            Ok(Worked::Again(lookup::LOOK_AGAIN))
        }
        Err(error) => {
            refused(services, intent, &error).await?;
            Ok(Worked::Done(
                json!({ "outcome": "refused", "twilioCode": error.code() }),
            ))
        }
    }
}
