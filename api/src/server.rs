//! Listens, bounds what a connection may take, and stops in order.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Extension;
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceBuilder;
use tracing::{debug, info, warn};

use crate::connections::{ConnectionLimits, Door, Held, Place};
use crate::lifecycle::Lifecycle;
use crate::metrics;

/// The most bytes of a request's head. Tokens are in it.
const MOST_HEAD: usize = 32 * 1024;

/// How long accepting pauses when the system has no more sockets to give.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(200);

/// Serves until the lifecycle stops. Then it accepts nothing more, lets running requests finish and sockets say goodbye, and
/// ends after `grace` at the latest.
///
/// # Errors
/// When the listener has no address.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    lifecycle: &Lifecycle,
    grace: Duration,
) -> std::io::Result<()> {
    serve_within(ConnectionLimits::default(), listener, router, lifecycle, grace).await
}

/// The same, with other bounds for connections.
///
/// # Errors
/// When the listener has no address.
pub async fn serve_within(
    limits: ConnectionLimits,
    listener: TcpListener,
    router: Router,
    lifecycle: &Lifecycle,
    grace: Duration,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    let stop = lifecycle.stop().clone();
    info!(http.address = %address, "listening on {address}");
    lifecycle.serving();

    let connections = TaskTracker::new();
    let stopped_in_order = async {
        accept(
            listener,
            router,
            &Door::new(limits.clone()),
            &limits,
            &connections,
            &stop,
        )
        .await;
        connections.close();
        connections.wait().await;
        lifecycle.sockets().close();
        lifecycle.sockets().wait().await;
    };
    let out_of_time = async {
        stop.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        () = stopped_in_order => {}
        () = out_of_time => {
            warn!(http.address = %address, "requests were still running after {} s and were cut off", grace.as_secs());
        }
    }
    Ok(())
}

/// Accepts connections until the stop.
async fn accept(
    listener: TcpListener,
    router: Router,
    door: &Door,
    limits: &ConnectionLimits,
    connections: &TaskTracker,
    stop: &CancellationToken,
) {
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            // The peer is gone before we looked; the others are not to suffer for it.
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "could not accept a connection; trying again"
                );
                tokio::time::sleep(OUT_OF_SOCKETS).await;
                continue;
            }
        };
        match door.enter(address.ip()) {
            Ok(place) => {
                let serving = serve_one(stream, address, router.clone(), limits.clone(), stop.clone(), place);
                connections.spawn(serving);
            }
            Err(full) => {
                metrics::connection_refused(full.as_str());
                debug!(
                    reason = full.as_str(),
                    "closed a connection at once: there are as many as there may be"
                );
            }
        }
    }
}

/// Serves one connection to its end. Its place is kept until sockets that it became are closed, too: they hold the stream.
async fn serve_one(
    stream: TcpStream,
    address: SocketAddr,
    router: Router,
    limits: ConnectionLimits,
    stop: CancellationToken,
    place: Place,
) {
    let _ = stream.set_nodelay(true); // Without it answers come a little later.
    let stream = Held::new(stream, limits.read_within, place);
    let service = ServiceBuilder::new()
        .layer(Extension(ConnectInfo(address)))
        .service(router);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_buf_size(MOST_HEAD);
    let service = TowerToHyperService::new(service);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection.with_upgrades());
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        debug!(error = &error as &dyn std::error::Error, "a connection ended early");
    }
}

/// Errors of accepting that say nothing of the next connection.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
