//! The transport inside one process.

use std::collections::{HashSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::jobs::{Nudge, PushError, Queue, QueueName};
use entity::JobId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{Source, Turns};

/// How many ids wait before further ones are dropped. They take about 50 bytes each.
const CAPACITY: usize = 100_000;

/// Carries ids from the use cases to the worker of the same process. Shared by both: one `Arc` of it is the
/// [`Queue`] of the services and the [`Source`] of the worker.
#[derive(Debug)]
pub struct MemoryTransport {
    waiting: Mutex<Waiting>,
    pushed: Notify,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    urgent: VecDeque<JobId>,
    routine: VecDeque<JobId>,
    /// The ids in both.
    ids: HashSet<JobId>,
    turns: Turns,
}

impl Waiting {
    fn len(&self) -> usize {
        self.ids.len()
    }

    fn queue(&mut self, queue: QueueName) -> &mut VecDeque<JobId> {
        match queue {
            QueueName::Urgent => &mut self.urgent,
            QueueName::Routine => &mut self.routine,
        }
    }

    fn take_one(&mut self) -> Option<Nudge> {
        let order = self.turns.take();
        let taken = order
            .into_iter()
            .find_map(|queue| self.queue(queue).pop_front().map(|job| Nudge { job, queue }))?;
        self.ids.remove(&taken.job);
        Some(taken)
    }

    /// Adds an id behind the others, unless it waits already. `false` when there is no room for it.
    fn add(&mut self, nudge: Nudge, capacity: usize) -> bool {
        if self.ids.contains(&nudge.job) {
            return true;
        }
        let has_room = self.len() < capacity;
        if has_room {
            self.ids.insert(nudge.job);
            self.queue(nudge.queue).push_back(nudge.job);
        }
        has_room
    }

    /// Puts an id before the others, wherever it waited.
    fn put_first(&mut self, nudge: Nudge) {
        if !self.ids.insert(nudge.job) {
            self.urgent.retain(|waiting| *waiting != nudge.job);
            self.routine.retain(|waiting| *waiting != nudge.job);
        }
        self.queue(nudge.queue).push_front(nudge.job);
    }
}

impl Default for MemoryTransport {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl MemoryTransport {
    /// A transport in which at most `capacity` ids wait. What is pushed beyond is dropped with a warning; the sweep finds it.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            pushed: Notify::new(),
            capacity,
        }
    }

    /// How many ids wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting().len()
    }

    /// Whether no id waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what waits now, at most so many; nothing if there is nothing.
    pub(super) fn take(&self, at_most: NonZeroUsize) -> Vec<Nudge> {
        let mut waiting = self.waiting();
        let taken = (0..at_most.get()).map_while(|_| waiting.take_one()).collect();
        if waiting.len() > 0 {
            self.pushed.notify_one(); // For another that pops: one wake-up may stand for many ids.
        }
        taken
    }
}

#[async_trait]
impl Queue for MemoryTransport {
    async fn push(&self, nudges: &[Nudge]) -> Result<(), PushError> {
        self.keep(nudges);
        Ok(())
    }
}

impl MemoryTransport {
    /// See [`Queue::push`].
    pub(super) fn keep(&self, nudges: &[Nudge]) {
        let mut waiting = self.waiting();
        let mut dropped = 0;
        for nudge in nudges {
            if !waiting.add(*nudge, self.capacity) {
                dropped += 1;
            }
        }
        drop(waiting);
        self.pushed.notify_one();
        if dropped > 0 {
            warn!(
                dropped,
                capacity = self.capacity,
                "the job transport is full; the sweep will find {dropped} jobs"
            );
        }
    }
}

#[async_trait]
impl Source for MemoryTransport {
    async fn pop(&self, at_most: NonZeroUsize, stop: &CancellationToken) -> Vec<Nudge> {
        while !stop.is_cancelled() {
            let taken = self.take(at_most);
            if !taken.is_empty() {
                return taken;
            }
            tokio::select! {
                () = self.pushed.notified() => {}
                () = stop.cancelled() => {}
            }
        }
        Vec::new()
    }

    async fn put_back(&self, nudges: Vec<Nudge>) {
        let mut waiting = self.waiting();
        for nudge in nudges.into_iter().rev() {
            waiting.put_first(nudge);
        }
        drop(waiting);
        self.pushed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    fn nudge(number: u128, queue: QueueName) -> Nudge {
        let job = JobId(Uuid::from_u128(number));
        Nudge { job, queue }
    }

    fn ten() -> NonZeroUsize {
        NonZeroUsize::new(10).unwrap()
    }

    #[tokio::test]
    async fn an_id_that_waits_takes_no_second_place() {
        let transport = MemoryTransport::with_capacity(2);
        let two: Vec<Nudge> = (1..=2).map(|number| nudge(number, QueueName::Routine)).collect();
        for _ in 0..3 {
            transport.push(&two).await.unwrap();
        }
        assert_eq!(transport.len(), 2);
        assert_eq!(transport.pop(ten(), &CancellationToken::new()).await, two);
        assert!(transport.is_empty());
    }

    #[tokio::test]
    async fn urgent_ids_overtake_routine_ones_which_are_not_starved() {
        let transport = MemoryTransport::default();
        let routine = nudge(0, QueueName::Routine);
        let urgent: Vec<Nudge> = (1..=10).map(|number| nudge(number, QueueName::Urgent)).collect();
        transport.push(&[routine]).await.unwrap();
        transport.push(&urgent).await.unwrap();

        let popped = transport.pop(ten(), &CancellationToken::new()).await;

        assert_eq!(popped[..7], urgent[..7]);
        assert_eq!(popped[7], routine);
        assert_eq!(popped[8..], urgent[7..9]);
        assert_eq!(transport.len(), 1);
    }

    #[tokio::test]
    async fn a_pop_waits_for_a_push_and_ends_with_the_stop() {
        let transport = MemoryTransport::default();
        let (stop, one) = (CancellationToken::new(), [nudge(1, QueueName::Urgent)]);
        let pop = || tokio::time::timeout(Duration::from_secs(20), transport.pop(ten(), &stop));
        let (popped, pushed) = tokio::join!(pop(), transport.push(&one));
        pushed.unwrap();
        assert_eq!(popped.expect("the push wakes it"), one);

        let (popped, ()) = tokio::join!(pop(), async { stop.cancel() });
        assert_eq!(popped.expect("the stop wakes it"), []);
    }

    #[tokio::test]
    async fn what_is_put_back_is_next_in_its_old_order() {
        let transport = MemoryTransport::default();
        let three: Vec<Nudge> = (1..=3).map(|number| nudge(number, QueueName::Routine)).collect();
        transport.push(&three).await.unwrap();
        let stop = CancellationToken::new();
        let two = transport.pop(NonZeroUsize::new(2).unwrap(), &stop).await;
        transport.put_back(two).await;
        assert_eq!(transport.pop(ten(), &stop).await, three);
    }

    #[tokio::test]
    async fn a_full_transport_drops_what_is_pushed_beyond() {
        let transport = MemoryTransport::with_capacity(2);
        let three: Vec<Nudge> = (1..=3).map(|number| nudge(number, QueueName::Routine)).collect();
        transport.push(&three).await.unwrap();
        assert_eq!(transport.pop(ten(), &CancellationToken::new()).await, three[..2]);
    }
}
