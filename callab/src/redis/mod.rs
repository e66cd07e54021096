//! What the processes of one installation share through Redis, besides the ids of jobs: news of what changed.
//!
//! Nothing here is the truth of anything: Redis may be away or forget everything at any time.

mod live;

use anyhow::Context;
use redis::Client;
use secrecy::ExposeSecret;

use crate::config;

pub use live::RedisNeighbours;

/// A client of the configured Redis, which connects when it is used; none where one process does everything.
///
/// # Errors
/// When the address is none.
pub fn client(settings: &config::Redis) -> anyhow::Result<Option<Client>> {
    let Some(url) = &settings.url else { return Ok(None) };
    // The address may hold a password, and the library's error may quote it.
    let client = Client::open(url.expose_secret()).ok();
    client.map(Some).context("redis.url is no address of a Redis")
}
