//! `sync-calls`: reads what is new in Twilio's own call log and error log, and looks for unusual activity.

use std::time::Duration;

use ::entity::call::{self, CallStatus};
use ::entity::call_intent::{self, IntentPurpose, IntentState};
use ::entity::twilio_account::{self, AccountState};
use ::entity::{AccountId, CallIntentId, call_reading};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use twilio::{CallLog, CallSid, Credentials, NextCallPage, TwilioError};

use super::intent::close_agents;
use super::log_page::{self, Counts};
use super::{activity, alerts, quality, replayed};
use crate::jobs::{AssessHealth, WorkError, Worked};
use crate::{Services, accounts, secrets};

/// How many pages of the log one attempt reads, 1000 calls each. A longer log is gone on with at once, in a turn of its own.
const PAGES_AN_ATTEMPT: usize = 10;

/// Twilio's log lags behind the calls by this much at most.
const LAGS: TimeDelta = TimeDelta::hours(1);

/// How far back a call that is not over is still looked for in the log.
const OPEN_FOR: TimeDelta = TimeDelta::days(3);

/// How far back a price that is not known is still looked for.
const UNPRICED_FOR: TimeDelta = TimeDelta::hours(24);

/// A reading that was begun so long ago is begun anew: Twilio does not say for how long its pages are good.
const GOOD_FOR: TimeDelta = TimeDelta::hours(12);

/// An agent's call that nothing was heard of for so long is asked for by itself: one that is withdrawn while it is queued has no
/// callback, and no start by which the log could list it.
const UNHEARD_FOR: TimeDelta = TimeDelta::minutes(10);

/// How many of them one attempt asks for.
const UNHEARD_AT_ONCE: u64 = 20;

/// Where a reading of the log is.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    /// When it was begun: what is younger is the next reading's.
    begun: DateTime<Utc>,
    /// The first day it reads.
    from: NaiveDate,
    /// The page that comes next.
    page: Option<NextCallPage>,
}

/// Reads the log page by page, each page one transaction; then the error log, and how calls sounded. Running it twice changes
/// nothing.
///
/// # Errors
/// When Twilio does not tell. What was read before is kept, and the next attempt goes on there.
pub async fn sync(services: &Services, id: AccountId) -> Result<Worked, WorkError> {
    let Some(account) = twilio_account::Entity::find_by_id(id).one(&services.db).await? else {
        return Ok(Worked::Done(json!({ "skipped": "the account is gone" })));
    };
    if account.state != AccountState::Connected {
        return Ok(Worked::Done(json!({ "skipped": "the account is disconnected" })));
    }
    let Some(who) = secrets::credentials(services, &account).await? else {
        return Ok(Worked::Done(json!({ "skipped": "the account has no credentials" })));
    };
    let Some(calls) = read_log(services, &account, &who).await? else {
        return Ok(Worked::Again(Duration::ZERO));
    };
    let unheard = settle_unheard(services, &account, &who).await?;
    let replayed = replayed::forget(services, &account, &who).await?;
    let (errors, new_errors) = match alerts::read(services, &account, &who).await? {
        Ok(added) => (json!(added), added),
        Err(silence) if silence.is_silence() => return Err(silence.into()),
        // Credentials may have the right to read calls and not the error log.
        Err(refusal) => {
            let refused = json!({ "refused": refusal.outcome(), "twilioCode": refusal.code() });
            (refused, 0)
        }
    };
    if calls.added + calls.changed + new_errors > 0 {
        let mut tx = services.begin().await?;
        tx.enqueue(&account, &AssessHealth { account: id }).await?;
        tx.commit().await?;
    }
    let quality = quality::read(services, &account, &who).await?;
    let findings = activity::look(services, &account).await?;
    let report = json!({
        "calls": calls, "unheardOf": unheard, "replayed": replayed, "errors": errors, "quality": quality,
        "unusual": { "opened": findings.opened, "ended": findings.ended },
    });
    tracing::info!(account.id = %id, report = %report, "synced calls of account {}", account.sid);
    Ok(Worked::Done(report))
}

