//! Where a process keeps the newest events for its live views, and hears of those that others numbered.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::entity::{JobId, WorkspaceId, event};
use tokio::sync::{Notify, broadcast, watch};

/// How many of the newest events are kept: a live view that is further behind reads too slowly, and is cut off.
pub const KEPT: usize = 4096;

/// How many changes of jobs a live view may be behind.
const JOBS_KEPT: usize = 4096;

/// A job that was written, started or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobChange {
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The job.
    pub job: JobId,
}

/// What one process tells the others on the same database. It may get lost: the rows tell the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// There are events to be numbered, or newly numbered ones to be read.
    Events,
    /// Jobs changed.
    Jobs(Vec<JobChange>),
    /// Something may have been missed.
    Unsure,
}

/// The other processes on the same database.
pub trait Neighbours: Debug + Send + Sync {
    /// Tells them. Neither waits nor fails.
    fn tell(&self, news: News);
}

/// For the only process on its database.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Neighbours for Alone {
    fn tell(&self, _: News) {}
}

/// What is kept of the events after a position.
#[derive(Clone, Debug)]
pub enum Recent {
    /// The first of them, in order: none, if nothing happened since.
    Events(Vec<Arc<event::Model>>),
    /// Some are kept no longer; the table has them.
    Behind,
}

/// The way from a commit to live views. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Events(Arc<Hub>);

#[derive(Debug)]
struct Hub {
    /// Wakes this process's sequencer.
    committed: Notify,
    /// Wakes what chains this process's audit entries.
    audited: Notify,
    /// Wakes this process's follower.
    numbered: Notify,
    kept: Mutex<Kept>,
    capacity: usize,
    /// The number of the newest event kept; none before the follower has begun.
    newest: watch::Sender<Option<i64>>,
    jobs: broadcast::Sender<News>,
    neighbours: Arc<dyn Neighbours>,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<Arc<event::Model>>,
    /// Events up to this number are not kept.
    dropped: i64,
}

impl Default for Events {
    fn default() -> Self {
        Self::new(Arc::new(Alone))
    }
}

impl Events {
    /// The events of a process that tells its `neighbours` what it wrote.
    #[must_use]
    pub fn new(neighbours: Arc<dyn Neighbours>) -> Self {
        Self::keeping(KEPT, neighbours)
    }

    /// The same, with another number of events kept.
    #[must_use]
    pub fn keeping(capacity: usize, neighbours: Arc<dyn Neighbours>) -> Self {
        Self(Arc::new(Hub {
            committed: Notify::new(),
            audited: Notify::new(),
            numbered: Notify::new(),
            kept: Mutex::default(),
            capacity,
            newest: watch::channel(None).0,
            jobs: broadcast::channel(JOBS_KEPT).0,
            neighbours,
        }))
    }

    /// Takes in what another process told.
    pub fn hear(&self, news: News) {
        match news {
            News::Events => self.0.numbered.notify_one(),
            News::Jobs(_) => self.tell_jobs(news),
            News::Unsure => {
                self.0.numbered.notify_one();
                self.tell_jobs(news);
            }
        }
    }

    /// What is kept after number `seq`, the first `at_most`.
    #[must_use]
    pub fn recent(&self, seq: i64, at_most: usize) -> Recent {
        let kept = self.kept();
        if seq < kept.dropped {
            return Recent::Behind;
        }
        let is_known = |event: &Arc<event::Model>| event.seq.is_some_and(|own| own <= seq);
        let first = kept.events.partition_point(is_known);
        Recent::Events(kept.events.range(first..).take(at_most).cloned().collect())
    }

    /// The number of the newest event that live views can be told of. Waits for the follower to begin.
    pub async fn newest(&self) -> i64 {
        self.newest_when(|_| true).await
    }

    /// Waits until there is an event after number `seq`.
    pub async fn wait_after(&self, seq: i64) {
        self.newest_when(|newest| newest > seq).await;
    }

    async fn newest_when(&self, fits: impl Fn(i64) -> bool) -> i64 {
        let mut newest = self.0.newest.subscribe();
        let fitting = newest.wait_for(|newest| newest.is_some_and(&fits)).await;
        // `Err` means that the sender is gone, and it lives in `self`.
        fitting.ok().and_then(|newest| *newest).unwrap_or_default()
    }

