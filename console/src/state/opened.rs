//! What is open, and what is shown of it.

use chrono::{DateTime, Utc};

use super::detail::Detail;
use super::rows::Topic;

/// A connection that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Its id.
    pub id: String,
    /// The number that the checks are about: its id, and as it is shown; the whole connection if none.
    pub number: Option<(String, String)>,
    /// What the API told; none while it is read.
    pub detail: Option<Detail>,
    /// Why it could not be read.
    pub trouble: Option<String>,
    /// When its timeline was asked for.
    pub asked_at: DateTime<Utc>,
    /// Whether it changed since its checks were asked for.
    pub has_changed: bool,
    /// Whether older moments were dropped from its timeline.
    pub has_dropped: bool,
    /// The check under the cursor.
    pub cursor: usize,
    /// Which of checks, signals and timeline has the keys; and is shown, where there is no room for all.
    pub pane: Pane,
    /// What the timeline shows; everything if none.
    pub topic: Option<Topic>,
}

/// A part of an open connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// Why calls do not connect.
    Checks,
    /// The last hour.
    Signals,
    /// What happened.
    Timeline,
}

impl Pane {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Checks, Self::Signals, Self::Timeline];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Checks => "checks",
            Self::Signals => "signals",
            Self::Timeline => "timeline",
        }
    }
}

/// A number that is shown in full for a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revealed {
    /// Its id.
    pub id: String,
    /// The number.
    pub number: String,
    /// Until when it may be shown.
    pub until: DateTime<Utc>,
}
