//! How a worker runs.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::{Handlers, jobs};

/// How a worker runs. The leases of its jobs are [`domain::Limits::lease`].
#[derive(Clone, Debug)]
pub struct Options {
    /// What the worker is called in the rows it claims; its start adds an id, so that no two workers share a name.
    pub name: String,
    /// How many jobs run at a time.
    pub slots: NonZeroUsize,
    /// How long running jobs may take to finish after a stop. What still runs then is handed back, which takes a moment more.
    pub stop_within: Duration,
    /// How often rows are looked through for what was lost: due jobs that nobody was told of, and leases that ran out.
    pub sweep_every: Duration,
    /// How often accounts are looked through for checks and syncs that have become due.
    pub recurring_every: Duration,
    /// How late a delayed job may start that another process wrote; this worker's own start on time.
    pub look_ahead_every: Duration,
    /// The kinds of jobs it works.
    pub handlers: Handlers,
    /// Where chance comes from, to spread retries.
    pub jitter: Jitter,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "worker".to_owned(),
            slots: const { NonZeroUsize::new(16).unwrap() },
            stop_within: Duration::from_secs(20),
            sweep_every: Duration::from_secs(30),
            recurring_every: Duration::from_secs(5),
            look_ahead_every: Duration::from_secs(1),
            handlers: jobs::handlers(),
            jitter: Jitter::default(),
        }
    }
}

/// Where chance comes from.
#[derive(Clone)]
pub struct Jitter(Arc<dyn Fn() -> f64 + Send + Sync>);

impl Jitter {
    /// Takes chance from `roll`, which answers anything from 0 to 1.
    pub fn new(roll: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(roll))
    }

    /// Anything from 0 to 1.
    pub(crate) fn roll(&self) -> f64 {
        (self.0)()
    }
}

impl Default for Jitter {
    /// The operating system's chance; the middle where it gives none.
    fn default() -> Self {
        Self::new(|| getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX)))
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jitter")
    }
}
