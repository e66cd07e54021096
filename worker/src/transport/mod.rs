//! How the ids of jobs that may start reach a worker.
//!
//! A transport has two sides: [`domain::jobs::Queue`] pushes, [`Source`] pops. It carries ids and nothing else, and may lose or
//! repeat them: the row in the table `job` is the truth. An id that waits is not added twice, since the sweep pushes whatever is
//! due again and again. [`Backend`] puts any source under apalis.
//!
//! To add a transport: a file here with a type that implements both sides, its lines in `tests/it/transport.rs`, which hold every
//! transport to the same contract, and its choice in the composition root.

mod backend;
mod memory;
mod redis;
mod turns;

use std::fmt::Debug;
use std::num::NonZeroUsize;

use async_trait::async_trait;
use domain::jobs::Nudge;
use tokio_util::sync::CancellationToken;

pub(crate) use backend::Backend;
pub use memory::MemoryTransport;
pub use redis::RedisTransport;
use turns::Turns;

/// The popping side of a transport.
///
/// It never fails: a transport that is away is waited for, with its own backoff, inside [`Source::pop`].
#[async_trait]
pub trait Source: Debug + Send + Sync {
    /// Takes ids out: at least one and at most `at_most`, urgent ones before routine ones, which still get their share. Waits
    /// until there is one.
    ///
    /// Answers what it has, which may be nothing, soon after `stop`. The future is always driven to its end, never dropped
    /// while it waits: an answer that is under way from another machine is not lost.
    async fn pop(&self, at_most: NonZeroUsize, stop: &CancellationToken) -> Vec<Nudge>;

    /// Puts ids back that were popped and not started, to be popped next.
    async fn put_back(&self, nudges: Vec<Nudge>);
}
