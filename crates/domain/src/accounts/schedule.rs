//! Recurring work of accounts: a due time on the row, moved by whichever worker comes first.

use std::time::Duration;

use ::entity::AccountId;
use ::entity::twilio_account::{self, AccountState, Column};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{CaseStatement, Expr, LockBehavior, LockType};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::jobs::{CheckBilling, Job, SyncCalls, SyncNumbers, VerifyAccount, Whose};
use crate::{Services, Transaction, jobs};

/// How many due accounts one transaction takes.
const BATCH: u64 = 500;

/// With so many jobs of the same kind due and not started, no more are written: the workers are behind, and what is not written yet is
/// neither lost nor late by it. After a long stop the accounts are caught up with at the workers' own pace.
const BACKLOG: u64 = 5000;

/// How far a due time is moved at random, as a part of the interval: accounts that were connected together part company.
const SPREAD: f64 = 0.1;

/// When an account is checked next by itself; none while its checks are paused, and once it is disconnected.
#[must_use]
pub fn next_check(account: &twilio_account::Model) -> Option<DateTime<Utc>> {
    let is_checked = account.state == AccountState::Connected && account.paused_at.is_none();
    is_checked.then_some(account.next_check_at)
}

/// Writes a `verify-account` job for each account whose check is due, and sets the next due time. Answers how many. `chance`
/// answers anything from 0 to 1.
///
/// # Errors
/// When the database fails.
pub async fn queue_due_checks(services: &Services, chance: &(dyn Fn() -> f64 + Sync)) -> Result<usize, DbErr> {
    let checks = Recurring {
        due_at: Column::NextCheckAt,
        every: services.limits.check_every,
        when_paused: false,
    };
    queue_due(services, &checks, chance, |account| VerifyAccount { account }).await
}

/// The same for `sync-numbers`, of paused accounts too.
///
/// # Errors
/// When the database fails.
pub async fn queue_due_syncs(services: &Services, chance: &(dyn Fn() -> f64 + Sync)) -> Result<usize, DbErr> {
    let syncs = Recurring {
        due_at: Column::NextSyncAt,
        every: services.limits.sync_every,
        when_paused: true,
    };
    queue_due(services, &syncs, chance, |account| SyncNumbers { account }).await
}

/// The same for `check-billing`.
///
/// # Errors
/// When the database fails.
pub async fn queue_due_billing(services: &Services, chance: &(dyn Fn() -> f64 + Sync)) -> Result<usize, DbErr> {
    let readings = Recurring {
        due_at: Column::NextBillingAt,
        every: services.limits.billing_every,
        when_paused: false,
    };
    queue_due(services, &readings, chance, |account| CheckBilling { account }).await
}

/// The same for `sync-calls`, of accounts that are not paused.
///
/// # Errors
/// When the database fails.
pub async fn queue_due_calls(services: &Services, chance: &(dyn Fn() -> f64 + Sync)) -> Result<usize, DbErr> {
    let calls = Recurring {
        due_at: Column::NextCallsAt,
        every: services.limits.calls_every,
        when_paused: false,
    };
    queue_due(services, &calls, chance, |account| SyncCalls { account }).await
}

/// A piece of work that each account has done again and again.
struct Recurring {
    /// The column with the due time.
    due_at: Column,
    /// How long it is not due again.
    every: Duration,
    /// Whether it is done for paused accounts, too.
    when_paused: bool,
}

async fn queue_due<J: Job>(
    services: &Services,
    recurring: &Recurring,
    chance: &(dyn Fn() -> f64 + Sync),
    job: impl Fn(AccountId) -> J,
) -> Result<usize, DbErr> {
    let mut queued = 0;
    while jobs::count_due::<J>(services, BACKLOG).await? < BACKLOG {
        let taken = queue_batch(services, recurring, chance, &job).await?;
        queued += taken;
        if taken < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            break;
        }
    }
    Ok(queued)
}

/// Whoever moves the due times writes the jobs, in one transaction: two workers that look at once take different accounts.
async fn queue_batch<J: Job>(
    services: &Services,
    recurring: &Recurring,
    chance: &(dyn Fn() -> f64 + Sync),
    job: impl Fn(AccountId) -> J,
) -> Result<usize, DbErr> {
    let Recurring {
        due_at,
        every,
        when_paused,
    } = *recurring;
    let mut tx = services.begin().await?;
    let now = services.clock.database_now(tx.db().into()).await?;
    let mut accounts = twilio_account::Entity::find();
    if !when_paused {
        accounts = accounts.filter(Column::PausedAt.is_null());
    }
    let due: Vec<Due> = accounts
        .select_only()
        .columns([Column::Id, Column::WorkspaceId, due_at])
        .filter(Column::State.eq(AccountState::Connected))
        .filter(due_at.lte(now))
        .order_by_asc(due_at)
        .limit(BATCH)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(tx.db())
        .await?;
    if due.is_empty() {
        return Ok(0);
    }
    move_on(&tx, due_at, &due, |was_due| now + next(now - was_due, every, chance())).await?;
    let jobs = due
        .iter()
        .map(|(account, workspace, _)| (Whose::from((*workspace, *account)), job(*account)));
    tx.enqueue_routine(jobs).await?;
    tx.commit().await?;
    Ok(due.len())
}

/// An account whose work is due, its workspace, and since when.
type Due = (AccountId, ::entity::WorkspaceId, DateTime<Utc>);

async fn move_on(
    tx: &Transaction<'_>,
    due_at: Column,
    due: &[Due],
    next: impl Fn(DateTime<Utc>) -> DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut moved = CaseStatement::new();
    for (account, _, was_due) in due {
        moved = moved.case(Column::Id.eq(*account), Expr::value(next(*was_due)));
    }
    twilio_account::Entity::update_many()
        .col_expr(due_at, moved.into())
        .filter(Column::Id.is_in(due.iter().map(|(account, ..)| *account)))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// How long until the work is due again. An account that is late by half an interval or more was not looked at for want of a
/// worker, as were others: they are spread over a whole interval, or they would all be due at once for ever.
fn next(late: TimeDelta, every: Duration, chance: f64) -> Duration {
    let half = TimeDelta::from_std(every / 2).unwrap_or(TimeDelta::MAX);
    let spread = if late >= half { 0.5 } else { SPREAD };
    every.mul_f64(1.0 - spread + 2.0 * spread * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_part_company_and_those_that_are_late_are_spread_over_a_whole_interval() {
        let every = Duration::from_mins(5);
        let on_time = |chance| next(TimeDelta::seconds(2), every, chance).as_secs();
        assert_eq!((on_time(0.0), on_time(0.5), on_time(1.0)), (270, 300, 330));
        let late = |chance| next(TimeDelta::minutes(60), every, chance).as_secs();
        assert_eq!((late(0.0), late(0.5), late(1.0)), (150, 300, 450));
    }
}
