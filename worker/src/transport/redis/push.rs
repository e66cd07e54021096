//! The pushing side: takes ids from the use cases without making them wait, and sends them in batches.
//!
//! While Redis is away the ids stay in this process. Its own worker, if it has one, takes them from there; what is left is sent
//! once Redis is back.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::jobs::Nudge;
use redis::aio::MultiplexedConnection;
use redis::{Client, RedisResult, Script};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tracing::{info, trace, warn};

use super::keys::Keys;
use super::link::Link;
use crate::MemoryTransport;

/// How many ids wait to be sent before further ones are dropped. They are 17 bytes each.
const CAPACITY: usize = 100_000;

/// How many ids go in one script, which holds up everybody else at the server for a millisecond then.
const BATCH: NonZeroUsize = NonZeroUsize::new(1000).unwrap();

/// The longest an answer may take before Redis counts as away.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// How often an idle connection is tried, so that an outage is known before it matters.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// How long [`Pusher::close`] waits for what is still to be sent.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Hands ids to a task that sends them.
#[derive(Debug)]
pub(super) struct Pusher {
    /// `None` once closed.
    ids: Mutex<Option<mpsc::Sender<Nudge>>>,
    is_full: AtomicBool,
    is_up: Arc<AtomicBool>,
    task: TaskTracker,
}

impl Pusher {
    /// # Panics
    /// Outside of a Tokio runtime.
    pub(super) fn start(client: Client, keys: Keys, outage: Arc<MemoryTransport>) -> Self {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        let is_up = Arc::new(AtomicBool::new(false));
        let pushing = Pushing {
            ids: receiver,
            link: Link::new(client, "ids of jobs are pushed again", ANSWER_WITHIN, is_up.clone()),
            keys,
            script: Script::new(include_str!("push.lua")),
            batch: Vec::new(),
            outage,
        };
        let task = TaskTracker::new();
        task.spawn(pushing.run());
        task.close();
        Self {
            ids: Mutex::new(Some(sender)),
            is_full: AtomicBool::new(false),
            is_up,
            task,
        }
    }

    /// Whether the last that was heard from Redis was good.
    pub(super) fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Relaxed)
    }

    /// Takes ids over and returns at once. What does not fit is dropped, with one warning until there is room again.
    pub(super) fn push(&self, nudges: &[Nudge]) {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(ids) = ids.as_ref() else {
            return; // The process ends, and the sweep of another finds them.
        };
        let taken = nudges.iter().take_while(|nudge| ids.try_send(**nudge).is_ok()).count();
        if taken == nudges.len() {
            self.is_full.store(false, Ordering::Relaxed);
        } else if !self.is_full.swap(true, Ordering::Relaxed) {
            warn!(
                capacity = CAPACITY,
                "ids of jobs are dropped, as {CAPACITY} wait to be sent to Redis; the sweep will find the jobs"
            );
        }
    }

    /// Sends what is left, takes no more, and ends. Gives up after a second.
    pub(super) async fn close(&self) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).take();
        if tokio::time::timeout(CLOSE_WITHIN, self.task.wait()).await.is_err() {
            info!("Redis did not take the last ids of jobs in time; the sweep will find the jobs");
        }
    }
}

/// The task that sends.
struct Pushing {
    ids: mpsc::Receiver<Nudge>,
    link: Link,
    keys: Keys,
    script: Script,
    /// What is to be sent next.
    batch: Vec<Nudge>,
    /// Where ids wait while Redis is away: this process's worker takes them from there, and what is left is sent afterwards.
    outage: Arc<MemoryTransport>,
}

impl Pushing {
    /// Sends what gathered while the batch before was on its way, until the last id was sent.
    async fn run(mut self) {
        while let Some(mut connection) = self.connection().await {
            if self.batch.is_empty() && self.link.is_proven() {
                let gathered = self.ids.recv_many(&mut self.batch, BATCH.get());
                if let Ok(0) = tokio::time::timeout(CHECK_EVERY, gathered).await {
                    return;
                }
            }
            match self.send(&mut connection).await {
                Ok(()) => self.sent(),
                // Kept for one more attempt; an id that arrived in spite of the error is not added twice.
                Err(error) => self.link.failed(&error),
            }
        }
    }

    /// The connection. While Redis is away it keeps what it is to send in the process and goes on trying. `None` at the end of the
    /// ids.
    async fn connection(&mut self) -> Option<MultiplexedConnection> {
        loop {
            if !self.link.is_away() {
                if let Some(connection) = self.link.attempt().await {
                    return Some(connection);
                }
                continue;
            }
            self.outage.keep(&std::mem::take(&mut self.batch));
            let mut attempt = std::pin::pin!(self.link.attempt());
            loop {
                tokio::select! {
                    connection = &mut attempt => match connection {
                        Some(connection) => return Some(connection),
                        None => break,
                    },
                    pushed = self.ids.recv_many(&mut self.batch, BATCH.get()) => {
                        if pushed == 0 {
                            return None;
                        }
                        self.outage.keep(&std::mem::take(&mut self.batch));
                    }
                }
            }
        }
    }

    /// Sends the batch. An empty one shows whether Redis would take another.
    async fn send(&self, connection: &mut MultiplexedConnection) -> RedisResult<()> {
        let added: usize = self
            .keys
            .call(&self.script, &self.batch)
            .invoke_async(connection)
            .await?;
        trace!(pushed = self.batch.len(), added, "pushed ids of jobs");
        Ok(())
    }

    /// What waited during an outage is next.
    fn sent(&mut self) {
        self.link.succeeded();
        self.batch = self.outage.take(BATCH);
    }
}
