//! What is counted of jobs, accounts and events, and what each figure means. Labels are kinds, queues and outcomes: never an id.

use metrics::{counter, describe_counter, describe_gauge};

/// Due jobs of kinds this release knows that no worker has claimed. Label: `queue`. Counted up to [`crate::jobs::COUNTED`].
pub const JOBS_WAITING: &str = "callab_jobs_waiting";

/// Jobs that a worker has, of all processes.
pub const JOBS_RUNNING: &str = "callab_jobs_running";

/// How long the oldest of the waiting jobs has been due; 0 when there is none. Label: `queue`.
pub const JOB_OLDEST_DUE_SECONDS: &str = "callab_job_oldest_due_seconds";

/// Due jobs of a kind or version that this release does not know.
pub const JOBS_UNKNOWN: &str = "callab_jobs_unknown";

/// Jobs taken back from workers that gave no sign.
pub const JOB_LEASE_TAKEOVERS_TOTAL: &str = "callab_job_lease_takeovers_total";

/// For how long the account that waits longest for its check has been due. Zero while the workers follow.
pub const ACCOUNT_CHECKS_LATE_SECONDS: &str = "callab_account_checks_late_seconds";

/// Committed events without a place in the order yet.
pub const EVENTS_UNNUMBERED: &str = "callab_events_unnumbered";

/// Committed audit entries without a place in their chain yet.
pub const AUDIT_UNCHAINED: &str = "callab_audit_unchained";

/// Tells the process's recorder what each metric is.
pub fn describe() {
    describe_gauge!(
        JOBS_WAITING,
        "Due jobs that no worker has claimed, by queue; the same in every process"
    );
    describe_gauge!(
        JOBS_RUNNING,
        "Jobs that a worker has, of all processes; the same in every process"
    );
    describe_gauge!(
        JOB_OLDEST_DUE_SECONDS,
        "Seconds for which the oldest unclaimed job has been due, by queue; 0 when there is none"
    );
    describe_gauge!(
        JOBS_UNKNOWN,
        "Due jobs of a kind or version that this process's release does not know"
    );
    describe_counter!(
        JOB_LEASE_TAKEOVERS_TOTAL,
        "Jobs taken back from workers that gave no sign until their lease ran out"
    );
    // There from the start, so that the first one is seen as a rise.
    counter!(JOB_LEASE_TAKEOVERS_TOTAL).increment(0);
    describe_gauge!(
        ACCOUNT_CHECKS_LATE_SECONDS,
        "Seconds for which the account that waits longest for its check has been due; the same in every process"
    );
    describe_gauge!(EVENTS_UNNUMBERED, "Committed events without a place in the order yet");
    describe_gauge!(
        AUDIT_UNCHAINED,
        "Committed audit entries without a place in their chain yet"
    );
}
