//! Which rows are due, and when the next ones will be. "Now" is always the database's.

use chrono::{DateTime, Utc};
use domain::Services;
use entity::JobId;
use entity::job::{self, JobState};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// When the next waiting job that was written to start later becomes due after `now`. `None` when none will.
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
        .filter(Expr::col(job::Column::RunAt).gt(Expr::col(job::Column::CreatedAt)))
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
