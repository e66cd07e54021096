//! What happens now: one socket that follows the connections' health, and begins again where it broke off.

use std::time::Duration;

use cynic::{GraphQlResponse, StreamingOperation, SubscriptionBuilder};
use futures_util::StreamExt;
use graphql_ws_client::Client;
use graphql_ws_client::graphql::GraphqlOperation;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite_0_28::connect_async;
use tokio_tungstenite_0_28::tungstenite::client::IntoClientRequest;
use tokio_tungstenite_0_28::tungstenite::http::HeaderValue;

use super::http::refused;
use super::{Api, Backoff, Trouble};
use crate::queries::connections::{Account, AfterVars, ConnectionHealthLive};

/// The protocol's name.
const PROTOCOL: &str = "graphql-transport-ws";

/// How often the API is asked for a sign of life; without one for twice this and a half the socket counts as dead.
const PING_EVERY: Duration = Duration::from_secs(10);

/// How long a new socket may take.
const PATIENCE: Duration = Duration::from_secs(10);

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
    /// Too much happened meanwhile: everything has to be read anew, and then followed from the newest event.
    GapTooBig,
    /// The session is over: there is no next try.
    SignedOut,
}

/// Follows what happens after an event, until nobody listens, the gap is too big, or the session is over. `hurry` ends a wait at once: a key was pressed, or the
/// machine slept.
pub async fn follow(api: Api, mut after: Option<String>, heard: mpsc::Sender<Heard>, hurry: std::sync::Arc<Notify>) {
    let mut backoff = Backoff::default();
    loop {
        let why = match once(&api, &mut after, &heard, &mut backoff).await {
            Ok(()) => return, // Nobody listens.
            Err(trouble) => trouble,
        };
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
        let again_in = if goes_on {
            Duration::ZERO
        } else {
            backoff.next(Backoff::chance())
        };
        if heard.send(Heard::Closed { why, again_in }).await.is_err() {
            return;
        }
        let _ = tokio::time::timeout(again_in, hurry.notified()).await;
    }
}

/// One socket, until it ends.
async fn once(
    api: &Api,
    after: &mut Option<String>,
    heard: &mpsc::Sender<Heard>,
    backoff: &mut Backoff,
) -> Result<(), Trouble> {
    let connecting = tokio::time::timeout(PATIENCE, open(api, after.clone()));
    let mut changes = connecting.await.map_err(|_| Trouble::Slow(PATIENCE))??;
    backoff.worked();
    if heard.send(Heard::Open).await.is_err() {
        return Ok(());
    }
    loop {
        let told = tokio::select! {
            told = changes.next() => told,
            () = heard.closed() => return Ok(()),
        };
        let answer = match told {
            None => return Err(Trouble::Unreachable("the socket was closed".to_owned())),
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

async fn open(api: &Api, after: Option<String>) -> Result<Changes, Trouble> {
    let mut url = api.url().clone();
    let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
    let unreachable = |error: &dyn std::fmt::Display| Trouble::Unreachable(error.to_string());
    url.set_scheme(scheme).map_err(|()| unreachable(&"no such address"))?;
    url.set_path(&format!("{}/ws", url.path().trim_end_matches('/')));
    let mut request = url
        .as_str()
        .into_client_request()
        .map_err(|error| unreachable(&error))?;
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", HeaderValue::from_static(PROTOCOL));
    let (socket, _) = connect_async(request).await.map_err(|error| unreachable(&error))?;
    let bearer = format!("Bearer {}", api.token().expose_secret());
    let operation = ConnectionHealthLive::build(AfterVars { after });
    Client::build(socket)
        .payload(json!({ "authorization": bearer }))
        .map_err(|error| broken(&error))?
        .keep_alive_interval(PING_EVERY)
        .subscribe(Followed(operation))
        .await
        .map_err(|error| broken(&error))
}

/// Close codes of the protocol: 4401 and 4403 end the session, the others only the socket.
fn broken(error: &graphql_ws_client::Error) -> Trouble {
    match error {
        graphql_ws_client::Error::Close(4401 | 4403, _) => Trouble::SignedOut,
        other => Trouble::Unreachable(crate::scrub::scrub(&other.to_string(), 200)),
    }
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
