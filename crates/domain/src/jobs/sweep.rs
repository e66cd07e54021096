//! Finds what was lost on the way.

use std::time::Duration;

use ::entity::job::{self, JobState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use tracing::warn;

use super::{Claim, Finish, Nudge, QueueName, finish};
use crate::Services;

/// How many rows one sweep looks at.
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
/// When the database or the transport fails.
pub async fn sweep(services: &Services) -> Result<Swept, DbErr> {
    let now = services.clock.database_now(&services.db).await?;
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
    let due = job::Entity::find()
        .filter(column.state.eq(JobState::Waiting))
        .filter(column.run_at.lte(now))
        .order_by_asc(column.run_at)
        .limit(BATCH)
        .all(&services.db)
        .await?;
    let nudges: Vec<Nudge> = due
        .iter()
        .map(|job| Nudge {
            job: job.id,
            queue: QueueName::from_word(&job.queue),
        })
        .collect();
    if !nudges.is_empty() {
        match services.queue.push(&nudges).await {
            Ok(()) => swept.nudged = nudges.len(),
            Err(error) => warn!(error = %error, "could not wake the workers for {} due jobs", nudges.len()),
        }
    }
    Ok(swept)
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
