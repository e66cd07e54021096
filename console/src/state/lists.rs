//! The lists behind the screens: which one is shown, of whom, and how far it was read.

use chrono::{DateTime, Utc};

use super::rows::{AuditEntry, Call, Episode, Event, Job, Number};
use super::table::{Load, Row, Table};
use crate::queries::jobs::JobCounts;

/// What can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Screen {
    /// All connections.
    Overview,
    /// One connection.
    Connection,
    /// Phone numbers.
    Numbers,
    /// Calls.
    Calls,
    /// Billing alerts.
    Billing,
    /// Jobs.
    Jobs,
    /// The audit log.
    Audit,
    /// What happened, in the order of all events.
    Events,
}

impl Screen {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Overview,
        Self::Connection,
        Self::Numbers,
        Self::Calls,
        Self::Billing,
        Self::Jobs,
        Self::Audit,
        Self::Events,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Connection => "Connection",
            Self::Numbers => "Numbers",
            Self::Calls => "Calls",
            Self::Billing => "Billing & alerts",
            Self::Jobs => "Jobs",
            Self::Audit => "Audit & events",
            Self::Events => "Audit & events › events",
        }
    }

    /// Whether it is a list that is read in pages when it is looked at.
    #[must_use]
    pub fn is_list(self) -> bool {
        !matches!(self, Self::Overview | Self::Connection)
    }
}

/// A list, read in pages of a hundred as one goes down.
#[derive(Clone, Debug)]
pub struct List<R> {
    /// The rows.
    pub table: Table<R>,
    /// The connection that it is about; all if none.
    pub about: Option<String>,
    /// Where the next page begins; none where there is no other.
    pub next: Option<String>,
    /// When its newest page was last asked for.
    pub asked_at: Option<DateTime<Utc>>,
    /// When its newest page was last read.
    pub read_at: Option<DateTime<Utc>>,
}

impl<R: Row> Default for List<R> {
    fn default() -> Self {
        Self {
            table: Table::default(),
            about: None,
            next: None,
            asked_at: None,
            read_at: None,
        }
    }
}

/// So many rows of a list are kept; who looks for older ones narrows it.
pub const KEPT: usize = 2000;

impl<R: Row> List<R> {
    /// Turns to another connection, or to all.
    pub fn turn_to(&mut self, about: Option<String>, now: DateTime<Utc>) {
        if self.about != about || matches!(self.table.load, Load::Not) {
            self.table.clear();
            self.table.load = Load::Loading { since: now };
            self.about = about;
            self.next = None;
            self.read_at = None;
        }
        self.asked_at = Some(now);
    }

    /// Takes in a page. The first of them tells what is new; only the last one read tells where the next begins.
    pub fn take<T>(&mut self, nodes: &[T], next: Option<String>, is_first: bool, now: DateTime<Utc>)
    where
        for<'t> R: From<&'t T>,
    {
        let was_read = self.read_at.is_some();
        for node in nodes {
            self.table.put(R::from(node), now);
        }
        if is_first {
            self.read_at = Some(now);
        }
        if !is_first || !was_read {
            self.next = next;
        }
        if self.table.counts().0 >= KEPT {
            self.next = None;
        }
        self.table.was_read(Load::Whole { at: now });
    }

    /// Where to read on: the cursor stands at the end, and there is more.
    pub fn read_on(&mut self) -> Option<String> {
        self.table.is_at_end().then(|| self.next.take()).flatten()
    }
}

/// All lists.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Phone numbers.
    pub numbers: List<Number>,
    /// Calls.
    pub calls: List<Call>,
    /// Episodes of billing alerts.
    pub billing: List<Episode>,
    /// Jobs.
    pub jobs: List<Job>,
    /// How many jobs are in which state.
    pub job_counts: Option<JobCounts>,
    /// The audit log.
    pub audit: List<AuditEntry>,
    /// Events.
    pub events: List<Event>,
}

