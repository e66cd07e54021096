//! What the processes of an installation share through Redis, besides the ids of jobs ([`worker::RedisTransport`]).
//!
//! Nothing in Redis is needed to be right, and it may be away at any time: each part says what it does then.

mod budget;
mod live;
mod release;
mod shared;

use std::time::Duration;

use anyhow::Context;
use backon::ExponentialBuilder;
use redis::Client;
use secrecy::ExposeSecret;

pub use budget::{RedisBudget, RedisBudgetConfig};
pub use live::RedisNeighbours;

use crate::config;

/// The waits between attempts while Redis is away, each plus a random part up to its own length.
const BACKOFF: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(50))
    .with_max_delay(Duration::from_secs(1))
    .without_max_times()
    .with_jitter();

/// What connects to the configured Redis. `None` where none is configured. Connects to nothing yet.
///
/// # Errors
/// When the address is none, which [`config::Config::load`] has refused before.
pub fn client(settings: &config::Redis) -> anyhow::Result<Option<Client>> {
    let open = |url: &secrecy::SecretString| Client::open(url.expose_secret());
    settings.url.as_ref().map(open).transpose().context("redis.url")
}
