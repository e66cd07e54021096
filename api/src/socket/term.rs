//! Until when a socket may be served.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Clock;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::close::{self, Close};
use super::revocations::Watch;
use crate::auth::Unauthenticated;

/// Ends with the token, with the revocation of the API key, and with the server.
pub(super) struct Term {
    clock: Arc<dyn Clock>,
    look_every: Duration,
    stop: CancellationToken,
    /// Until when the client's token counts.
    expires_at: Option<DateTime<Utc>>,
    /// Whether its API key was revoked.
    watch: Watch,
}

impl Term {
    /// Of a socket on which nobody is signed in. The clock is looked at every `look_every`.
    pub(super) fn new(clock: Arc<dyn Clock>, look_every: Duration, stop: CancellationToken) -> Self {
        Self {
            clock,
            look_every,
            stop,
            expires_at: None,
            watch: Watch::nothing(),
        }
    }

    /// Somebody has signed in.
    pub(super) fn begin(&mut self, expires_at: Option<DateTime<Utc>>, watch: Watch) {
        self.expires_at = expires_at;
        self.watch = watch;
    }

    /// Comes back when it is over, with what the socket is to be closed with.
    pub(super) async fn over(&self) -> Close {
        tokio::select! {
            () = self.stop.cancelled() => close::GOING_AWAY,
            () = self.watch.revoked() => Close::forbidden(Unauthenticated::KeyRevoked.message()),
            end = self.expired() => end,
        }
    }

    /// What the socket is to be closed with if the token counts no longer.
    pub(super) fn has_expired(&self) -> Option<Close> {
        let is_over = self.expires_at.is_some_and(|expires_at| expires_at <= self.clock.now());
        is_over.then(|| Close::forbidden(Unauthenticated::Expired.message()))
    }

    async fn expired(&self) -> Close {
        loop {
            if let Some(end) = self.has_expired() {
                return end;
            }
            sleep(self.look_every).await;
        }
    }
}
