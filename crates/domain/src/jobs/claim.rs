//! A worker takes jobs.

use std::time::Duration;

use ::entity::JobId;
use ::entity::job;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter};

use super::Fence;
use crate::Services;
use crate::error::is_duplicate;
use crate::events::JobChange;
use crate::sql::Sql;

/// A job that this worker has until its lease runs out.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The row, as it stood after the claim.
    pub job: job::Model,
}

/// A kind of job in one version, as a worker knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The kind.
    pub kind: &'static str,
    /// The payload's version.
    pub version: i32,
}

impl Sql {
    /// Adds that a row of `job` is of one of these kinds and versions.
    pub(super) fn of_kinds(self, known: &[Known]) -> Self {
        let word = |known: &Known| format!("{}/{}", known.kind, known.version);
        self.text("kind || '/' || version IN ").list(known.iter().map(word))
    }
}

/// Who claims, and what it can work.
#[derive(Clone, Debug)]
pub struct Claimer {
    /// The worker's name in the rows it claims.
    pub owner: String,
    /// The kinds it knows. Rows of others are left to a release that knows them.
    pub known: Vec<Known>,
}

/// Takes those of the jobs that are to be had, in one conditional statement: waiting, due, of a known kind, none with its unique
/// key running, and fewer than [`crate::Limits::jobs_per_account`] of its Twilio account running. Answers them in no order.
///
/// What keeps a job back nudges it when it is out of the way: the end of the one with its unique key, or of another of its
/// account. So an account with ten thousand jobs holds no more slots than any other, and no slot waits for an account.
///
/// # Errors
/// When the database fails.
pub async fn claim(services: &Services, ids: &[JobId], claimer: &Claimer) -> Result<Vec<Claim>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    match claim_at_once(services, ids, claimer).await {
        // Two workers that take different rows of one key at the same moment: the index lets one pass. It is asked about each row
        // then, so that the others are not lost with it.
        Err(error) if is_duplicate(&error) => {
            let mut claims = Vec::new();
            for id in ids {
                match claim_at_once(services, &[*id], claimer).await {
                    Err(error) if is_duplicate(&error) => {}
                    ended => claims.extend(ended?),
                }
            }
            Ok(claims)
        }
        ended => ended,
    }
}

async fn claim_at_once(services: &Services, ids: &[JobId], claimer: &Claimer) -> Result<Vec<Claim>, DbErr> {
    let backend = services.db.get_database_backend();
    let now = services.clock.database_time(backend);
    // Rows that another worker is about to claim are passed over, not waited for. COALESCE leaves the planner no index but that of
    // the ids: how many jobs wait changes faster than its statistics, and by old ones a scan of all that waits looks cheap.
    let sql = Sql::new(backend)
        .text("WITH due AS (SELECT id, unique_key, twilio_account_id, queue, run_at FROM job WHERE id IN ")
        .list(padded(ids))
        .text(" AND COALESCE(state, '') = 'WAITING' AND COALESCE(run_at, created_at) <= ")
        .time(now, Duration::ZERO)
        .text(" AND ")
        .of_kinds(&claimer.known)
        .on_postgres(" FOR UPDATE SKIP LOCKED")
        .text("), ranked AS (SELECT id, twilio_account_id, ")
        .text("row_number() OVER (PARTITION BY twilio_account_id ORDER BY queue DESC, run_at, id) AS place FROM due ")
        .text("WHERE NOT EXISTS (SELECT 1 FROM job r WHERE r.unique_key = due.unique_key AND r.state = 'RUNNING')) ")
        .text("UPDATE job SET state = 'RUNNING', fence = fence + 1, attempt = attempt + 1, lease_owner = ")
        .value(claimer.owner.as_str())
        .text(", lease_until = ")
        .time(now, services.limits.lease)
        .text(" WHERE COALESCE(state, '') = 'WAITING' AND id IN (SELECT id FROM ranked WHERE twilio_account_id IS NULL OR place + ")
        .text("(SELECT count(*) FROM job r WHERE r.twilio_account_id = ranked.twilio_account_id AND r.state = 'RUNNING') <= ")
        .value(i64::from(services.limits.jobs_per_account))
        .text(") RETURNING *");
    let rows = services.db.query_all_raw(sql.statement()).await?;
    let claims: Vec<Claim> = rows
        .iter()
        .map(|row| job::Model::from_query_result(row, "").map(|job| Claim { job }))
        .collect::<Result<_, _>>()?;
    services
        .events
        .jobs_changed(claims.iter().map(JobChange::from).collect());
    Ok(claims)
}

impl From<&Claim> for JobChange {
    fn from(claim: &Claim) -> Self {
        Self {
            workspace: claim.job.workspace_id,
            job: claim.job.id,
        }
    }
}

/// The ids, the last one repeated up to a power of two: so that few different statements have to be prepared.
fn padded(ids: &[JobId]) -> impl Iterator<Item = JobId> {
    let last = ids.last().copied();
    let missing = ids.len().next_power_of_two() - ids.len();
    ids.iter().copied().chain(last.into_iter().cycle().take(missing))
}

/// Tells that the worker is alive. `false` when the job is no longer its own: it must stop and write nothing.
///
/// # Errors
/// When the database fails; the lease runs on then.
pub async fn renew(services: &Services, claim: &Claim) -> Result<bool, DbErr> {
    let now = services.clock.database_time(services.db.get_database_backend());
    let renewed = job::Entity::update_many()
        .col_expr(job::Column::LeaseUntil, now.after(services.limits.lease))
        .filter(Fence::from(&claim.job).holds())
        .exec(&services.db)
        .await?;
    Ok(renewed.rows_affected > 0)
}

/// Says how far the job is that `services` work for, for people who look at its row. Of no consequence where there is none, or
/// where it is no longer this worker's.
///
/// # Errors
/// When the database fails.
pub async fn tell_progress(services: &Services, progress: &str) -> Result<(), DbErr> {
    let Some(fence) = services.fence else { return Ok(()) };
    job::Entity::update_many()
        .col_expr(job::Column::Progress, Expr::value(progress))
        .filter(fence.holds())
        .exec(&services.db)
        .await?;
    let change = JobChange {
        workspace: fence.workspace,
        job: fence.job,
    };
    services.events.jobs_changed(vec![change]);
    Ok(())
}
