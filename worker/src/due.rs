//! Which rows are due, and when the next ones will be. "Now" is always the database's.

use chrono::{DateTime, Utc};
use domain::Services;
use domain::jobs::Nudge;
use entity::JobId;
use entity::job::{self, JobState};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// How many due jobs are read at once.
const BATCH: u64 = 1000;

/// Nudges workers about the waiting jobs that became due after `since` and up to `now`. Answers how many.
///
/// # Errors
/// When the database or the transport fails.
pub(crate) async fn nudge_due(
    services: &Services,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<usize, NudgeError> {
    let column = job::COLUMN;
    let (mut after, mut told) = (None, 0);
    loop {
        let mut due = job::Entity::find()
            .select_only()
            .columns([job::Column::Id, job::Column::Queue])
            .filter(column.state.eq(JobState::Waiting))
            .filter(column.run_at.gt(since))
            .filter(column.run_at.lte(now));
        if let Some(id) = after {
            due = due.filter(column.id.gt(id));
        }
        let due: Vec<(JobId, String)> = due
            .order_by_asc(column.id)
            .limit(BATCH)
            .into_tuple()
            .all(&services.db)
            .await?;
        let Some((last, _)) = due.last() else { return Ok(told) };
        after = Some(*last);
        let nudges: Vec<Nudge> = due.iter().map(|(job, queue)| Nudge::of(*job, queue)).collect();
        services.queue.push(&nudges).await?;
        told += nudges.len();
    }
}

/// When the next waiting job becomes due after `now`. `None` when none will.
///
/// # Errors
/// When the database fails.
pub(crate) async fn next_after(services: &Services, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, DbErr> {
    let column = job::COLUMN;
    let next: Option<Option<DateTime<Utc>>> = job::Entity::find()
        .select_only()
        .column_as(column.run_at.min(), "next")
        .filter(column.state.eq(JobState::Waiting))
        .filter(column.run_at.gt(now))
        .into_tuple()
        .one(&services.db)
        .await?;
    Ok(next.flatten())
}

/// The job that has been due for longest, but for those in `but`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn oldest(services: &Services, but: &[JobId]) -> Result<Option<JobId>, DbErr> {
    let now = services.clock.database_now((&services.db).into()).await?;
    let column = job::COLUMN;
    let row = job::Entity::find()
        .filter(column.state.eq(JobState::Waiting))
        .filter(column.run_at.lte(now))
        .filter(column.id.is_not_in(but.iter().copied()))
        .order_by_asc(column.run_at)
        .order_by_asc(column.created_at)
        .one(&services.db)
        .await?;
    Ok(row.map(|job| job.id))
}

/// Why workers could not be told of due jobs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NudgeError {
    /// The rows could not be read.
    #[error("could not read which jobs are due")]
    Database(#[from] DbErr),
    /// The workers could not be told.
    #[error(transparent)]
    Push(#[from] domain::jobs::PushError),
}
