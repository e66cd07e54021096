//! Room for heavy operations: so much is carried out at the same time in this process. What comes on top waits a moment for its turn, and
//! is refused then, so that memory is bounded and light operations are answered at once however many heavy ones come. Each person waits
//! for a share of their own first: of all that waits for the room no more is theirs than that, however much they ask for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::available_parallelism;
use std::time::Duration;

use async_graphql::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::error;
use crate::metrics;
use crate::person::Person;

/// The code of an operation for which there was no room.
const BUSY: &str = "BUSY";

/// When one that was refused may come again, in seconds.
pub const RETRY_AFTER_S: u64 = 1;

/// What an operation costs that needs no turn. A page of 25 rows with a dozen fields each is one.
const LIGHT: usize = 500;

/// The cost of what is carried out at the same time, for each processor. The heaviest operation takes all of it.
const PER_PROCESSOR: usize = 5_000;

/// How long an operation waits for its turn.
const WAITS: Duration = Duration::from_millis(500);

/// Of the room so much is one person's at the same time: half.
const SHARE: u32 = 2;

/// The room of one process. Cheap to clone; every clone is the same room.
#[derive(Clone, Debug)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    size: u32,
    waits: Duration,
    shares: Shares,
    /// The same for light results of subscriptions.
    results: Shares,
}

/// The shares of those who have a turn, or wait for one.
type Shares = Arc<Mutex<HashMap<Person, Weak<Semaphore>>>>;

/// A turn: what is taken up for it, until it is dropped. Nothing for what needs none.
pub(super) type Turn = Vec<OwnedSemaphorePermit>;

impl Room {
    /// As much as this machine's processors carry.
    pub(super) fn of_this_machine() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self::new(PER_PROCESSOR.saturating_mul(processors), WAITS)
    }

    fn new(size: usize, waits: Duration) -> Self {
        let size = permits(size.min(Semaphore::MAX_PERMITS));
        Self {
            free: Arc::new(Semaphore::new(size as usize)),
            size,
            waits,
            shares: Arc::default(),
            results: Arc::default(),
        }
    }

    /// Takes a turn of this person's for what costs so much.
    ///
    /// # Errors
    /// With the answer to one that has waited long enough.
    pub(super) async fn take(&self, of: &Person, cost: usize) -> Result<Turn, Response> {
        let turn = timeout(self.waits, self.wait_for_room(of, cost)).await;
        turn.map_err(|_| {
            busy(
                "room",
                "Too much is asked for at the moment, and nothing of this was carried out. Send it again in a second.",
            )
        })
    }

    /// The same for a result of a subscription, which waits as long as it takes: to begin it again would cost more. A light one has its turn,
    /// too, among this person's, in a share that is no part of the room: each event may be the cause of thousands.
    pub(super) async fn wait(&self, of: &Person, cost: usize) -> Turn {
        if cost <= LIGHT {
            return self
                .wait_for_share(&self.results, of, LIGHT)
                .await
                .into_iter()
                .collect();
        }
        self.wait_for_room(of, cost).await
    }

    async fn wait_for_room(&self, of: &Person, cost: usize) -> Turn {
        if cost <= LIGHT {
            return Turn::new();
        }
        let share = self.wait_for_share(&self.shares, of, cost).await;
        let room = self
            .free
            .clone()
            .acquire_many_owned(permits(cost).min(self.size))
            .await
            .ok();
        share.into_iter().chain(room).collect()
    }

    /// None is never answered: no semaphore here is ever closed.
    async fn wait_for_share(&self, shares: &Shares, of: &Person, cost: usize) -> Option<OwnedSemaphorePermit> {
        let cost = permits(cost).min(self.size / SHARE);
        self.share(shares, of).acquire_many_owned(cost).await.ok()
    }

    fn share(&self, shares: &Shares, of: &Person) -> Arc<Semaphore> {
        let mut shares = shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(of).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new((self.size / SHARE) as usize));
        shares.insert(of.clone(), Arc::downgrade(&share));
        share
    }
}

fn permits(cost: usize) -> u32 {
    u32::try_from(cost).unwrap_or(u32::MAX)
}

