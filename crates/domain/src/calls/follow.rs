//! `follow-call`: follows a test call to its verdict.

use std::time::Duration;

use ::entity::agent_assignment::Direction;
use ::entity::call::{self, CallStatus};
use ::entity::call_step::StepKind;
use ::entity::notification::NotificationKind;
use ::entity::test_call::{self, TestKind, Verdict};
use ::entity::{CallId, TestCallId, phone_number, twilio_account};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use twilio::{CallSid, Credentials, EndCall};

use super::intent::close_intent;
use super::record::{self, Step};
use super::steps::{Evidence, TestStep, evidence};
use super::test_event;
use crate::jobs::{WorkError, Worked};
use crate::notifications::{Notice, Subject};
use crate::{Services, Transaction, secrets};

/// How often a running test is looked at. What happens in between is told by the webhooks' own events.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long an outbound test talks before it is hung up: long enough to prove that both ends are on the line.
const TALKS_FOR: chrono::TimeDelta = chrono::TimeDelta::seconds(5);

/// Looks at a running test: finds its call, hangs up when enough is proved, asks Twilio's log, and writes the verdict.
///
/// # Errors
/// When something on our side fails. What Twilio does not say now is asked again until the test's time is up.
pub async fn follow(services: &Services, id: TestCallId) -> Result<Worked, WorkError> {
    let Some(mut test) = test_call::Entity::find_by_id(id).one(&services.db).await? else {
        return Ok(Worked::Done(json!({ "skipped": "the test is gone" })));
    };
    if let Some(verdict) = &test.verdict {
        let verdict = verdict.clone();
        hang_up(services, &evidence(services, &test).await?).await?;
        return Ok(Worked::Done(json!({ "verdict": verdict })));
    }
    if test.call_id.is_none() {
        test = find_call(services, test).await?;
    }
    let mut seen = evidence(services, &test).await?;
    if test.kind == TestKind::Outbound {
        hang_up_when_proved(services, &seen).await?;
        if look_in_log(services, &seen).await? {
            seen = evidence(services, &test).await?;
        }
    }
    let over = services.clock.now() >= test.expires_at;
    match seen.verdict(over) {
        None => Ok(Worked::Again(LOOK_AGAIN)),
        Some((verdict, step)) => {
            hang_up(services, &seen).await?;
            conclude(services, &test, verdict.clone(), step.as_ref()).await?;
            Ok(Worked::Done(
                json!({ "verdict": verdict, "step": step.map(|step| step.name.as_str()) }),
            ))
        }
    }
}

/// Finds the test's call: the one placed for its intent, or the first call to the number since the test began.
async fn find_call(services: &Services, test: test_call::Model) -> Result<test_call::Model, DbErr> {
    let calls = match test.call_intent_id {
        Some(intent) => call::Entity::find().filter(call::COLUMN.call_intent_id.eq(intent)),
        None => call::Entity::find()
            .filter(call::COLUMN.phone_number_id.eq(test.phone_number_id))
            .filter(call::COLUMN.direction.eq(Direction::Inbound))
            .filter(call::COLUMN.started_at.gte(test.created_at)),
    };
    let Some(call) = calls.order_by_asc(call::COLUMN.started_at).one(&services.db).await? else {
        return Ok(test);
    };
    let mut tx = services.begin().await?;
    let found = test_call::ActiveModel {
        id: Unchanged(test.id),
        call_id: Set(Some(call.id)),
        ..Default::default()
    };
    let test = found.update(tx.db()).await?;
    tx.record(test.workspace_id, test_event(&test)).await?;
    tx.commit().await?;
    Ok(test)
}

async fn hang_up_when_proved(services: &Services, seen: &Evidence) -> Result<(), WorkError> {
    let proved = seen
        .steps
        .iter()
        .find(|step| matches!(step.kind, StepKind::StreamStarted));
    if proved.is_some_and(|step| services.clock.now() >= step.noted_at + TALKS_FOR) {
        hang_up(services, seen).await?;
    }
    Ok(())
}

/// Ends an outbound test's call if it is still on the line. That it cannot be ended is no reason to withhold the verdict.
async fn hang_up(services: &Services, seen: &Evidence) -> Result<(), WorkError> {
    let on_the_line = seen.call.as_ref().is_none_or(|call| !call.status.is_terminal());
    if !on_the_line {
        return Ok(());
    }
    let Some((who, sid)) = of_intent(services, seen).await? else {
        return Ok(());
    };
    if let Err(error) = services.twilio.end_call(&who, &sid, EndCall::Completed).await {
        tracing::info!(call.sid = %sid, error = &error as &dyn std::error::Error, "could not hang up call {sid}");
    }
    Ok(())
}

