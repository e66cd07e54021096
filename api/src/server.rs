//! Listens, and stops in order.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tracing::{info, warn};

use crate::lifecycle::Lifecycle;

/// Serves until the lifecycle stops. Then it accepts nothing more, lets running requests finish and sockets say goodbye, and
/// ends after `grace` at the latest.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    lifecycle: &Lifecycle,
    grace: Duration,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    let stop = lifecycle.stop().clone();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    info!(http.address = %address, "listening on {address}");
    lifecycle.serving();

    let stopped_in_order = async {
        let served = serving.await;
        lifecycle.sockets().close();
        lifecycle.sockets().wait().await;
        served
    };
    let out_of_time = async {
        stop.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        served = stopped_in_order => served,
        () = out_of_time => {
            warn!(http.address = %address, "requests were still running after {} s and were cut off", grace.as_secs());
            Ok(())
        }
    }
}
