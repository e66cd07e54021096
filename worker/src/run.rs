//! A worker from its start to its stop.

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::{Monitor, MonitorError, ParallelizeExt, WorkerBuilder, WorkerBuilderExt};
use domain::Services;
use entity::JobId;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use uuid::Uuid;

use crate::runner::Runner;
use crate::transport::{Backend, Source};
use crate::{Options, schedule};

/// How much longer than its own time-out apalis gives a handler. It only logs and drops; the sweep has to find the row then.
const BACKSTOP: Duration = Duration::from_mins(1);

/// How long writing the rows back takes at most, once the time to stop is over.
const HAND_BACK: Duration = Duration::from_secs(5);

/// Why a worker ended.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A lease of no length: every job would be taken from its worker at once.
    #[error("the lease of jobs has no length")]
    NoLease,
    /// apalis's worker failed. Jobs in flight are taken back once their leases have run out.
    #[error("the worker failed")]
    Failed(#[source] MonitorError),
    /// apalis's worker ended without being told to.
    #[error("the worker ended before it was told to")]
    Ended,
}

/// Runs jobs and keeps the timetable until `stop`; then takes no more, lets running jobs finish within
/// [`Options::stop_within`], hands back those that do not, and puts back the ids it took and did not start.
///
/// `source` is the popping side of the transport whose pushing side is `services.queue`. To be called in a process of its own or
/// beside the API; it never binds a port and handles no signal.
///
/// # Errors
/// [`WorkerError::NoLease`] before anything runs. Otherwise when apalis's worker ends by itself, which its caller should answer
/// by ending the process: a supervisor restarts it with a backoff.
pub async fn run(
    services: Services,
    source: Arc<dyn Source>,
    options: Options,
    stop: CancellationToken,
) -> Result<(), WorkerError> {
    if services.limits.lease.is_zero() {
        return Err(WorkerError::NoLease);
    }
    let runner = Arc::new(Runner::new(services.clone(), &options));
    let monitor = workers(runner.clone(), source, options.clone(), stop.clone());
    let context = monitor.context();
    let mut workers = Box::pin(monitor.run());
    let timetable = Box::pin(schedule::run(&services, &options, &runner, &stop));
    info!(
        worker = runner.claimer().owner,
        slots = options.slots,
        "worker {} runs",
        runner.claimer().owner
    );

    tokio::select! {
        ended = &mut workers => return Err(ended.map_or_else(WorkerError::Failed, |()| WorkerError::Ended)),
        () = timetable => {}
        () = stop.cancelled() => {} // What the timetable was at is broken off: another worker does it.
    }

    info!(
        "worker {} stops: running jobs have {:?} to finish",
        runner.claimer().owner,
        options.stop_within
    );
    context.shutdown().map_err(WorkerError::Failed)?;
    if let Ok(ended) = tokio::time::timeout(options.stop_within, &mut workers).await {
        return ended.map_err(WorkerError::Failed);
    }
    warn!("worker {} hands back the jobs that still run", runner.claimer().owner);
    runner.abandon.cancel();
    if let Ok(ended) = tokio::time::timeout(HAND_BACK, workers).await {
        return ended.map_err(WorkerError::Failed);
    }
    error!(
        "worker {} could not hand back all jobs; the sweep takes them back",
        runner.claimer().owner
    );
    Ok(())
}

/// apalis's side: how many handlers at a time, each on a task of its own.
///
/// The layers, outermost first. Their time-out and their catching of panics only log, and are the backstop behind
/// [`Runner`]'s own, which write the row. To apalis every delivery succeeds: its retries would hold a slot while they sleep.
fn workers(runner: Arc<Runner>, source: Arc<dyn Source>, options: Options, stop: CancellationToken) -> Monitor {
    Monitor::new().register(move |_| {
        let runner = runner.clone();
        WorkerBuilder::new(runner.claimer().owner.as_str())
            .backend(Backend::new(source.clone(), options.slots, stop.clone()))
            .concurrency(options.slots.get()) // Without it there is no limit.
            .parallelize(tokio::spawn) // Without it all handlers share one task.
            .enable_tracing()
            .catch_panic()
            .timeout(options.handlers.longest() + BACKSTOP)
            .build(move |id: Uuid| deliver(runner.clone(), JobId(id)))
    })
}

/// Runs the job of one delivery, whatever comes of it.
async fn deliver(runner: Arc<Runner>, id: JobId) {
    if let Err(error) = runner.run(id).await {
        warn!(job.id = %id, error = &error as &dyn std::error::Error, "the database failed around job {id}; the sweep will find it");
    }
}
