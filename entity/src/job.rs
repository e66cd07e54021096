//! `job`: durable background work. The row is the truth; the transport carries its id.

use sea_orm::entity::prelude::*;

use crate::{AccountId, JobId, WorkspaceId};

crate::text_enum! {
    /// Where a job is in its life.
    pub enum JobState {
        /// Waiting for `run_at`.
        Waiting = "WAITING",
        /// A worker has it until `lease_until`.
        Running = "RUNNING",
        /// Finished, with a report.
        Done = "DONE",
        /// Given up, with its last error.
        Failed = "FAILED",
        /// Called off.
        Canceled = "CANCELED",
    }
}

/// One piece of work. For a unique key at most one row is `RUNNING` and one `WAITING` behind it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Its id; what the transport carries.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// Whose work it is.
    pub workspace_id: WorkspaceId,
    /// The Twilio account that it asks: jobs of one account take turns.
    pub twilio_account_id: Option<AccountId>,
    /// The kind of job, such as `sync-numbers`.
    pub kind: String,
    /// The version of the payload.
    pub version: i32,
    /// `urgent` (a person waits) or `routine`.
    pub queue: String,
    /// The id of the row it works on, for people who search.
    pub subject: String,
    /// What must not be done twice at the same time.
    pub unique_key: String,
    /// Ids, and nothing else.
    pub payload: Json,
    /// Where it is in its life.
    pub state: JobState,
    /// When it may start.
    pub run_at: DateTimeUtc,
    /// How often it was started.
    pub attempt: i32,
    /// How often it may be started.
    pub max_attempts: i32,
    /// Until when the worker that has it is trusted to be alive.
    pub lease_until: Option<DateTimeUtc>,
    /// The worker that has it.
    pub lease_owner: Option<String>,
    /// Counts claims: a worker that lost its lease no longer knows the number.
    pub fence: i64,
    /// How far it is, for people.
    pub progress: Option<String>,
    /// What it did.
    pub report: Option<Json>,
    /// What last went wrong, in our own words.
    pub last_error: Option<String>,
    /// The attempts that failed, oldest first: `attempt`, `at`, `worker`, `error`.
    pub story: Json,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
