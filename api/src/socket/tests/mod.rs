//! Sockets as a client meets them, and the protocol's machine by itself.

mod ends;
mod machine;
mod operations;
mod protocol_cases;
mod schema;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{State, WebSocketUpgrade};
use axum::routing::get;
use domain::{Services, TestClock};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

use super::session::{Peer, Session};
use super::{PATIENCE, PROTOCOL, Patience, accept};
use crate::auth::TokenVerifier;
use crate::endpoint::Endpoint;
use crate::trace_id::TraceId;
use crate::{ApiOptions, Lifecycle, router, serve, testing};

/// A listening server, and its end.
struct Served {
    url: String,
    clock: Arc<TestClock>,
    lifecycle: Lifecycle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    _directory: tempfile::TempDir,
}

/// Serves what `routes` makes of the services and the options, as `with` changes them.
async fn served(with: fn(ApiOptions) -> ApiOptions, routes: impl FnOnce(Services, ApiOptions) -> Router) -> Served {
    let (mut services, directory) = testing::services().await;
    let clock = Arc::new(TestClock::at(testing::start()));
    services.clock = clock.clone();
    let lifecycle = Lifecycle::new(CancellationToken::new());
    let options = with(ApiOptions::new(
        TokenVerifier::hs256(&testing::signed()),
        lifecycle.clone(),
    ));
    let app = routes(services, options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/graphql/ws", listener.local_addr().unwrap());
    let life = lifecycle.clone();
    let server = tokio::spawn(async move { serve(listener, app, &life, Duration::from_secs(20)).await });
    Served {
        url,
        clock,
        lifecycle,
        server,
        _directory: directory,
    }
}

/// The API as it is.
async fn the_api() -> Served {
    served(|options| options, router).await
}

/// Which of the waits is a short one. The others are those of the API.
#[derive(Clone, Copy)]
enum Short {
    None,
    Init,
    Silence,
    Sending,
}

fn patience(short: Short) -> Patience {
    let mut patience = PATIENCE;
    match short {
        Short::None => {}
        Short::Init => patience.init_within = Duration::from_millis(200),
        Short::Silence => {
            patience.ping_after = Duration::from_millis(200);
            patience.silence = Duration::from_secs(4);
            patience.look_every = Duration::from_millis(50);
        }
        Short::Sending => patience.sent_within = Duration::from_millis(500),
    }
    patience
}

/// Sockets as they are, over a schema that does what ours must not.
async fn a_bad_schema(with: fn(ApiOptions) -> ApiOptions) -> Served {
    serves_badly(with, Short::None).await
}

async fn serves_badly(with: fn(ApiOptions) -> ApiOptions, short: Short) -> Served {
    served(with, move |services, options| {
        let (endpoint, schema) = (Endpoint::new(services, options), schema::bad());
        let open = async move |State(endpoint): State<Endpoint>, trace_id: TraceId, upgrade: WebSocketUpgrade| {
            let schema = schema.clone();
            let sockets = endpoint.options.lifecycle.sockets().clone();
            accept(upgrade, sockets, move |socket| {
                let peer = Peer {
                    trace_id,
                    address: None,
                    half_open: None,
                };
                Session::new(socket, endpoint, schema, peer, patience(short))
            })
        };
        Router::new().route("/graphql/ws", get(open)).with_state(endpoint)
    })
    .await
}

fn as_it_is(options: ApiOptions) -> ApiOptions {
    options
}

/// A client's end of a socket.
struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn connect(served: &Served) -> Self {
        Self::offering(&served.url, Some(PROTOCOL)).await.unwrap()
    }

    async fn offering(url: &str, protocol: Option<&str>) -> Result<Self, tungstenite::Error> {
        let mut request = url.into_client_request().unwrap();
        if let Some(protocol) = protocol {
            let headers = request.headers_mut();
            headers.insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Self(socket))
    }

    /// A client that is signed in.
    async fn signed_in(served: &Served) -> Self {
        let mut client = Self::connect(served).await;
        client.say(init()).await;
        assert_eq!(client.hear().await, ack());
        client
    }

    async fn say(&mut self, message: Value) {
        self.frame(Frame::text(message.to_string())).await;
    }

    async fn frame(&mut self, frame: Frame) {
        self.0.send(frame).await.unwrap();
    }

    /// Begins an operation.
    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(subscribe(id, query)).await;
    }

    /// The next message; `{"closed": code, "reason"}` for the end.
    async fn hear(&mut self) -> Value {
        loop {
            match self.0.next().await.expect("a message, or an end with a code").unwrap() {
                Frame::Text(text) => return serde_json::from_str(&text).unwrap(),
                Frame::Close(Some(close)) => {
                    return json!({ "closed": u16::from(close.code), "reason": close.reason.as_str() });
                }
                Frame::Ping(_) | Frame::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The code that the socket is closed with.
    async fn closed(&mut self) -> u64 {
        let said = self.hear().await;
        said["closed"]
            .as_u64()
            .unwrap_or_else(|| panic!("not closed, but {said}"))
    }

    /// That nothing is on its way: a ping is answered before anything else comes.
    async fn hears_nothing(&mut self) {
        self.say(json!({ "type": "ping", "payload": { "is": "all" } })).await;
        assert_eq!(self.hear().await, json!({ "type": "pong", "payload": { "is": "all" } }));
    }
}

fn init() -> Value {
    let bearer = format!("Bearer {}", testing::owners_token());
    json!({ "type": "connection_init", "payload": { "Authorization": bearer } })
}

fn ack() -> Value {
    json!({ "type": "connection_ack" })
}

fn subscribe(id: &str, query: &str) -> Value {
    json!({ "type": "subscribe", "id": id, "payload": { "query": query } })
}

fn next(id: &str, data: &Value) -> Value {
    json!({ "type": "next", "id": id, "payload": { "data": data } })
}

fn complete(id: &str) -> Value {
    json!({ "type": "complete", "id": id })
}
