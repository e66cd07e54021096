//! Durable background work: the row is the truth, the transport carries a nudge.
//!
//! A job is a row written in the transaction that wants it ([`crate::Transaction::enqueue`]). A worker is nudged with its id,
//! [`claim`]s the row, does the work, and [`finish`]es it. What is lost on the way is found again by [`sweep`] and
//! [`take_back_expired`].

mod backlog;
mod cancel;
mod claim;
mod counts;
mod decision;
mod depth;
mod due;
mod fence;
mod finish;
mod kinds;
mod next;
mod queries;
mod retry;
mod row;
mod sweep;
mod turn;

use std::fmt::Debug;
use std::time::Duration;

use ::entity::{JobId, job};
use async_trait::async_trait;
use sea_orm::{DbErr, QueryResult};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub use backlog::count_due;
pub use cancel::cancel;
pub use claim::{Claim, Claimer, Known, claim, renew, tell_progress};
pub use counts::{JobCounts, counts};
pub use decision::{Decision, WorkError, Worked, backoff};
pub use depth::{COUNTED, Depth, QueueDepth, depth};
pub use due::{Due, NudgeError, nudge_due};
pub use fence::Fence;
pub use finish::{Ended, Finish, finish};
pub use kinds::{
    AssessHealth, CheckBilling, ConfigureNumber, DeliverNotification, Diagnose, FollowCall, MirrorAlert, PlaceCall,
    ReturnNumber, RotateToken, SyncCalls, SyncNumbers, VerifyAccount, every_kind, is_cancelable,
};
pub use queries::{JobFilter, by_ids, find, list};
pub use retry::retry;
pub use row::Whose;
pub(crate) use row::{NewJob, insert_or_bring_forward};
pub use sweep::{Swept, sweep, take_back_all, take_back_expired};
pub use turn::take_turn;

/// How much a job matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QueueName {
    /// A person waits for it.
    Urgent,
    /// Nobody waits for it.
    Routine,
}

impl QueueName {
    /// Every queue, most important first.
    pub const ALL: [Self; 2] = [Self::Urgent, Self::Routine];

    /// The word in the row.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Routine => "routine",
        }
    }

    /// Reads the word in the row; a word nobody knows is routine.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        if word == Self::Urgent.as_str() {
            Self::Urgent
        } else {
            Self::Routine
        }
    }
}

/// One kind of job: its payload, and how it is treated.
pub trait Job: Serialize + DeserializeOwned + Debug + Send + Sync {
    /// Its name, for good: rows of it may be waiting anywhere.
    const KIND: &'static str;
    /// The version of the payload.
    const VERSION: i32 = 1;
    /// Whether a person waits for it.
    const QUEUE: QueueName;
    /// How often it is started before it is given up.
    const MAX_ATTEMPTS: i32 = 10;
    /// How long one attempt may take. Below the lease, so that an attempt that hangs is not taken for a dead worker.
    const TIMEOUT: Duration = Duration::from_secs(30);

    /// The id of the row it works on.
    fn subject(&self) -> Uuid;

    /// What must not be done twice at the same time.
    fn unique_key(&self) -> String {
        format!("{}/{}", Self::KIND, self.subject())
    }
}

/// A job that may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nudge {
    /// Its row.
    pub job: JobId,
    /// Where it waits.
    pub queue: QueueName,
}

impl Nudge {
    /// Reads the columns `id` and `queue` of a row.
    pub(crate) fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self::of(row.try_get("", "id")?, &row.try_get::<String>("", "queue")?))
    }

    /// The job whose row says that it waits in `queue`.
    #[must_use]
    pub fn of(job: JobId, queue: &str) -> Self {
        Self {
            job,
            queue: QueueName::from_word(queue),
        }
    }
}

impl From<&job::Model> for Nudge {
    fn from(row: &job::Model) -> Self {
        Self::of(row.id, &row.queue)
    }
}

/// Why workers could not be woken.
#[derive(Debug, thiserror::Error)]
#[error("the job transport does not take ids now")]
pub struct PushError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Wakes workers. Losing a nudge costs time, nothing else.
#[async_trait]
pub trait Queue: Debug + Send + Sync {
    /// Tells workers which jobs may start.
    ///
    /// # Errors
    /// [`PushError`] when the transport is away.
    async fn push(&self, nudges: &[Nudge]) -> Result<(), PushError>;

    /// Whether what is pushed in one process reaches the workers of others, as far as is known. While it does not, workers look for
    /// new jobs themselves.
    fn is_up(&self) -> bool {
        true
    }
}
