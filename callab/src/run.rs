//! One process from its start to its end.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use domain::Services;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::parts::Parts;

/// How often this process's clock is set by the database's.
const SET_CLOCK_EVERY: Duration = Duration::from_secs(30);

/// How long telling Redis the last ids, numbering the last events, chaining the last audit entries and closing the database may take.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Listens on `address`.
///
/// # Errors
/// When the address is not to be had; the error names it.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("could not listen on {address}"))
}

/// Runs what the role has until the lifecycle's stop, then ends it in order within [`Parts::stop_within`]. `listener` is the
/// API's, for the roles that have one; `ops` is for health and metrics.
///
/// # Errors
/// When a part ends by itself: the others are stopped, and the process is to end, so that its supervisor restarts it.
pub async fn serve(parts: Parts, listener: Option<TcpListener>, ops: Option<TcpListener>) -> anyhow::Result<()> {
    let stop = parts.lifecycle.stop().clone();
    pick_up_where_it_was_left(&parts).await?;

    // These tell of the last jobs too, and are stopped after them.
    let background = Background::start(&parts);
    let grace = parts.stop_within.saturating_sub(2 * LAST_WORDS);
    let api = async {
        let Some(listener) = listener else { return Ok(()) };
        let served = api::serve_within(parts.connections, listener, parts.router, &parts.lifecycle, grace).await;
        stop.cancel();
        served.context("the API failed")
    };
    let ops = async {
        let Some(listener) = ops else { return Ok(()) };
        let served = api::serve(listener, parts.ops, &parts.lifecycle, grace).await;
        stop.cancel();
        served.context("the address of health and metrics failed")
    };
    let worker = async {
        if !parts.role.works() {
            return Ok(());
        }
        let source = parts.transport.source();
        let ran = worker::run(parts.services.clone(), source, parts.worker, stop.clone()).await;
        stop.cancel();
        ran.context("the worker failed")
    };
    parts.lifecycle.serving();
    let all = async { tokio::join!(api, ops, worker) };
    let out_of_time = async {
        stop.cancelled().await;
        tokio::time::sleep(parts.stop_within.saturating_sub(LAST_WORDS)).await;
    };
    let ended = tokio::select! {
        (api, ops, worker) = all => api.and(ops).and(worker),
        () = out_of_time => {
            warn!("stopping took longer than {} s: what still runs is cut off", parts.stop_within.as_secs());
            Ok(())
        }
    };
    let last_words = async {
        parts.transport.close().await;
        background.stop().await;
        let _ = parts.services.db.close().await; // Nothing is lost by a connection that does not close.
    };
    if tokio::time::timeout(LAST_WORDS, last_words).await.is_err() {
        warn!("the database or Redis did not let go in time");
    }
    info!("stopped");
    ended
}

/// What goes on beside requests and jobs: numbering events, following them, chaining audit entries, hearing other processes, reading
/// published keys, keeping the clock right.
struct Background {
    stop: CancellationToken,
    tasks: tokio_util::task::TaskTracker,
}

impl Background {
    fn start(parts: &Parts) -> Self {
        let (stop, tasks) = (CancellationToken::new(), tokio_util::task::TaskTracker::new());
        let run = |work: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| drop(tasks.spawn(work));
        let (services, until) = (parts.services.clone(), stop.clone());
        run(Box::pin(async move {
            domain::events::run_sequencer(&services, until).await;
        }));
        let (services, until) = (parts.services.clone(), stop.clone());
        run(Box::pin(async move {
            domain::audit::run_sequencer(&services, until).await;
        }));
        if parts.role.serves() {
            let (services, until) = (parts.services.clone(), stop.clone());
            run(Box::pin(async move { domain::events::follow(&services, until).await }));
            let (services, until, transport) = (parts.services.clone(), stop.clone(), parts.transport.clone());
            run(Box::pin(async move { transport.hear(&services, until).await }));
        }
        if let Some(keys) = parts.token_keys.clone() {
            let until = stop.clone();
            run(Box::pin(async move { keys.keep_fresh(until).await }));
        }
        if let Some(clock) = parts.clock.clone() {
            let (services, until) = (parts.services.clone(), stop.clone());
            run(Box::pin(async move { keep_right(&clock, &services, &until).await }));
        }
        tasks.close();
        Self { stop, tasks }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

async fn keep_right(clock: &domain::DatabaseClock, services: &Services, stop: &CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(SET_CLOCK_EVERY))
        .await
        .is_some()
    {
        if let Err(error) = clock.set_by(&services.db).await {
            debug!(
                error = &error as &dyn std::error::Error,
                "could not read the database's clock; ours goes on"
            );
        }
    }
}

/// What an earlier process on this database left undone, and what a changed setting asks for.
async fn pick_up_where_it_was_left(parts: &Parts) -> anyhow::Result<()> {
    let services = &parts.services;
    if parts.alone {
        let claimer = domain::jobs::Claimer {
            owner: String::new(),
            known: worker::jobs::handlers().known(),
        };
        let taken = domain::jobs::take_back_all(services, &claimer)
            .await
            .context("could not look for jobs cut off")?;
        if taken > 0 {
            info!(taken, "took back {taken} jobs that were cut off");
        }
    }
    if services.public_url.is_none() {
        warn!("http.public_url is not set: assigning agents and test calls are refused, everything else works");
    }
    if parts.role.works() {
        let queued = domain::numbers::queue_repoints(services)
            .await
            .context("could not look for numbers to re-point")?;
        if queued > 0 {
            info!(queued, "the public address changed: {queued} numbers are re-pointed");
        }
        let queued = domain::billing::queue_repoints(services)
            .await
            .context("could not look for usage triggers to re-point")?;
        if queued > 0 {
            info!(
                queued,
                "the public address changed: {queued} usage triggers are replaced"
            );
        }
    }
    Ok(())
}
