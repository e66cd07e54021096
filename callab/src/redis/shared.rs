//! One connection that many use at the same time, made again whenever it breaks.

use std::sync::Arc;
use std::time::Duration;

use backon::BackoffBuilder;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, RedisResult};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use tracing::{info, warn};

use super::BACKOFF;

/// The longest that making a connection may take, with TLS and the log-in.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// The connection, and a task that keeps it. Cheap to clone; the task ends with the last clone.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    state: watch::Receiver<State>,
    lost: watch::Sender<u64>,
    answer_within: Duration,
    _keeper: Arc<AbortOnDropHandle<()>>,
}

#[derive(Clone, Debug)]
enum State {
    /// Not known: the first connection, or one after a failure, is being made.
    Connecting,
    Up(Live),
    Away,
}

/// A connection that worked when it was made.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) connection: MultiplexedConnection,
    /// Which of the connections made so far it is.
    number: u64,
}

impl Shared {
    /// Begins to connect. `probe` has to succeed on a connection before anyone gets it: one that stands proves little, as the
    /// server may be too old, full or read-only. `while_away` is for the log: what happens without Redis.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub(super) fn open(client: Client, answer_within: Duration, probe: Cmd, while_away: &'static str) -> Self {
        let (state, watched) = watch::channel(State::Connecting);
        let (lost, told_of_lost) = watch::channel(0);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(Some(answer_within));
        let keeper = Keeper {
            client,
            config,
            probe,
            while_away,
            state,
            lost: told_of_lost,
        };
        Self {
            state: watched,
            lost,
            answer_within,
            _keeper: Arc::new(AbortOnDropHandle::new(tokio::spawn(keeper.run()))),
        }
    }

    /// The connection. `None` when Redis is away, or when that is not known soon.
    pub(super) async fn get(&self) -> Option<Live> {
        let mut state = self.state.clone();
        let known = state.wait_for(|state| !matches!(state, State::Connecting));
        match &*tokio::time::timeout(self.answer_within, known).await.ok()?.ok()? {
            State::Up(live) => Some(live.clone()),
            State::Connecting | State::Away => None,
        }
    }

    /// Whether there is a connection, as far as is known.
    pub(super) fn is_up(&self) -> bool {
        matches!(&*self.state.borrow(), State::Up(_))
    }

    /// Waits until there is a connection.
    pub(super) async fn up(&self) {
        let mut state = self.state.clone();
        if state.wait_for(|state| matches!(state, State::Up(_))).await.is_err() {
            std::future::pending::<()>().await; // The keeper ended with the runtime.
        }
    }

    /// Says that a connection failed. Of those who say so of the same one the first brings about a new one.
    pub(super) fn lost(&self, live: &Live) {
        self.lost.send_if_modified(|lost| {
            let is_news = *lost < live.number;
            *lost = live.number.max(*lost);
            is_news
        });
    }
}

/// The task that makes connections.
struct Keeper {
    client: Client,
    config: AsyncConnectionConfig,
    probe: Cmd,
    while_away: &'static str,
    state: watch::Sender<State>,
    lost: watch::Receiver<u64>,
}

impl Keeper {
    async fn run(mut self) {
        let address = self.client.get_connection_info().addr().clone();
        let mut waits = None;
        let mut number = 0;
        loop {
            match self.connect().await {
                Ok(connection) => {
                    if waits.take().is_some() {
                        info!(redis.address = %address, "Redis at {address} is back");
                    }
                    number += 1;
                    self.state.send_replace(State::Up(Live { connection, number }));
                    if self.lost.wait_for(|lost| *lost >= number).await.is_err() {
                        return; // Nobody is left.
                    }
                    self.state.send_replace(State::Connecting);
                }
                Err(error) => {
                    if waits.is_none() {
                        let error = &error as &dyn std::error::Error;
                        warn!(redis.address = %address, error, "Redis at {address} is away: {}", self.while_away);
                    }
                    self.state.send_replace(State::Away);
                    let wait = waits.get_or_insert_with(|| BACKOFF.build()).next();
                    tokio::time::sleep(wait.unwrap_or(CONNECT_WITHIN)).await;
                }
            }
        }
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let made = self.client.get_multiplexed_async_connection_with_config(&self.config);
        let mut connection = made.await?;
        self.probe.query_async::<()>(&mut connection).await?;
        Ok(connection)
    }
}