/// Reads the log on from where it was. None when there is more to read.
async fn read_log(
    services: &Services,
    account: &twilio_account::Model,
    who: &Credentials,
) -> Result<Option<Counts>, WorkError> {
    let numbers = log_page::numbers_of(services, account).await?;
    let mut place = match place_of(services, account).await? {
        Some(place) => place,
        None => begin(services, account).await?,
    };
    let mut counts = Counts::default();
    for _ in 0..PAGES_AN_ATTEMPT {
        let log = CallLog {
            started_after: Some(place.from),
            started_before: None,
        };
        let page = match services.twilio.fetch_call_page(who, log, place.page.as_ref()).await {
            Ok(page) => page,
            Err(error @ TwilioError::Unauthorized { .. }) => {
                accounts::doubt(services, account).await?;
                return Err(error.into());
            }
            // The page is good no more.
            Err(TwilioError::NotFound { .. } | TwilioError::Refused { .. } | TwilioError::Malformed { .. })
                if place.page.is_some() =>
            {
                place = begin(services, account).await?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        place.page = page.next;
        let goes_on = match &place.page {
            Some(_) => serde_json::to_value(&place).ok(),
            None => None,
        };
        counts += log_page::write(services, account, &numbers, &page.calls, goes_on).await?;
        if place.page.is_none() {
            have_read(services, account, place.begun).await?;
            return Ok(Some(counts));
        }
    }
    Ok(None)
}

/// Where the last attempt stopped.
async fn place_of(services: &Services, account: &twilio_account::Model) -> Result<Option<Place>, DbErr> {
    let row = call_reading::Entity::find_by_id(account.id).one(&services.db).await?;
    let place: Option<Place> = row.and_then(|row| serde_json::from_value(row.place).ok());
    Ok(place.filter(|place| services.clock.now() < place.begun + GOOD_FOR))
}

async fn begin(services: &Services, account: &twilio_account::Model) -> Result<Place, DbErr> {
    let now = services.clock.now();
    let history = TimeDelta::from_std(services.limits.calls_history).unwrap_or(TimeDelta::MAX);
    let unsettled = oldest_unsettled(services, account, now).await?;
    Ok(Place {
        begun: now,
        from: first_day(now, account.calls_read_until, unsettled, history),
        page: None,
    })
}

/// The first day that has to be read: Twilio compares whole days, in UTC. What was read is read once more as far back as a call is
/// open or its price is not known.
fn first_day(
    now: DateTime<Utc>,
    read_until: Option<DateTime<Utc>>,
    oldest_unsettled: Option<DateTime<Utc>>,
    history: TimeDelta,
) -> NaiveDate {
    let farthest = now - history;
    let new_since = read_until.map_or(farthest, |until| until - LAGS);
    let since = oldest_unsettled.map_or(new_since, |unsettled| unsettled.min(new_since));
    since.max(farthest).date_naive()
}

async fn oldest_unsettled(
    services: &Services,
    account: &twilio_account::Model,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let column = call::COLUMN;
    let open = column.status.is_not_in(CallStatus::TERMINAL);
    let unpriced = Condition::all()
        .add(column.status.eq(CallStatus::Completed))
        .add(column.price.is_null())
        .add(column.started_at.gt(now - UNPRICED_FOR));
    let oldest: Option<DateTime<Utc>> = call::Entity::find()
        .select_only()
        .column(call::Column::StartedAt)
        .filter(column.twilio_account_id.eq(account.id))
        .filter(column.started_at.gt(now - OPEN_FOR))
        .filter(Condition::any().add(open).add(unpriced))
        .order_by_asc(column.started_at)
        .limit(1)
        .into_tuple()
        .one(&services.db)
        .await?;
    Ok(oldest)
}

async fn have_read(services: &Services, account: &twilio_account::Model, until: DateTime<Utc>) -> Result<(), DbErr> {
    let tx = services.begin().await?;
    let read = twilio_account::ActiveModel {
        id: Unchanged(account.id),
        calls_read_until: Set(Some(until)),
        ..Default::default()
    };
    twilio_account::Entity::update(read).exec(tx.db()).await?;
    tx.commit().await
}

/// Asks for agents' calls that nothing was heard of, so that their intents do not stay open. Answers how many were found.
async fn settle_unheard(
    services: &Services,
    account: &twilio_account::Model,
    who: &Credentials,
) -> Result<usize, WorkError> {
    let column = call_intent::COLUMN;
    let unheard = call_intent::Entity::find()
        .filter(column.twilio_account_id.eq(account.id))
        .filter(column.purpose.eq(IntentPurpose::Agent))
        .filter(column.state.eq(IntentState::Placed))
        .filter(column.sent_at.lt(services.clock.now() - UNHEARD_FOR))
        .order_by_asc(column.sent_at)
        .limit(UNHEARD_AT_ONCE)
        .all(&services.db)
        .await?;
    let mut settled = 0;
    for intent in unheard {
        let Some(sid) = intent.call_sid.as_deref().and_then(|sid| CallSid::parse(sid).ok()) else {
            continue;
        };
        match services.twilio.fetch_call(who, &sid).await {
            Ok(logged) if logged.status.is_terminal() => {
                log_page::write_one(services, account, logged, None).await?;
            }
            Err(TwilioError::NotFound { .. }) => {}
            Err(silence) if silence.is_silence() => return Err(silence.into()),
            Ok(_) | Err(_) => continue,
        }
        close(services, intent.id).await?;
        settled += 1;
    }
    Ok(settled)
}

async fn close(services: &Services, intent: CallIntentId) -> Result<(), DbErr> {
    let mut tx = services.begin().await?;
    close_agents(&mut tx, &[intent]).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_read_from_the_first_day_on_which_something_may_be_new() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let now = at("2026-11-27T12:00:00Z");
        let table = [
            // read until, oldest unsettled, first day
            (None, None, "2026-10-30"),
            (Some("2026-11-27T11:50:00Z"), None, "2026-11-27"),
            (Some("2026-11-27T00:20:00Z"), None, "2026-11-26"),
            (Some("2026-11-27T11:50:00Z"), Some("2026-11-25T23:59:59Z"), "2026-11-25"),
            (Some("2026-11-20T11:50:00Z"), Some("2026-11-25T23:59:59Z"), "2026-11-20"),
            (Some("2026-01-01T00:00:00Z"), None, "2026-10-30"),
        ];
        for (until, unsettled, first) in table {
            let day = first_day(now, until.map(at), unsettled.map(at), TimeDelta::days(28));
            assert_eq!(day.to_string(), first, "{until:?} {unsettled:?}");
        }
    }
}
