//! A job's row, from its payload.

use ::entity::job::{self, JobState};
use ::entity::{JobId, WorkspaceId};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::Job;

/// The row of a new job.
pub(crate) fn new_row<J: Job>(
    id: JobId,
    workspace: WorkspaceId,
    payload: &J,
    created_at: DateTime<Utc>,
    run_at: DateTime<Utc>,
) -> Result<job::ActiveModel, DbErr> {
    let json = serde_json::to_value(payload).map_err(|error| DbErr::Json(error.to_string()))?;
    Ok(job::ActiveModel {
        id: Set(id),
        workspace_id: Set(workspace),
        kind: Set(J::KIND.to_owned()),
        version: Set(J::VERSION),
        queue: Set(J::QUEUE.as_str().to_owned()),
        subject: Set(payload.subject().to_string()),
        unique_key: Set(payload.unique_key()),
        payload: Set(json),
        state: Set(JobState::Waiting),
        run_at: Set(run_at),
        attempt: Set(0),
        max_attempts: Set(J::MAX_ATTEMPTS),
        lease_until: Set(None),
        lease_owner: Set(None),
        fence: Set(0),
        progress: Set(None),
        report: Set(None),
        last_error: Set(None),
        created_at: Set(created_at),
        finished_at: Set(None),
    })
}

/// Inserts the row; where one with its unique key waits already, that one takes the new payload and the earlier time.
///
/// The kinds that share a unique key undo each other, so the latest wish is the one that counts. A running one is left alone:
/// this row waits behind it.
pub(crate) async fn insert_or_bring_forward(db: &impl ConnectionTrait, row: job::ActiveModel) -> Result<JobId, DbErr> {
    let column = job::COLUMN;
    let (id, key, run_at) = (
        row.id.clone().unwrap(),
        row.unique_key.clone().unwrap(),
        row.run_at.clone().unwrap(),
    );
    // More than once, because the waiting row may be claimed between the two statements.
    for _ in 0..3 {
        let inserted = job::Entity::insert(row.clone())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(db)
            .await?;
        if inserted > 0 {
            return Ok(id);
        }
        let waiting = job::Entity::find()
            .filter(column.unique_key.eq(&key))
            .filter(column.state.eq(JobState::Waiting))
            .one(db)
            .await?;
        let Some(waiting) = waiting else { continue };
        let changed = job::Entity::update_many()
            .col_expr(job::Column::Kind, row.kind.clone().unwrap().into())
            .col_expr(job::Column::Version, row.version.clone().unwrap().into())
            .col_expr(job::Column::Queue, row.queue.clone().unwrap().into())
            .col_expr(job::Column::Subject, row.subject.clone().unwrap().into())
            .col_expr(job::Column::Attempt, Expr::value(0))
            .col_expr(job::Column::MaxAttempts, row.max_attempts.clone().unwrap().into())
            .col_expr(job::Column::Payload, row.payload.clone().unwrap().into())
            .col_expr(job::Column::RunAt, Expr::value(std::cmp::min(run_at, waiting.run_at)))
            .filter(column.id.eq(waiting.id))
            .filter(column.state.eq(JobState::Waiting))
            .exec(db)
            .await?;
        if changed.rows_affected > 0 {
            return Ok(waiting.id);
        }
    }
    Err(DbErr::Custom(format!(
        "could not write a job for {key}: others keep claiming it"
    )))
}
