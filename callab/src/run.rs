//! One process from its start to its end.

use std::net::SocketAddr;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::parts::Parts;

/// Listens on `address`.
///
/// # Errors
/// When the address is not to be had; the error names it.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("could not listen on {address}"))
}

/// Runs API, webhooks, worker and sequencer until the lifecycle's stop, then ends them in order within [`Parts::stop_within`].
///
/// # Errors
/// When a part ends by itself: the others are stopped, and the process is to end, so that its supervisor restarts it.
pub async fn serve(parts: Parts, listener: TcpListener, ops: Option<TcpListener>) -> anyhow::Result<()> {
    let stop = parts.lifecycle.stop().clone();
    pick_up_where_it_was_left(&parts).await?;

    // Numbers the events of the last jobs too: it is stopped after them.
    let sequencer_stop = CancellationToken::new();
    let sequencer = tokio::spawn({
        let (services, stop) = (parts.services.clone(), sequencer_stop.clone());
        async move { domain::events::run(&services, &stop).await }
    });
    let grace = parts.stop_within.saturating_sub(std::time::Duration::from_secs(1));
    let api = async {
        let served = api::serve(listener, parts.router, &parts.lifecycle, grace).await;
        stop.cancel();
        served.context("the API failed")
    };
    let ops = async {
        let Some(listener) = ops else { return Ok(()) };
        let served = api::serve(listener, parts.ops, &parts.lifecycle, grace).await;
        stop.cancel();
        served.context("the health address failed")
    };
    let worker = async {
        let ran = worker::run(parts.services.clone(), parts.transport, parts.worker, stop.clone()).await;
        stop.cancel();
        ran.context("the worker failed")
    };
    let all = async { tokio::join!(api, ops, worker) };
    let out_of_time = async {
        stop.cancelled().await;
        tokio::time::sleep(parts.stop_within).await;
    };
    let ended = tokio::select! {
        (api, ops, worker) = all => api.and(ops).and(worker),
        () = out_of_time => {
            warn!("stopping took longer than {} s: what still runs is cut off", parts.stop_within.as_secs());
            Ok(())
        }
    };
    sequencer_stop.cancel();
    let _ = sequencer.await; // A panic of its own was reported where it happened.
    let _ = parts.services.db.close().await; // Nothing is lost by a connection that does not close.
    info!("stopped");
    ended
}

/// What an earlier process on this database left undone, and what a changed setting asks for.
async fn pick_up_where_it_was_left(parts: &Parts) -> anyhow::Result<()> {
    let services = &parts.services;
    if parts.alone {
        let taken = domain::jobs::take_back_all(services)
            .await
            .context("could not look for jobs cut off")?;
        if taken > 0 {
            info!(taken, "took back {taken} jobs that were cut off");
        }
    }
    if services.public_url.is_none() {
        warn!("http.public_url is not set: assigning agents and test calls are refused, everything else works");
    }
    let queued = domain::numbers::queue_repoints(services)
        .await
        .context("could not look for numbers to re-point")?;
    if queued > 0 {
        info!(queued, "the public address changed: {queued} numbers are re-pointed");
    }
    Ok(())
}
