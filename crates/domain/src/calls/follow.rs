//! `follow-call`: follows a test call to its verdict.

use std::time::Duration;

use ::entity::agent_assignment::Direction;
use ::entity::call::{self, CallStatus};
use ::entity::call_step::StepKind;
use ::entity::notification::NotificationKind;
use ::entity::test_call::{self, TestKind, Verdict};
use ::entity::{AccountId, CallId, TestCallId, phone_number, twilio_account};
use chrono::SubsecRound;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Select};
use serde_json::json;
use twilio::{CallSid, Credentials};

use super::intent::{self, close_intent};
use super::record::{self, Step};
use super::steps::{Evidence, TestStep, evidence};
use super::{explain, log_page, test_event};
use crate::jobs::{SyncCalls, WorkError, Worked};
use crate::notifications::{Notice, Subject};
use crate::{Services, Transaction, secrets};

/// How often a running test is looked at. What happens in between is told by the webhooks' own events.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long nothing may be heard of a call that Twilio has, before Twilio is asked for it: its callbacks may not reach us, or not be
/// taken.
const UNHEARD_FOR: chrono::TimeDelta = chrono::TimeDelta::seconds(15);

/// How often it is asked then.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// How long an outbound test talks before it is hung up: long enough to prove that both ends are on the line.
const TALKS_FOR: chrono::TimeDelta = chrono::TimeDelta::seconds(5);

/// How long after a test Twilio's log is read.
const LOG_IS_READ_AFTER: Duration = Duration::from_mins(1);

/// Looks at a running test: finds its calls, hangs up when enough is proved, asks Twilio's log, and writes the verdict.
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
    if test.call_id.is_none() || (test.kind == TestKind::Inbound && test.caller_call_id.is_none()) {
        test = find_calls(services, test).await?;
    }
    let mut seen = evidence(services, &test).await?;
    if seen.placed().is_some() {
        hang_up_when_proved(services, &seen).await?;
        if look_in_log(services, &seen).await? {
            seen = evidence(services, &test).await?;
        }
    }
    let unheard = is_unheard_of(services, &seen);
    if unheard && Box::pin(ask_for_it(services, &seen)).await? {
        test = find_calls(services, test).await?;
        seen = evidence(services, &test).await?;
    }
    let over = services.clock.now() >= test.expires_at;
    let mut verdict = seen.verdict(over);
    if explain::is_wanted(verdict.as_ref()) && Box::pin(explain::explain(services, &seen)).await? {
        test = find_calls(services, test).await?;
        seen = evidence(services, &test).await?;
        verdict = seen.verdict(over);
    }
    match verdict {
        None if unheard => Ok(Worked::Again(ASK_AGAIN)),
        None => Ok(Worked::Again(LOOK_AGAIN)),
        Some((verdict, step)) => {
            hang_up(services, &seen).await?;
            conclude(services, &seen, verdict.clone(), step.as_ref()).await?;
            Ok(Worked::Done(
                json!({ "verdict": verdict, "step": step.map(|step| step.name.as_str()) }),
            ))
        }
    }
}

/// Finds the test's calls: the one placed for its intent, and the first call to the number since the test began, where one is tested.
async fn find_calls(services: &Services, test: test_call::Model) -> Result<test_call::Model, DbErr> {
    let placed = match test.call_intent_id {
        Some(intent) => {
            first(
                services,
                call::Entity::find().filter(call::COLUMN.call_intent_id.eq(intent)),
            )
            .await?
        }
        None => None,
    };
    let (own, caller) = match test.kind {
        TestKind::Outbound => (placed, None),
        _ => (find_inbound(services, &test).await?, placed),
    };
    let mut found = test_call::ActiveModel {
        id: Unchanged(test.id),
        ..Default::default()
    };
    if test.call_id.is_none() && own.is_some() {
        found.call_id = Set(own);
    }
    if test.caller_call_id.is_none() && caller.is_some() {
        found.caller_call_id = Set(caller);
    }
    if found.call_id.is_not_set() && found.caller_call_id.is_not_set() {
        return Ok(test);
    }
    let mut tx = services.begin().await?;
    let test = found.update(tx.db()).await?;
    tx.record(test.workspace_id, test_event(&test)).await?;
    tx.commit().await?;
    Ok(test)
}

