//! Everything that is known, and everything that is drawn from.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::connection::Connection;
use super::detail::{BalanceRead, Minute};
use super::health::Health;
use super::messages::Messages;
use super::rows::Moment;
use super::table::{Glance, Load, Table};
use super::{
    Advice, Link, Lists, Mode, Opened, Overlay, Place, Reading, Revealed, Screen, Seen, Session, TestCall, View,
    on_table,
};
use crate::action::{Action, Where};
use crate::change::Change;
use crate::config::Signs;
use crate::connection::Backoff;
use crate::keymap::Keymap;
use crate::look::Look;
use crate::queries::viewer::Permission;

/// Everything.
#[derive(Clone, Debug)]
pub struct Model {
    /// The moment.
    pub now: DateTime<Utc>,
    /// Whether times are shown in UTC rather than in the operator's own zone.
    pub is_utc: bool,
    /// How everything is drawn.
    pub look: Look,
    /// What the keys do.
    pub keymap: Keymap,
    /// The signs that the operator replaced.
    pub signs: Signs,
    /// Whether news are drawn once a second at most.
    pub is_slow: bool,
    /// Whether nothing moves by itself but values: no clock is shown, and time alone draws nothing.
    pub is_still: bool,
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
    /// The reading of all connections that goes on.
    pub reading: Option<Reading>,
    /// When connections that are looked at were last asked for by their ids.
    pub rows_asked_at: Option<DateTime<Utc>>,
    /// How many connections were read so far.
    pub read: usize,
    /// How many there are to read, as the API counted them when the reading began.
    pub total: Option<usize>,
    /// What is missing in what was read of them.
    pub missing: Option<String>,
    /// What the schema's version means, where it is another than this console was written for.
    pub strange_schema: Option<String>,
    /// Of those that broke a moment ago, the ones that were looked at.
    pub seen: Seen,
    /// What is looked at.
    pub screen: Screen,
    /// What was looked at before.
    pub last: Option<Place>,
    /// The connection that is open; it stays while its lists are looked at.
    pub opened: Option<Opened>,
    /// What happened to the open connection.
    pub timeline: Table<Moment>,
    /// The lists.
    pub lists: Lists,
    /// The last hour of connections that were on the screen, and when it was asked for.
    pub minutes: HashMap<String, (DateTime<Utc>, Vec<Minute>)>,
    /// The balances of connections whose alerts were on the screen, and when they were asked for.
    pub balances: HashMap<String, (DateTime<Utc>, Vec<BalanceRead>)>,
    /// The test call that was started last.
    pub test: Option<TestCall>,
    /// The number that is shown in full.
    pub revealed: Option<Revealed>,
    /// What was asked to be done and is not answered yet.
    pub pending: Vec<Change>,
    /// Saved views.
    pub views: Vec<View>,
    /// The web app's address of a connection, with `{account}` for its id; none where it is not configured.
    pub dashboard: Option<String>,
    /// Whether the mouse is reported.
    pub has_mouse: bool,
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
            is_utc: false,
            look,
            keymap,
            signs: Signs::default(),
            is_slow: false,
            is_still: false,
            size: (120, 36),
            session,
            mode: Mode::ReadOnly,
            key_at: now,
            link: Link::Opening,
            round_trip: None,
            asked_at: None,
            skew: chrono::TimeDelta::zero(),
            connections: Table::default(),
            cursor: None,
            read_at: None,
            retry: Backoff::default(),
            reading: None,
            rows_asked_at: None,
            read: 0,
            total: None,
            missing: None,
            strange_schema: None,
            seen: Seen::default(),
            screen: Screen::Overview,
            last: None,
            opened: None,
            timeline: Table::default(),
            lists: Lists::default(),
            minutes: HashMap::new(),
            balances: HashMap::new(),
            test: None,
            revealed: None,
            pending: Vec::new(),
            views: Vec::new(),
            dashboard: None,
            has_mouse: false,
            overlay: None,
            messages: Messages::default(),
            has_focus: true,
        }
    }

    /// How many connections are in each state, worst first, and how many are stale; where nothing is live, the last known states, and all.
    #[must_use]
    pub fn totals(&self) -> (Vec<(Health, usize)>, usize) {
        super::totals::totals(self.connections.tally().counts(), !self.is_last_known())
    }

    /// The sign of a state, as the operator wants it.
    #[must_use]
    pub fn sign(&self, health: &Health) -> &'static str {
        self.signs.health(health, self.look.ascii)
    }

    /// The mark of what is older than it should be, as the operator wants it.
    #[must_use]
    pub fn stale_mark(&self) -> &'static str {
        self.signs.stale().unwrap_or_else(|| self.look.stale_mark())
    }

    /// Whether a connection may be other than it is shown.
    #[must_use]
    pub fn is_stale(&self, row: &Connection) -> bool {
        row.is_stale || self.is_last_known()
    }

    /// Whether all connections are shown as they were last known: nothing is live, or the last reading of them failed.
    #[must_use]
    pub fn is_last_known(&self) -> bool {
        self.is_offline() || self.connections.is_old
    }

    /// Whether all that is shown of the open connection's checks and of its last hour may be other by now.
    #[must_use]
    pub fn is_opened_old(&self) -> bool {
        self.is_offline() || self.opened.as_ref().is_some_and(|opened| opened.is_old)
    }

    /// From when, and from where, everything is looked at.
    #[must_use]
    pub fn glance(&self) -> Glance {
        Glance {
            now: self.now,
            is_utc: self.is_utc,
        }
    }

    /// Why an action is off; none where it is not.
    #[must_use]
    pub fn off(&self, action: Action) -> Option<String> {
        // Who may not read the audit log sees the events beside it.
        if action == Action::Audit && self.opened.is_none() {
            return None;
        }
        self.off_here(action)
            .map(ToOwned::to_owned)
            .or_else(|| self.off_on(action, self.screen))
    }

    /// Why an action is nothing for the connection that keys are about: it is gone, or disconnected; none where it is.
    #[must_use]
    pub fn off_here(&self, action: Action) -> Option<&'static str> {
        let is_about_it = match (action.place(), action) {
            (Where::Connection, _) => true,
            (_, Action::Run) => self.screen != Screen::Jobs,
            (_, Action::Copy) => matches!(self.screen, Screen::Overview | Screen::Connection),
            _ => false,
        };
        let id = self.subject_id().filter(|_| is_about_it)?;
        match self.connections.get(&id) {
            Some(row) => row.off(action),
            // Before all are read it may be among the others.
            None => matches!(self.connections.load, Load::Whole { .. }).then_some("this connection is gone"),
        }
    }

    /// Why an action is off on a screen; none where it is not.
    #[must_use]
    pub fn off_on(&self, action: Action, screen: Screen) -> Option<String> {
        let needed = action.needs(screen)?;
        if self.mode == Mode::ReadOnly && action.changes() {
            return Some("needs --write".to_owned());
        }
        if !self.may(&needed) {
            return Some(format!("your role lacks {}", needed.name()));
        }
        self.is_offline().then(|| "offline".to_owned())
    }

    /// Why a change cannot be sent, by then: what was asked for may have been allowed, and the live view up, when its dialog was opened.
    #[must_use]
    pub fn off_change(&self, change: &Change) -> Option<String> {
        let (action, screen) = change.action()?;
        self.off_on(action, screen)
    }

    /// Why a key of tables does nothing in the pane of the open connection that has the keys; none where it does something.
    #[must_use]
    pub fn off_in_pane(&self, action: Action) -> Option<&'static str> {
        let opened = self.opened.as_ref().filter(|_| self.screen == Screen::Connection)?;
        opened.pane.off(action)
    }

    /// Whether the live view is down: what is shown is how it was, and nothing can be changed.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(self.link, Link::Down { .. } | Link::SignedOut)
    }

    /// Whether keys may change something: they are allowed to, and the role allows some change.
    #[must_use]
    pub fn can_write(&self) -> bool {
        let changes = Action::ALL.iter().filter(|action| action.changes());
        let mut needed = changes.flat_map(|action| [action.needs(Screen::Overview), action.needs(Screen::Jobs)]);
        self.mode == Mode::Write && needed.any(|needed| needed.is_some_and(|needed| self.may(&needed)))
    }

    /// Whether the operator's role allows something.
    #[must_use]
    pub fn may(&self, permission: &Permission) -> bool {
        self.session.permissions.contains(permission)
    }

    /// The id of the connection that keys are about: the open one, the selected one, or the selected row's.
    #[must_use]
    pub fn subject_id(&self) -> Option<String> {
        let of_row = match self.screen {
            Screen::Overview => self.connections.selected().map(|row| row.id.as_str()),
            Screen::Connection => self.opened.as_ref().map(|opened| opened.id.as_str()),
            Screen::Numbers => account(self.lists.numbers.table.selected()),
            Screen::Calls => account(self.lists.calls.table.selected()),
            Screen::Billing => account(self.lists.billing.table.selected()),
            Screen::Jobs => account(self.lists.jobs.table.selected()),
            Screen::Audit => account(self.lists.audit.table.selected()),
            Screen::Events => account(self.lists.events.table.selected()),
        };
        of_row.map(ToOwned::to_owned)
    }

    /// What is to be said first of the open connection; none while its checks are read.
    #[must_use]
    pub fn advice(&self) -> Option<Advice> {
        let opened = self.opened.as_ref()?;
        Some(Advice::of(self.connections.get(&opened.id), opened.detail.as_ref()?))
    }

    /// The connection that keys are about.
    #[must_use]
    pub fn subject(&self) -> Option<&Connection> {
        self.connections.get(&self.subject_id()?)
    }

    /// The number that keys are about: its id, and as it is shown.
    #[must_use]
    pub fn number(&self) -> Option<(String, String)> {
        match self.screen {
            Screen::Numbers => {
                let row = self.lists.numbers.table.selected()?;
                Some((row.id.clone(), row.number.clone()))
            }
            Screen::Connection => self.opened.as_ref()?.number.clone(),
            _ => None,
        }
    }

    /// Whether a row is under the cursor.
    #[must_use]
    pub fn has_row(&self) -> bool {
        on_table!(self, self.screen, |table| table.selected().is_some())
    }

    /// Whose lists a screen is to show: those of the open connection, if one is open.
    #[must_use]
    pub fn about(&self) -> Option<String> {
        self.opened.as_ref().map(|opened| opened.id.clone())
    }

    /// Where one is.
    #[must_use]
    pub fn here(&self) -> Place {
        let about = self.opened.as_ref();
        Place {
            screen: self.screen,
            about: about.map(|opened| (opened.id.clone(), opened.number.clone())),
        }
    }

    /// What a key's screen is for this role.
    #[must_use]
    pub fn screen_of(&self, action: Action) -> Option<Screen> {
        match action.screen()? {
            Screen::Audit if !self.may(&Permission::ReadAudit) => Some(Screen::Events),
            screen => Some(screen),
        }
    }
}

fn account<R: super::table::Listed>(row: Option<&R>) -> Option<&str> {
    row.and_then(super::table::Listed::account)
}
