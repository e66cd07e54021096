//! Any [`Source`] under apalis: the one place that implements its `Backend`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use apalis::prelude::{Task, TaskBuilder, TaskId, WorkerContext};
use apalis_core::backend::BackendConfig;
use apalis_core::backend::finalize::Ephemeral;
use apalis_core::layers::Identity;
use domain::jobs::Nudge;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Source;

/// Gives apalis one id at a time, and takes ids from the source only for slots that are free: with all slots busy, the ids stay
/// where other workers find them.
///
/// It never answers an error or an end to apalis, either of which would kill the worker and the handlers in flight.
///
/// A task of its own, the feeder, pops. It is asked for as many ids as slots are free, and answers with one batch. So apalis,
/// which stops polling a backend while its handlers end, never leaves a pop half-done.
pub(crate) struct Backend {
    slots: usize,
    source: Arc<dyn Source>,
    asks: mpsc::Sender<NonZeroUsize>,
    asked: bool,
    batches: mpsc::Receiver<Vec<Nudge>>,
    popped: VecDeque<Nudge>,
    feeder: Option<JoinHandle<()>>,
    stop: CancellationToken,
    closing: Option<BoxFuture<'static, ()>>,
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend")
            .field("slots", &self.slots)
            .field("source", &self.source)
            .field("popped", &self.popped)
            .finish_non_exhaustive()
    }
}

impl Backend {
    /// A backend for a worker of `slots` handlers at a time, and its feeder, which pops until `stop`.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub(crate) fn new(source: Arc<dyn Source>, slots: NonZeroUsize, stop: CancellationToken) -> Self {
        let (asks, asked) = mpsc::channel(1);
        let (batch, batches) = mpsc::channel(1);
        let feeder = tokio::spawn(feed(source.clone(), asked, batch, stop.clone()));
        Self {
            slots: slots.get(),
            source,
            asks,
            asked: false,
            batches,
            popped: VecDeque::new(),
            feeder: Some(feeder),
            stop,
            closing: None,
        }
    }

    /// Asks the feeder for a batch, unless one is on its way.
    fn ask(&mut self, worker: &WorkerContext) {
        if self.asked {
            return;
        }
        // The caller has a free slot, or apalis would not have polled.
        let free = NonZeroUsize::new(self.slots.saturating_sub(worker.task_count())).unwrap_or(NonZeroUsize::MIN);
        self.asked = self.asks.try_send(free).is_ok();
    }
}

/// Answers each ask with one batch that is not empty, until `stop`. What it popped and cannot hand over goes back.
async fn feed(
    source: Arc<dyn Source>,
    mut asks: mpsc::Receiver<NonZeroUsize>,
    batches: mpsc::Sender<Vec<Nudge>>,
    stop: CancellationToken,
) {
    while let Some(Some(free)) = stop.run_until_cancelled(asks.recv()).await {
        let popped = source.pop(free, &stop).await;
        if stop.is_cancelled() {
            return source.put_back(popped).await;
        }
        if let Err(refused) = batches.send(popped).await {
            return source.put_back(refused.0).await;
        }
    }
}

impl apalis_core::backend::Backend for Backend {
    type Task = Task<Uuid>;
    type Error = Infallible;

    fn poll_ready(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        worker: &WorkerContext,
    ) -> Poll<Option<Result<Task<Uuid>, Infallible>>> {
        loop {
            if let Some(nudge) = self.popped.pop_front() {
                let id = nudge.job.0;
                let task = TaskBuilder::new(id).task_id(TaskId::from_string(id.to_string()));
                return Poll::Ready(Some(Ok(task.build())));
            }
            self.ask(worker);
            let Some(batch) = ready!(self.batches.poll_recv(cx)) else {
                // A worker without a feeder would idle for good: better that it fails, and the process with it.
                assert!(
                    self.stop.is_cancelled(),
                    "the feeder of the worker ended before it was told to"
                );
                return Poll::Pending; // The worker is about to stop, too.
            };
            self.asked = false;
            self.popped.extend(batch);
        }
    }

    /// Puts back what was popped and not started. Called once the last handler has ended.
    fn poll_close(&mut self, cx: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        let closing = self.closing.get_or_insert_with(|| {
            self.batches.close();
            while let Ok(batch) = self.batches.try_recv() {
                self.popped.extend(batch);
            }
            let (source, feeder) = (self.source.clone(), self.feeder.take());
            let left = Vec::from(std::mem::take(&mut self.popped));
            async move {
                if let Some(feeder) = feeder {
                    let _ = feeder.await; // A panic of its own was reported where it happened.
                }
                source.put_back(left).await;
            }
            .boxed()
        });
        closing.poll_unpin(cx).map(Ok)
    }
}

impl BackendConfig for Backend {
    type Args = Uuid;
    type Id = Uuid;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Identity;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Identity {
        Identity::new()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use apalis_core::backend::Backend as _;
    use domain::jobs::{Queue, QueueName};
    use entity::JobId;
    use tokio::sync::Notify;

    use super::*;
    use crate::MemoryTransport;

    const TWO: NonZeroUsize = NonZeroUsize::new(2).unwrap();

    fn three() -> Vec<Nudge> {
        let urgent = |number| Nudge {
            job: JobId(Uuid::from_u128(number)),
            queue: QueueName::Urgent,
        };
        (1..=3).map(urgent).collect()
    }

    #[tokio::test]
    async fn only_as_many_are_popped_as_slots_are_free_and_those_not_started_go_back() {
        let (transport, stop) = (Arc::new(MemoryTransport::default()), CancellationToken::new());
        transport.push(&three()).await.unwrap();
        let worker = WorkerContext::new("test");
        let mut backend = Backend::new(transport.clone(), TWO, stop.clone());

        let first = poll_fn(|cx| backend.poll_next(cx, &worker)).await.unwrap().unwrap();
        assert_eq!(first.args, Uuid::from_u128(1));
        assert_eq!(transport.len(), 1);

        stop.cancel();
        poll_fn(|cx| backend.poll_close(cx, &worker)).await.unwrap();
        assert_eq!(transport.pop(TWO, &CancellationToken::new()).await, three()[1..]);
    }

    /// A source on another machine, whose answer is under way when the stop comes.
    #[derive(Debug, Default)]
    struct Late {
        ids: MemoryTransport,
        popping: Notify,
    }

    #[async_trait::async_trait]
    impl Source for Late {
        async fn pop(&self, at_most: NonZeroUsize, stop: &CancellationToken) -> Vec<Nudge> {
            self.popping.notify_one();
            stop.cancelled().await;
            self.ids.pop(at_most, &CancellationToken::new()).await
        }

        async fn put_back(&self, nudges: Vec<Nudge>) {
            self.ids.put_back(nudges).await;
        }
    }

    #[tokio::test]
    async fn what_arrives_after_the_stop_goes_back() {
        let (late, stop) = (Arc::new(Late::default()), CancellationToken::new());
        late.ids.push(&three()).await.unwrap();
        let worker = WorkerContext::new("test");
        let mut backend = Backend::new(late.clone(), TWO, stop.clone());
        let nothing_yet = poll_fn(|cx| Poll::Ready(backend.poll_next(cx, &worker).is_pending())).await;
        assert!(nothing_yet);
        late.popping.notified().await;

        stop.cancel();
        poll_fn(|cx| backend.poll_close(cx, &worker)).await.unwrap();
        assert_eq!(late.ids.len(), 3);
    }
}
