//! What happens now: one socket that follows the connections' health, and begins again where it broke off.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cynic::{GraphQlResponse, StreamingOperation, SubscriptionBuilder};
use futures_util::StreamExt;
use graphql_ws_client::Client;
use graphql_ws_client::graphql::GraphqlOperation;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_tungstenite_0_28::connect_async_with_config;
use tokio_tungstenite_0_28::tungstenite::client::IntoClientRequest;
use tokio_tungstenite_0_28::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite_0_28::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite_0_28::tungstenite::{Error as SocketError, http};

use super::http::refused;
use super::watched::{DEAD_AFTER, End, Watched};
use super::{Api, Backoff, Credentials, Trouble};
use crate::queries::connections::{Account, AfterVars, ConnectionHealthLive};
use crate::scrub::scrub;

/// The protocol's name.
const PROTOCOL: &str = "graphql-transport-ws";

/// How often a quiet API is asked for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(10);

/// How long a new socket may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A socket that lived for so long has worked: the next wait is a short one.
const WORKED: Duration = Duration::from_secs(10);

/// The least time between two tries, whatever hurries: a key that is held down would be a storm.
const AT_LEAST: Duration = Duration::from_millis(500);

/// The largest message: one connection.
const LARGEST: usize = 1 << 20;

/// What the socket tells.
#[derive(Debug)]
pub enum Heard {
    /// It is open, and tells from now on.
    Open,
    /// A connection changed. Its `cursor` says up to where everything was told.
    Changed(Box<Account>),
    /// It is closed. The next try comes after `again_in`.
    Closed {
        /// Why.
        why: Trouble,
        /// How long until the next try.
        again_in: Duration,
    },
    /// What happened meanwhile cannot be told any more, as it was too much, or as the API began anew: everything has to be read
    /// again, and then followed from the newest event.
    GapTooBig,
    /// The session is over: there is no next try.
    SignedOut,
}

/// Follows what happens after an event, until nobody listens, the gap is too big, or the session is over. `hurry` ends a wait
/// early: a key was pressed.
pub async fn follow(api: Api, mut after: Option<String>, heard: mpsc::Sender<Heard>, hurry: std::sync::Arc<Notify>) {
    let mut backoff = Backoff::default();
    let credentials = api.in_use().now();
    loop {
        if !Arc::ptr_eq(&credentials, &api.in_use().now()) {
            let _ = heard.send(Heard::GapTooBig).await; // It is another API, which has never told that event.
            return;
        }
        let tried_at = Instant::now();
        let why = match once(&api, &credentials, &mut after, &heard).await {
            Ok(()) => return, // Nobody listens.
            Err(trouble) => api.in_use().after(&credentials, trouble),
        };
        if tried_at.elapsed() >= WORKED {
            backoff.worked();
        }
        let goes_on = match (&why, why.code()) {
            (Trouble::SignedOut, _) => {
                let _ = heard.send(Heard::SignedOut).await;
                return;
            }
            (_, Some("CURSOR_TOO_OLD" | "BAD_CURSOR")) => {
                let _ = heard.send(Heard::GapTooBig).await;
                return;
            }
            // Read too slowly: the API says from where to go on.
            (
                Trouble::Refused {
                    cursor: Some(cursor), ..
                },
                Some("FELL_BEHIND"),
            ) => {
                after = Some(cursor.clone());
                true
            }
            _ => false,
        };
        let again_in = if goes_on && tried_at.elapsed() >= WORKED {
            Duration::ZERO
        } else {
            let pause = api.pause().unwrap_or_default();
            backoff.next(Backoff::chance()).max(pause)
        };
        if heard.send(Heard::Closed { why, again_in }).await.is_err() {
            return;
        }
        wait(again_in, &hurry).await;
    }
}

/// Waits, until something hurries; but a little while in any case.
async fn wait(long: Duration, hurry: &Notify) {
    let (least, most) = (Instant::now() + AT_LEAST.min(long), Instant::now() + long);
    let _ = timeout_at(most, hurry.notified()).await;
    sleep_until(least).await;
}