async fn of_intent(services: &Services, seen: &Evidence) -> Result<Option<(Credentials, CallSid)>, WorkError> {
    let Some(intent) = &seen.intent else { return Ok(None) };
    let Some(sid) = intent.call_sid.as_deref().and_then(|sid| CallSid::parse(sid).ok()) else {
        return Ok(None);
    };
    let account = twilio_account::Entity::find_by_id(intent.twilio_account_id)
        .one(&services.db)
        .await?;
    let Some(account) = account else { return Ok(None) };
    Ok(secrets::credentials(services, &account).await?.map(|who| (who, sid)))
}

/// Once the call is over, asks Twilio's own log for it. Answers whether it was found.
async fn look_in_log(services: &Services, seen: &Evidence) -> Result<bool, WorkError> {
    let Some(call) = seen.call.as_ref().filter(|call| call.status == CallStatus::Completed) else {
        return Ok(false);
    };
    if seen.steps.iter().any(|step| step.kind == StepKind::FoundInLog) {
        return Ok(false);
    }
    let Some((who, sid)) = of_intent(services, seen).await? else {
        return Ok(false);
    };
    let logged = match services.twilio.fetch_call(&who, &sid).await {
        Ok(logged) if logged.status.is_terminal() => logged,
        Ok(_) => return Ok(false), // The log lags behind the callbacks.
        Err(error) => {
            tracing::info!(call.sid = %sid, error = &error as &dyn std::error::Error, "could not read call {sid} in Twilio's log");
            return Ok(false);
        }
    };
    let expected = seen.intent.as_ref().map(|intent| intent.from_number.to_string());
    let other_caller_id = logged.from.is_some() && logged.from != expected;
    let mut tx = services.begin().await?;
    let mut step = Step::once(StepKind::FoundInLog, tx.at());
    step.detail = other_caller_id.then(|| "OTHER_CALLER_ID".to_owned());
    record::note(services, &mut tx, call, step).await?;
    keep_price(&tx, call.id, &logged).await?;
    tx.commit().await?;
    Ok(true)
}

/// Twilio bills a call as a negative figure; it is kept as a positive one.
async fn keep_price(tx: &Transaction<'_>, call: CallId, logged: &twilio::Call) -> Result<(), DbErr> {
    let Some(price) = logged.price else { return Ok(()) };
    let priced = call::ActiveModel {
        id: Unchanged(call),
        price: Set(Some(::entity::Amount(price.abs()))),
        price_currency: Set(logged.price_unit.clone()),
        ..Default::default()
    };
    priced.update(tx.db()).await?;
    Ok(())
}

/// Writes the verdict, once, and closes the intent: a call that comes late is hung up.
pub(super) async fn conclude(
    services: &Services,
    test: &test_call::Model,
    verdict: Verdict,
    step: Option<&TestStep>,
) -> Result<(), DbErr> {
    let mut tx = services.begin().await?;
    let ended = test_call::ActiveModel {
        verdict: Set(Some(verdict)),
        failed_step: Set(step.map(|step| step.name.as_str().to_owned())),
        twilio_code: Set(step.and_then(|step| step.code)),
        ended_at: Set(Some(tx.at())),
        ..Default::default()
    };
    let written = test_call::Entity::update_many()
        .set(ended)
        .filter(test_call::COLUMN.id.eq(test.id))
        .filter(test_call::COLUMN.verdict.is_null())
        .exec(tx.db())
        .await?;
    if written.rows_affected == 0 {
        return Ok(());
    }
    close_intent(&tx, test).await?;
    if let Some(after) = test_call::Entity::find_by_id(test.id).one(tx.db()).await? {
        tx.record(after.workspace_id, test_event(&after)).await?;
        if after.verdict == Some(Verdict::Fail) {
            notify_failure(&mut tx, &after).await?;
        }
    }
    tx.commit().await
}

/// Tells the customer of a test that failed: the direction, the step, Twilio's code. Who was called is not told.
async fn notify_failure(tx: &mut Transaction<'_>, test: &test_call::Model) -> Result<(), DbErr> {
    let number = phone_number::Entity::find_by_id(test.phone_number_id)
        .one(tx.db())
        .await?;
    let Some(number) = number else { return Ok(()) };
    let step = test.failed_step.as_deref().unwrap_or("UNKNOWN");
    let summary = format!("A test call of {} failed at the step {step}.", number.e164);
    let notice = Notice::new(NotificationKind::TestCallFailed, test.id, summary)
        .with("phoneNumberId", Subject::from(number.id).global_id())
        .with("phoneNumber", number.e164.as_str())
        .with("testCallKind", test.kind.as_str())
        .with("failedStep", step)
        .with("twilioCode", test.twilio_code);
    tx.notify(test.workspace_id, notice).await?;
    Ok(())
}
