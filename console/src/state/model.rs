//! Everything that is known, and everything that is drawn from.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tui_input::Input;

use super::connection::Connection;
use super::detail::Detail;
use super::health::Health;
use super::messages::Messages;
use super::table::Table;
use crate::action::Action;
use crate::connection::Backoff;
use crate::keymap::Keymap;
use crate::look::Look;
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
    /// The version that the API's schema has; none before it was asked.
    pub schema_version: Option<String>,
}

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
        /// Since when.
        since: DateTime<Utc>,
        /// When the next try comes.
        retry_at: DateTime<Utc>,
        /// Why.
        why: String,
    },
    /// The session is over.
    SignedOut,
}

/// A connection that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Its id.
    pub id: String,
    /// What the API told; none while it is read.
    pub detail: Option<Detail>,
    /// Why it could not be read.
    pub trouble: Option<String>,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// The check under the cursor.
    pub cursor: usize,
    /// Which of checks, signals and timeline is shown where there is no room for all.
    pub tab: usize,
}

/// What lies over the screen.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The filter is typed.
    Filter(Input),
    /// The keys that work here.
    Help,
    /// What was said before.
    Messages,
}

/// Everything.
#[derive(Clone, Debug)]
pub struct Model {
    /// The moment.
    pub now: DateTime<Utc>,
    /// How everything is drawn.
    pub look: Look,
    /// What the keys do.
    pub keymap: Keymap,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Who is signed in.
    pub session: Session,
    /// What keys may do.
    pub mode: Mode,
    /// When a key was last pressed.
    pub key_at: DateTime<Utc>,
    /// The live view.
    pub link: Link,
    /// How long the API took to answer last.
    pub round_trip: Option<Duration>,
    /// When the API was last asked for a sign of life.
    pub asked_at: Option<DateTime<Utc>>,
    /// When something was last heard of the API.
    pub heard_at: Option<DateTime<Utc>>,
    /// How far ahead of this machine's clock the API's is.
    pub skew: chrono::TimeDelta,
    /// All connections.
    pub connections: Table<Connection>,
    /// The newest event that everything shown is as new as.
    pub cursor: Option<String>,
    /// When everything is read again by itself, where it failed.
    pub read_at: Option<DateTime<Utc>>,
    /// How long that waits.
    pub retry: Backoff,
    /// How many connections were read so far.
    pub read: usize,
    /// The connection that is open.
    pub opened: Option<Opened>,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// What the operator was told.
    pub messages: Messages,
    /// Whether the terminal has the focus.
    pub has_focus: bool,
}

impl Model {
    /// Nothing known yet.
    #[must_use]
    pub fn new(now: DateTime<Utc>, look: Look, keymap: Keymap, session: Session) -> Self {
        Self {
            now,
            look,
            keymap,
            size: (120, 36),
            session,
            mode: Mode::ReadOnly,
            key_at: now,
            link: Link::Opening,
            round_trip: None,
            asked_at: None,
            heard_at: None,
            skew: chrono::TimeDelta::zero(),
            connections: Table::default(),
            cursor: None,
            read_at: None,
            retry: Backoff::default(),
            read: 0,
            opened: None,
            overlay: None,
            messages: Messages::default(),
            has_focus: true,
        }
    }

    /// How many connections are in each state, and how many are stale.
    #[must_use]
    pub fn totals(&self) -> (Vec<(Health, usize)>, usize) {
        let mut counts: Vec<(Health, usize)> = Health::ALL.iter().map(|health| (health.clone(), 0)).collect();
        let mut stale = 0;
        for row in self.connections.rows() {
            if self.is_stale(row) {
                stale += 1;
            }
            // A stale row is counted apart, never as healthy.
            let counts_apart = self.is_stale(row) && row.health == Health::Healthy;
            if let Some((_, count)) = counts
                .iter_mut()
                .find(|(health, _)| *health == row.health && !counts_apart)
            {
                *count += 1;
            } else if matches!(row.health, Health::Unheard(_)) {
                counts.push((row.health.clone(), 1));
            }
        }
        (counts, stale)
    }

    /// Whether a connection may be other than it is shown.
    #[must_use]
    pub fn is_stale(&self, row: &Connection) -> bool {
        row.is_stale || matches!(self.link, Link::Down { .. } | Link::SignedOut)
    }

    /// Why an action is off; none where it is not.
    #[must_use]
    pub fn off(&self, action: Action) -> Option<String> {
        let needed = action.needs()?;
        if self.mode == Mode::ReadOnly {
            return Some("needs --write".to_owned());
        }
        if !self.may(&needed) {
            return Some(format!("your role lacks {needed:?}"));
        }
        let is_offline = matches!(self.link, Link::Down { .. } | Link::SignedOut);
        is_offline.then(|| "offline".to_owned())
    }

    /// Whether the operator's role allows something.
    #[must_use]
    pub fn may(&self, permission: &Permission) -> bool {
        self.session.permissions.contains(permission)
    }

    /// The connection that keys are about: the open one, or the selected one.
    #[must_use]
    pub fn subject(&self) -> Option<&Connection> {
        match &self.opened {
            Some(opened) => self.connections.get(&opened.id),
            None => self.connections.selected(),
        }
    }
}