/// The first call to the number since the test began: from the second number, or from anybody.
async fn find_inbound(services: &Services, test: &test_call::Model) -> Result<Option<CallId>, DbErr> {
    let mut calls = call::Entity::find()
        .filter(call::COLUMN.phone_number_id.eq(test.phone_number_id))
        .filter(call::COLUMN.direction.eq(Direction::Inbound))
        .filter(call::COLUMN.started_at.gte(test.created_at.trunc_subsecs(0))); // Twilio's log tells whole seconds.
    if let Some(second) = test.from_phone_number_id {
        let Some(second) = phone_number::Entity::find_by_id(second).one(&services.db).await? else {
            return Ok(None);
        };
        calls = calls.filter(call::COLUMN.from_number.eq(second.e164.to_string()));
    }
    first(services, calls).await
}

async fn first(services: &Services, calls: Select<call::Entity>) -> Result<Option<CallId>, DbErr> {
    let call = calls.order_by_asc(call::COLUMN.started_at).one(&services.db).await?;
    Ok(call.map(|call| call.id))
}

/// Hangs up once the agent has been on the line for long enough: its leg is that of the number under test.
async fn hang_up_when_proved(services: &Services, seen: &Evidence) -> Result<(), WorkError> {
    let steps = seen.leg.iter().flat_map(|leg| &leg.steps);
    let proved = steps
        .filter(|step| matches!(step.kind, StepKind::StreamStarted))
        .any(|step| services.clock.now() >= step.noted_at + TALKS_FOR);
    if proved {
        hang_up(services, seen).await?;
    }
    Ok(())
}

/// Ends the call that was placed if it is still on the line. That it cannot be ended is no reason to withhold the verdict.
async fn hang_up(services: &Services, seen: &Evidence) -> Result<(), WorkError> {
    let on_the_line = seen.placed().is_none_or(|leg| !leg.call.status.is_terminal());
    if !on_the_line {
        return Ok(());
    }
    let (Some((who, sid)), Some(intent)) = (of_intent(services, seen).await?, &seen.intent) else {
        return Ok(());
    };
    if let Err(error) = intent::hang_up(services, &who, intent, &sid).await? {
        tracing::info!(call.sid = %sid, error = &error as &dyn std::error::Error, "could not hang up call {sid}");
    }
    Ok(())
}

/// Whether nothing was heard for a while of the call that was placed, and that is not over as far as is known.
fn is_unheard_of(services: &Services, seen: &Evidence) -> bool {
    let sent_at = seen.intent.as_ref().and_then(|intent| intent.sent_at);
    let heard_at = match seen.placed() {
        Some(leg) if leg.call.status.is_terminal() => return false,
        Some(leg) => Some(leg.call.updated_at),
        None => sent_at,
    };
    heard_at.is_some_and(|at| services.clock.now() >= at + UNHEARD_FOR)
}

/// Asks Twilio for the call that was placed, and keeps it if it is over. Answers whether it is.
async fn ask_for_it(services: &Services, seen: &Evidence) -> Result<bool, WorkError> {
    let (Some((who, sid)), Some(intent)) = (of_intent(services, seen).await?, &seen.intent) else {
        return Ok(false);
    };
    let account = twilio_account::Entity::find_by_id(intent.twilio_account_id)
        .one(&services.db)
        .await?;
    let Some(account) = account else { return Ok(false) };
    match services.twilio.fetch_call(&who, &sid).await {
        Ok(logged) if logged.status.is_terminal() => {
            log_page::write_one(services, &account, logged, None).await?;
            Ok(true)
        }
        Ok(_) => Ok(false),
        Err(error) => {
            tracing::info!(call.sid = %sid, error = &error as &dyn std::error::Error, "could not ask for call {sid}");
            Ok(false)
        }
    }
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
    let placed = seen.placed().filter(|leg| leg.call.status == CallStatus::Completed);
    let Some(leg) = placed.filter(|leg| leg.steps.iter().all(|step| step.kind != StepKind::FoundInLog)) else {
        return Ok(false);
    };
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
    record::note(services, &mut tx, &leg.call, step).await?;
    keep_price(&tx, leg.call.id, &logged).await?;
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

/// Writes the verdict, once, and closes the intent: a call that comes late is hung up. Twilio's log is read soon after: price and
/// errors are known late.
async fn conclude(
    services: &Services,
    seen: &Evidence,
    verdict: Verdict,
    step: Option<&TestStep>,
) -> Result<(), DbErr> {
    let test = &seen.test;
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
    let legs = [&seen.leg, &seen.caller];
    let mut accounts: Vec<AccountId> = legs
        .into_iter()
        .flatten()
        .map(|leg| leg.call.twilio_account_id)
        .collect();
    accounts.dedup();
    for account in accounts {
        let whose = (test.workspace_id, account);
        tx.enqueue_after(whose, &SyncCalls { account }, LOG_IS_READ_AFTER)
            .await?;
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
