//! What an API tells, byte for byte: it is listened to on the way.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Stands in front of an API, and keeps all that it answers.
#[derive(Debug)]
pub struct Recorder {
    /// Where it listens.
    pub url: String,
    heard: Arc<Mutex<Vec<u8>>>,
    _stop: DropGuard,
}

impl Recorder {
    /// Listens on a free port, in front of the API at this address.
    pub async fn start(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own = format!("http://{}", listener.local_addr().expect("its address"));
        let (heard, stop) = (Arc::<Mutex<Vec<u8>>>::default(), CancellationToken::new());
        let upstream = url.trim_start_matches("http://").to_owned();
        tokio::spawn(
            stop.clone()
                .run_until_cancelled_owned(accept(listener, upstream, heard.clone())),
        );
        Self {
            url: own,
            heard,
            _stop: stop.drop_guard(),
        }
    }

    /// All that was answered so far.
    pub fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn accept(listener: TcpListener, upstream: String, heard: Arc<Mutex<Vec<u8>>>) {
    while let Ok((client, _)) = listener.accept().await {
        let server = TcpStream::connect(&upstream).await.expect("the API");
        let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
            (client.into_split(), server.into_split());
        tokio::spawn(async move { copy(&mut from_client, &mut to_server).await });
        let heard = heard.clone();
        tokio::spawn(async move {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
                heard
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(&bytes[..count]);
                if to_client.write_all(&bytes[..count]).await.is_err() {
                    return;
                }
            }
        });
    }
}