/// Does the same with the table of whichever screen is shown.
macro_rules! on_table {
    ($model:expr, $screen:expr, mut |$table:ident| $do:expr) => {
        match $screen {
            $crate::state::Screen::Overview => {
                let $table = &mut $model.connections;
                $do
            }
            $crate::state::Screen::Connection => {
                let $table = &mut $model.timeline;
                $do
            }
            $crate::state::Screen::Numbers => {
                let $table = &mut $model.lists.numbers.table;
                $do
            }
            $crate::state::Screen::Calls => {
                let $table = &mut $model.lists.calls.table;
                $do
            }
            $crate::state::Screen::Billing => {
                let $table = &mut $model.lists.billing.table;
                $do
            }
            $crate::state::Screen::Jobs => {
                let $table = &mut $model.lists.jobs.table;
                $do
            }
            $crate::state::Screen::Audit => {
                let $table = &mut $model.lists.audit.table;
                $do
            }
            $crate::state::Screen::Events => {
                let $table = &mut $model.lists.events.table;
                $do
            }
        }
    };
    ($model:expr, $screen:expr, |$table:ident| $do:expr) => {
        match $screen {
            $crate::state::Screen::Overview => {
                let $table = &$model.connections;
                $do
            }
            $crate::state::Screen::Connection => {
                let $table = &$model.timeline;
                $do
            }
            $crate::state::Screen::Numbers => {
                let $table = &$model.lists.numbers.table;
                $do
            }
            $crate::state::Screen::Calls => {
                let $table = &$model.lists.calls.table;
                $do
            }
            $crate::state::Screen::Billing => {
                let $table = &$model.lists.billing.table;
                $do
            }
            $crate::state::Screen::Jobs => {
                let $table = &$model.lists.jobs.table;
                $do
            }
            $crate::state::Screen::Audit => {
                let $table = &$model.lists.audit.table;
                $do
            }
            $crate::state::Screen::Events => {
                let $table = &$model.lists.events.table;
                $do
            }
        }
    };
}

/// Does the same with the list of whichever screen is shown; nothing on screens that are no lists.
macro_rules! on_list {
    ($model:expr, $screen:expr, ref |$list:ident| $do:expr) => {
        match $screen {
            $crate::state::Screen::Numbers => {
                let $list = &$model.lists.numbers;
                Some($do)
            }
            $crate::state::Screen::Calls => {
                let $list = &$model.lists.calls;
                Some($do)
            }
            $crate::state::Screen::Billing => {
                let $list = &$model.lists.billing;
                Some($do)
            }
            $crate::state::Screen::Jobs => {
                let $list = &$model.lists.jobs;
                Some($do)
            }
            $crate::state::Screen::Audit => {
                let $list = &$model.lists.audit;
                Some($do)
            }
            $crate::state::Screen::Events => {
                let $list = &$model.lists.events;
                Some($do)
            }
            $crate::state::Screen::Overview | $crate::state::Screen::Connection => None,
        }
    };
    ($model:expr, $screen:expr, |$list:ident| $do:expr) => {
        match $screen {
            $crate::state::Screen::Numbers => {
                let $list = &mut $model.lists.numbers;
                Some($do)
            }
            $crate::state::Screen::Calls => {
                let $list = &mut $model.lists.calls;
                Some($do)
            }
            $crate::state::Screen::Billing => {
                let $list = &mut $model.lists.billing;
                Some($do)
            }
            $crate::state::Screen::Jobs => {
                let $list = &mut $model.lists.jobs;
                Some($do)
            }
            $crate::state::Screen::Audit => {
                let $list = &mut $model.lists.audit;
                Some($do)
            }
            $crate::state::Screen::Events => {
                let $list = &mut $model.lists.events;
                Some($do)
            }
            $crate::state::Screen::Overview | $crate::state::Screen::Connection => None,
        }
    };
}

pub(crate) use {on_list, on_table};
