//! A connection to Redis that is made again whenever it breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, RedisError, RedisResult};
use tokio::time::Instant;
use tracing::{info, warn};

/// The longest that making a connection may take, with TLS and the log-in.
pub(super) const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// The waits between attempts while Redis is away, each plus a random part up to its own length, so that not all processes
/// return at the same moment.
const BACKOFF: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(50))
    .with_max_delay(Duration::from_secs(1))
    .without_max_times()
    .with_jitter();

/// One side's connection, and whether Redis is there.
///
/// The first failure is answered with a new connection at once: servers close connections, and that is no outage. From the
/// second on Redis is away, which is logged once, until something succeeds.
#[derive(Debug)]
pub(super) struct Link {
    client: Client,
    config: AsyncConnectionConfig,
    /// What happens over it again once Redis is back, for the log.
    purpose: &'static str,
    connection: Option<MultiplexedConnection>,
    /// The waits to come. `None` while all is well.
    failing: Option<ExponentialBackoff>,
    not_before: Instant,
    is_away: bool,
    is_up: Arc<AtomicBool>,
}

impl Link {
    /// A link over which any answer has to come within `answer_within`. Nothing is connected yet.
    pub(super) fn new(client: Client, purpose: &'static str, answer_within: Duration, is_up: Arc<AtomicBool>) -> Self {
        Self {
            client,
            config: config(answer_within),
            purpose,
            connection: None,
            failing: None,
            not_before: Instant::now(),
            is_away: false,
            is_up,
        }
    }

    /// The connection there is, or one attempt to make one, after the wait that is due. `None` when it failed. May be dropped.
    pub(super) async fn attempt(&mut self) -> Option<MultiplexedConnection> {
        if self.connection.is_none() {
            tokio::time::sleep_until(self.not_before).await;
            match connect(&self.client, &self.config).await {
                Ok(connection) => self.connection = Some(connection),
                Err(error) => self.failed(&error),
            }
        }
        self.connection.clone()
    }

    /// The connection, however long it takes. May be dropped.
    pub(super) async fn connected(&mut self) -> MultiplexedConnection {
        loop {
            if let Some(connection) = self.attempt().await {
                return connection;
            }
        }
    }

    /// Host and port, for the log.
    pub(super) fn address(&self) -> &ConnectionAddr {
        self.client.get_connection_info().addr()
    }

    /// Whether the last that was done went well.
    pub(super) fn is_proven(&self) -> bool {
        self.failing.is_none() && self.is_up.load(Ordering::Relaxed)
    }

    /// Whether Redis was found to be away.
    pub(super) fn is_away(&self) -> bool {
        self.is_away
    }

    /// Notes that a command went well. A connection alone proves little: the server may be too old, full or read-only.
    pub(super) fn succeeded(&mut self) {
        self.failing = None;
        self.is_up.store(true, Ordering::Relaxed);
        if std::mem::take(&mut self.is_away) {
            let address = self.address();
            info!(redis.address = %address, "Redis at {address} is back: {}", self.purpose);
        }
    }

    /// Notes that a command or a connection failed. The next one goes over a new connection.
    pub(super) fn failed(&mut self, error: &RedisError) {
        self.connection = None;
        let Some(waits) = &mut self.failing else {
            self.failing = Some(BACKOFF.build());
            return;
        };
        self.not_before = Instant::now() + waits.next().unwrap_or(CONNECT_WITHIN);
        self.is_up.store(false, Ordering::Relaxed);
        if !std::mem::replace(&mut self.is_away, true) {
            let (address, error) = (self.address(), error as &dyn std::error::Error);
            warn!(redis.address = %address, error, "Redis at {address} is away: jobs are found in the database alone until {}", self.purpose);
        }
    }
}

/// A connection over which any answer has to come within `answer_within`.
pub(super) fn config(answer_within: Duration) -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_WITHIN))
        .set_response_timeout(Some(answer_within))
}

/// Makes one connection.
pub(super) async fn connect(client: &Client, config: &AsyncConnectionConfig) -> RedisResult<MultiplexedConnection> {
    client.get_multiplexed_async_connection_with_config(config).await
}
