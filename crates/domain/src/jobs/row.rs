//! A job's row, from its payload.

use std::time::Duration;

use ::entity::job::JobState;
use ::entity::{AccountId, JobId, WorkspaceId, phone_number, twilio_account};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::{Value, json};

use super::{Job, Nudge, QueueName};
use crate::clock::DatabaseTime;
use crate::sql::Sql;

/// Whose work a job is. Jobs of one account share what may be asked of Twilio at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The Twilio account that it asks; none for work that asks none.
    pub account: Option<AccountId>,
}

impl From<WorkspaceId> for Whose {
    fn from(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            account: None,
        }
    }
}

impl From<(WorkspaceId, AccountId)> for Whose {
    fn from((workspace, account): (WorkspaceId, AccountId)) -> Self {
        Self {
            workspace,
            account: Some(account),
        }
    }
}

impl From<&twilio_account::Model> for Whose {
    fn from(account: &twilio_account::Model) -> Self {
        (account.workspace_id, account.id).into()
    }
}

impl From<&phone_number::Model> for Whose {
    fn from(number: &phone_number::Model) -> Self {
        (number.workspace_id, number.twilio_account_id).into()
    }
}

/// A job that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct NewJob {
    id: JobId,
    whose: Whose,
    kind: &'static str,
    version: i32,
    queue: QueueName,
    subject: String,
    unique_key: String,
    payload: Value,
    max_attempts: i32,
    delay: Duration,
}

impl NewJob {
    /// A job that may start at once, in the queue of its kind.
    pub(crate) fn new<J: Job>(id: JobId, whose: Whose, job: &J) -> Result<Self, DbErr> {
        Ok(Self {
            id,
            whose,
            kind: J::KIND,
            version: J::VERSION,
            queue: J::QUEUE,
            subject: job.subject().to_string(),
            unique_key: job.unique_key(),
            payload: serde_json::to_value(job).map_err(|error| DbErr::Json(error.to_string()))?,
            max_attempts: J::MAX_ATTEMPTS,
            delay: Duration::ZERO,
        })
    }

    /// The same, to start no sooner than `delay` from now.
    pub(crate) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// The same, in the queue of what nobody waits for.
    pub(crate) fn routine(self) -> Self {
        Self {
            queue: QueueName::Routine,
            ..self
        }
    }
}

/// Inserts rows; where one with its unique key waits already, that one takes the new payload, the earlier time and the more
/// important queue. What nobody waits for brings nothing forward: a job that is to be tried again later, as Twilio asked, is.
/// Answers the waiting rows with their workspaces, in no order. No two of `jobs` may have the same unique key.
///
/// The kinds that share a unique key undo each other, so the latest wish is the one that counts. A running one is left alone:
/// the new row waits behind it. One statement does it, so that nobody can claim the waiting row in between.
pub(crate) async fn insert_or_bring_forward(
    db: &impl ConnectionTrait,
    time: DatabaseTime,
    jobs: Vec<NewJob>,
) -> Result<Vec<(Nudge, WorkspaceId)>, DbErr> {
    let sql = Sql::new(db.get_database_backend()).text(
        "INSERT INTO job (id, workspace_id, twilio_account_id, kind, version, queue, subject, unique_key, payload, state, \
         run_at, attempt, max_attempts, fence, story, created_at) VALUES ",
    );
    let sql = sql.each(jobs, ", ", |sql, job| values(sql, time, job));
    let sql = sql.text(
        " ON CONFLICT (unique_key) WHERE state = 'WAITING' DO UPDATE SET kind = excluded.kind, version = excluded.version, \
         queue = CASE WHEN job.queue = 'urgent' THEN job.queue ELSE excluded.queue END, subject = excluded.subject, \
         twilio_account_id = COALESCE(excluded.twilio_account_id, job.twilio_account_id), payload = excluded.payload, \
         max_attempts = excluded.max_attempts, \
         attempt = CASE WHEN excluded.queue = 'routine' THEN job.attempt ELSE 0 END, \
         run_at = CASE WHEN excluded.queue = 'routine' OR excluded.run_at > job.run_at THEN job.run_at ELSE excluded.run_at END \
         RETURNING id, queue, workspace_id",
    );
    let rows = db.query_all_raw(sql.statement()).await?;
    rows.iter()
        .map(|row| Ok((Nudge::read(row)?, row.try_get("", "workspace_id")?)))
        .collect()
}

fn values(sql: Sql, time: DatabaseTime, job: NewJob) -> Sql {
    let account = job.whose.account.map(|account| account.0);
    sql.text("(")
        .value(job.id)
        .text(", ")
        .value(job.whose.workspace)
        .text(", ")
        .value(account)
        .text(", ")
        .value(job.kind)
        .text(", ")
        .value(job.version)
        .text(", ")
        .value(job.queue.as_str())
        .text(", ")
        .value(job.subject)
        .text(", ")
        .value(job.unique_key)
        .text(", ")
        .value(job.payload)
        .text(", ")
        .value(JobState::Waiting)
        .text(", ")
        .time(time, job.delay)
        .text(", 0, ")
        .value(job.max_attempts)
        .text(", 0, ")
        .value(json!([]))
        .text(", ")
        .time(time, Duration::ZERO)
        .text(")")
}
