//! A piece of background work.

use std::str::FromStr;

use ::entity::{AccountId, BillingAlertId, DiagnosisRunId, NotificationId, NumberId, TestCallId, job};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::jobs::{
    self, CheckBilling, ConfigureNumber, DeliverNotification, Diagnose, FollowCall, Job as _, MirrorAlert, QueueName,
    ReturnNumber, SyncNumbers, VerifyAccount,
};
use serde_json::Value;
use uuid::Uuid;

use super::mirror::mirror;
use super::{Node, TwilioAccount, Workspace};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::queries::node;

mirror! {
    /// Where a job is in its life.
    pub enum JobState of ::entity::job::JobState {
        /// Waits for `runAt`, for a worker, or for another of its kind or account to end.
        Waiting,
        /// A worker has it.
        Running,
        /// Finished; `report` says what it did.
        Done,
        /// Given up; `lastError` says why. `retryJob` has it tried again.
        Failed,
        /// Called off.
        Canceled,
    }
}

/// How much a job matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "QueueName")]
pub enum JobQueue {
    /// A person waits for it.
    Urgent,
    /// Nobody waits for it.
    Routine,
}

/// An attempt at a job that failed.
#[derive(SimpleObject)]
pub struct JobAttempt {
    /// Which attempt it was, from 1.
    attempt: Option<i32>,
    /// When it ended.
    at: Option<DateTime<Utc>>,
    /// What went wrong, in Callab's words.
    error: Option<String>,
}

/// A piece of background work.
pub struct Job(pub job::Model);

/// A piece of background work: reading an account's numbers, setting a number's routing, placing a call. Those that are over are kept
/// for a week, those that nobody waited for and that went well for a day.
#[Object]
impl Job {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// What kind of work it is, such as `sync-numbers`. New kinds come with releases.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Where it is in its life.
    async fn state(&self) -> JobState {
        (&self.0.state).into()
    }

    /// Whether a person waits for it.
    async fn queue(&self) -> JobQueue {
        QueueName::from_word(&self.0.queue).into()
    }

    /// What it works on, as it is now; null if that is gone, or shown by no type.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>, ApiError> {
        match subject(&self.0) {
            Some(id) => node::find(ctx, &id).await,
            None => Ok(None),
        }
    }

    /// The Twilio account that it asks; null if it asks none.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<TwilioAccount>, ApiError> {
        match self.0.twilio_account_id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(TwilioAccount::from)),
            None => Ok(None),
        }
    }

    /// Whose it is.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Option<Workspace>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.workspace_id).await?.map(Workspace))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it may start, or could last.
    async fn run_at(&self) -> DateTime<Utc> {
        self.0.run_at
    }

    /// How often it was started.
    async fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// How often it is started before it is given up.
    async fn max_attempts(&self) -> i32 {
        self.0.max_attempts
    }

    /// While it runs: until when its worker is trusted to be alive. Renewed again and again.
    async fn lease_until(&self) -> Option<DateTime<Utc>> {
        self.0.lease_until
    }

    /// While it runs: how far it is, in words for people.
    async fn progress(&self) -> Option<&str> {
        self.0.progress.as_deref()
    }

    /// Once it is done: what it did, in counts, words and ids. Its fields come and go with releases.
    async fn report(&self) -> Option<&Value> {
        self.0.report.as_ref()
    }

    /// What last went wrong, in Callab's words.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// The attempts that failed, oldest first; at most the last 20.
    async fn failed_attempts(&self) -> Vec<JobAttempt> {
        let story = self.0.story.as_array().map(Vec::as_slice).unwrap_or_default();
        story.iter().map(told).collect()
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }

    /// Whether `cancelJob` takes it, by its kind and state.
    async fn is_cancelable(&self) -> bool {
        use ::entity::job::JobState::{Running, Waiting};
        matches!(self.0.state, Waiting | Running) && jobs::is_cancelable(&self.0.kind)
    }
}

fn told(attempt: &Value) -> JobAttempt {
    let text = |field: &str| attempt[field].as_str();
    JobAttempt {
        attempt: attempt["attempt"].as_i64().and_then(|number| number.try_into().ok()),
        at: text("at").and_then(|at| DateTime::from_str(at).ok()),
        error: text("error").map(str::to_owned),
    }
}

/// The global id of what the job works on.
fn subject(job: &job::Model) -> Option<ID> {
    let uuid = Uuid::try_parse(&job.subject).ok()?;
    match job.kind.as_str() {
        VerifyAccount::KIND | SyncNumbers::KIND | CheckBilling::KIND => Some(id::global(AccountId(uuid))),
        ConfigureNumber::KIND | ReturnNumber::KIND => Some(id::global(NumberId(uuid))),
        MirrorAlert::KIND => Some(id::global(BillingAlertId(uuid))),
        FollowCall::KIND => Some(id::global(TestCallId(uuid))),
        Diagnose::KIND => Some(id::global(DiagnosisRunId(uuid))),
        DeliverNotification::KIND => Some(id::global(NotificationId(uuid))),
        _ => None,
    }
}
