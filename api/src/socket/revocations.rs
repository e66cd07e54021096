//! Closes the sockets of API keys that were revoked: a socket signs in once, so its key has to be looked at again.
//!
//! One statement every two seconds for all of a process's sockets, and none while no socket was opened with a key. It needs the
//! database alone, so that a revoked key is out within five seconds also where processes cannot tell each other of anything.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Services, api_keys};
use entity::ApiKeyId;
use futures_util::FutureExt;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(1_500);

/// How long one may take. With that a revoked key is out within five seconds also when one look hangs.
const LOOK_WITHIN: Duration = Duration::from_secs(1);

/// The keys that sockets of this process were opened with. Cheap to clone; every clone sees the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Revocations(Arc<Mutex<Watched>>);

#[derive(Debug, Default)]
struct Watched {
    /// Each key with its sockets.
    keys: HashMap<ApiKeyId, (CancellationToken, usize)>,
    is_looking: bool,
}

/// A socket's interest in its key, for as long as it is kept.
#[derive(Debug)]
pub(super) struct Watch {
    revoked: CancellationToken,
    /// Where it is given back; nowhere for a person's socket.
    of: Option<(Revocations, ApiKeyId)>,
}

impl Watch {
    /// Of a socket that was opened with no key.
    pub(super) fn nothing() -> Self {
        Self {
            revoked: CancellationToken::new(),
            of: None,
        }
    }

    /// Comes back when the key was revoked.
    pub(super) async fn revoked(&self) {
        self.revoked.cancelled().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some((revocations, key)) = &self.of else { return };
        let mut watched = revocations.watched();
        if let Some((_, sockets)) = watched.keys.get_mut(key) {
            *sockets -= 1;
            if *sockets == 0 {
                watched.keys.remove(key);
            }
        }
    }
}

impl Revocations {
    /// Watches a key until what comes back is dropped.
    pub(super) fn watch(&self, services: &Services, key: Option<ApiKeyId>) -> Watch {
        let Some(key) = key else { return Watch::nothing() };
        let mut watched = self.watched();
        let (revoked, sockets) = watched.keys.entry(key).or_default();
        *sockets += 1;
        let revoked = revoked.clone();
        if !watched.is_looking {
            watched.is_looking = true;
            tokio::spawn(self.clone().look(services.clone()));
        }
        Watch {
            revoked,
            of: Some((self.clone(), key)),
        }
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks as long as there is a key to look at.
    async fn look(self, services: Services) {
        loop {
            sleep(LOOK_EVERY).await;
            let Some(keys) = self.keys() else { return };
            let looking = AssertUnwindSafe(api_keys::revoked(&services, &keys)).catch_unwind();
            match timeout(LOOK_WITHIN, looking).await {
                Ok(Ok(Ok(revoked))) => self.tell(&revoked),
                Ok(Ok(Err(error))) => warn!(
                    error = &error as &dyn std::error::Error,
                    "could not look whether API keys of open sockets were revoked"
                ),
                Ok(Err(_)) => error!("looking whether API keys of open sockets were revoked panicked"),
                Err(_) => warn!("could not look in time whether API keys of open sockets were revoked"),
            }
        }
    }

    /// The keys to look at; none is the end of looking.
    fn keys(&self) -> Option<Vec<ApiKeyId>> {
        let mut watched = self.watched();
        let keys: Vec<ApiKeyId> = watched.keys.keys().copied().collect();
        watched.is_looking = !keys.is_empty();
        watched.is_looking.then_some(keys)
    }

    fn tell(&self, revoked: &[ApiKeyId]) {
        let watched = self.watched();
        for (revoked, _) in revoked.iter().filter_map(|key| watched.keys.get(key)) {
            revoked.cancel();
        }
    }
}
