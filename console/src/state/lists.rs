//! The lists behind the screens: which one is shown, of whom, and how far it was read.

use std::collections::HashSet;

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
    /// Where the page begins that is awaited.
    awaited: Option<String>,
    /// The ids of its newest page as it was last read, in the API's order.
    newest: Vec<String>,
    /// Whether it is begun anew: what does not come with the next page is gone.
    is_anew: bool,
}

/// A page of a list, as it came.
pub struct Page<'p, T> {
    /// Its rows, in the API's order.
    pub nodes: &'p [T],
    /// Rows of any page that came beside it.
    pub beside: &'p [T],
    /// Where it begins; none for the newest.
    pub after: Option<&'p str>,
    /// Where the next one begins; none where there is no other.
    pub next: Option<String>,
}

impl<R: Row> Default for List<R> {
    fn default() -> Self {
        Self {
            table: Table::default(),
            about: None,
            next: None,
            asked_at: None,
            read_at: None,
            awaited: None,
            newest: Vec::new(),
            is_anew: false,
        }
    }
}

/// So many rows of a list are kept, the first of its usual order; who looks for others narrows it.
pub const KEPT: usize = 2000;

impl<R: Row> List<R> {
    /// Turns to another connection, or to all.
    pub fn turn_to(&mut self, about: Option<String>, now: DateTime<Utc>) {
        if self.about != about || matches!(self.table.load, Load::Not) {
            self.table.clear();
            self.table.load = Load::Loading { since: now };
            self.about = about;
            self.next = None;
            self.awaited = None;
            self.newest.clear();
            self.read_at = None;
        }
        self.asked_at = Some(now);
    }

    /// Begins anew with the next page that is read: until then what is there stays.
    pub fn begin_anew(&mut self) {
        self.is_anew = true;
        self.awaited = None;
    }

    /// Takes in a page. The newest one tells what is new, and what is gone; only the last one read tells where the next begins.
    pub fn take<T>(&mut self, page: Page<T>, now: DateTime<Utc>)
    where
        for<'t> R: From<&'t T>,
    {
        let is_newest = page.after.is_none();
        if !is_newest && self.awaited.take_if(|awaited| page.after == Some(awaited)).is_none() {
            return; // It was asked for before the list was begun anew.
        }
        let rows = page.nodes.iter().map(R::from);
        let mut ids = Vec::with_capacity(page.nodes.len());
        for row in rows {
            ids.push(row.id().to_owned());
            self.table.put(row, now);
        }
        let mut beside = HashSet::with_capacity(page.beside.len());
        for row in page.beside.iter().map(R::from) {
            beside.insert(row.id().to_owned());
            self.table.put(row, now);
        }
        if is_newest {
            self.forget(&ids, &beside, page.next.is_none());
            // With nothing in common it is not known what is between: it is read on from here.
            let is_apart = !self.newest.iter().any(|id| ids.contains(id));
            if self.is_anew || self.read_at.is_none() || is_apart {
                self.next = page.next;
                self.awaited = None;
            }
            (self.is_anew, self.read_at, self.newest) = (false, Some(now), ids);
        } else {
            self.next = page.next;
        }
        self.table.keep_first(KEPT);
        if self.table.counts().0 >= KEPT {
            self.next = None;
        }
        self.table.was_read(Load::Whole { at: now });
    }

    /// Takes away what is gone by what the newest page says. One that is all there is, or begins the list anew, has all that stays; else
    /// what it had before has to be in it still, up to the last of those that it has in common.
    fn forget(&mut self, ids: &[String], beside: &HashSet<String>, is_whole: bool) {
        let here: HashSet<&str> = ids.iter().map(String::as_str).collect();
        let table = &mut self.table;
        if is_whole || self.is_anew {
            table.retain(|row| here.contains(row.id()) || beside.contains(row.id()));
            return;
        }
        let last = self.newest.iter().rposition(|id| here.contains(id.as_str()));
        let gone: HashSet<&str> = self.newest[..last.unwrap_or(0)]
            .iter()
            .map(String::as_str)
            .filter(|id| !here.contains(id))
            .collect();
        table.retain(|row| !gone.contains(row.id()));
    }

