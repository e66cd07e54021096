//! What went wrong lately, from everything that tells of it.

use std::collections::HashMap;

use ::entity::agent_assignment::Direction;
use ::entity::call_intent::{self, IntentOutcome};
use ::entity::call_step::StepKind;
use ::entity::twilio_alert::{self, AlertLevel};
use ::entity::{AccountId, E164, NumberId, call, phone_number};
use chrono::TimeDelta;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::evidence::{NumberEvidence, Trouble, TroubleSource};
use super::limits::country_of;
use super::read::{LATELY, Subject};
use super::steps::StepsOfNumber;
use crate::Services;

/// How many of the newest entries of Twilio's error log, and of refused calls, are looked at.
const TROUBLES: u64 = 200;

/// Codes that stop the calls of every number alike. Twilio does not let such a call come to us, so nobody here knows its number.
const OF_THE_ACCOUNT: [i32; 9] = [10001, 10002, 10003, 10004, 10005, 20003, 20005, 20403, 90010];

fn of_account(code: Option<i32>) -> bool {
    code.is_some_and(|code| OF_THE_ACCOUNT.contains(&code))
}

/// Twilio's code for a SIP peer that failed. The end of a SIP leg tells the peer's own answer, which is none of Twilio's codes.
const SIP_PEER_FAILED: i32 = 32011;

/// What went wrong lately, the newest first: Twilio's error log, calls that were refused, and streams that broke.
pub(super) async fn troubles(
    services: &Services,
    subject: &Subject,
    account: AccountId,
    numbers: &[(NumberEvidence, Vec<StepsOfNumber>)],
) -> Result<Vec<Trouble>, DbErr> {
    let rows: Vec<&phone_number::Model> = numbers.iter().map(|(number, _)| &number.row).collect();
    let mut troubles = logged(services, subject, account, &rows).await?;
    troubles.extend(refused(services, subject, account).await?);
    for (number, steps) in numbers {
        let is_broken = |step: &&StepsOfNumber| match step.kind {
            StepKind::StreamError => true,
            StepKind::AgentLegEnded => !step.is_good_leg(),
            _ => false,
        };
        let broken = steps.iter().filter(is_broken);
        troubles.extend(broken.map(|step| Trouble {
            source: TroubleSource::Call,
            code: if step.kind == StepKind::StreamError {
                step.code
            } else {
                Some(SIP_PEER_FAILED)
            },
            text: None,
            is_warning: false,
            number: Some(number.row.id),
            to: step.called.clone(),
            country: step.called_country.clone(),
            without_agent: false,
            at: step.at,
        }));
    }
    troubles.sort_by_key(|trouble| std::cmp::Reverse(trouble.at));
    Ok(troubles)
}

/// Entries of Twilio's error log: of the account; or of one number. An entry is about the number of the call that it names, or
/// about the number that it names itself.
async fn logged(
    services: &Services,
    subject: &Subject,
    account: AccountId,
    numbers: &[&phone_number::Model],
) -> Result<Vec<Trouble>, DbErr> {
    let since = services.clock.now() - LATELY;
    let column = twilio_alert::COLUMN;
    let mut entries = twilio_alert::Entity::find()
        .filter(column.twilio_account_id.eq(account))
        .filter(column.generated_at.gt(since))
        .filter(column.level.is_in([AlertLevel::Error, AlertLevel::Warning]));
    if let Subject::Number(number) = subject {
        let calls = Query::select()
            .column(call::Column::Sid)
            .from(call::Entity)
            .and_where(call::COLUMN.phone_number_id.eq(number.id))
            .and_where(call::COLUMN.started_at.gt(since - TimeDelta::hours(1)))
            .to_owned();
        let about = Condition::any()
            .add(twilio_alert::Column::ResourceSid.in_subquery(calls))
            .add(column.resource_sid.eq(number.sid.clone()))
            .add(column.error_code.is_in(OF_THE_ACCOUNT));
        entries = entries.filter(about);
    }
    let entries = entries
        .order_by_asc(column.level) // `error` stands before `warning`: many warnings hide no error.
        .order_by_desc(column.generated_at)
        .order_by_desc(column.id)
        .limit(TROUBLES)
        .all(&services.db)
        .await?;
    let sids: Vec<&str> = entries
        .iter()
        .filter_map(|entry| entry.resource_sid.as_deref())
        .collect();
    let calls = call::Entity::find()
        .filter(call::COLUMN.twilio_account_id.eq(account))
        .filter(call::COLUMN.sid.is_in(sids))
        .all(&services.db)
        .await?;
    let calls: HashMap<&str, &call::Model> = calls.iter().map(|call| (call.sid.as_str(), call)).collect();
    let numbers: HashMap<&str, NumberId> = numbers.iter().map(|row| (row.sid.as_str(), row.id)).collect();
    let troubles = entries.iter().map(|entry| {
        let resource = entry.resource_sid.as_deref();
        let call = resource.and_then(|sid| calls.get(sid));
        let called = call
            .filter(|call| call.direction == Direction::Outbound)
            .map(|call| call.to_number.as_str());
        Trouble {
            source: TroubleSource::Log,
            code: entry.error_code,
            text: entry.alert_text.clone(),
            is_warning: entry.level == AlertLevel::Warning,
            // What stops every number alike is of none of them, whichever call brought it to light.
            number: call
                .map(|call| call.phone_number_id)
                .or_else(|| numbers.get(resource?).copied())
                .filter(|_| !of_account(entry.error_code)),
            to: called.map(str::to_owned),
            country: called.and_then(|number| country_of(&E164::parse(number).ok()?)),
            without_agent: call.is_some_and(|call| call.direction == Direction::Inbound && call.agent_id.is_none()),
            at: entry.generated_at,
        }
    });
    Ok(troubles.collect())
}

/// Calls that Twilio refused to place.
async fn refused(services: &Services, subject: &Subject, account: AccountId) -> Result<Vec<Trouble>, DbErr> {
    let column = call_intent::COLUMN;
    let of_subject = match subject {
        Subject::Account(_) => column.twilio_account_id.eq(account),
        Subject::Number(number) => column.phone_number_id.eq(number.id),
    };
    let intents = call_intent::Entity::find()
        .filter(of_subject)
        .filter(column.created_at.gt(services.clock.now() - LATELY))
        .filter(column.outcome.eq(IntentOutcome::Refused))
        .filter(column.twilio_code.is_not_null())
        .order_by_desc(column.created_at)
        .limit(TROUBLES)
        .all(&services.db)
        .await?;
    let troubles = intents.into_iter().map(|intent| Trouble {
        source: TroubleSource::Refusal,
        code: intent.twilio_code,
        text: intent.twilio_text,
        is_warning: false,
        number: Some(intent.phone_number_id).filter(|_| !of_account(intent.twilio_code)),
        country: country_of(&intent.to_number),
        to: Some(intent.to_number.to_string()),
        without_agent: false,
        at: intent.closed_at.unwrap_or(intent.created_at),
    });
    Ok(troubles.collect())
}
