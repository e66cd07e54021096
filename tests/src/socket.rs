//! Follows subscriptions as the web app does: `graphql-transport-ws` over a WebSocket.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// How long something that has to come may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open socket.
#[derive(Debug)]
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What came over the socket.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A message of the protocol.
    Message(Value),
    /// The socket was closed, with this code.
    Closed(Option<u16>),
}

impl Socket {
    /// Opens a socket at `base_url` (`http://…`) and says hello with `payload`. The answer is still to be read.
    ///
    /// # Panics
    /// When there is no socket.
    pub async fn open(base_url: &str, payload: Value) -> Self {
        let url = format!("{}/graphql/ws", base_url.replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("a socket's address");
        let protocol = "graphql-transport-ws".parse().expect("a header's value");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (socket, _) = tokio_tungstenite::connect_async(request).await.expect("a socket");
        let mut socket = Self(socket);
        socket
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        socket
    }

    /// A socket of someone who is signed in.
    ///
    /// # Panics
    /// When the API does not let them in.
    pub async fn signed_in(base_url: &str, token: &str) -> Self {
        let mut socket = Self::open(base_url, json!({ "Authorization": format!("Bearer {token}") })).await;
        assert_eq!(socket.next().await, Said::Message(json!({ "type": "connection_ack" })));
        socket
    }

    /// Begins a subscription called `id`.
    pub async fn subscribe(&mut self, id: &str, document: &str, variables: Value) {
        let payload = json!({ "query": document, "variables": variables });
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload }))
            .await;
    }

    /// The next that comes.
    ///
    /// # Panics
    /// When nothing comes, or no JSON.
    pub async fn next(&mut self) -> Said {
        loop {
            let came = tokio::time::timeout(PATIENCE, self.0.next()).await;
            match came.expect("something comes over the socket") {
                Some(Ok(Message::Text(text))) => return Said::Message(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Close(frame))) => return Said::Closed(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Said::Closed(None),
            }
        }
    }

    /// The data of the next message, which has to be of subscription `id`.
    ///
    /// # Panics
    /// When something else comes.
    pub async fn data(&mut self, id: &str) -> Value {
        match self.next().await {
            Said::Message(message) if message["type"] == "next" && message["id"] == id => {
                assert!(message["payload"]["errors"].is_null(), "{message}");
                message["payload"]["data"].clone()
            }
            other => panic!("no data of {id}, but {other:?}"),
        }
    }

    async fn send(&mut self, message: Value) {
        let text = Message::Text(message.to_string().into());
        self.0.send(text).await.expect("the socket is open");
    }
}
