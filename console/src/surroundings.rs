//! What the program takes from around it: the time, the environment, and ids that nobody else has. The one place that reads them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The moment.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the model gets its time from here alone")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A variable of the environment; none where it is missing, empty or not UTF-8.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the console is configured by itself, not by the server's settings"
)]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// A key that makes the repetition of a change harmless.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "no row's id: it only has to be unlike all others"
)]
pub fn idempotency_key() -> String {
    Uuid::now_v7().to_string()
}
