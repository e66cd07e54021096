//! A worker gives a job back.

use std::time::Duration;

use ::entity::job::{self, JobState};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{Claim, Nudge};
use crate::Services;
use crate::error::is_duplicate;

/// The longest text kept of an error.
const MAX_ERROR: usize = 500;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Finish {
    /// Done, with its report.
    Done(Value),
    /// Not over yet: to be looked at again after this long. Nothing went wrong, and it counts as no attempt.
    Again(Duration),
    /// To be tried again after this long, for this reason.
    Retry(Duration, String),
    /// Given up, for this reason.
    Failed(String),
}

/// Writes how an attempt ended and nudges what waited behind it. `false` when the job was no longer this worker's: nothing was
/// written then.
///
/// An attempt that wants another is given up when it was the last; and when a newer job with its unique key waits already, that
/// one does the work.
///
/// # Errors
/// When the database fails.
pub async fn finish(services: &Services, claim: &Claim, ended: Finish) -> Result<bool, DbErr> {
    let now = services.clock.database_now((&services.db).into()).await?;
    let ended = match ended {
        Finish::Retry(_, why) if claim.job.attempt >= claim.job.max_attempts => Finish::Failed(why),
        other => other,
    };
    let written = match &ended {
        Finish::Done(report) => close(&services.db, claim, JobState::Done, Some(report), None, now).await?,
        Finish::Failed(why) => close(&services.db, claim, JobState::Failed, None, Some(why), now).await?,
        Finish::Again(delay) => write_back(&services.db, claim, *delay, None, now).await?,
        Finish::Retry(delay, why) => write_back(&services.db, claim, *delay, Some(why), now).await?,
    };
    if written {
        nudge_next(services, claim, now).await?;
    }
    Ok(written)
}

/// Has the job wait for another start. When a newer one with its unique key waits already, that one does the work.
async fn write_back(
    db: &impl ConnectionTrait,
    claim: &Claim,
    delay: Duration,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let column = job::COLUMN;
    let attempt = if error.is_some() {
        claim.job.attempt
    } else {
        claim.job.attempt - 1
    };
    let written = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(JobState::Waiting))
        .col_expr(job::Column::Attempt, Expr::value(attempt))
        .col_expr(job::Column::RunAt, Expr::value(now + delay))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(job::Column::LastError, Expr::value(error.map(cut)))
        .filter(column.id.eq(claim.job.id))
        .filter(column.fence.eq(claim.job.fence))
        .filter(column.state.eq(JobState::Running))
        .exec(db)
        .await;
    match written {
        Ok(written) => Ok(written.rows_affected > 0),
        Err(twin) if is_duplicate(&twin) => {
            let report = json!({ "superseded": true });
            close(db, claim, JobState::Done, Some(&report), error, now).await
        }
        Err(error) => Err(error),
    }
}

async fn close(
    db: &impl ConnectionTrait,
    claim: &Claim,
    state: JobState,
    report: Option<&Value>,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let column = job::COLUMN;
    let closed = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(state))
        .col_expr(job::Column::Report, Expr::value(report.cloned()))
        .col_expr(job::Column::LastError, Expr::value(error.map(cut)))
        .col_expr(job::Column::FinishedAt, Expr::value(now))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .filter(column.id.eq(claim.job.id))
        .filter(column.fence.eq(claim.job.fence))
        .filter(column.state.eq(JobState::Running))
        .exec(db)
        .await?;
    Ok(closed.rows_affected > 0)
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_ERROR).collect()
}

/// What waited for this one to end may start now.
async fn nudge_next(services: &Services, claim: &Claim, now: DateTime<Utc>) -> Result<(), DbErr> {
    let column = job::COLUMN;
    let next = job::Entity::find()
        .filter(column.unique_key.eq(&claim.job.unique_key))
        .filter(column.state.eq(JobState::Waiting))
        .filter(column.run_at.lte(now))
        .one(&services.db)
        .await?;
    if let Some(next) = next
        && let Err(error) = services.queue.push(&[Nudge::from(&next)]).await
    {
        tracing::warn!(job.id = %next.id, error = %error, "could not wake a worker; the sweep will find job {}", next.id);
    }
    Ok(())
}
