//! The public address: a load balancer as simple as can be.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Hands each connection to the first API that takes it.
#[derive(Debug)]
pub struct Balancer {
    /// Where it listens.
    pub url: String,
    upstreams: Arc<Mutex<Vec<String>>>,
    _stop: DropGuard,
}

impl Balancer {
    /// Listens on a free port, with no API behind it yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let (upstreams, stop) = (Arc::<Mutex<Vec<String>>>::default(), CancellationToken::new());
        tokio::spawn(
            stop.clone()
                .run_until_cancelled_owned(accept(listener, upstreams.clone())),
        );
        Self {
            url,
            upstreams,
            _stop: stop.drop_guard(),
        }
    }

    /// Puts an API behind it.
    pub fn add(&self, url: &str) {
        let address = url.trim_start_matches("http://").to_owned();
        self.upstreams
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(address);
    }
}

async fn accept(listener: TcpListener, upstreams: Arc<Mutex<Vec<String>>>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let upstreams = upstreams.lock().unwrap_or_else(PoisonError::into_inner).clone();
        tokio::spawn(async move {
            for upstream in upstreams {
                if let Ok(mut server) = TcpStream::connect(upstream).await {
                    let _ = copy_bidirectional(&mut client, &mut server).await; // Whoever breaks off has gone.
                    return;
                }
            }
        });
    }
}
