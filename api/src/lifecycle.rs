//! Starting, serving, draining: what readiness tells and open sockets follow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The life of one process. Cheap to clone; every clone is the same life.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    stop: CancellationToken,
    serving: Arc<AtomicBool>,
    sockets: TaskTracker,
}

impl Lifecycle {
    /// A life that starts now and drains once `stop` is cancelled.
    #[must_use]
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            stop,
            serving: Arc::default(),
            sockets: TaskTracker::new(),
        }
    }

    /// Says that requests are accepted from now on.
    pub fn serving(&self) {
        self.serving.store(true, Ordering::Release);
    }

    /// Whether no request is accepted yet.
    #[must_use]
    pub fn is_starting(&self) -> bool {
        !self.serving.load(Ordering::Acquire)
    }

    /// Whether the process is about to end.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Cancelled when the process is to end.
    #[must_use]
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// The open sockets: the process ends after the last has said goodbye.
    #[must_use]
    pub fn sockets(&self) -> &TaskTracker {
        &self.sockets
    }
}
