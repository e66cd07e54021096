//! One socket from its opening to its end: carries what happens to the protocol's machine, and does what that says.

use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::{Data, Executor};
use axum::extract::ws::{Message, WebSocket};
use domain::places::Place;
use futures_util::future::{BoxFuture, Fuse};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};
use tracing::{debug, info};
use tungstenite::Error as WireError;
use tungstenite::error::ProtocolError;

use super::close::{self, Close};
use super::operations::Operations;
use super::pace::Pace;
use super::protocol::{Action, Event, Protocol};
use super::term::Term;
use super::{Patience, sign_in};
use crate::endpoint::Endpoint;
use crate::graphql::Caller;
use crate::metrics;
use crate::person::Person;
use crate::trace_id::TraceId;

type SigningIn = Fuse<BoxFuture<'static, Result<(Caller, Place<Person>), Close>>>;

/// Whose socket it is, before anybody has signed in.
pub(super) struct Peer {
    /// The id of the request that opened it.
    pub trace_id: TraceId,
    /// Where it comes from.
    pub address: Option<IpAddr>,
    /// Its place among the sockets of that address on which nobody has signed in.
    pub half_open: Option<Place<IpAddr>>,
}

/// A socket, and all that belongs to it.
pub(super) struct Session<E> {
    endpoint: Endpoint,
    peer: Peer,
    patience: Patience,
    /// Whether the client offered to speak the protocol.
    speaks: bool,
    sink: SplitSink<WebSocket, Message>,
    stream: SplitStream<WebSocket>,
    protocol: Protocol,
    operations: Operations<E>,
    signing_in: SigningIn,
    /// Who the client is, and its place.
    who: Arc<Data>,
    /// Until when it may be served.
    term: Term,
    pace: Pace,
    heard_at: Instant,
    pinged_at: Instant,
}

/// What is to happen next in the loop.
#[expect(clippy::large_enum_variant, reason = "each is made once, and taken apart at once")]
enum Next {
    Event(Event),
    Ping,
    Nothing,
    /// The client is gone: there is nobody to say anything to.
    Gone,
}

impl<E: Executor> Session<E> {
    /// A socket that was just opened.
    pub(super) fn new(socket: WebSocket, endpoint: Endpoint, executor: E, peer: Peer, patience: Patience) -> Self {
        let speaks = socket.protocol().is_some();
        let (sink, stream) = socket.split();
        let now = Instant::now();
        let options = &endpoint.options;
        let (clock, stop) = (endpoint.services.clock.clone(), options.lifecycle.stop().clone());
        Self {
            protocol: Protocol::new(options.operations_per_socket, peer.trace_id.clone()),
            operations: Operations::new(executor, peer.trace_id.clone(), options.request_timeout),
            term: Term::new(clock, patience.look_every, stop),
            endpoint,
            peer,
            patience,
            speaks,
            sink,
            stream,
            signing_in: Fuse::terminated(),
            who: Arc::default(),
            pace: Pace::new(now),
            heard_at: now,
            pinged_at: now,
        }
    }

