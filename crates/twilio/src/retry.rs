//! When a request may be sent again, and how long to wait before.

use std::time::Duration;

use backon::ExponentialBuilder;
use reqwest::Method;

use crate::TwilioError;

/// How often and how fast a request is sent again. A call takes at most `within`, one wait (twice `cap`, plus Twilio's own) and
/// one time-out of the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most times a request is sent, at least 1.
    pub attempts: usize,
    /// The first wait; each later one is twice as long, plus a random part up to its own length.
    pub base: Duration,
    /// The longest wait before the random part, and the longest wait of Twilio's own that is sat out here. A longer one is
    /// the caller's to plan: the request fails at once with [`TwilioError::RateLimited`]. Nor does one account's being asked to
    /// slow down hold up its other requests for longer.
    pub cap: Duration,
    /// How long after the first attempt another may still begin. With the time-out of the last one it bounds the whole call.
    pub within: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(250),
            cap: Duration::from_secs(5),
            within: Duration::from_secs(15),
        }
    }
}

impl RetryPolicy {
    pub(crate) fn backoff(&self) -> ExponentialBuilder {
        ExponentialBuilder::default()
            .with_min_delay(self.base)
            .with_max_delay(self.cap)
            .with_max_times(self.attempts.saturating_sub(1))
            .with_jitter()
    }

    /// Whether a request that failed with `error` may be sent again: anything Twilio never took on, and reads that met a
    /// silence which may pass. A write that may have been carried out is never repeated.
    pub(crate) fn allows(&self, method: &Method, error: &TwilioError) -> bool {
        let is_read = *method == Method::GET;
        match error {
            TwilioError::RateLimited { .. } | TwilioError::Unreachable(_) => self.sits_out(error),
            TwilioError::Unavailable { .. } | TwilioError::TimedOut(_) | TwilioError::Interrupted(_) => {
                is_read && self.sits_out(error)
            }
            TwilioError::Unauthorized { .. }
            | TwilioError::AccountNotActive { .. }
            | TwilioError::TestCredentials { .. }
            | TwilioError::Forbidden { .. }
            | TwilioError::NotFound { .. }
            | TwilioError::Refused { .. }
            | TwilioError::Unexplained { .. }
            | TwilioError::Malformed { .. } => false,
        }
    }

    /// The wait before the next attempt: Twilio's own, then the planned one, so that waiters do not return together.
    pub(crate) fn wait(error: &TwilioError, planned: Duration) -> Duration {
        retry_after(error).unwrap_or_default() + planned
    }

    fn sits_out(&self, error: &TwilioError) -> bool {
        retry_after(error).is_none_or(|wait| wait <= self.cap)
    }
}

fn retry_after(error: &TwilioError) -> Option<Duration> {
    match error {
        TwilioError::RateLimited { retry_after } | TwilioError::Unavailable { retry_after, .. } => *retry_after,
        _ => None,
    }
}
