//! How many jobs wait, run and failed lately: for people.

use ::entity::WorkspaceId;
use ::entity::job::{self, JobState};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect, Select};

use crate::Services;

/// How long a failed job is counted.
const LATELY: TimeDelta = TimeDelta::hours(24);

/// Jobs, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Those that wait, for a worker or for a later time.
    pub waiting: u64,
    /// Those that a worker has.
    pub running: u64,
    /// Those that were given up in the last 24 hours.
    pub failed: u64,
    /// The earliest time at which one that waits is due; in the past where workers are late.
    pub oldest_due_at: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct Waiting {
    jobs: i64,
    oldest: Option<DateTime<Utc>>,
}

/// Counts the jobs of one workspace, or of all for staff who name none. Three statements.
///
/// # Errors
/// When the database fails.
pub async fn counts(services: &Services, workspace: Option<WorkspaceId>) -> Result<JobCounts, DbErr> {
    let db = &services.db;
    let waiting = of(workspace, JobState::Waiting)
        .select_only()
        .column_as(job::Column::Id.count(), "jobs")
        .column_as(job::Column::RunAt.min(), "oldest")
        .into_model::<Waiting>()
        .one(db)
        .await?;
    let waiting = waiting.unwrap_or(Waiting { jobs: 0, oldest: None });
    let since = services.clock.now() - LATELY;
    let failed = of(workspace, JobState::Failed).filter(job::COLUMN.finished_at.gt(since));
    Ok(JobCounts {
        waiting: waiting.jobs.unsigned_abs(),
        running: of(workspace, JobState::Running).count(db).await?,
        failed: failed.count(db).await?,
        oldest_due_at: waiting.oldest,
    })
}

fn of(workspace: Option<WorkspaceId>, state: JobState) -> Select<job::Entity> {
    let jobs = job::Entity::find().filter(job::COLUMN.state.eq(state));
    match workspace {
        Some(workspace) => jobs.filter(job::COLUMN.workspace_id.eq(workspace)),
        None => jobs,
    }
}
