//! One job, from its id to its outcome: claim the row, work, keep the lease, write how it ended.
//!
//! Nothing here holds a database transaction while a handler works.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::Services;
use domain::jobs::{self, Claim, Decision, Finish, WorkError, Worked, backoff};
use entity::JobId;
use entity::job::{self, JobState};
use futures_util::FutureExt;
use sea_orm::DbErr;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info, info_span, warn};

use crate::handlers::{Handler, HandlerError};
use crate::{Handlers, Jitter, Options};

/// How long a job waits that was claimed and then turned out to be of a kind this worker does not know.
const UNKNOWN_AGAIN: Duration = Duration::from_mins(1);

/// Runs one job at a time; many calls may run at once.
#[derive(Debug)]
pub(crate) struct Runner {
    services: Services,
    handlers: Handlers,
    jitter: Jitter,
    /// The worker's name in the rows it claims.
    owner: String,
    /// Ids whose kind is unknown and was reported.
    reported: Mutex<HashSet<JobId>>,
    /// Told when a job was written back to start later.
    pub(crate) delayed: Notify,
    /// Cancelled when running handlers must go.
    pub(crate) abandon: CancellationToken,
}

/// A job that was run.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// The job.
    pub job: JobId,
    /// Its kind, such as `sync-numbers`.
    pub kind: String,
    /// How the attempt ended. `None` when the lease was lost: nothing was written then.
    pub ended: Option<Finish>,
}

impl Runner {
    pub(crate) fn new(services: Services, options: &Options) -> Self {
        let owner = format!("{}-{}", options.name, services.ids.new_id());
        Self {
            services,
            handlers: options.handlers.clone(),
            jitter: options.jitter.clone(),
            owner,
            reported: Mutex::default(),
            delayed: Notify::new(),
            abandon: CancellationToken::new(),
        }
    }

    /// The worker's name in the rows it claims, another at each start.
    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    /// Runs the job, if it is to be had: waiting, due, of a known kind, and none with its unique key running. `None` when it
    /// was not.
    ///
    /// # Errors
    /// When the database fails. A job that was claimed then is taken back once its lease has run out.
    pub(crate) async fn run(&self, id: JobId) -> Result<Option<Ran>, DbErr> {
        let Some(row) = jobs::peek(&self.services, id).await? else {
            return Ok(None);
        };
        if row.state != JobState::Waiting {
            return Ok(None);
        }
        if self.handlers.find(&row.kind, row.version).is_none() {
            self.report_unknown(&row);
            return Ok(None);
        }
        let claimed_at = Instant::now();
        let Some(claim) = jobs::claim(&self.services, id, &self.owner).await? else {
            return Ok(None);
        };
        let span = info_span!(
            "job",
            job.name = claim.job.kind,
            job.id = %id,
            job.attempt = claim.job.attempt,
            subject = claim.job.subject,
        );
        let ended = async {
            let ended = self.attempt(&claim, claimed_at).await;
            self.write(&claim, ended).await
        }
        .instrument(span)
        .await?;
        let kind = claim.job.kind;
        Ok(Some(Ran { job: id, kind, ended }))
    }

    /// Leaves a row to the release that knows its kind, and says so once.
    fn report_unknown(&self, row: &job::Model) {
        let (id, kind, version) = (row.id, &row.kind, row.version);
        if self.reported.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
            warn!(job.id = %id, job.name = kind, job.version = version, "job {id} waits: this release does not know {kind} version {version}");
        }
    }

    /// Works the claimed job until it ends, takes too long, is no longer ours, or the worker has to go.
    async fn attempt(&self, claim: &Claim, claimed_at: Instant) -> Option<Finish> {
        let job = &claim.job;
        // Looked up again: a newer wish may have changed the row's kind just before the claim.
        let Some(handler) = self.handlers.find(&job.kind, job.version) else {
            self.report_unknown(job);
            return Some(Finish::Retry(UNKNOWN_AGAIN, "its kind is not known".to_owned()));
        };
        tokio::select! {
            ended = self.work(handler, job) => Some(ended),
            () = self.keep_lease(claim, claimed_at) => None,
            () = self.abandon.cancelled() => {
                Some(Finish::Again(Duration::ZERO)) // Handed back.
            }
        }
    }

    /// Runs the handler within its time, and turns whatever comes of it into an outcome.
    async fn work(&self, handler: &Handler, job: &job::Model) -> Finish {
        let work = AssertUnwindSafe(handler.work(self.services.clone(), job.payload.clone())).catch_unwind();
        let Ok(ended) = tokio::time::timeout(handler.timeout, work).await else {
            return self.retry(job.attempt, format!("took longer than {:?}", handler.timeout));
        };
        let Ok(ended) = ended else {
            // The panic's own text may hold anything. It went to the log through the panic hook.
            return self.retry(job.attempt, "panicked".to_owned());
        };
        match ended {
            Ok(Worked::Done(report)) => Finish::Done(report),
            Ok(Worked::Again(delay)) => Finish::Again(delay),
            Err(HandlerError::Work(error)) => self.decide(&error, job.attempt),
            Err(HandlerError::Payload(cause)) => Finish::Failed(format!("its payload cannot be read: {cause}")),
        }
    }

    fn decide(&self, error: &WorkError, attempt: i32) -> Finish {
        let decision = error.decision();
        let why = error.to_string();
        warn!(
            error = error as &dyn std::error::Error,
            ?decision,
            "the attempt failed: {why}"
        );
        match decision {
            Decision::Retry => self.retry(attempt, why),
            Decision::RetryAfter(wait) => Finish::Retry(wait, why),
            Decision::GiveUp => Finish::Failed(why),
        }
    }

    fn retry(&self, attempt: i32, why: String) -> Finish {
        Finish::Retry(backoff(attempt, self.jitter.roll()), why)
    }

    /// Renews the lease three times in its length. Ends when the job is no longer ours: taken back, or for a whole lease the
    /// database could not be told that we are alive.
    async fn keep_lease(&self, claim: &Claim, claimed_at: Instant) {
        let lease = self.services.limits.lease;
        let mut renewed_at = claimed_at;
        loop {
            tokio::time::sleep(lease / 3).await;
            let asked_at = Instant::now();
            let left = lease.saturating_sub(renewed_at.elapsed());
            match tokio::time::timeout(left, jobs::renew(&self.services, claim)).await {
                Ok(Ok(true)) => renewed_at = asked_at,
                Ok(Ok(false)) | Err(_) => return,
                Ok(Err(error)) => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "could not renew the lease of job {}", claim.job.id
                    );
                }
            }
        }
    }

    /// Writes how the attempt ended. Answers `None` when the job is no longer ours.
    async fn write(&self, claim: &Claim, ended: Option<Finish>) -> Result<Option<Finish>, DbErr> {
        let id = claim.job.id;
        let written = match &ended {
            Some(ended) => jobs::finish(&self.services, claim, ended.clone()).await?,
            None => false,
        };
        if !written {
            warn!("job {id} was taken from this worker; its handler was stopped and nothing written");
            return Ok(None);
        }
        match &ended {
            Some(Finish::Retry(delay, why)) => {
                self.delayed.notify_one();
                info!(job.delay_ms = delay.as_millis(), "job {id} will be tried again: {why}");
            }
            Some(Finish::Again(delay)) => {
                self.delayed.notify_one();
                debug!(job.delay_ms = delay.as_millis(), "job {id} will be looked at again");
            }
            Some(Finish::Failed(why)) => warn!("job {id} failed: {why}"),
            Some(Finish::Done(_)) | None => info!("job {id} is done"),
        }
        Ok(ended)
    }
}
