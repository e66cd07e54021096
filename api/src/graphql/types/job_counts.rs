//! How much background work there is.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use domain::jobs;

/// How many background jobs there are.
#[derive(SimpleObject)]
pub struct JobCounts {
    /// How many wait, for a worker or for a later time.
    waiting: i32,
    /// How many a worker has.
    running: i32,
    /// How many were given up in the last 24 hours.
    failed: i32,
    /// The earliest time at which one that waits is due: in the past where workers are late; null when none waits.
    oldest_due_at: Option<DateTime<Utc>>,
}

impl From<jobs::JobCounts> for JobCounts {
    fn from(counts: jobs::JobCounts) -> Self {
        let int = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            waiting: int(counts.waiting),
            running: int(counts.running),
            failed: int(counts.failed),
            oldest_due_at: counts.oldest_due_at,
        }
    }
}
