//! `/graphql/ws`: subscriptions over WebSocket, in the protocol `graphql-transport-ws`.
//!
//! Source: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use async_graphql::Data;
use async_graphql::http::{WebSocket as Conversation, WebSocketProtocols, WsMessage};
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::extract::{ConnectInfo, State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::{SinkExt, StreamExt, future};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, error, info};

use crate::auth::{self, Unauthenticated};
use crate::endpoint::{Endpoint, MAX_BODY, SignInError, sign_in};
use crate::failure::Failure;
use crate::trace_id::TraceId;

const PROTOCOL: &str = "graphql-transport-ws";

/// How long a client has to say who it is.
const INIT_WITHIN: Duration = Duration::from_secs(10);

/// How long a silent client is taken to be alive.
const SILENCE: Duration = Duration::from_mins(1);

/// How long a message may wait for a client that does not read. Nothing is gathered for it meanwhile; it can go on after its last
/// cursor.
const SENT_WITHIN: Duration = Duration::from_secs(30);

/// The protocol's close codes, and WebSocket's own for a server that stops.
mod close {
    pub(super) const GOING_AWAY: u16 = 1001;
    pub(super) const FORBIDDEN: u16 = 4403;
    pub(super) const INIT_TIMEOUT: u16 = 4408;
}

/// Opens a socket.
pub(crate) async fn open(
    State(endpoint): State<Endpoint>,
    trace_id: TraceId,
    address: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Failure> {
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(MAX_BODY);
    if upgrade.selected_protocol().is_none() {
        let message = "Subscriptions speak the WebSocket protocol graphql-transport-ws.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message, &trace_id));
    }
    let address = address.map(|connected| connected.0.0);
    let sockets = endpoint.options.lifecycle.sockets().clone();
    let span = Span::current();
    Ok(upgrade
        .on_upgrade(move |socket| sockets.track_future(converse(endpoint, socket, trace_id, address).instrument(span))))
}

/// Serves a socket until either side closes it.
async fn converse(endpoint: Endpoint, socket: WebSocket, trace_id: TraceId, address: Option<SocketAddr>) {
    let stop = endpoint.options.lifecycle.stop().clone();
    let signed_in = CancellationToken::new();
    let executor = endpoint.api.executor(trace_id.clone());
    let (mut sink, messages) = socket.split();
    let messages = messages
        .take_while(|message| future::ready(message.is_ok()))
        .filter_map(|message| future::ready(message.ok().filter(is_data)))
        .map(Message::into_data);
    let on_init = {
        let signed_in = signed_in.clone();
        move |payload| async move {
            let data = sign_in_by(&endpoint, &payload, &trace_id, address).await?;
            signed_in.cancel();
            Ok(data)
        }
    };
    let conversation = Conversation::new(executor, messages, WebSocketProtocols::GraphQLWS)
        .on_connection_init(on_init)
        .keepalive_timeout(SILENCE);
    let mut conversation = pin!(conversation);
    let mut init_timeout = pin!(tokio::time::sleep(INIT_WITHIN));
    loop {
        let message = tokio::select! {
            said = conversation.next() => match said {
                Some(WsMessage::Text(text)) => Message::Text(text.into()),
                Some(WsMessage::Close(_, reason)) if !signed_in.is_cancelled() => closing(close::FORBIDDEN, reason),
                Some(WsMessage::Close(code, reason)) => closing(code, reason),
                None => return,
            },
            () = &mut init_timeout, if !signed_in.is_cancelled() => {
                closing(close::INIT_TIMEOUT, "Connection initialisation timeout".into())
            }
            () = stop.cancelled() => closing(close::GOING_AWAY, "The server stops; connect again.".into()),
        };
        let is_last = matches!(message, Message::Close(_));
        match tokio::time::timeout(SENT_WITHIN, sink.send(message)).await {
            Ok(Ok(())) if !is_last => {}
            Ok(_) => return,
            Err(_) => {
                info!("cut off a socket that was not read for {} s", SENT_WITHIN.as_secs());
                return;
            }
        }
    }
}

fn is_data(message: &Message) -> bool {
    matches!(message, Message::Text(_) | Message::Binary(_))
}

fn closing(code: u16, reason: String) -> Message {
    Message::Close(Some(CloseFrame {
        code,
        reason: reason.into(),
    }))
}

/// Signs in by the payload of `connection_init`: `{"Authorization": "Bearer …"}`.
async fn sign_in_by(
    endpoint: &Endpoint,
    payload: &serde_json::Value,
    trace_id: &TraceId,
    address: Option<SocketAddr>,
) -> async_graphql::Result<Data> {
    let value = payload.get("Authorization").or_else(|| payload.get("authorization"));
    let value = value
        .and_then(serde_json::Value::as_str)
        .ok_or(Unauthenticated::NoToken)?;
    let token = auth::after_bearer(value)?;
    let (services, verifier) = (&endpoint.services, &endpoint.options.verifier);
    match sign_in(services, verifier, token, trace_id, address).await {
        Ok(caller) => {
            let mut data = Data::default();
            data.insert(caller);
            Ok(data)
        }
        Err(SignInError::Unauthenticated(why)) => Err(why.into()),
        Err(SignInError::Database(error)) => {
            error!(
                trace_id = trace_id.as_str(),
                error = &error as &dyn std::error::Error,
                "could not sign a socket in"
            );
            Err(crate::graphql::INTERNAL.into())
        }
    }
}

#[cfg(test)]
mod tests;
