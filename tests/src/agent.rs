//! A voice agent for tests: a media-stream server on this machine that listens to a call and hangs up.

use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How many media frames the agent hears before it says goodbye.
const HEARS: usize = 3;

/// A media-stream server. It ends with the value.
#[derive(Debug)]
pub struct TestAgent {
    url: String,
    heard: Arc<Mutex<Vec<Value>>>,
    _stop: DropGuard,
}

impl TestAgent {
    /// Starts an agent on a free port.
    ///
    /// # Errors
    /// When no port is to be had.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port")?;
        let url = format!("ws://{}/agent", listener.local_addr()?);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let stop = CancellationToken::new();
        tokio::spawn(accept(listener, Arc::clone(&heard), stop.clone()));
        Ok(Self {
            url,
            heard,
            _stop: stop.drop_guard(),
        })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The `start` messages of the calls that reached it.
    ///
    /// # Panics
    /// When the agent's own task panicked.
    #[must_use]
    pub fn calls(&self) -> Vec<Value> {
        self.heard.lock().expect("the agent did not panic").clone()
    }
}

async fn accept(listener: TcpListener, heard: Arc<Mutex<Vec<Value>>>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => {
                let Ok((socket, _)) = accepted else { return };
                tokio::spawn(talk(socket, Arc::clone(&heard)));
            }
        }
    }
}

async fn talk(socket: TcpStream, heard: Arc<Mutex<Vec<Value>>>) -> Option<()> {
    let mut socket = tokio_tungstenite::accept_async(socket).await.ok()?;
    let mut frames = 0;
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let message: Value = serde_json::from_str(&text).ok()?;
        match message["event"].as_str() {
            Some("start") => heard.lock().expect("the agent did not panic").push(message),
            Some("media") => frames += 1,
            _ => {}
        }
        if frames == HEARS {
            socket.send(Message::Close(None)).await.ok()?;
        }
    }
    Some(())
}