    /// Serves it until either side closes it.
    pub(super) async fn serve(mut self) {
        let _open = metrics::socket_opened();
        if !self.speaks {
            self.take_in(Event::Over(close::SUBPROTOCOL)).await;
            return;
        }
        let mut init_timeout = Box::pin(sleep(self.patience.init_within).fuse());
        let mut looks = interval(self.patience.look_every);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (read_at, stream) = (self.pace.next_at(Instant::now()), &mut self.stream);
            let read = async {
                sleep_until(read_at).await;
                stream.next().await
            };
            let next = tokio::select! {
                frame = read => self.heard(frame),
                event = self.operations.next() => Next::Event(event),
                signed_in = &mut self.signing_in => Next::Event(self.signed_in(signed_in)),
                () = &mut init_timeout => Next::Event(Event::InitTimeout),
                _ = looks.tick() => self.look(),
                end = self.term.over() => Next::Event(Event::Over(end)),
            };
            let goes_on = match next {
                Next::Event(event) => self.take_in(event).await,
                Next::Ping => self.send(Message::Ping(Vec::new().into())).await,
                Next::Nothing => true,
                Next::Gone => false,
            };
            if !goes_on {
                return;
            }
        }
    }

    fn heard(&mut self, frame: Option<Result<Message, axum::Error>>) -> Next {
        self.heard_at = Instant::now();
        self.pace.heard(self.heard_at);
        match frame {
            Some(Ok(Message::Text(text))) => Next::Event(Event::Text(text.as_str().to_owned())),
            Some(Ok(Message::Binary(_))) => Next::Event(Event::Binary),
            // The library answers pings, and the client's close with the next reading.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_))) => Next::Nothing,
            Some(Err(error)) => broken(error).map_or(Next::Gone, |close| Next::Event(Event::Over(close))),
            None => Next::Gone,
        }
    }

    fn signed_in(&mut self, signed_in: Result<(Caller, Place<Person>), Close>) -> Event {
        match signed_in {
            Ok((caller, place)) => {
                let (revocations, services) = (&self.endpoint.options.revocations, &self.endpoint.services);
                let watch = revocations.watch(services, caller.api_key);
                self.peer.half_open = None;
                self.term.begin(caller.expires_at, watch);
                let mut who = Data::default();
                who.insert(caller);
                who.insert(place); // Given back with the socket.
                self.who = Arc::new(who);
                Event::SignedIn
            }
            Err(close) => Event::Over(close),
        }
    }

    /// Whether the client is still there, asked once in a while.
    fn look(&mut self) -> Next {
        let now = Instant::now();
        if now - self.heard_at >= self.patience.silence {
            return Next::Event(Event::Over(close::SILENT));
        }
        if now - self.heard_at >= self.patience.ping_after && now - self.pinged_at >= self.patience.ping_after {
            self.pinged_at = now;
            return Next::Ping;
        }
        Next::Nothing
    }

    /// Tells the protocol what happened and does what it says. Nothing is begun or told for a token that has expired.
    async fn take_in(&mut self, event: Event) -> bool {
        let event = match (event, self.term.has_expired()) {
            (Event::Text(_) | Event::Answered(..), Some(end)) => Event::Over(end),
            (event, _) => event,
        };
        for action in self.protocol.on(event) {
            let goes_on = match action {
                Action::SignIn(payload) => {
                    let (endpoint, trace_id, address) =
                        (self.endpoint.clone(), self.peer.trace_id.clone(), self.peer.address);
                    let signing_in = async move { sign_in::sign_in(&endpoint, payload, &trace_id, address).await };
                    self.signing_in = signing_in.boxed().fuse();
                    true
                }
                Action::Send(text) => self.send(Message::Text(text.into())).await,
                Action::Begin(run, request) => {
                    self.operations.begin(run, *request, self.who.clone());
                    true
                }
                Action::Cancel(run) => {
                    self.operations.cancel(run);
                    true
                }
                Action::Close(close) => {
                    self.close(&close).await;
                    false
                }
            };
            if !goes_on {
                return false;
            }
        }
        true
    }

    /// Whether the message went out. The client is not listened to meanwhile, so that nothing is gathered for one that does not read;
    /// nor is it waited for much longer than it may be served.
    async fn send(&mut self, message: Message) -> bool {
        let (patience, term) = (self.patience, &self.term);
        let over = async {
            term.over().await;
            sleep(patience.closed_within).await;
        };
        tokio::select! {
            biased;
            sent = self.sink.send(message) => return sent.is_ok(),
            () = sleep(patience.sent_within) => {}
            () = over => {}
        }
        info!("cut off a socket that is not read");
        false
    }

    /// Says goodbye, and waits a little for the client to do so too: what it has still to read would be lost otherwise.
    async fn close(&mut self, close: &Close) {
        // No more than that: strangers would fill the log. How many there are of each code is counted.
        debug!(socket.close_code = close.code, "closing a socket with {}", close.code);
        metrics::socket_closed(close.code);
        if !self.send(close.frame()).await {
            return;
        }
        let goodbye = async {
            while let Some(frame) = self.stream.next().await {
                match frame.map_err(broken) {
                    Ok(_) => {}
                    // What follows a broken frame cannot be read.
                    Err(Some(_)) => sleep(self.patience.closed_within).await,
                    Err(None) => return,
                }
            }
        };
        let _ = timeout(self.patience.closed_within, goodbye).await;
    }
}

/// With what a socket is closed whose frames cannot be read; none if the client is gone.
fn broken(error: axum::Error) -> Option<Close> {
    let error = error.into_inner();
    match error.downcast_ref::<WireError>()? {
        WireError::Capacity(_) => Some(close::TOO_BIG),
        WireError::Utf8(_) => Some(close::NOT_UTF8),
        WireError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        WireError::Protocol(_) => Some(close::PROTOCOL_ERROR),
        _ => None,
    }
}
