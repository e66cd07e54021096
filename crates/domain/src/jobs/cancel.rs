//! A person calls a job off.

use ::entity::JobId;
use ::entity::job::{self, JobState};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};

use super::kinds::{every_kind, is_cancelable};
use super::next::nudge_next;
use super::queries;
use crate::audit::Act;
use crate::{Error, Permission, Refusal, RefusalCode, Request, Services, idempotency};

/// Calls a job off. One that runs is stopped at its worker's next sign of life, and writes nothing from now on.
///
/// # Errors
/// Refused when there is no such job, it is over, or it finishes something that must not be left half-done.
pub async fn cancel(services: &Services, request: &Request, id: JobId) -> Result<job::Model, Error> {
    request.actor.require(Permission::ManageJobs)?;
    let job = queries::find(services, &request.actor, id).await?;
    let job = job.ok_or_else(|| Refusal::not_found("job", "jobId"))?;
    idempotency::check(services, request, job.workspace_id).await?;
    if !is_cancelable(&job.kind) {
        let message =
            "This job finishes something that was begun. Undo that instead: unassign the agent, or cancel the test.";
        return Err(Refusal::new(RefusalCode::JobNotCancelable, message).on("jobId").into());
    }

    let mut tx = services.begin().await?;
    let now = services.clock.database_time(tx.db().get_database_backend());
    let canceled = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(JobState::Canceled))
        .col_expr(job::Column::Fence, Expr::col(job::Column::Fence).add(1))
        .col_expr(job::Column::FinishedAt, now.now())
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .filter(job::COLUMN.id.eq(id))
        .filter(job::COLUMN.state.is_in([JobState::Waiting, JobState::Running]))
        .exec(tx.db())
        .await?;
    if canceled.rows_affected == 0 {
        let message = "The job is over.";
        return Err(Refusal::new(RefusalCode::AlreadyEnded, message).on("jobId").into());
    }
    tx.changed(id, job.workspace_id);
    let act = Act::on("job.cancel", "job", id).of(job.twilio_account_id);
    tx.audit(request, job.workspace_id, act).await?;
    tx.once(request, job.workspace_id, id.0).await?;
    tx.commit().await?;
    nudge_next(services, &every_kind(), &[&job]).await;
    Ok(queries::find(services, &request.actor, id).await?.unwrap_or(job))
}