    /// Where to read on: the cursor stands at the end, and there is more.
    pub fn read_on(&mut self) -> Option<String> {
        if self.table.is_at_end() { self.go_on() } else { None }
    }

    /// Where the next page begins, which is awaited from now on.
    pub fn go_on(&mut self) -> Option<String> {
        let next = self.next.take()?;
        self.awaited = Some(next.clone());
        Some(next)
    }

    /// A page did not come: it can be asked for again.
    pub fn give_back(&mut self, after: &str) {
        if self.awaited.as_deref() == Some(after) {
            self.next = self.awaited.take();
        }
    }

    /// Whether there is more than was read.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.next.is_some() || self.awaited.is_some()
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

/// Does the same with the table of whichever screen is shown: `|table|` looks at it, `mut |table|` changes it.
macro_rules! on_table {
    ($model:expr, $screen:expr, mut |$table:ident| $do:expr) => {
        $crate::state::on_table!(@borrowed [&mut] $model, $screen, |$table| $do)
    };
    ($model:expr, $screen:expr, |$table:ident| $do:expr) => {
        $crate::state::on_table!(@borrowed [&] $model, $screen, |$table| $do)
    };
    (@borrowed [$($borrow:tt)+] $model:expr, $screen:expr, |$table:ident| $do:expr) => {
        match $screen {
            $crate::state::Screen::Overview => {
                let $table = $($borrow)+ $model.connections;
                $do
            }
            $crate::state::Screen::Connection => {
                let $table = $($borrow)+ $model.timeline;
                $do
            }
            $crate::state::Screen::Numbers => {
                let $table = $($borrow)+ $model.lists.numbers.table;
                $do
            }
            $crate::state::Screen::Calls => {
                let $table = $($borrow)+ $model.lists.calls.table;
                $do
            }
            $crate::state::Screen::Billing => {
                let $table = $($borrow)+ $model.lists.billing.table;
                $do
            }
            $crate::state::Screen::Jobs => {
                let $table = $($borrow)+ $model.lists.jobs.table;
                $do
            }
            $crate::state::Screen::Audit => {
                let $table = $($borrow)+ $model.lists.audit.table;
                $do
            }
            $crate::state::Screen::Events => {
                let $table = $($borrow)+ $model.lists.events.table;
                $do
            }
        }
    };
}

/// Does the same with the list of whichever screen is shown, as [`on_table`] with its table; nothing on screens that are no lists.
macro_rules! on_list {
    ($model:expr, $screen:expr, mut |$list:ident| $do:expr) => {
        $crate::state::on_list!(@borrowed [&mut] $model, $screen, |$list| $do)
    };
    ($model:expr, $screen:expr, |$list:ident| $do:expr) => {
        $crate::state::on_list!(@borrowed [&] $model, $screen, |$list| $do)
    };
    (@borrowed [$($borrow:tt)+] $model:expr, $screen:expr, |$list:ident| $do:expr) => {
        match $screen {
            $crate::state::Screen::Numbers => {
                let $list = $($borrow)+ $model.lists.numbers;
                Some($do)
            }
            $crate::state::Screen::Calls => {
                let $list = $($borrow)+ $model.lists.calls;
                Some($do)
            }
            $crate::state::Screen::Billing => {
                let $list = $($borrow)+ $model.lists.billing;
                Some($do)
            }
            $crate::state::Screen::Jobs => {
                let $list = $($borrow)+ $model.lists.jobs;
                Some($do)
            }
            $crate::state::Screen::Audit => {
                let $list = $($borrow)+ $model.lists.audit;
                Some($do)
            }
            $crate::state::Screen::Events => {
                let $list = $($borrow)+ $model.lists.events;
                Some($do)
            }
            $crate::state::Screen::Overview | $crate::state::Screen::Connection => None,
        }
    };
}

pub(crate) use {on_list, on_table};

#[cfg(test)]
mod tests;
