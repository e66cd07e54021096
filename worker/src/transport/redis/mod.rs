//! The transport between processes: ids wait in Redis, version 7 or later.

mod keys;
mod link;
mod pop;
mod push;

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use domain::jobs::{Nudge, PushError, Queue};
use keys::Keys;
use pop::Popper;
use push::Pusher;
use redis::Client;
use tokio_util::sync::CancellationToken;

use super::{MemoryTransport, Source};

/// How many ids wait in a process while Redis is away; the sweep finds what is beyond.
const KEPT_IN_OUTAGE: usize = 10_000;

/// Carries ids from any process to the workers of any process. One `Arc` of it is the [`Queue`] of the services and, where the
/// process works, the [`Source`] of the worker.
///
/// Redis may be away at any time, from the start on, or forget everything. Meanwhile a worker takes the ids that were pushed in its
/// own process, which its timetable finds in the rows, so that work goes on a second later than otherwise; both sides go on when
/// Redis is back. The rows are the truth, and the sweep finds what was lost.
#[derive(Debug)]
pub struct RedisTransport {
    pusher: Pusher,
    popper: Popper,
}

impl RedisTransport {
    /// Begins to connect and answers at once. The names of all keys begin with `prefix`.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    #[must_use]
    pub fn connect(client: Client, prefix: &str) -> Self {
        let keys = Keys::new(prefix);
        let outage = Arc::new(MemoryTransport::with_capacity(KEPT_IN_OUTAGE));
        Self {
            pusher: Pusher::start(client.clone(), keys.clone(), outage.clone()),
            popper: Popper::new(client, keys, outage),
        }
    }

    /// Whether Redis takes and gives ids, as far as is known: a silence is noticed within some seconds. `false` until the first
    /// connection stands.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.pusher.is_up() && self.popper.is_up()
    }

    /// Sends the ids that were pushed and takes no more; for the end of the process, after its worker has stopped. Takes a second
    /// at most.
    pub async fn close(&self) {
        self.pusher.close().await;
    }
}

#[async_trait]
impl Queue for RedisTransport {
    /// Returns before the ids are in Redis, so that no mutation waits for it, and never fails.
    async fn push(&self, nudges: &[Nudge]) -> Result<(), PushError> {
        self.pusher.push(nudges);
        Ok(())
    }

    fn is_up(&self) -> bool {
        self.is_up()
    }
}

#[async_trait]
impl Source for RedisTransport {
    async fn pop(&self, at_most: NonZeroUsize, stop: &CancellationToken) -> Vec<Nudge> {
        self.popper.pop(at_most, stop).await
    }

    async fn put_back(&self, nudges: Vec<Nudge>) {
        self.popper.put_back(&nudges).await;
    }
}
