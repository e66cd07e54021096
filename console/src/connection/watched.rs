//! A socket that notices when the other end is gone, and why: a cut line sends nothing, not even an end.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use graphql_ws_client::{Connection, Error, Message};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite_0_28::{MaybeTlsStream, WebSocketStream};

use super::Credentials;

/// A socket on which nothing was heard for so long is dead, though it was asked for a sign of life twice.
pub(super) const DEAD_AFTER: Duration = Duration::from_secs(25);

/// Why a socket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing was heard for too long.
    Silent,
    /// The API closed it, with this code.
    Closed(u16),
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A socket, and when something was last heard on it.
pub(super) struct Watched {
    socket: Socket,
    credentials: Arc<Credentials>,
    heard_at: Instant,
    end: Arc<OnceLock<End>>,
}

impl Watched {
    /// Watches a socket. What comes with it tells, once it has ended, why; nothing if the line was cut.
    pub(super) fn new(socket: Socket, credentials: Arc<Credentials>) -> (Self, Arc<OnceLock<End>>) {
        let end = Arc::new(OnceLock::new());
        let watched = Self {
            socket,
            credentials,
            heard_at: Instant::now(),
            end: end.clone(),
        };
        (watched, end)
    }
}

impl Connection for Watched {
    async fn receive(&mut self) -> Option<Message> {
        let received = timeout_at(self.heard_at + DEAD_AFTER, self.socket.receive()).await;
        let Ok(message) = received else {
            let _ = self.end.set(End::Silent);
            return None;
        };
        self.heard_at = Instant::now();
        match message? {
            Message::Text(text) => Some(Message::Text(self.credentials.hide(text))),
            Message::Close { code, reason } => {
                let _ = self.end.set(End::Closed(code.unwrap_or_default()));
                Some(Message::Close { code, reason })
            }
            other => Some(other),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Error> {
        self.socket.send(message).await
    }
}
