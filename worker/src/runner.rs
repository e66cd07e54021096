//! One job, from its id to its outcome: claim the row, work, keep the lease, write how it ended.
//!
//! Nothing here holds a database transaction while a handler works. What many jobs need of the database at the same moment, a
//! claim or the writing of an end, is one statement for all of them.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use domain::jobs::{self, Claim, Claimer, Decision, Ended, Fence, Finish, Known, WorkError, Worked, backoff};
use domain::{OnBehalf, Services, numbers};
use entity::{JobId, job};
use futures_util::FutureExt;
use sea_orm::DbErr;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info, info_span, warn};

use crate::batch::{BatchError, Batches};
use crate::handlers::{Handler, HandlerError};
use crate::{Handlers, Jitter, Options, metrics};

/// How many jobs are claimed, or written to have ended, in one statement.
const BATCH: usize = 64;

/// How long to wait before an end is written once more that could not be.
const END_AGAIN: Duration = Duration::from_millis(500);

/// How long a job waits that was claimed and then turned out to be of a kind this worker does not know.
const UNKNOWN_AGAIN: Duration = Duration::from_mins(1);

/// Runs one job at a time; many calls may run at once.
#[derive(Debug)]
pub(crate) struct Runner {
    services: Services,
    handlers: Handlers,
    jitter: Jitter,
    claimer: Claimer,
    claims: Batches<JobId, Option<Claim>>,
    ends: Batches<Ended, Option<Finish>>,
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
        let claimer = Claimer {
            owner: format!("{}-{}", options.name, services.ids.new_id()),
            known: options.handlers.known(),
        };
        let (claims, ends) = (
            claims(services.clone(), claimer.clone()),
            ends(services.clone(), claimer.known.clone()),
        );
        Self {
            services,
            handlers: options.handlers.clone(),
            jitter: options.jitter.clone(),
            claimer,
            claims,
            ends,
            delayed: Notify::new(),
            abandon: CancellationToken::new(),
        }
    }

    /// The worker's name in the rows it claims, another at each start, and the kinds it knows.
    pub(crate) fn claimer(&self) -> &Claimer {
        &self.claimer
    }

    /// Runs the job, if it is to be had: waiting, due, of a known kind, none with its unique key running, and room for another of
    /// its account. `None` when it was not.
    ///
    /// # Errors
    /// When the database fails. A job that was claimed then is taken back once its lease has run out.
    pub(crate) async fn run(&self, id: JobId) -> Result<Option<Ran>, BatchError> {
        let claimed_at = Instant::now();
        let Some(claim) = self.claims.ask(id).await? else {
            return Ok(None);
        };
        let span = info_span!(
            "job",
            job.name = claim.job.kind,
            job.id = %id,
            job.attempt = claim.job.attempt,
            subject = claim.job.subject,
        );
        let kind = claim.job.kind.clone();
        let known = self.handlers.find(&kind, claim.job.version).map(|handler| handler.kind);
        let ended = async {
            let ended = self.attempt(&claim, claimed_at).await;
            self.write(claim, ended).await
        }
        .instrument(span)
        .await?;
        if let Some(known) = known {
            metrics::finished(known, ended.as_ref(), claimed_at.elapsed());
        }
        Ok(Some(Ran { job: id, kind, ended }))
    }

    /// Works the claimed job until it ends, takes too long, is no longer ours, or the worker has to go.
    async fn attempt(&self, claim: &Claim, claimed_at: Instant) -> Option<Finish> {
        let job = &claim.job;
        let Some(handler) = self.handlers.find(&job.kind, job.version) else {
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
        let work = AssertUnwindSafe(handler.work(self.services_of(job), job.payload.clone())).catch_unwind();
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

    /// What the handler works with: it writes only while the job is this worker's.
    fn services_of(&self, job: &job::Model) -> Services {
        Services {
            fence: Some(Fence::from(job)),
            on_behalf: OnBehalf::job(job),
            ..self.services.clone()
        }
    }

    /// Writes how the attempt ended. Answers what was written: `None` when the job is no longer ours.
    async fn write(&self, claim: Claim, ended: Option<Finish>) -> Result<Option<Finish>, BatchError> {
        let (id, job) = (claim.job.id, claim.job.clone());
        let written = match ended {
            Some(finish) => self.end(claim, finish).await?,
            None => None,
        };
        match &written {
            None => {
                warn!("job {id} was taken from this worker; its handler was stopped and nothing written");
                self.look_again(&job).await;
            }
            Some(Finish::Retry(delay, why)) => {
                self.delayed.notify_one();
                info!(job.delay_ms = delay.as_millis(), "job {id} will be tried again: {why}");
            }
            Some(Finish::Again(delay)) => {
                self.delayed.notify_one();
                debug!(job.delay_ms = delay.as_millis(), "job {id} will be looked at again");
            }
            Some(Finish::Failed(why)) => warn!("job {id} failed: {why}"),
            Some(Finish::Done(_)) => info!("job {id} is done"),
        }
        Ok(written)
    }

    /// Writes how the attempt ended. A database that fails meanwhile is asked again for half a lease: what was done need not be
    /// done once more.
    async fn end(&self, claim: Claim, finish: Finish) -> Result<Option<Finish>, BatchError> {
        let begun = Instant::now();
        loop {
            let ended = Ended {
                claim: claim.clone(),
                finish: finish.clone(),
            };
            match self.ends.ask(ended).await {
                Err(error) if begun.elapsed() < self.services.limits.lease / 2 => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "could not write the end of job {}; trying again", claim.job.id
                    );
                    tokio::time::sleep(END_AGAIN).await;
                }
                ended => return ended,
            }
        }
    }

    /// What the handler sent before it was stopped may reach Twilio all the same.
    async fn look_again(&self, lost: &job::Model) {
        if let Err(error) = numbers::look_again(&self.services, lost).await {
            let error = &error as &dyn std::error::Error;
            warn!(error, "could not have the number of job {} looked at again", lost.id);
        }
    }
}

fn claims(services: Services, claimer: Claimer) -> Batches<JobId, Option<Claim>> {
    Batches::new(BATCH, services.limits.lease, move |ids: Vec<JobId>| {
        let (services, claimer) = (services.clone(), claimer.clone());
        async move { claim_all(&services, &ids, &claimer).await }.boxed()
    })
}

/// Each id's claim, in their order. An id that was delivered twice is claimed for the first alone.
async fn claim_all(services: &Services, ids: &[JobId], claimer: &Claimer) -> Result<Vec<Option<Claim>>, DbErr> {
    let claims = jobs::claim(services, ids, claimer).await?;
    let mut claims: HashMap<JobId, Claim> = claims.into_iter().map(|claim| (claim.job.id, claim)).collect();
    Ok(ids.iter().map(|id| claims.remove(id)).collect())
}

fn ends(services: Services, known: Vec<Known>) -> Batches<Ended, Option<Finish>> {
    Batches::new(BATCH, services.limits.lease, move |ended| {
        let (services, known) = (services.clone(), known.clone());
        async move { jobs::finish(&services, &known, ended).await }.boxed()
    })
}
