use std::time::Duration;

use futures_util::{Sink, Stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message as Frame};

use super::*;
use crate::auth::TokenVerifier;
use crate::testing;
use crate::{ApiOptions, Lifecycle, router, serve};

/// A listening server, and its end.
struct Served {
    url: String,
    lifecycle: Lifecycle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    _directory: tempfile::TempDir,
}

async fn served() -> Served {
    let (services, directory) = testing::services().await;
    let lifecycle = Lifecycle::new(CancellationToken::new());
    let options = ApiOptions::new(TokenVerifier::hs256(&testing::signed()), lifecycle.clone());
    let router = router(services, options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/graphql/ws", listener.local_addr().unwrap());
    let life = lifecycle.clone();
    let server = tokio::spawn(async move { serve(listener, router, &life, Duration::from_secs(20)).await });
    Served {
        url,
        lifecycle,
        server,
        _directory: directory,
    }
}

type Frames = Result<Frame, tungstenite::Error>;

async fn connect(
    url: &str,
    protocol: &str,
) -> Result<impl Stream<Item = Frames> + Sink<Frame, Error = tungstenite::Error> + Unpin, tungstenite::Error> {
    let mut request = url.into_client_request().unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocol.parse().unwrap());
    tokio_tungstenite::connect_async(request)
        .await
        .map(|(socket, _)| socket)
}

async fn say(socket: &mut (impl Sink<Frame, Error = tungstenite::Error> + Unpin), message: Value) {
    socket.send(Frame::text(message.to_string())).await.unwrap();
}

async fn hear(socket: &mut (impl Stream<Item = Frames> + Unpin)) -> Value {
    match socket.next().await.unwrap().unwrap() {
        Frame::Text(text) => serde_json::from_str(&text).unwrap(),
        Frame::Close(Some(close)) => json!({ "closed": u16::from(close.code) }),
        other => panic!("{other:?}"),
    }
}

fn init() -> Value {
    json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {}", testing::owners_token()) } })
}

#[tokio::test]
async fn a_signed_in_socket_answers_until_the_server_stops() {
    let served = served().await;
    let mut socket = connect(&served.url, PROTOCOL).await.unwrap();
    say(&mut socket, init()).await;
    assert_eq!(hear(&mut socket).await["type"], "connection_ack");
    let query = json!({ "query": "{ viewer { subject } }" });
    say(&mut socket, json!({ "type": "subscribe", "id": "1", "payload": query })).await;
    let next = hear(&mut socket).await;
    assert_eq!(next["payload"]["data"]["viewer"]["subject"], "owner-1");
    assert_eq!(hear(&mut socket).await["type"], "complete");

    served.lifecycle.stop().cancel();
    assert_eq!(hear(&mut socket).await, json!({ "closed": close::GOING_AWAY }));
    served.server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_socket_without_a_good_token_is_closed() {
    let served = served().await;
    for payload in [
        json!({}),
        json!({ "Authorization": "Bearer nonsense" }),
        json!({ "Authorization": 7 }),
    ] {
        let mut socket = connect(&served.url, PROTOCOL).await.unwrap();
        say(&mut socket, json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(
            hear(&mut socket).await,
            json!({ "closed": close::FORBIDDEN }),
            "{payload}"
        );
    }
}

#[tokio::test]
async fn another_protocol_is_refused() {
    let served = served().await;
    let Err(tungstenite::Error::Http(response)) = connect(&served.url, "graphql-ws").await else {
        panic!("the older protocol is not spoken");
    };
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}