/// The answer to what is not carried out for want of `what`.
pub(super) fn busy(what: &'static str, message: &str) -> Response {
    metrics::refused(BUSY, what);
    let mut error = error::coded(BUSY, message);
    error
        .extensions
        .get_or_insert_default()
        .set("retryAfter", RETRY_AFTER_S);
    Response::from_errors(vec![error])
}

/// Whether an answer says that there was no room.
pub(crate) fn is_busy(response: &Response) -> bool {
    let code = response
        .errors
        .first()
        .and_then(|error| error.extensions.as_ref()?.get("code"));
    code == Some(&BUSY.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAVY: usize = 600;

    fn somebody(name: &str) -> Person {
        (None, name.to_owned())
    }

    #[tokio::test]
    async fn light_operations_pass_where_heavy_ones_wait_and_are_refused() {
        let room = Room::new(1_000, Duration::from_millis(100));
        let (one, other) = (somebody("one"), somebody("other"));
        let running = room.take(&one, HEAVY).await.unwrap();
        let refused = room.take(&other, HEAVY).await.unwrap_err();
        assert!(is_busy(&refused), "{refused:?}");
        assert!(room.take(&other, LIGHT).await.is_ok());
        drop(running);
        assert!(room.take(&other, HEAVY).await.is_ok(), "the turn was given back");
    }

    /// One that costs more than there is room for has the room for itself.
    #[tokio::test]
    async fn the_heaviest_fits() {
        let room = Room::new(1_002, Duration::from_millis(100));
        let running = room.take(&somebody("one"), 50_000).await.unwrap();
        assert!(!running.is_empty());
        assert!(room.take(&somebody("other"), LIGHT + 1).await.is_err());
    }

    /// Of somebody who asks for much, no more waits before others than their share.
    #[tokio::test]
    async fn who_asks_for_much_waits_for_themselves() {
        let room = Room::new(4 * HEAVY, Duration::from_secs(10));
        let (greedy, other) = (somebody("greedy"), somebody("other"));
        let _theirs = [room.take(&greedy, HEAVY).await, room.take(&greedy, HEAVY).await];
        let more: Vec<_> = (0..100)
            .map(|_| {
                let (room, greedy) = (room.clone(), greedy.clone());
                tokio::spawn(async move { room.wait(&greedy, HEAVY).await })
            })
            .collect();
        tokio::task::yield_now().await;
        let at_once = Duration::from_millis(50);
        let turn = timeout(at_once, room.take(&other, 2 * HEAVY)).await;
        assert!(turn.expect("no wait").is_ok());
        assert!(more.iter().all(|waits| !waits.is_finished()));
        more.iter().for_each(tokio::task::JoinHandle::abort);
    }

    /// One event may be the cause of thousands of light results of one person's subscriptions: they come one after another, and hold up
    /// neither others nor what else this person asks for.
    #[tokio::test]
    async fn light_results_of_one_person_are_made_a_few_at_a_time() {
        let room = Room::new(SHARE as usize * 3 * LIGHT, Duration::from_secs(10));
        let (one, other) = (somebody("one"), somebody("other"));
        let at_once = Duration::from_millis(50);
        let mut running = Vec::new();
        for _ in 0..10 {
            running.extend(timeout(at_once, room.wait(&one, 1)).await);
        }
        assert_eq!(running.len(), 3);
        assert!(timeout(at_once, room.wait(&other, 1)).await.is_ok());
        assert!(timeout(at_once, room.take(&one, 3 * LIGHT)).await.is_ok());
        running.pop();
        assert!(
            timeout(at_once, room.wait(&one, 1)).await.is_ok(),
            "a turn was given back"
        );
    }

    #[tokio::test]
    async fn shares_are_remembered_of_those_who_have_one() {
        let room = Room::new(2 * HEAVY, Duration::from_millis(100));
        for name in ["a", "b", "c"] {
            drop(room.take(&somebody(name), HEAVY).await);
        }
        let _turn = room.take(&somebody("d"), HEAVY).await;
        assert_eq!(room.shares.lock().unwrap().len(), 1);
    }
}
