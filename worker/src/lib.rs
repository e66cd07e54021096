//! Runs the jobs: claims their rows, works them, writes how they ended, and keeps the timetable.
//!
//! A job is a row; the transport carries its id ([`domain::jobs`] says why). An id travels
//! [`Source`] → apalis → runner → handler, and only the runner decides what becomes of the row. apalis brings concurrency,
//! tracing and the graceful stop, and hears of no failure.
//!
//! [`run`] is a worker; [`drain`] runs what is due and returns, for tests. To add a kind of job: `docs/adding-a-job.md`. To add a
//! transport: `transport/mod.rs`.

mod batch;
mod drain;
mod due;
mod gauges;
mod handlers;
pub mod jobs;
pub mod metrics;
mod options;
mod run;
mod runner;
mod schedule;
mod transport;

pub use batch::BatchError;
pub use drain::{DrainError, drain};
pub use gauges::measure;
pub use handlers::Handlers;
pub use options::{Jitter, Options};
pub use run::{WorkerError, run};
pub use runner::Ran;
pub use transport::{MemoryTransport, RedisTransport, Source};
