//! The keys that an identity provider publishes (a JWK Set, RFC 7517): read again and again, so that it changes them without a
//! restart of ours.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::key_set::{self, Key};
use crate::metrics;

/// At most this often the keys are read for the sake of a token that names one which is not known: anybody can make such a token.
const AT_MOST_EVERY: Duration = Duration::from_secs(5);

/// How many tokens may wait at the same time for the next reading: each holds a request open for [`AT_MOST_EVERY`] at most.
const MOST_WAIT: usize = 100;

/// How soon they are read again that could not be read.
const RETRY: Duration = Duration::from_secs(10);

/// A signature algorithm whose keys may be published: anything but a shared secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicAlgorithm(Algorithm);

/// The text names no such algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or EdDSA")]
pub struct NotPublic;

impl FromStr for PublicAlgorithm {
    type Err = NotPublic;

    fn from_str(name: &str) -> Result<Self, NotPublic> {
        match Algorithm::from_str(name) {
            Ok(Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) | Err(_) => Err(NotPublic),
            Ok(algorithm) => Ok(Self(algorithm)),
        }
    }
}

/// Fetches the JWK Set.
#[async_trait]
pub trait FetchKeys: fmt::Debug + Send + Sync {
    /// The JSON text of the set.
    ///
    /// # Errors
    /// Why it could not be fetched, in words for the log.
    async fn fetch(&self) -> Result<String, String>;
}

/// No keys could be read since the start, so that nobody can say whether a token counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keys that tokens are signed with could not be read yet")]
pub struct KeysUnavailable;

/// The published keys, as far as they are known. What could not be read again is kept as it was.
pub struct PublishedKeys {
    source: Arc<dyn FetchKeys>,
    algorithm: Algorithm,
    known: RwLock<Option<Known>>,
    /// When they were last asked for; held while that goes on.
    asked: Mutex<Option<Instant>>,
    /// How long they are not asked for again.
    pause: Duration,
    /// The places of tokens that wait for the pause's end.
    waits: Semaphore,
}

/// What was read last.
struct Known {
    keys: Arc<[Key]>,
    at: Instant,
}

impl fmt::Debug for PublishedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishedKeys")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl PublishedKeys {
    /// None are known yet: see [`Self::keep_fresh`].
    #[must_use]
    pub fn new(source: Arc<dyn FetchKeys>, algorithm: PublicAlgorithm) -> Self {
        Self {
            source,
            algorithm: algorithm.0,
            known: RwLock::new(None),
            asked: Mutex::new(None),
            pause: AT_MOST_EVERY,
            waits: Semaphore::new(MOST_WAIT),
        }
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether they could be read at least once.
    #[must_use]
    pub fn are_known(&self) -> bool {
        self.keys().is_some()
    }

    /// How long ago they were read last; none if never.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.learnt_at().map(|at| at.elapsed())
    }

    /// Reads them now and every `every`, until `stop`. A key that was withdrawn is good for nothing after the next reading that succeeds.
    pub async fn keep_fresh(&self, every: Duration, stop: CancellationToken) {
        let reading = async {
            loop {
                let read = {
                    let mut asked = self.asked.lock().await;
                    self.read(&mut asked).await
                };
                sleep(if read { every } else { every.min(RETRY) }).await;
            }
        };
        stop.run_until_cancelled(reading).await;
    }

    /// Reads them for a token whose key is not known. Where they were read a moment ago it may be one that was published since: the token
    /// waits for the pause's end, as long as few do. Many who wait or ask at once share one reading.
    ///
    /// # Errors
    /// When that reading failed: the key may be one that was published since the last one that did not.
    pub(super) async fn read_again(&self) -> Result<(), KeysUnavailable> {
        let came = Instant::now();
        let mut asked = self.asked.lock().await;
        // A reading that ended after the token came is as good as its own; one that failed is told at once.
        if let Some(at) = asked.filter(|at| *at < came && self.learnt_at() == Some(*at)) {
            let Ok(_place) = self.waits.try_acquire() else {
                return Ok(());
            };
            drop(asked);
            sleep_until(at + self.pause).await;
            asked = self.asked.lock().await;
        }
        if asked.is_none_or(|at| at.elapsed() >= self.pause) {
            self.read(&mut asked).await;
        }
        let learnt_at = self.learnt_at();
        if learnt_at.is_some() && learnt_at == *asked {
            Ok(())
        } else {
            Err(KeysUnavailable)
        }
    }

    /// When they were read last, and could be.
    fn learnt_at(&self) -> Option<Instant> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|known| known.at)
    }

    /// Whether they could be read.
    async fn read(&self, asked: &mut Option<Instant>) -> bool {
        let fetched = self.source.fetch().await;
        let now = Instant::now();
        *asked = Some(now);
        let read = fetched.and_then(|json| key_set::read(&json, self.algorithm));
        metrics::token_keys_read(read.is_ok());
        match read {
            Ok(keys) => {
                self.learn(keys, now);
                true
            }
            Err(why) => {
                warn!(error = why, "could not read the keys that tokens are signed with");
                false
            }
        }
    }

    fn learn(&self, keys: Vec<Key>, at: Instant) {
        let ids: Vec<&str> = keys.iter().map(Key::name).collect();
        let before = self.keys();
        let known: Option<Vec<&str>> = before.as_ref().map(|keys| keys.iter().map(Key::name).collect());
        if known.as_ref() != Some(&ids) {
            let algorithm = format!("{:?}", self.algorithm);
            if ids.is_empty() {
                warn!(
                    algorithm,
                    "no key is published that tokens could be signed with: nobody can sign in"
                );
            } else {
                info!(
                    algorithm,
                    keys = ids.join(" "),
                    "tokens are signed with {} keys",
                    ids.len()
                );
            }
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Known { keys: keys.into(), at });
    }

    fn keys(&self) -> Option<Arc<[Key]>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|known| known.keys.clone())
    }

    /// The keys that a token may be signed with which names this one, or none.
    pub(super) fn fit(&self, id: Option<&str>) -> Vec<Arc<DecodingKey>> {
        let keys = self.keys();
        let fit = keys.iter().flat_map(|keys| keys.iter()).filter(|key| key.fits(id));
        fit.map(|key| key.key.clone()).collect()
    }
}

#[cfg(test)]
mod tests;