/// One socket, until it ends.
async fn once(
    api: &Api,
    credentials: &Arc<Credentials>,
    after: &mut Option<String>,
    heard: &mpsc::Sender<Heard>,
) -> Result<(), Trouble> {
    let connecting = tokio::time::timeout(PATIENCE, open(api, credentials, after.clone()));
    let (mut changes, end) = connecting.await.map_err(|_| Trouble::Slow(PATIENCE))??;
    if heard.send(Heard::Open).await.is_err() {
        return Ok(());
    }
    loop {
        let told = tokio::select! {
            told = changes.next() => told,
            () = heard.closed() => return Ok(()),
        };
        let answer = match told {
            None => return Err(ended(end.get().copied())),
            Some(Err(error)) => return Err(broken(&error)),
            Some(Ok(answer)) => answer,
        };
        if let Some(error) = answer.errors.as_deref().and_then(<[_]>::first) {
            return Err(refused(error));
        }
        if let Some(data) = answer.data {
            let account = data.connection_health;
            if account.cursor.is_some() {
                after.clone_from(&account.cursor);
            }
            if heard.send(Heard::Changed(Box::new(account))).await.is_err() {
                return Ok(());
            }
        }
    }
}

type Changes = graphql_ws_client::Subscription<Followed>;

async fn open(
    api: &Api,
    credentials: &Arc<Credentials>,
    after: Option<String>,
) -> Result<(Changes, Arc<OnceLock<End>>), Trouble> {
    let mut url = credentials.url.clone();
    let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
    let unreachable = |error: &dyn std::fmt::Display| Trouble::Unreachable(scrub(&error.to_string(), 200));
    url.set_scheme(scheme).map_err(|()| unreachable(&"no such address"))?;
    url.set_path(&format!("{}/ws", url.path().trim_end_matches('/')));
    let mut request = url
        .as_str()
        .into_client_request()
        .map_err(|error| unreachable(&error))?;
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", HeaderValue::from_static(PROTOCOL));
    let limits = WebSocketConfig::default()
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST));
    let (socket, _) = match connect_async_with_config(request, Some(limits), false).await {
        Ok(opened) => opened,
        Err(SocketError::Http(response)) => return Err(not_opened(api, &response)),
        Err(error) => return Err(unreachable(&error)),
    };
    let (socket, end) = Watched::new(socket, credentials.clone());
    let bearer = format!("Bearer {}", credentials.token.expose_secret());
    let operation = ConnectionHealthLive::build(AfterVars { after });
    let changes = Client::build(socket)
        .payload(json!({ "authorization": bearer }))
        .map_err(|error| broken(&error))?
        .keep_alive_interval(PING_EVERY)
        .subscribe(Followed(operation))
        .await
        .map_err(|error| broken(&error))?;
    Ok((changes, end))
}

/// A status in the place of a socket.
fn not_opened<T>(api: &Api, response: &http::Response<T>) -> Trouble {
    match response.status() {
        StatusCode::UNAUTHORIZED => Trouble::SignedOut,
        StatusCode::FORBIDDEN => Trouble::Forbidden(response.status().to_string()),
        StatusCode::TOO_MANY_REQUESTS => {
            let header = response.headers().get("retry-after");
            api.slow_down(header.and_then(|value| value.to_str().ok()));
            Trouble::Throttled
        }
        status => Trouble::Failed {
            status: status.as_u16(),
            request: None,
        },
    }
}

/// A socket that could not be opened, or said what makes no sense.
fn broken(error: &graphql_ws_client::Error) -> Trouble {
    match error {
        graphql_ws_client::Error::Close(code, _) if ends_session(*code) => Trouble::SignedOut,
        other => Trouble::Unreachable(scrub(&other.to_string(), 200)),
    }
}

/// An open socket that ended.
fn ended(end: Option<End>) -> Trouble {
    match end {
        Some(End::Silent) => Trouble::Slow(DEAD_AFTER),
        Some(End::Closed(code)) if ends_session(code) => Trouble::SignedOut,
        Some(End::Closed(_)) | None => Trouble::Unreachable("the socket was closed".to_owned()),
    }
}

/// Of the protocol's close codes 4401 and 4403 end the session, as when its token expires; the others only the socket.
fn ends_session(code: u16) -> bool {
    matches!(code, 4401 | 4403)
}

/// The subscription as it is sent, and its answers with all that the API says of an error.
#[derive(Serialize)]
#[serde(transparent)]
struct Followed(StreamingOperation<ConnectionHealthLive, AfterVars>);

impl GraphqlOperation for Followed {
    type Response = GraphQlResponse<ConnectionHealthLive, Value>;
    type Error = serde_json::Error;

    fn decode(&self, answer: Value) -> Result<Self::Response, Self::Error> {
        serde_json::from_value(answer)
    }
}
