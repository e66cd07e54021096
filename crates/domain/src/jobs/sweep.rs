//! Finds what was lost on the way.

use std::time::Duration;

use ::entity::job::{self, JobState};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use tracing::warn;

use super::{Claim, Finish, Nudge, finish};
use crate::Services;

/// How many rows are read at once.
const BATCH: u64 = 500;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Jobs taken back from workers that gave no sign.
    pub taken_back: usize,
    /// Due jobs that workers were told of again.
    pub nudged: usize,
}

/// Takes back jobs whose lease ran out, and nudges workers about all that is due.
///
/// # Errors
/// When the database fails.
pub async fn sweep(services: &Services) -> Result<Swept, DbErr> {
    let now = services.clock.database_now((&services.db).into()).await?;
    let column = job::COLUMN;
    let lost = job::Entity::find()
        .filter(column.state.eq(JobState::Running))
        .filter(column.lease_until.lt(now))
        .limit(BATCH)
        .all(&services.db)
        .await?;
    let mut swept = Swept::default();
    for job in lost {
        swept.taken_back += usize::from(take_back(services, job).await?);
    }
    swept.nudged = nudge_all_due(services, now).await?;
    Ok(swept)
}

/// Page by page, so that rows that nobody here can take, at the head of the queue, do not hide those behind them.
async fn nudge_all_due(services: &Services, now: DateTime<Utc>) -> Result<usize, DbErr> {
    let column = job::COLUMN;
    let (mut after, mut told) = (None, 0);
    loop {
        let mut due = job::Entity::find()
            .filter(column.state.eq(JobState::Waiting))
            .filter(column.run_at.lte(now));
        if let Some(id) = after {
            due = due.filter(column.id.gt(id));
        }
        let due = due.order_by_asc(column.id).limit(BATCH).all(&services.db).await?;
        let Some(last) = due.last() else { return Ok(told) };
        after = Some(last.id);
        let nudges: Vec<Nudge> = due.iter().map(Nudge::from).collect();
        if let Err(error) = services.queue.push(&nudges).await {
            warn!(error = %error, "could not wake the workers for due jobs; the next sweep tries again");
            return Ok(told);
        }
        told += nudges.len();
    }
}

/// Takes back every running job: for a process that is the only one on its database and has just started, so that whatever runs
/// by the rows was cut off.
///
/// # Errors
/// When the database fails.
pub async fn take_back_all(services: &Services) -> Result<usize, DbErr> {
    let running = job::Entity::find()
        .filter(job::COLUMN.state.eq(JobState::Running))
        .all(&services.db)
        .await?;
    let mut taken = 0;
    for job in running {
        taken += usize::from(take_back(services, job).await?);
    }
    Ok(taken)
}

async fn take_back(services: &Services, job: job::Model) -> Result<bool, DbErr> {
    let owner = job.lease_owner.clone().unwrap_or_default();
    warn!(job.id = %job.id, job.kind = job.kind, job.attempt = job.attempt, "took job {} back from {owner}, which gave no sign", job.id);
    // A new fence first: the worker, should it wake up, can no longer write.
    let column = job::COLUMN;
    let fenced = job::Entity::update_many()
        .col_expr(job::Column::Fence, Expr::col(job::Column::Fence).add(1))
        .filter(column.id.eq(job.id))
        .filter(column.fence.eq(job.fence))
        .filter(column.state.eq(JobState::Running))
        .exec(&services.db)
        .await?;
    if fenced.rows_affected == 0 {
        return Ok(false);
    }
    let claim = Claim {
        job: job::Model {
            fence: job.fence + 1,
            ..job
        },
    };
    finish(
        services,
        &claim,
        Finish::Retry(Duration::ZERO, format!("the worker {owner} gave no sign")),
    )
    .await
}
