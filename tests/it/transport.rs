//! What every transport has to do, and what becomes of Redis's when Redis is in trouble.

mod contract;
mod trouble;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use callab_tests::redis::{PrivateRedis, new_prefix};
use domain::jobs::{Nudge, Queue, QueueName};
use entity::JobId;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use worker::{MemoryTransport, RedisTransport, Source};

/// A transport under test.
trait Bench {
    type Transport: Queue + Source + 'static;

    async fn new() -> Self;

    /// The end that the test pushes to and pops from.
    fn transport(&self) -> Arc<Self::Transport>;

    /// The end of another worker at the same queues.
    fn another(&self) -> Arc<Self::Transport>;

    /// Pushes in one go, and returns once the ids can be popped.
    async fn fill(&self, nudges: &[Nudge]);
}

struct InMemory(Arc<MemoryTransport>);

impl Bench for InMemory {
    type Transport = MemoryTransport;

    async fn new() -> Self {
        Self(Arc::default())
    }

    fn transport(&self) -> Arc<MemoryTransport> {
        self.0.clone()
    }

    fn another(&self) -> Arc<MemoryTransport> {
        self.0.clone()
    }

    async fn fill(&self, nudges: &[Nudge]) {
        self.0.push(nudges).await.expect("the memory takes ids");
    }
}

struct OverRedis {
    server: &'static PrivateRedis,
    prefix: String,
    transport: Arc<RedisTransport>,
}

impl Bench for OverRedis {
    type Transport = RedisTransport;

    async fn new() -> Self {
        let server = PrivateRedis::shared().await.expect("a Redis");
        let prefix = new_prefix();
        let transport = Arc::new(RedisTransport::connect(server.client(), &prefix));
        Self {
            server,
            prefix,
            transport,
        }
    }

    fn transport(&self) -> Arc<RedisTransport> {
        self.transport.clone()
    }

    fn another(&self) -> Arc<RedisTransport> {
        Arc::new(RedisTransport::connect(self.server.client(), &self.prefix))
    }

    async fn fill(&self, nudges: &[Nudge]) {
        fill(self.server, &self.prefix, nudges).await;
    }
}

/// Pushes as a process does that ends.
async fn fill(server: &PrivateRedis, prefix: &str, nudges: &[Nudge]) {
    let pushing = RedisTransport::connect(server.client(), prefix);
    pushing.push(nudges).await.expect("it never fails");
    pushing.close().await;
}

fn urgent(number: u128) -> Nudge {
    nudge(number, QueueName::Urgent)
}

fn routine(number: u128) -> Nudge {
    nudge(number, QueueName::Routine)
}

fn nudge(number: u128, queue: QueueName) -> Nudge {
    let job = JobId(Uuid::from_u128(number));
    Nudge { job, queue }
}

fn number(nudge: &Nudge) -> u128 {
    nudge.job.0.as_u128()
}

/// Pops at most so many, once, and ends a test that would hang.
async fn pop(transport: &impl Source, at_most: usize) -> Vec<Nudge> {
    let at_most = NonZeroUsize::new(at_most).expect("more than none");
    soon(transport.pop(at_most, &CancellationToken::new())).await
}

/// Pops until it has so many.
async fn take(transport: &impl Source, count: usize) -> Vec<Nudge> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.extend(pop(transport, count - taken.len()).await);
    }
    taken
}

async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(30), future)
        .await
        .expect("this should not have taken so long")
}
