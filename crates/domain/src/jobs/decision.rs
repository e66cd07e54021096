//! What becomes of a job that did not get its work done.

use std::time::Duration;

use serde_json::Value;
use twilio::TwilioError;

use crate::Fault;
use crate::notifications::Undelivered;

/// What an attempt came to, when nothing went wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Worked {
    /// Finished; the report is kept on the row and shown to people.
    Done(Value),
    /// Not finished: there is more to see after this long.
    Again(Duration),
}

/// Why an attempt did not get its work done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Twilio.
    #[error(transparent)]
    Twilio(#[from] TwilioError),
    /// A customer's endpoint.
    #[error(transparent)]
    Undelivered(#[from] Undelivered),
    /// Something on our side.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sea_orm::DbErr> for WorkError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Fault(error.into())
    }
}

impl WorkError {
    /// What the worker does next.
    #[must_use]
    pub fn decision(&self) -> Decision {
        match self {
            Self::Twilio(error) => Decision::after(error),
            Self::Undelivered(undelivered) => undelivered.decision(),
            Self::Fault(Fault::Database(_)) => Decision::Retry,
            Self::Fault(Fault::Vault(_) | Fault::Unreadable { .. }) => Decision::GiveUp,
        }
    }
}

/// What the worker does next with a job that failed. Typed, so that each error has to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Try again, later each time.
    Retry,
    /// Try again after this long.
    RetryAfter(Duration),
    /// Never again.
    GiveUp,
}

impl Decision {
    /// After a silence of Twilio's: again, no sooner than it asked.
    #[must_use]
    pub fn after(error: &TwilioError) -> Self {
        match error {
            TwilioError::RateLimited {
                retry_after: Some(wait),
            } => Self::RetryAfter(*wait),
            error if error.is_silence() => Self::Retry,
            _ => Self::GiveUp,
        }
    }
}

/// The longest wait before another attempt.
const LONGEST: Duration = Duration::from_mins(5);

/// How long to wait before attempt `attempt + 1`: doubling from one second up to five minutes, full jitter.
///
/// `chance` is anywhere from 0 to 1. Source: <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
#[must_use]
pub fn backoff(attempt: i32, chance: f64) -> Duration {
    let doublings = u32::try_from(attempt.clamp(1, 16) - 1).unwrap_or(0);
    let ceiling = Duration::from_secs(1)
        .saturating_mul(2u32.saturating_pow(doublings))
        .min(LONGEST);
    ceiling.mul_f64(chance.clamp(0.0, 1.0)).max(Duration::from_millis(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_under_their_cap() {
        assert_eq!(backoff(1, 1.0), Duration::from_secs(1));
        assert_eq!(backoff(4, 1.0), Duration::from_secs(8));
        assert_eq!(backoff(4, 0.5), Duration::from_secs(4));
        assert_eq!(backoff(i32::MAX, 1.0), LONGEST);
        assert_eq!(backoff(3, 0.0), Duration::from_millis(100));
    }
}
