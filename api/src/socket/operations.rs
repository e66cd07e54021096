//! The operations of a socket that run.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_graphql::{Data, Executor, Request, Response};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use tokio::sync::mpsc;
use tokio::time::error::Elapsed;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, Span, error};

use super::kind::is_subscription;
use super::protocol::{Event, Run, failure};
use crate::graphql::INTERNAL;
use crate::trace_id::TraceId;

/// Runs the operations of one socket side by side, each in a task of its own: it goes on to its end, or to its time limit, also while
/// the client does not read, and then waits with its answer alone, no longer with a connection to the database. One that panics ends
/// alone.
pub(super) struct Operations<E> {
    executor: E,
    trace_id: TraceId,
    /// How long a query or a mutation may take.
    timeout: Duration,
    /// Room for one event: nothing is gathered for a client that does not read.
    tell: mpsc::Sender<Event>,
    told: mpsc::Receiver<Event>,
    running: HashMap<Run, AbortOnDropHandle<()>>,
}

impl<E: Executor> Operations<E> {
    /// None yet.
    pub(super) fn new(executor: E, trace_id: TraceId, timeout: Duration) -> Self {
        let (tell, told) = mpsc::channel(1);
        Self {
            executor,
            trace_id,
            timeout,
            tell,
            told,
            running: HashMap::new(),
        }
    }

    /// Begins an operation of the one who is in `who`.
    pub(super) fn begin(&mut self, run: Run, request: Request, who: Arc<Data>) {
        let (tell, mut answers) = (self.tell.clone(), self.answers(request, who));
        let tells = async move {
            while let Some(response) = answers.next().await {
                if tell.send(Event::Answered(run, response)).await.is_err() {
                    return;
                }
            }
            drop(answers);
            let _ = tell.send(Event::Ended(run)).await; // Nobody listens where the socket is closed.
        };
        let task = tokio::spawn(tells.instrument(Span::current()));
        self.running.insert(run, AbortOnDropHandle::new(task));
    }

    /// Lets go of an operation.
    pub(super) fn cancel(&mut self, run: Run) {
        self.running.remove(&run);
    }

    /// What happens next to one of them. Waits for ever while there are none.
    pub(super) async fn next(&mut self) -> Event {
        let Some(event) = self.told.recv().await else {
            return std::future::pending().await;
        };
        if let Event::Ended(run) = &event {
            self.running.remove(run);
        }
        event
    }

    fn answers(&self, request: Request, who: Arc<Data>) -> BoxStream<'static, Response> {
        let (executor, trace_id, timeout) = (self.executor.clone(), self.trace_id.clone(), self.timeout);
        let lasts = is_subscription(&request.query, request.operation_name.as_deref());
        let answers = stream::once(async move {
            let mut answers = executor.execute_stream(request, Some(who));
            if lasts {
                return answers;
            }
            let answer = tokio::time::timeout(timeout, answers.next()).await;
            let answer = answer.unwrap_or_else(|late| Some(timed_out(&late, &trace_id)));
            // It counts as not read until what it came of is asked for more, or let go.
            let over = stream::poll_fn(move |_| {
                let _ = &answers;
                Poll::Ready(None)
            });
            stream::iter(answer).chain(over).boxed()
        });
        let trace_id = self.trace_id.clone();
        AssertUnwindSafe(answers.flatten())
            .catch_unwind()
            .map(move |answer| answer.unwrap_or_else(|_| broken(&trace_id)))
            .boxed()
    }
}

fn timed_out(late: &Elapsed, trace_id: &TraceId) -> Response {
    error!(
        trace_id = trace_id.as_str(),
        error = late as &dyn std::error::Error,
        "an operation of a socket was cut off at its time limit"
    );
    let message = "The operation took too long and was cut off. Read what it was to change before you repeat it.";
    Response::from_errors(vec![failure("TIMEOUT", message, trace_id)])
}

/// The panic's text is not repeated: it may hold what was sent.
fn broken(trace_id: &TraceId) -> Response {
    error!(trace_id = trace_id.as_str(), "an operation of a socket panicked");
    Response::from_errors(vec![failure("INTERNAL", INTERNAL, trace_id)])
}
