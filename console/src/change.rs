//! What can be changed, and what a change brings.

use chrono::{DateTime, Utc};

use crate::action::Action;
use crate::queries::calls;
use crate::state::Screen;

/// What the API can be asked to do. Each is asked once, under an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Have everything of a connection checked anew.
    Verify {
        /// The connection's id.
        id: String,
    },
    /// Have a connection's numbers read anew.
    Sync {
        /// The connection's id.
        id: String,
    },
    /// Stop checks, alerts and test calls of a connection.
    Pause {
        /// The connection's id.
        id: String,
    },
    /// Have them go on.
    Resume {
        /// The connection's id.
        id: String,
    },
    /// Try a failed job again.
    Retry {
        /// The job's id.
        id: String,
    },
    /// Call a job off.
    Cancel {
        /// The job's id.
        id: String,
    },
    /// Take note of a billing alert.
    Acknowledge {
        /// The episode's id.
        id: String,
        /// What is noted; empty for nothing.
        note: String,
    },
    /// Show a whole number for a minute.
    Reveal {
        /// The number's id.
        id: String,
        /// Why.
        reason: String,
    },
    /// Start a test call: to a line of ours, or waiting for a call that comes in.
    Test {
        /// The number's id.
        number: String,
        /// The line that is called; none to wait for a call.
        to: Option<String>,
    },
    /// Hang a test call up.
    HangUp {
        /// The test call's id.
        id: String,
    },
    /// Write a file.
    Write {
        /// Where.
        path: String,
        /// What it holds.
        text: String,
    },
}

impl Change {
    /// The action that asks for it, and a screen on which it does; none for what is not asked of the API.
    #[must_use]
    pub fn action(&self) -> Option<(Action, Screen)> {
        Some(match self {
            Self::Verify { .. } => (Action::Verify, Screen::Connection),
            Self::Sync { .. } => (Action::Run, Screen::Connection),
            Self::Pause { .. } | Self::Resume { .. } => (Action::Pause, Screen::Connection),
            Self::Retry { .. } => (Action::Run, Screen::Jobs),
            Self::Cancel { .. } => (Action::Stop, Screen::Jobs),
            Self::Acknowledge { .. } => (Action::Acknowledge, Screen::Billing),
            Self::Reveal { .. } => (Action::Reveal, Screen::Numbers),
            Self::Test { .. } => (Action::TestCall, Screen::Numbers),
            Self::HangUp { .. } => (Action::Stop, Screen::Numbers),
            Self::Write { .. } => return None,
        })
    }

    /// The same, with what was typed into its dialog.
    #[must_use]
    pub fn with_text(self, typed: String) -> Self {
        match self {
            Self::Acknowledge { id, .. } => Self::Acknowledge { id, note: typed },
            Self::Reveal { id, .. } => Self::Reveal { id, reason: typed },
            Self::Write { text, path } => Self::Write {
                path: if typed.is_empty() { path } else { typed },
                text,
            },
            other => other,
        }
    }
}

/// What a change brought.
#[derive(Debug)]
pub enum Done {
    /// It is done.
    Yes,
    /// A whole number, for a minute.
    Number {
        /// The number; none where it was shown before and the minute is over.
        number: Option<String>,
        /// Until when it may be shown.
        until: Option<DateTime<Utc>>,
    },
    /// A test call began.
    Test(Box<calls::TestCall>),
}
