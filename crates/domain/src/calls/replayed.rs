//! What Twilio said of a call long ago, said again by somebody who heard it.
//!
//! A webhook's signature has no end, and is repeated without harm while the call's row is there. Once the row was deleted
//! (`retention.calls_days`) a repeat looks like a call that was never heard of. Where Twilio signed a time with it, that is held
//! against the retention. Where it did not, as in the question what to do with a call, there is nothing to tell the repeat by at
//! that moment: nothing is kept of deleted calls, and a caller does not wait for Twilio to be asked. So the call is answered, and
//! a call that Twilio's log has not listed hours later is asked for by its SID, which is the same for good: what began before the
//! retention, or was never there, goes again.

use ::entity::{CallId, call, call_step, test_call, twilio_account};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use twilio::{CallSid, Credentials, TwilioError};

use super::{log_merge, log_page};
use crate::Services;
use crate::jobs::WorkError;

/// From when on a call that the log has not listed is asked for: the log lags by an hour at most, and is read every few minutes.
const UNLISTED_FOR: TimeDelta = TimeDelta::hours(2);

/// Until when it is.
const ASKED_FOR: TimeDelta = TimeDelta::days(3);

/// How many calls one reading asks for.
const AT_ONCE: u64 = 20;

/// Whether what Twilio signed was so long ago that the call's row was deleted. What has no time may be of now.
pub(super) fn is_of_the_past(services: &Services, at: Option<DateTime<Utc>>) -> bool {
    at.is_some_and(|at| at < kept_since(services))
}

fn kept_since(services: &Services) -> DateTime<Utc> {
    let kept = TimeDelta::from_std(services.limits.keep_calls).unwrap_or(TimeDelta::MAX);
    services
        .clock
        .now()
        .checked_sub_signed(kept)
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// Asks Twilio for calls that its log has not listed, a few at a time, and deletes those that were over long ago. To be called
/// when the log was read to its end. Answers how many were deleted.
///
/// # Errors
/// When the database fails, or Twilio does not tell.
pub(super) async fn forget(
    services: &Services,
    account: &twilio_account::Model,
    who: &Credentials,
) -> Result<usize, WorkError> {
    let mut forgotten = 0;
    for (id, sid) in unlisted(services, account).await? {
        let Ok(call) = CallSid::parse(&sid) else { continue };
        let is_past = match services.twilio.fetch_call(who, &call).await {
            Ok(logged) => {
                let is_past = is_of_the_past(services, log_merge::began_at(&logged));
                if !is_past {
                    log_page::write_one(services, account, logged, None).await?;
                    note_seen(services, id).await?;
                }
                is_past
            }
            Err(TwilioError::NotFound { .. }) => true,
            Err(silence) if silence.is_silence() => return Err(silence.into()),
            Err(_) => return Ok(forgotten), // It may not be asked; the next reading tries again.
        };
        if is_past && delete(services, id).await? {
            tracing::warn!(account.id = %account.id, call.sid = sid, "forgot call {sid}, which was over long before its webhook came");
            forgotten += 1;
        }
    }
    Ok(forgotten)
}

async fn unlisted(services: &Services, account: &twilio_account::Model) -> Result<Vec<(CallId, String)>, DbErr> {
    let (column, now) = (call::COLUMN, services.clock.now());
    call::Entity::find()
        .select_only()
        .columns([call::Column::Id, call::Column::Sid])
        .filter(column.twilio_account_id.eq(account.id))
        .filter(column.started_at.gt(now - ASKED_FOR))
        .filter(column.started_at.lt(now - UNLISTED_FOR))
        .filter(column.log_seen_at.is_null())
        .order_by_asc(column.started_at)
        .limit(AT_ONCE)
        .into_tuple()
        .all(&services.db)
        .await
}

/// It is asked for once.
async fn note_seen(services: &Services, id: CallId) -> Result<(), DbErr> {
    let tx = services.begin().await?;
    call::Entity::update_many()
        .col_expr(call::Column::LogSeenAt, Expr::value(tx.at()))
        .filter(call::COLUMN.id.eq(id))
        .filter(call::COLUMN.log_seen_at.is_null())
        .exec(tx.db())
        .await?;
    tx.commit().await
}

/// Deletes the call with its steps, unless a test shows it: that goes with the test.
async fn delete(services: &Services, id: CallId) -> Result<bool, DbErr> {
    let tx = services.begin().await?;
    let shows_it = Condition::any()
        .add(test_call::COLUMN.call_id.eq(id))
        .add(test_call::COLUMN.caller_call_id.eq(id));
    if test_call::Entity::find().filter(shows_it).one(tx.db()).await?.is_some() {
        return Ok(false);
    }
    call_step::Entity::delete_many()
        .filter(call_step::COLUMN.call_id.eq(id))
        .exec(tx.db())
        .await?;
    call::Entity::delete_by_id(id).exec(tx.db()).await?;
    tx.commit().await?;
    Ok(true)
}
