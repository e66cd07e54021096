//! Finds what was lost on the way.

use std::time::Duration;

use ::entity::job::{self, JobState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use tracing::warn;

use super::{Claim, Claimer, Due, Ended, Fence, Finish, NudgeError, backoff, finish, nudge_due};
use crate::Services;
use crate::sql::Sql;

/// How many leases are looked at in one search.
const BATCH: u64 = 1000;

/// How many jobs are taken back in one statement.
const AT_ONCE: usize = 64;

/// How many jobs workers are told of in one sweep. Those behind them are told of in the next, once these are on their way.
const AT_MOST: usize = 100_000;

/// How often in a row a job may take its worker with it. Then it is given up, whatever its own number of attempts.
const MOST_LOST: usize = 5;

/// What a sweep found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Due jobs that workers were told of again.
    pub nudged: usize,
    /// Due jobs of kinds and versions that this release does not know, with how many of each: they wait for one that does.
    pub unknown: Vec<(String, i64)>,
}

/// Nudges workers about all that is due, and counts what this release does not know.
///
/// # Errors
/// When the database fails.
pub async fn sweep(services: &Services, claimer: &Claimer) -> Result<Swept, DbErr> {
    Ok(Swept {
        nudged: nudge_all_due(services, claimer).await?,
        unknown: unknown(services, claimer).await?,
    })
}

async fn nudge_all_due(services: &Services, claimer: &Claimer) -> Result<usize, DbErr> {
    match nudge_due(services, &claimer.known, Due::All, AT_MOST).await {
        Ok(told) => Ok(told),
        Err(NudgeError::Database(error)) => Err(error),
        Err(NudgeError::Push(error)) => {
            warn!(error = %error, "could not wake the workers for due jobs; the next sweep tries again");
            Ok(0)
        }
    }
}

/// Due jobs of kinds and versions that this release does not know, after a deployment that was rolled back.
async fn unknown(services: &Services, claimer: &Claimer) -> Result<Vec<(String, i64)>, DbErr> {
    if claimer.known.is_empty() {
        return Ok(Vec::new());
    }
    let backend = services.db.get_database_backend();
    let sql = Sql::new(backend)
        .text("SELECT kind || '/' || version AS word, count(*) AS waiting FROM job WHERE state = 'WAITING' AND run_at <= ")
        .time(services.clock.database_time(backend), Duration::ZERO)
        .text(" AND NOT ")
        .of_kinds(&claimer.known)
        .text(" GROUP BY kind || '/' || version");
    let rows = services.db.query_all_raw(sql.statement()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "word")?, row.try_get("", "waiting")?)))
        .collect()
}

/// Takes back jobs whose lease ran out: their worker gave no sign. Answers how many.
///
/// # Errors
/// When the database fails.
pub async fn take_back_expired(services: &Services, claimer: &Claimer) -> Result<usize, DbErr> {
    let now = services.clock.database_time(services.db.get_database_backend()).now();
    let lost = job::Entity::find()
        .filter(job::COLUMN.state.eq(JobState::Running))
        .filter(Expr::col(job::Column::LeaseUntil).lt(now))
        .order_by_asc(job::COLUMN.lease_until)
        .limit(BATCH)
        .all(&services.db)
        .await?;
    take_back(services, claimer, lost).await
}

/// Takes back every running job: for a process that is the only one on its database and has just started, so that whatever runs
/// by the rows was cut off.
///
/// # Errors
/// When the database fails.
pub async fn take_back_all(services: &Services, claimer: &Claimer) -> Result<usize, DbErr> {
    let running = job::Entity::find().filter(job::COLUMN.state.eq(JobState::Running));
    take_back(services, claimer, running.all(&services.db).await?).await
}

async fn take_back(services: &Services, claimer: &Claimer, lost: Vec<job::Model>) -> Result<usize, DbErr> {
    let mut count = 0;
    let mut lost = lost.into_iter().peekable();
    while lost.peek().is_some() {
        let mut ended = Vec::new();
        for job in lost.by_ref().take(AT_ONCE) {
            ended.extend(fence_off(services, job).await?.map(lost_again));
        }
        let written = finish(services, &claimer.known, ended).await?;
        count += written.iter().flatten().count();
    }
    Ok(count)
}

/// Gives the row a new fence: the worker, should it wake up, can no longer write.
async fn fence_off(services: &Services, job: job::Model) -> Result<Option<Claim>, DbErr> {
    let fenced = job::Entity::update_many()
        .col_expr(job::Column::Fence, Expr::col(job::Column::Fence).add(1))
        .filter(Fence::from(&job).holds())
        .exec(&services.db)
        .await?;
    if fenced.rows_affected == 0 {
        return Ok(None);
    }
    metrics::counter!(crate::metrics::JOB_LEASE_TAKEOVERS_TOTAL).increment(1);
    let owner = job.lease_owner.as_deref().unwrap_or_default();
    warn!(job.id = %job.id, job.name = job.kind, job.attempt = job.attempt, worker = owner,
        "took job {} back from {owner}, which gave no sign", job.id);
    let job = job::Model {
        fence: job.fence + 1,
        ..job
    };
    Ok(Some(Claim { job }))
}

/// Once may be the worker's fault; after that it is tried again later each time, and not for ever.
fn lost_again(claim: Claim) -> Ended {
    let why = format!("its worker {GAVE_NO_SIGN}");
    let story = claim.job.story.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_lost = |attempt: &&serde_json::Value| {
        attempt["error"]
            .as_str()
            .is_some_and(|error| error.ends_with(GAVE_NO_SIGN))
    };
    let before = story.iter().rev().take_while(is_lost).count();
    let finish = match before {
        0 => Finish::Retry(Duration::ZERO, why),
        times if times + 1 >= MOST_LOST => Finish::Failed(why),
        times => Finish::Retry(backoff(i32::try_from(times + 3).unwrap_or(i32::MAX), 1.0), why),
    };
    Ended { claim, finish }
}

const GAVE_NO_SIGN: &str = "gave no sign";
