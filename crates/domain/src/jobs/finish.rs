//! A worker gives jobs back.

use std::time::Duration;

use ::entity::JobId;
use ::entity::job::{self, JobState};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryFilter, UpdateMany};
use serde_json::{Value, json};

use super::next::nudge_next;
use super::{Claim, Fence, Known};
use crate::Services;
use crate::clock::DatabaseTime;
use crate::error::is_duplicate;
use crate::events::JobChange;
use crate::sql::Sql;

/// The longest text kept of an error.
const MAX_ERROR: usize = 500;

/// How many failed attempts a row tells of; the oldest are dropped.
const MAX_STORY: usize = 20;

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

/// A claimed job, and how its attempt ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The claim.
    pub claim: Claim,
    /// How it ended.
    pub finish: Finish,
}

/// Writes how attempts ended and nudges what waited behind them, as far as its kinds are `known`. Answers for each, in their
/// order, what was written: `None` when the job was no longer this worker's, and nothing was.
///
/// An attempt that wants another is given up when it was the last; and when a newer job with its unique key waits already, that
/// one does the work.
///
/// # Errors
/// When the database fails. Some may have been written then; the others are taken back once their leases have run out.
pub async fn finish(services: &Services, known: &[Known], ended: Vec<Ended>) -> Result<Vec<Option<Finish>>, DbErr> {
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    let time = services.clock.database_time(services.db.get_database_backend());
    let done: Vec<(&Claim, &Value)> = ended.iter().filter_map(Ended::report).collect();
    let closed = close_done(services, time, &done).await?;
    let mut written = Vec::with_capacity(ended.len());
    for Ended { claim, finish } in &ended {
        let finish = match finish {
            Finish::Done(_) => closed.contains(&claim.job.id).then(|| finish.clone()),
            other => write_one(services, time, claim, other.clone()).await?,
        };
        written.push(finish);
    }
    let changes = ended.iter().zip(&written).filter(|(_, written)| written.is_some());
    services
        .events
        .jobs_changed(changes.map(|(ended, _)| JobChange::from(&ended.claim)).collect());
    let over: Vec<&job::Model> = ended.iter().map(|ended| &ended.claim.job).collect();
    nudge_next(services, known, &over).await;
    Ok(written)
}

impl Ended {
    fn report(&self) -> Option<(&Claim, &Value)> {
        match &self.finish {
            Finish::Done(report) => Some((&self.claim, report)),
            _ => None,
        }
    }
}

/// Closes what is done, all in one statement: it is how most jobs end, and each statement waits for the disk.
async fn close_done(services: &Services, time: DatabaseTime, done: &[(&Claim, &Value)]) -> Result<Vec<JobId>, DbErr> {
    if done.is_empty() {
        return Ok(Vec::new());
    }
    let row = |sql: Sql, (claim, report): &(&Claim, &Value)| {
        sql.text("(")
            .typed(claim.job.id, "uuid")
            .text(", ")
            .typed(claim.job.fence, "bigint")
            .text(", ")
            .typed((*report).clone(), "jsonb")
            .text(")")
    };
    let sql = Sql::new(services.db.get_database_backend())
        .text("WITH done (id, fence, report) AS (VALUES ")
        .each(done, ", ", row)
        .text(
            ") UPDATE job SET state = 'DONE', report = done.report, last_error = NULL, progress = NULL, finished_at = ",
        )
        .time(time, Duration::ZERO)
        .text(", lease_until = NULL, lease_owner = NULL FROM done ")
        .text("WHERE job.id = done.id AND job.fence = done.fence AND job.state = 'RUNNING' RETURNING job.id");
    let rows = services.db.query_all_raw(sql.statement()).await?;
    rows.iter().map(|row| row.try_get("", "id")).collect()
}

/// Writes another end than [`Finish::Done`]. Answers what was written.
async fn write_one(
    services: &Services,
    time: DatabaseTime,
    claim: &Claim,
    finish: Finish,
) -> Result<Option<Finish>, DbErr> {
    let finish = match finish {
        Finish::Retry(_, why) if claim.job.attempt >= claim.job.max_attempts => Finish::Failed(why),
        other => other,
    };
    let change = match &finish {
        Finish::Again(delay) => {
            waiting(time, *delay).col_expr(job::Column::Attempt, Expr::value(claim.job.attempt - 1))
        }
        Finish::Retry(delay, why) => told(services, waiting(time, *delay), claim, why),
        Finish::Failed(why) => told(services, closed(time, JobState::Failed), claim, why),
        Finish::Done(report) => closed(time, JobState::Done).col_expr(job::Column::Report, Expr::value(report.clone())),
    };
    match ours(claim, change).exec(&services.db).await {
        Ok(changed) => Ok((changed.rows_affected > 0).then_some(finish)),
        // A newer one with its unique key waits already: that one does the work.
        Err(twin) if is_duplicate(&twin) => {
            let report = json!({ "superseded": true });
            let change = closed(time, JobState::Done).col_expr(job::Column::Report, Expr::value(report.clone()));
            let changed = ours(claim, change).exec(&services.db).await?;
            Ok((changed.rows_affected > 0).then_some(Finish::Done(report)))
        }
        Err(error) => Err(error),
    }
}

/// The change that has a job wait for another start.
fn waiting(time: DatabaseTime, delay: Duration) -> UpdateMany<job::Entity> {
    given_back(JobState::Waiting).col_expr(job::Column::RunAt, time.after(delay))
}

/// The change that ends a job.
fn closed(time: DatabaseTime, state: JobState) -> UpdateMany<job::Entity> {
    given_back(state).col_expr(job::Column::FinishedAt, time.now())
}

fn given_back(state: JobState) -> UpdateMany<job::Entity> {
    job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(state))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(job::Column::Progress, Expr::value(None::<String>))
}

/// The change also tells what went wrong: now, and in the row's story.
fn told(services: &Services, change: UpdateMany<job::Entity>, claim: &Claim, why: &str) -> UpdateMany<job::Entity> {
    let why: String = why.chars().take(MAX_ERROR).collect();
    let mut story = claim.job.story.as_array().cloned().unwrap_or_default();
    story.push(json!({
        "attempt": claim.job.attempt,
        "at": services.clock.now(),
        "worker": claim.job.lease_owner,
        "error": why,
    }));
    let told = story.len().saturating_sub(MAX_STORY);
    change
        .col_expr(job::Column::LastError, Expr::value(why))
        .col_expr(job::Column::Story, Expr::value(Value::Array(story.split_off(told))))
}

/// Only while the job is this worker's.
fn ours(claim: &Claim, change: UpdateMany<job::Entity>) -> UpdateMany<job::Entity> {
    change.filter(Fence::from(&claim.job).holds())
}
