//! What broke a moment ago, until it was under the cursor.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::Model;
use super::connection::Connection;
use super::health::Health;

/// What failed within this is newly failing.
const NEWLY: TimeDelta = TimeDelta::minutes(5);

/// The connections that failed a moment ago and were under the cursor since: by their ids, since when they fail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(HashMap<String, DateTime<Utc>>);

impl Seen {
    /// Whether a connection fails for a moment only, and nobody had the cursor on it since.
    #[must_use]
    pub fn lacks(&self, row: &Connection, now: DateTime<Utc>) -> bool {
        is_new(row, now) && self.0.get(&row.id) != Some(&row.since)
    }

    /// The cursor is on a connection.
    pub fn see(&mut self, row: &Connection, now: DateTime<Utc>) {
        if self.lacks(row, now) {
            self.0.retain(|_, since| now - *since < NEWLY);
            self.0.insert(row.id.clone(), row.since);
        }
    }
}

fn is_new(row: &Connection, now: DateTime<Utc>) -> bool {
    *row.judged() == Health::Failing && now - row.since < NEWLY
}

impl Model {
    /// How many connections fail for a moment only and were not looked at, and how many of them can be gone to: a filter hides the others.
    #[must_use]
    pub fn newly_failing(&self) -> (usize, usize) {
        let selected = self.connections.selected().map(|row| row.id.as_str());
        let lately = self.connections.tally().failing_since(self.now - NEWLY);
        let is_unseen = |row: &&Connection| self.seen.lacks(row, self.now) && selected != Some(row.id.as_str());
        let unseen = lately.filter_map(|id| self.connections.get(id)).filter(is_unseen);
        let ids: Vec<&str> = unseen.map(|row| row.id.as_str()).collect();
        (ids.len(), self.connections.shown_of(ids.iter().copied()))
    }
}
