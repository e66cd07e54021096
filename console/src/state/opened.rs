//! What is open, and what is shown of it.

use chrono::{DateTime, Utc};

use super::Screen;
use super::detail::Detail;
use super::rows::Topic;
use crate::action::{Action, Where};

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
    /// Whether the last reading of its checks failed: what is shown is of an earlier one.
    pub is_old: bool,
    /// When its checks were last read.
    pub read_at: Option<DateTime<Utc>>,
    /// When its timeline was last read.
    pub timeline_read_at: Option<DateTime<Utc>>,
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

/// Where one is: a screen, and the connection that is open there, with the number that its checks are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The screen.
    pub screen: Screen,
    /// The connection's id, and the number's id and how it is shown.
    pub about: Option<(String, Option<(String, String)>)>,
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

    /// The one behind it, around the end.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Checks => Self::Signals,
            Self::Signals => Self::Timeline,
            Self::Timeline => Self::Checks,
        }
    }

    /// Why a key of tables does nothing in it; none where it does something.
    #[must_use]
    pub fn off(self, action: Action) -> Option<&'static str> {
        let moves = matches!(
            action,
            Action::Down
                | Action::Up
                | Action::First
                | Action::Last
                | Action::PageDown
                | Action::PageUp
                | Action::Open
                | Action::NextProblem
                | Action::PreviousProblem
        );
        match (self, action) {
            _ if action.place() != Where::Table || action == Action::Filter => None,
            (Self::Timeline, Action::Sort) => Some("the newest always come first here"),
            (Self::Timeline, Action::Wide) => Some("all columns are shown here"),
            (Self::Checks, _) if !moves => Some("not of the checks, which have an order of their own"),
            (Self::Signals, _) => Some("not of the last hour, which is shown whole"),
            (Self::Timeline | Self::Checks, _) => None,
        }
    }

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
