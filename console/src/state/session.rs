//! Who looks, what they may do, and whether what they see is live.

use chrono::{DateTime, TimeDelta, Utc};

use crate::queries::viewer::Permission;

/// Who is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// The operator.
    pub subject: String,
    /// Their role, in a word.
    pub role: String,
    /// What they may do.
    pub permissions: Vec<Permission>,
    /// The word for the installation, such as `PROD`.
    pub environment: String,
    /// Whether it is a demo, which signs in by itself.
    pub is_demo: bool,
    /// The version that the API's schema has; none before it was asked.
    pub schema_version: Option<String>,
}

/// For so long after a key, or a line in `--plain`, things can be changed.
pub const WRITES_FOR: TimeDelta = TimeDelta::minutes(15);

/// What keys may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Look.
    ReadOnly,
    /// Change things, as far as the role allows.
    Write,
}

/// The state of the live view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not yet open.
    Opening,
    /// What happens is told.
    Live,
    /// The socket is down: all that is shown is how it was.
    Down {
        /// Since when: nothing was heard on it after that.
        since: DateTime<Utc>,
        /// When the next try comes.
        retry_at: DateTime<Utc>,
        /// Why.
        why: String,
    },
    /// The session is over.
    SignedOut,
}

impl Link {
    /// When the socket was last heard, where it is down.
    #[must_use]
    pub fn down_since(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Down { since, .. } => Some(*since),
            _ => None,
        }
    }
}
