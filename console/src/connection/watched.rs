//! A socket that notices when the other end is gone: a cut line sends nothing, not even an end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use graphql_ws_client::{Connection, Error, Message};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite_0_28::{MaybeTlsStream, WebSocketStream};

use super::Api;

/// A socket on which nothing was heard for so long is dead, though it was asked for a sign of life twice.
pub(super) const DEAD_AFTER: Duration = Duration::from_secs(25);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A socket, and when something was last heard on it.
pub(super) struct Watched {
    socket: Socket,
    api: Api,
    heard_at: Instant,
    is_silent: Arc<AtomicBool>,
}

impl Watched {
    /// Watches a socket. What comes with it tells, once it has ended, whether that was for silence.
    pub(super) fn new(socket: Socket, api: Api) -> (Self, Arc<AtomicBool>) {
        let is_silent = Arc::new(AtomicBool::new(false));
        let watched = Self {
            socket,
            api,
            heard_at: Instant::now(),
            is_silent: is_silent.clone(),
        };
        (watched, is_silent)
    }
}

impl Connection for Watched {
    async fn receive(&mut self) -> Option<Message> {
        let received = timeout_at(self.heard_at + DEAD_AFTER, self.socket.receive()).await;
        let Ok(message) = received else {
            self.is_silent.store(true, Ordering::Relaxed);
            return None;
        };
        self.heard_at = Instant::now();
        match message? {
            Message::Text(text) => Some(Message::Text(self.api.without_session(text))),
            other => Some(other),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Error> {
        self.socket.send(message).await
    }
}
