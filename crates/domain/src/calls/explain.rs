//! Why did a test's call fail? Asked of Twilio once, before the verdict: a call itself has no error code.

use ::entity::test_call::{TestKind, Verdict};
use ::entity::{AccountId, NumberId, phone_number, twilio_account};
use chrono::TimeDelta;
use sea_orm::{DbErr, EntityTrait};
use twilio::{CallDirection, CallFilter, CallSid, Credentials, NotificationLevel, TwilioError};

use super::steps::{Evidence, StepName, TestStep};
use super::{log_page, record};
use crate::jobs::WorkError;
use crate::{Services, secrets};

/// How far Twilio's clock may be behind ours; its dates are whole seconds.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// How many calls between the two numbers are looked at.
const NEWEST: usize = 20;

/// Below this a code is a SIP answer; Twilio's own begin here.
const FIRST_TWILIO_CODE: i32 = 10_000;

/// Whether Twilio may know more than the evidence: a call was placed, and failed without a code of Twilio's.
pub(super) fn is_wanted(verdict: Option<&(Verdict, Option<TestStep>)>) -> bool {
    let Some((Verdict::Fail, Some(step))) = verdict else {
        return false;
    };
    let is_unexplained = step.code.is_none_or(|code| code < FIRST_TWILIO_CODE);
    is_unexplained && !matches!(step.name, StepName::Preflight | StepName::Created)
}

/// Asks Twilio for the errors of the test's calls, and for the call of the number under test where it never came to us. Answers
/// whether something was learnt. A silence or a refusal here withholds no verdict.
///
/// # Errors
/// When something on our side fails.
pub(super) async fn explain(services: &Services, seen: &Evidence) -> Result<bool, WorkError> {
    let learnt = if seen.test.kind == TestKind::Inbound && seen.leg.is_none() {
        find_leg(services, seen).await?
    } else {
        false
    };
    let mut explained = false;
    for leg in seen.leg.iter().chain(&seen.caller) {
        if leg.call.error_code.is_some() {
            continue;
        }
        let Some(who) = credentials(services, leg.call.twilio_account_id).await? else {
            continue;
        };
        if let Some(code) = error_of(services, &who, &leg.call.sid).await {
            let tx = services.begin().await?;
            record::note_error(&tx, leg.call.id, code).await?;
            tx.commit().await?;
            explained = true;
        }
    }
    Ok(learnt || explained)
}

/// Finds the call of the number under test in its account's log, and keeps it with its error.
async fn find_leg(services: &Services, seen: &Evidence) -> Result<bool, WorkError> {
    let (Some(intent), Some(account)) = (&seen.intent, account_of(services, seen.test.phone_number_id).await?) else {
        return Ok(false);
    };
    let Some(who) = secrets::credentials(services, &account).await? else {
        return Ok(false);
    };
    let filter = CallFilter {
        to: Some(intent.to_number.to_string()),
        from: Some(intent.from_number.to_string()),
        limit: NEWEST,
        ..CallFilter::default()
    };
    let calls = match services.twilio.list_calls(&who, &filter).await {
        Ok(calls) => calls,
        Err(error) => {
            note_silence(&error);
            return Ok(false);
        }
    };
    let since = seen.test.created_at - SKEW;
    let leg = calls.into_iter().find(|call| {
        call.direction == Some(CallDirection::Inbound) && call.date_created.is_none_or(|created| created >= since)
    });
    let Some(leg) = leg else { return Ok(false) };
    let code = error_of(services, &who, leg.sid.as_str()).await;
    log_page::write_one(services, &account, leg, code).await?;
    Ok(true)
}

/// The first error that Twilio noted about a call.
async fn error_of(services: &Services, who: &Credentials, sid: &str) -> Option<i32> {
    let sid = CallSid::parse(sid).ok()?;
    let noted = match services.twilio.list_call_notifications(who, &sid).await {
        Ok(noted) => noted,
        Err(error) => {
            note_silence(&error);
            return None;
        }
    };
    let errors = noted
        .into_iter()
        .filter(|note| note.level == Some(NotificationLevel::Error));
    let first = errors.min_by_key(|note| note.message_date)?;
    first.error_code?.parse().ok()
}

fn note_silence(error: &TwilioError) {
    tracing::info!(
        error = error as &dyn std::error::Error,
        "Twilio does not say why a test call failed"
    );
}

async fn account_of(services: &Services, number: NumberId) -> Result<Option<twilio_account::Model>, DbErr> {
    let number = phone_number::Entity::find_by_id(number).one(&services.db).await?;
    match number {
        Some(number) => {
            twilio_account::Entity::find_by_id(number.twilio_account_id)
                .one(&services.db)
                .await
        }
        None => Ok(None),
    }
}

async fn credentials(services: &Services, account: AccountId) -> Result<Option<Credentials>, WorkError> {
    match twilio_account::Entity::find_by_id(account).one(&services.db).await? {
        Some(account) => Ok(secrets::credentials(services, &account).await?),
        None => Ok(None),
    }
}
