//! The popping side: waits at Redis for ids, on a connection of its own.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::jobs::Nudge;
use redis::aio::MultiplexedConnection;
use redis::{Client, RedisResult, Script};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::keys::{self, Keys};
use super::link::{self, Link};
use crate::transport::{MemoryTransport, Source as _, Turns};

/// How long one question waits at Redis for an id, which is also how late a stop may be noticed. A push ends it at once.
const BLOCK: Duration = Duration::from_millis(500);

/// The longest an answer may take before Redis counts as away. Must leave room for [`BLOCK`].
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// How long putting ids back may take.
const PUT_BACK_WITHIN: Duration = Duration::from_secs(1);

/// How often members that are no ids are worth a line in the log.
const TELL_EVERY: Duration = Duration::from_mins(1);

/// Takes ids out of the queues.
#[derive(Debug)]
pub(super) struct Popper {
    client: Client,
    keys: Keys,
    is_up: Arc<AtomicBool>,
    /// Where this process's own ids wait while Redis is away.
    outage: Arc<MemoryTransport>,
    /// One question at a time: Redis answers a connection in order, and this one's questions wait there.
    popping: Mutex<Popping>,
}

#[derive(Debug)]
struct Popping {
    link: Link,
    turns: Turns,
    told_of_others: Option<Instant>,
}

/// What Redis answers: the queue, and members with their scores. `None` when nothing came within [`BLOCK`].
type Answer = Option<(Vec<u8>, Vec<(Vec<u8>, f64)>)>;

impl Popper {
    pub(super) fn new(client: Client, keys: Keys, outage: Arc<MemoryTransport>) -> Self {
        let is_up = Arc::new(AtomicBool::new(true)); // Until it is known better: not every process pops.
        let link = Link::new(
            client.clone(),
            "ids of jobs are popped again",
            ANSWER_WITHIN,
            is_up.clone(),
        );
        Self {
            client,
            keys,
            is_up,
            outage,
            popping: Mutex::new(Popping {
                link,
                turns: Turns::default(),
                told_of_others: None,
            }),
        }
    }

    /// Whether nothing bad was heard from Redis last.
    pub(super) fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Relaxed)
    }

    /// See [`crate::Source::pop`]. Only the waits for a turn and for a connection are cut short by `stop`: an answer on its way
    /// holds ids that are in Redis no more.
    pub(super) async fn pop(&self, at_most: NonZeroUsize, stop: &CancellationToken) -> Vec<Nudge> {
        let Some(mut popping) = stop.run_until_cancelled(self.popping.lock()).await else {
            return Vec::new();
        };
        while !stop.is_cancelled() {
            let of_outage = self.outage.take(at_most);
            if !of_outage.is_empty() {
                return of_outage;
            }
            // Nothing is under way at Redis while a connection is made: this wait alone may be cut short.
            let mut connection = tokio::select! {
                connection = popping.link.connected() => connection,
                of_outage = self.outage.pop(at_most, stop) => return of_outage,
            };
            match self.ask(&mut connection, &mut popping.turns, at_most).await {
                Ok(answer) => {
                    popping.link.succeeded();
                    let nudges = answer.map(|answer| self.read(answer, &mut popping.told_of_others));
                    if let Some(nudges) = nudges.filter(|nudges| !nudges.is_empty()) {
                        return nudges;
                    }
                }
                Err(error) => popping.link.failed(&error),
            }
        }
        Vec::new()
    }

    async fn ask(
        &self,
        connection: &mut MultiplexedConnection,
        turns: &mut Turns,
        at_most: NonZeroUsize,
    ) -> RedisResult<Answer> {
        let [first, second] = turns.take().map(|queue| self.keys.of(queue));
        redis::cmd("BZMPOP")
            .arg(BLOCK.as_secs_f64())
            .arg(2)
            .arg(first)
            .arg(second)
            .arg("MIN")
            .arg("COUNT")
            .arg(at_most.get())
            .query_async(connection)
            .await
    }

    /// The nudges in an answer. Members that are no ids are left out.
    fn read(&self, (key, members): (Vec<u8>, Vec<(Vec<u8>, f64)>), told: &mut Option<Instant>) -> Vec<Nudge> {
        let queue = self.keys.queue(&key);
        let popped = members.len();
        let nudges: Vec<Nudge> = members
            .iter()
            .filter_map(|(member, _)| keys::id(member))
            .map(|job| Nudge { job, queue })
            .collect();
        let others = popped - nudges.len();
        if others > 0 && told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            *told = Some(Instant::now());
            let key = self.keys.of(queue);
            warn!(
                others,
                "ignored what is no id of a job in {key}: does another program write there?"
            );
        }
        nudges
    }

    /// See [`crate::Source::put_back`]. This happens when a worker stops, so it makes a connection of its own for it.
    pub(super) async fn put_back(&self, nudges: &[Nudge]) {
        if nudges.is_empty() {
            return;
        }
        if let Err(error) = self.try_put_back(nudges).await {
            let (count, error) = (nudges.len(), &error as &dyn std::error::Error);
            warn!(
                error,
                "could not put {count} ids of jobs back into Redis; the sweep will find the jobs"
            );
        }
    }

    async fn try_put_back(&self, nudges: &[Nudge]) -> RedisResult<()> {
        let script = Script::new(include_str!("put_back.lua"));
        let mut connection = link::connect(&self.client, &link::config(PUT_BACK_WITHIN)).await?;
        self.keys.call(&script, nudges).invoke_async(&mut connection).await
    }
}
