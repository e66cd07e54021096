//! The protocol as a machine: what happens goes in, what is to be done comes out. It knows no socket, no clock and no schema.

use std::collections::HashMap;

use async_graphql::{Request, Response, ServerError};

use super::close::{self, Close};
use super::message::{FromClient, FromServer, Object};
use crate::graphql::{coded, was_carried_out};
use crate::trace_id::TraceId;

/// One run of an operation. Ids are used again after their end, runs are not: an answer that was under way when its operation
/// ended never passes for one of the next of that id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Run(pub(super) u64);

/// What happens to a socket.
#[derive(Debug)]
pub(super) enum Event {
    /// A text frame came.
    Text(String),
    /// A binary frame came.
    Binary,
    /// The client was found to be who it says.
    SignedIn,
    /// The time for `connection_init` is over.
    InitTimeout,
    /// An operation has a result.
    Answered(Run, Response),
    /// An operation has no more results.
    Ended(Run),
    /// The socket is to end, for a reason outside of the protocol.
    Over(Close),
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Action {
    /// Find out who the client is, by what it says of itself.
    SignIn(Object),
    /// Send a text frame.
    Send(String),
    /// Begin an operation.
    Begin(Run, Box<Request>),
    /// Let go of an operation. It may be over already.
    Cancel(Run),
    /// Close the socket. The last action there is.
    Close(Close),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The client has not said who it is.
    Silent,
    /// It has, and is not acknowledged yet.
    SigningIn,
    /// Operations may be asked for.
    Acknowledged,
    /// Nothing happens any more.
    Closed,
}

/// The state of one socket.
#[derive(Debug)]
pub(super) struct Protocol {
    phase: Phase,
    /// The most operations at the same time.
    most: usize,
    running: HashMap<String, Run>,
    ids: HashMap<Run, String>,
    runs: u64,
    trace_id: TraceId,
}

impl Protocol {
    /// A new socket, for at most `most` operations at the same time.
    pub(super) fn new(most: usize, trace_id: TraceId) -> Self {
        Self {
            phase: Phase::Silent,
            most,
            running: HashMap::new(),
            ids: HashMap::new(),
            runs: 0,
            trace_id,
        }
    }

    /// Takes in what happened, and tells what is to be done, in this order.
    pub(super) fn on(&mut self, event: Event) -> Vec<Action> {
        if self.phase == Phase::Closed {
            return Vec::new();
        }
        match event {
            Event::Text(text) => match FromClient::read(&text) {
                Ok(message) => self.heard(message),
                Err(why) => self.close(Close::invalid(why)),
            },
            Event::Binary => self.close(Close::invalid("messages are text frames")),
            Event::SignedIn if self.phase == Phase::SigningIn => {
                self.phase = Phase::Acknowledged;
                self.send(&FromServer::ConnectionAck {})
            }
            Event::InitTimeout if self.phase == Phase::Silent => self.close(close::INIT_TIMEOUT),
            Event::SignedIn | Event::InitTimeout => Vec::new(),
            Event::Answered(run, response) => self.answered(run, &response),
            Event::Ended(run) => self.ended(run),
            Event::Over(close) => self.close(close),
        }
    }

    fn heard(&mut self, message: FromClient) -> Vec<Action> {
        match message {
            FromClient::ConnectionInit(payload) if self.phase == Phase::Silent => {
                self.phase = Phase::SigningIn;
                vec![Action::SignIn(payload)]
            }
            FromClient::ConnectionInit(_) => self.close(close::TOO_MANY_INITS),
            FromClient::Ping(payload) => self.send(&FromServer::Pong { payload }),
            FromClient::Pong => Vec::new(),
            FromClient::Subscribe { .. } if self.phase != Phase::Acknowledged => self.close(close::UNAUTHORIZED),
            FromClient::Subscribe { id, request } => self.begin(id, request),
            // Of what is over already the client may not have heard yet.
            FromClient::Complete { id } => self.forget(&id).map(Action::Cancel).into_iter().collect(),
        }
    }

    fn begin(&mut self, id: String, request: Box<Request>) -> Vec<Action> {
        if self.running.contains_key(&id) {
            return self.close(Close::exists(&id));
        }
        if self.running.len() >= self.most {
            let message = "This socket has as many operations as it may have. Complete one of them first.";
            let error = failure("TOO_MANY_OPERATIONS", message, &self.trace_id);
            return self.send(&FromServer::Error {
                id: &id,
                payload: &[error],
            });
        }
        let run = Run(self.runs);
        self.runs += 1;
        self.running.insert(id.clone(), run);
        self.ids.insert(run, id);
        vec![Action::Begin(run, request)]
    }

    fn answered(&mut self, run: Run, response: &Response) -> Vec<Action> {
        let Some(id) = self.ids.get(&run).cloned() else {
            return Vec::new();
        };
        if was_carried_out(response) {
            return self.send(&FromServer::Next {
                id: &id,
                payload: response,
            });
        }
        self.forget(&id);
        let mut actions = self.send(&FromServer::Error {
            id: &id,
            payload: &response.errors,
        });
        actions.push(Action::Cancel(run));
        actions
    }

    fn ended(&mut self, run: Run) -> Vec<Action> {
        let Some(id) = self.ids.get(&run).cloned() else {
            return Vec::new();
        };
        self.forget(&id);
        self.send(&FromServer::Complete { id: &id })
    }

    fn forget(&mut self, id: &str) -> Option<Run> {
        let run = self.running.remove(id)?;
        self.ids.remove(&run);
        Some(run)
    }

    fn send(&mut self, message: &FromServer<'_>) -> Vec<Action> {
        match message.write() {
            Some(text) => vec![Action::Send(text)],
            None => self.close(close::INTERNAL),
        }
    }

    fn close(&mut self, close: Close) -> Vec<Action> {
        self.phase = Phase::Closed;
        self.running.clear();
        self.ids.clear();
        vec![Action::Close(close)]
    }
}

/// An error of a whole operation.
pub(super) fn failure(code: &str, message: &str, trace_id: &TraceId) -> ServerError {
    let mut error = coded(code, message);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("traceId", trace_id.as_str());
    error
}
