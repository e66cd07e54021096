//! Jobs: what workers do, wait for, and gave up.

use chrono::{DateTime, Utc};

use super::connections::PageInfo;
use super::numbers::{AccountName, ListVarsFields};
use super::schema;
use crate::scrub::unheard;

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "ListVars")]
pub struct Jobs {
    #[arguments(filter: { accountId: $account }, first: 100, after: $after)]
    pub jobs: JobPage,
}

/// A page of jobs, and beside it the newest of those that were given up or are not done, which may be of any age.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "ListVars")]
pub struct WatchedJobs {
    #[arguments(filter: { accountId: $account }, first: 100, after: $after)]
    pub jobs: JobPage,
    #[arguments(filter: { accountId: $account, states: [FAILED, RUNNING, WAITING] }, first: 100)]
    #[cynic(rename = "jobs", alias)]
    pub open_jobs: OpenJobs,
    pub job_counts: JobCounts,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "JobConnection")]
pub struct OpenJobs {
    pub nodes: Vec<Job>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "JobConnection")]
pub struct JobPage {
    pub nodes: Vec<Job>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct JobCounts {
    pub waiting: i32,
    pub running: i32,
    pub failed: i32,
    pub oldest_due_at: Option<DateTime<Utc>>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct Job {
    pub id: cynic::Id,
    pub kind: String,
    pub state: JobState,
    pub account: Option<AccountName>,
    pub created_at: DateTime<Utc>,
    pub run_at: DateTime<Utc>,
    pub attempt: i32,
    pub max_attempts: i32,
    pub progress: Option<String>,
    pub last_error: Option<String>,
    pub failed_attempts: Vec<JobAttempt>,
    pub finished_at: Option<DateTime<Utc>>,
    pub is_cancelable: bool,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct JobAttempt {
    pub attempt: Option<i32>,
    pub at: Option<DateTime<Utc>>,
    pub error: Option<String>,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum JobState {
    Waiting,
    Running,
    Done,
    Failed,
    Canceled,
    #[cynic(fallback)]
    Unheard(String),
}

impl JobState {
    /// Its word; one of a newer API as it says it.
    #[must_use]
    pub fn word(&self) -> String {
        let word = match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Unheard(word) => return unheard(word),
        };
        word.to_owned()
    }
}
