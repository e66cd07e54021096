//! A worker takes a job.

use ::entity::JobId;
use ::entity::job::{self, JobState};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use crate::Services;
use crate::error::is_duplicate;

/// A job that this worker has until its lease runs out.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The row, as it stood after the claim.
    pub job: job::Model,
}

/// Reads a job without taking it.
///
/// # Errors
/// When the database fails.
pub async fn peek(services: &Services, id: JobId) -> Result<Option<job::Model>, DbErr> {
    job::Entity::find_by_id(id).one(&services.db).await
}

/// Takes a waiting job that is due. `None` when it is not to be had: done before, taken by another, not due, called off, or
/// another with its unique key runs, which will nudge it when it ends.
///
/// # Errors
/// When the database fails.
pub async fn claim(services: &Services, id: JobId, owner: &str) -> Result<Option<Claim>, DbErr> {
    let now = services.clock.database_now((&services.db).into()).await?;
    let column = job::COLUMN;
    let taken = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(JobState::Running))
        .col_expr(job::Column::LeaseUntil, Expr::value(now + services.limits.lease))
        .col_expr(job::Column::LeaseOwner, Expr::value(owner))
        .col_expr(job::Column::Fence, Expr::col(job::Column::Fence).add(1))
        .col_expr(job::Column::Attempt, Expr::col(job::Column::Attempt).add(1))
        .filter(column.id.eq(id))
        .filter(column.state.eq(JobState::Waiting))
        .filter(column.run_at.lte(now))
        .exec(&services.db)
        .await;
    match taken {
        Ok(taken) if taken.rows_affected == 0 => return Ok(None),
        Ok(_) => {}
        Err(error) if is_duplicate(&error) => return Ok(None),
        Err(error) => return Err(error),
    }
    let row = job::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.map(|job| Claim { job }))
}

/// Tells that the worker is alive. `false` when the job is no longer its own: it must stop and write nothing.
///
/// # Errors
/// When the database fails; the lease runs on then.
pub async fn renew(services: &Services, claim: &Claim) -> Result<bool, DbErr> {
    let now: DateTime<Utc> = services.clock.database_now((&services.db).into()).await?;
    let column = job::COLUMN;
    let renewed = job::Entity::update_many()
        .col_expr(job::Column::LeaseUntil, Expr::value(now + services.limits.lease))
        .filter(column.id.eq(claim.job.id))
        .filter(column.fence.eq(claim.job.fence))
        .filter(column.state.eq(JobState::Running))
        .exec(&services.db)
        .await?;
    Ok(renewed.rows_affected > 0)
}