    /// Every change of a job from now on, and [`News::Unsure`] where some may have been missed.
    #[must_use]
    pub fn jobs(&self) -> broadcast::Receiver<News> {
        self.0.jobs.subscribe()
    }

    /// Tells live views, here and elsewhere, that jobs changed.
    pub(crate) fn jobs_changed(&self, changes: Vec<JobChange>) {
        if !changes.is_empty() {
            let news = News::Jobs(changes);
            self.tell_jobs(news.clone());
            self.0.neighbours.tell(news);
        }
    }

    fn tell_jobs(&self, news: News) {
        let _ = self.0.jobs.send(news); // Nobody listens: nothing to tell.
    }

    /// Events were committed in this process.
    pub(crate) fn wake_sequencer(&self) {
        self.0.committed.notify_one();
    }

    /// Waits for events that were committed in this process.
    pub(super) async fn committed(&self) {
        self.0.committed.notified().await;
    }

    /// Audit entries were committed in this process.
    pub(crate) fn wake_audit(&self) {
        self.0.audited.notify_one();
    }

    /// Waits for audit entries that were committed in this process.
    pub(crate) async fn audited(&self) {
        self.0.audited.notified().await;
    }

    /// Events were numbered in this process.
    pub(super) fn were_numbered(&self) {
        self.0.numbered.notify_one();
        self.0.neighbours.tell(News::Events);
    }

    /// Waits for events that were numbered, here or elsewhere.
    pub(super) async fn numbered(&self) {
        self.0.numbered.notified().await;
    }

    /// The follower begins: live views are told of what comes after number `seq`.
    pub(super) fn begin(&self, seq: i64) {
        *self.kept() = Kept {
            events: VecDeque::new(),
            dropped: seq,
        };
        self.0.newest.send_replace(Some(seq));
    }

    /// Keeps further events, in order, and lets go of the oldest.
    pub(super) fn keep(&self, events: Vec<event::Model>) {
        let newest = events.last().and_then(|event| event.seq);
        let mut kept = self.kept();
        kept.events.extend(events.into_iter().map(Arc::new));
        while kept.events.len() > self.0.capacity {
            let oldest = kept.events.pop_front();
            kept.dropped = oldest.and_then(|event| event.seq).unwrap_or(kept.dropped);
        }
        drop(kept);
        if newest.is_some() {
            self.0.newest.send_replace(newest);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    fn event(seq: i64) -> event::Model {
        event::Model {
            id: ::entity::EventId(Uuid::from_u128(1)),
            seq: Some(seq),
            workspace_id: WorkspaceId(Uuid::from_u128(2)),
            kind: "test".to_owned(),
            subject: Uuid::from_u128(3),
            data: serde_json::Value::Null,
            at: DateTime::UNIX_EPOCH,
        }
    }

    fn numbers(recent: Recent) -> Option<Vec<i64>> {
        match recent {
            Recent::Events(events) => Some(events.iter().filter_map(|event| event.seq).collect()),
            Recent::Behind => None,
        }
    }

    #[tokio::test]
    async fn what_is_kept_is_told_in_order_and_what_is_not_is_said() {
        let events = Events::keeping(3, Arc::new(Alone));
        events.begin(10);
        assert_eq!(numbers(events.recent(10, 9)), Some(vec![]));
        assert_eq!(numbers(events.recent(9, 9)), None, "number 10 is only in the table");
        events.keep(vec![event(11), event(12), event(13)]);
        assert_eq!(numbers(events.recent(10, 9)), Some(vec![11, 12, 13]));
        assert_eq!(numbers(events.recent(12, 9)), Some(vec![13]));
        assert_eq!(numbers(events.recent(10, 2)), Some(vec![11, 12]));
        events.keep(vec![event(14)]);
        assert_eq!(numbers(events.recent(10, 9)), None, "number 11 was let go");
        assert_eq!(numbers(events.recent(11, 9)), Some(vec![12, 13, 14]));
        assert_eq!(events.newest().await, 14);
        events.wait_after(13).await;
    }
}
