//! `/graphql/ws`: queries, mutations and subscriptions over WebSocket, in the protocol `graphql-transport-ws`.
//!
//! `protocol.rs` is the protocol as a machine without a socket, `message.rs` its messages and `close.rs` its ends. `session.rs`
//! serves one socket over axum's WebSocket: it signs in (`sign_in.rs`), runs operations (`operations.rs`), and finds out who is
//! silent, slow or too fast (`pace.rs`), and whose time is over (`term.rs`): the token's, or that of an API key which was revoked
//! (`revocations.rs`). Why it is our own: `ARCHITECTURE.md`.
//!
//! Source: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

mod close;
mod kind;
mod message;
mod operations;
mod pace;
mod protocol;
mod revocations;
mod session;
mod sign_in;
mod term;

#[cfg(test)]
mod tests;

use std::time::Duration;

use async_graphql::Executor;
use axum::extract::ws::WebSocket;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{State, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use tokio_util::task::TaskTracker;
use tracing::{Instrument, Span};

use crate::client_address::{ClientAddress, counted};
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::rates::{self, TooSoon};
use crate::trace_id::TraceId;
pub(crate) use revocations::Revocations;
use session::{Peer, Session};

/// The protocol's name.
const PROTOCOL: &str = "graphql-transport-ws";

/// How long a socket waits for what.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// For the client to say who it is.
    init_within: Duration,
    /// After what silence a client is asked for a sign of life.
    ping_after: Duration,
    /// How long a silent client is taken to be alive.
    silence: Duration,
    /// How often silence and the token's end are looked at.
    look_every: Duration,
    /// How long a message may wait for a client that does not read. Nothing is gathered for it meanwhile; it can go on after its
    /// last cursor.
    sent_within: Duration,
    /// How long a client that is told goodbye has to say so too.
    closed_within: Duration,
}

/// The most bytes of a message, 256 KiB: a document and variables as long as they may be, and what is around them. Less than of a
/// request, since nobody has signed in when the first one comes.
const MAX_MESSAGE: usize = 256 * 1024;

/// The bytes that a socket reads at once, and has memory for from its opening on: the library takes 128 KiB, which ten thousand sockets
/// without a word would make a gigabyte. A longer message gets room as it comes.
const READ_AT_ONCE: usize = 4 * 1024;

/// What sockets are served with. Most proxies take a connection for dead after a minute of silence.
const PATIENCE: Patience = Patience {
    init_within: Duration::from_secs(10),
    ping_after: Duration::from_secs(20),
    silence: Duration::from_mins(1),
    look_every: Duration::from_secs(1),
    sent_within: Duration::from_secs(30),
    closed_within: Duration::from_secs(2),
};

/// Opens a socket.
pub(crate) async fn open(
    State(endpoint): State<Endpoint>,
    trace_id: TraceId,
    ClientAddress(address): ClientAddress,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let upgrade = upgrade.map_err(|rejection| {
        let message = "This address speaks WebSocket, in the protocol graphql-transport-ws.";
        Failure::new(rejection.into_response().status(), "BAD_REQUEST", message, &trace_id)
    })?;
    let half_open = match address {
        None => None,
        Some(address) => {
            let place = endpoint.options.half_open.take(counted(address));
            Some(place.ok_or_else(|| too_many_half_open(&trace_id))?)
        }
    };
    let executor = endpoint.api.executor(trace_id.clone());
    let sockets = endpoint.options.lifecycle.sockets().clone();
    let peer = Peer {
        trace_id,
        address,
        half_open,
    };
    Ok(accept(upgrade, sockets, move |socket| {
        Session::new(socket, endpoint, executor, peer, PATIENCE)
    }))
}

fn too_many_half_open(trace_id: &TraceId) -> Failure {
    let message =
        "Too many sockets of this address on which nobody has signed in. Say `connection_init` on those first.";
    let wait = PATIENCE.init_within;
    rates::refused("half_open", message, TooSoon { wait }, trace_id)
}

/// Answers the handshake, and serves the socket that comes of it.
fn accept<E: Executor>(
    upgrade: WebSocketUpgrade,
    sockets: TaskTracker,
    session: impl FnOnce(WebSocket) -> Session<E> + Send + 'static,
) -> Response {
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_AT_ONCE)
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE);
    let span = Span::current();
    upgrade.on_upgrade(move |socket| sockets.track_future(session(socket).serve().instrument(span)))
}
