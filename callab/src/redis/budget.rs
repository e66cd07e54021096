//! The budget of requests at Twilio that all processes share.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use redis::{Client, RedisResult, Script};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::debug;
use twilio::{AccountSid, Budget, InProcessBudget, Permit, Region};

use super::release::{self, Release};
use super::shared::{Live, Shared};

/// The longest that Redis may take for an answer before it counts as away.
const ANSWER_WITHIN: Duration = Duration::from_millis(250);

/// The waits between two looks for a free place, each plus a random part up to its own length: 5 to 50 ms.
const LOOKS: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(5))
    .with_max_delay(Duration::from_millis(25))
    .without_max_times()
    .with_jitter();

/// How often one request asks Redis in vain before it goes out without.
const ATTEMPTS: usize = 2;

/// How [`RedisBudget`] shares out.
#[derive(Clone, Debug)]
pub struct RedisBudgetConfig {
    /// What every key begins with.
    pub prefix: String,
    /// What this process is called among those that share the budget. No other may have the name, nor may its next start.
    pub process: String,
    /// Requests under way at the same time for one account and region, in all processes together.
    pub max_in_flight: usize,
    /// After what time a request counts as over though nobody said so: its process has died. Longer than any request takes.
    pub lease: Duration,
}

/// The budget of all processes that share a Redis.
///
/// A request takes a place in this process first, in line, and then one in Redis. While Redis is away each process sends one
/// request at a time for each account; those still under way when it is back are not counted.
pub struct RedisBudget {
    config: RedisBudgetConfig,
    acquire: Script,
    slow_down: Script,
    redis: Shared,
    /// The places in this process: as many as in Redis.
    slots: InProcessBudget,
    /// Who looks for a place in Redis: one for each account, so that a crowd does not crowd Redis.
    looking: InProcessBudget,
    /// Who sends without Redis: one for each account.
    alone: InProcessBudget,
    requests: AtomicU64,
    releases: mpsc::UnboundedSender<Release>,
}

impl fmt::Debug for RedisBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBudget")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// What an account's state is called in Redis.
struct Keys {
    holders: String,
    pause: String,
}

/// A place in Redis, or perhaps one: it is given back when this is dropped, whether or not Redis ever gave it.
struct Held {
    release: Option<Release>,
    releases: mpsc::UnboundedSender<Release>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            let _ = self.releases.send(release); // Without a runtime there is nobody to do it; the lease ends.
        }
    }
}

impl RedisBudget {
    /// Begins to connect and answers at once.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    #[must_use]
    pub fn new(client: Client, config: RedisBudgetConfig) -> Self {
        let acquire = include_str!("acquire.lua");
        let mut probe = redis::cmd("EVAL");
        let probed = Keys::new(&config.prefix, "probe");
        probe.arg(acquire).arg(2).arg(probed.holders).arg(probed.pause);
        probe.arg(&config.process).arg(1).arg(1);
        let while_away = "requests at Twilio go out one at a time for each account";
        let redis = Shared::open(client, ANSWER_WITHIN, probe, while_away);
        let (releases, to_release) = mpsc::unbounded_channel();
        tokio::spawn(release::run(to_release, redis.clone()));
        Self {
            acquire: Script::new(acquire),
            slow_down: Script::new(include_str!("slow_down.lua")),
            redis,
            slots: InProcessBudget::new(config.max_in_flight),
            looking: InProcessBudget::new(1),
            alone: InProcessBudget::new(1),
            requests: AtomicU64::new(0),
            releases,
            config,
        }
    }

    /// Whether the budget is shared now, as far as is known: a silence is noticed by the next request. `false` until the first
    /// connection stands.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.redis.is_up()
    }

    /// A place to ask for. Made before: an answer that nobody waits for any more may have been a yes.
    fn new_held(&self, keys: &Keys) -> Held {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        Held {
            release: Some(Release {
                holders: keys.holders.clone(),
                holder: format!("{}/{number}", self.config.process),
                until: Instant::now() + self.config.lease,
                slot: None,
            }),
            releases: self.releases.clone(),
        }
    }

    /// Looks for a place in Redis until there is one. Sits out the account's pauses.
    async fn look(&self, live: &Live, keys: &Keys, held: &mut Held) -> RedisResult<()> {
        let Some(release) = &mut held.release else {
            return Ok(());
        };
        let mut connection = live.connection.clone();
        let mut looks = LOOKS.build();
        let mut call = self.acquire.key(&keys.holders);
        call.key(&keys.pause).arg(&release.holder);
        call.arg(self.config.max_in_flight).arg(milliseconds(self.config.lease));
        loop {
            let answer: i64 = call.invoke_async(&mut connection).await?;
            if answer == 0 {
                release.until = Instant::now() + self.config.lease;
                return Ok(());
            }
            let paused = Duration::from_millis(u64::try_from(answer).unwrap_or(0));
            tokio::time::sleep(paused + looks.next().unwrap_or_default()).await;
        }
    }
}

#[async_trait]
impl Budget for RedisBudget {
    async fn acquire(&self, sid: &AccountSid, region: Region) -> Permit {
        let slot = self.slots.acquire(sid, region).await;
        let keys = Keys::of(&self.config.prefix, sid, region);
        let mut failures = 0;
        while failures < ATTEMPTS {
            let looking = self.looking.acquire(sid, region).await;
            let Some(live) = self.redis.get().await else {
                drop(looking);
                tokio::select! {
                    alone = self.alone.acquire(sid, region) => return Permit::new((alone, slot)),
                    () = self.redis.up() => continue,
                }
            };
            let mut held = self.new_held(&keys);
            match self.look(&live, &keys, &mut held).await {
                Ok(()) => {
                    if let Some(release) = &mut held.release {
                        release.slot = Some(slot);
                    }
                    return Permit::new(held);
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    debug!(account.sid = %sid, error, "could not take a place in the budget of {sid}");
                    self.redis.lost(&live);
                    failures += 1;
                }
            }
        }
        Permit::new((self.alone.acquire(sid, region).await, slot))
    }

    async fn slow_down(&self, sid: &AccountSid, region: Region, pause: Duration) {
        self.slots.slow_down(sid, region, pause).await;
        self.alone.slow_down(sid, region, pause).await;
        let Some(live) = self.redis.get().await else {
            return;
        };
        let keys = Keys::of(&self.config.prefix, sid, region);
        let mut call = self.slow_down.key(&keys.pause);
        call.arg(milliseconds(pause));
        if let Err(error) = call.invoke_async::<()>(&mut live.connection.clone()).await {
            let error = &error as &dyn std::error::Error;
            debug!(account.sid = %sid, error, "could not tell other processes to slow down for {sid}");
            self.redis.lost(&live);
        }
    }
}

impl Keys {
    fn of(prefix: &str, sid: &AccountSid, region: Region) -> Self {
        Self::new(prefix, &format!("{sid}:{region}"))
    }

    fn new(prefix: &str, account: &str) -> Self {
        Self {
            holders: format!("{prefix}:twilio:{account}:in-flight"),
            pause: format!("{prefix}:twilio:{account}:pause"),
        }
    }
}

/// Whole milliseconds, 1 or more: Redis knows no shorter time.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}
