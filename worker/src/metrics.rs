//! What is counted of a worker's own jobs. Labels are kinds this release knows and outcomes: never an id.

use std::time::Duration;

use domain::jobs::Finish;
use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

/// Attempts of jobs that ended here. Labels: `kind` and `outcome` (`done`, `again`, `retry`, `failed`, `lost`).
pub const JOBS_FINISHED_TOTAL: &str = "callab_jobs_finished_total";

/// From the claim of a job to its outcome. Label: `kind`.
pub const JOB_SECONDS: &str = "callab_job_seconds";

/// The buckets of each histogram, in seconds.
pub const BUCKETS: [(&str, &[f64]); 1] = [(
    JOB_SECONDS,
    &[0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0],
)];

/// Tells the process's recorder what each metric is.
pub fn describe() {
    describe_counter!(
        JOBS_FINISHED_TOTAL,
        "Attempts of jobs that ended in this process, by kind and outcome"
    );
    describe_histogram!(
        JOB_SECONDS,
        Unit::Seconds,
        "Seconds from the claim of a job to its outcome, by kind"
    );
}

/// Counts an attempt that ended; `None` for a job that was taken from its worker on the way. `kind` is one that this release
/// knows, and never text from a row: a row may hold anything.
pub fn finished(kind: &'static str, ended: Option<&Finish>, took: Duration) {
    let outcome = match ended {
        Some(Finish::Done(_)) => "done",
        Some(Finish::Again(_)) => "again",
        Some(Finish::Retry(..)) => "retry",
        Some(Finish::Failed(_)) => "failed",
        None => "lost",
    };
    counter!(JOBS_FINISHED_TOTAL, "kind" => kind, "outcome" => outcome).increment(1);
    histogram!(JOB_SECONDS, "kind" => kind).record(took);
}
