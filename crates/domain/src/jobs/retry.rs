//! A person has a job tried again, now.

use ::entity::JobId;
use ::entity::job::{self, JobState};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{Nudge, queries};
use crate::audit::Act;
use crate::error::is_duplicate;
use crate::{Error, Permission, Refusal, RefusalCode, Request, Services, idempotency};

/// Has a job that failed, was called off or waits for a later time start now, with all its attempts before it.
///
/// # Errors
/// Refused when there is no such job, it runs or is done, or the same work waits already.
pub async fn retry(services: &Services, request: &Request, id: JobId) -> Result<job::Model, Error> {
    request.actor.require(Permission::ManageJobs)?;
    let job = queries::find(services, &request.actor, id).await?;
    let job = job.ok_or_else(|| Refusal::not_found("job", "jobId"))?;
    idempotency::check(services, request, job.workspace_id).await?;

    let mut tx = services.begin().await?;
    let now = services.clock.database_time(tx.db().get_database_backend());
    let waiting = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(JobState::Waiting))
        .col_expr(job::Column::RunAt, now.now())
        .col_expr(job::Column::Attempt, Expr::value(0))
        .col_expr(job::Column::FinishedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(job::Column::Story, Expr::value(story(&job, tx.at())))
        .filter(job::COLUMN.id.eq(id))
        .filter(
            job::COLUMN
                .state
                .is_in([JobState::Waiting, JobState::Failed, JobState::Canceled]),
        )
        .exec(tx.db())
        .await;
    match waiting {
        Ok(waiting) if waiting.rows_affected > 0 => {}
        Ok(_) => {
            let message =
                "Only a job that failed, was called off or waits can be started now; this one runs or is done.";
            return Err(Refusal::new(RefusalCode::JobNotRetryable, message).on("jobId").into());
        }
        Err(twin) if is_duplicate(&twin) => {
            let message = "The same work waits already, in a newer job.";
            return Err(Refusal::new(RefusalCode::JobSuperseded, message).on("jobId").into());
        }
        Err(error) => return Err(error.into()),
    }
    tx.nudge(Nudge::from(&job), job.workspace_id);
    let act = Act::on("job.retry", "job", id).of(job.twilio_account_id);
    tx.audit(request, job.workspace_id, act).await?;
    tx.once(request, job.workspace_id, id.0).await?;
    tx.commit().await?;
    Ok(queries::find(services, &request.actor, id).await?.unwrap_or(job))
}

/// The story with what a person did in it: from there on the attempts count anew.
fn story(job: &job::Model, at: DateTime<Utc>) -> Value {
    let mut story = job.story.as_array().cloned().unwrap_or_default();
    if !story.is_empty() {
        story.push(json!({ "at": at, "error": "tried again at a person's wish" }));
    }
    Value::Array(story)
}
