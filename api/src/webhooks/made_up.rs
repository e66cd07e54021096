//! References that strangers make up: each is a read of the database that finds nothing.
//!
//! They are not counted by address, since Twilio's own can be made to send them. All of them together have so many places, and a read that
//! found nothing keeps its place for a while: so many a second find nothing at most. Who comes on top is answered without a read. A read
//! that finds something gives its place back at once, so that no number of good ones is held up; and what was found before needs none.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use lru::LruCache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;
use tracing::warn;

/// How many reads of references that were not found before there are at a time, those that found nothing a moment ago among them. An
/// indexed read that finds nothing takes a database a tenth of a millisecond.
const PLACES: usize = 2_000;

/// How long a read that found nothing keeps its place.
const KEPT: Duration = Duration::from_secs(1);

/// How many references that were found are remembered: those that were asked last, in some 15 MB at most. Nobody but us adds to them.
const MOST_KNOWN: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

/// Holds reads that find nothing to so many in a time. One for the process.
pub(super) struct MadeUp {
    known: Mutex<LruCache<Box<str>, ()>>,
    places: Arc<Semaphore>,
    kept: Duration,
    told: DefaultDirectRateLimiter,
}

/// A read that may be made.
#[derive(Debug)]
#[must_use]
pub(super) struct Read {
    /// None for what was found before.
    place: Option<OwnedSemaphorePermit>,
}

impl Default for MadeUp {
    fn default() -> Self {
        Self::new(PLACES, KEPT)
    }
}

impl MadeUp {
    /// So many reads that find nothing in this time.
    pub(super) fn new(places: usize, kept: Duration) -> Self {
        Self {
            known: Mutex::new(LruCache::new(MOST_KNOWN)),
            places: Arc::new(Semaphore::new(places)),
            kept,
            told: RateLimiter::direct(Quota::per_minute(NonZeroU32::MIN)),
        }
    }

    /// Whether this reference may be looked up now; the log says once a minute that some may not.
    pub(super) fn admit(&self, reference: &str) -> Option<Read> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.get(reference).is_some() {
            return Some(Read { place: None });
        }
        drop(known);
        let place = self.places.clone().try_acquire_owned();
        if place.is_err() && self.told.check().is_ok() {
            warn!(
                "webhooks are answered with 503 without a look at the database: more come with references that lead nowhere than are \
                 looked up in a second"
            );
        }
        Some(Read {
            place: Some(place.ok()?),
        })
    }

    /// Something stands behind the reference.
    pub(super) fn found(&self, reference: &str, read: Read) {
        if let Some(place) = read.place {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.put(reference.into(), ());
            drop(place);
        }
    }

    /// Nothing stands behind the reference, or nothing any more.
    pub(super) fn found_nothing(&self, reference: &str, read: Read) {
        let Some(place) = read.place else {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.pop(reference);
            return;
        };
        let kept = self.kept;
        tokio::spawn(async move {
            sleep(kept).await;
            drop(place);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_finds_nothing_keeps_its_place_for_a_while() {
        let all = MadeUp::new(2, Duration::from_millis(50));
        for reference in ["a", "b"] {
            all.found_nothing(reference, all.admit(reference).unwrap());
        }
        assert!(all.admit("c").is_none());
        while all.admit("c").is_none() {
            sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn what_is_found_needs_a_place_once_and_gives_it_back() {
        let all = MadeUp::new(2, Duration::from_mins(1));
        for n in 0..100 {
            let reference = n.to_string();
            all.found(&reference, all.admit(&reference).unwrap());
        }
        for reference in ["a", "b"] {
            all.found_nothing(reference, all.admit(reference).unwrap());
        }
        assert!(all.admit("c").is_none());
        let again = all.admit("7").expect("it was found before");
        all.found_nothing("7", again);
        assert!(
            all.admit("7").is_none(),
            "what leads nowhere any more is like all others"
        );
        assert!(all.admit("8").is_some());
    }

    #[tokio::test]
    async fn a_read_that_fails_gives_its_place_back() {
        let all = MadeUp::new(1, Duration::from_mins(1));
        drop(all.admit("a").unwrap());
        assert!(all.admit("b").is_some());
    }
}
