//! How old what is shown is: told by what was read and what was told of it, never by a mere sign of life.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Link, Model, Screen, on_list};
use crate::state::table::Load;

/// For so long what was told of a connection is fresh; then it is asked for again, if it is looked at.
pub const FRESH_FOR: TimeDelta = TimeDelta::seconds(60);

/// A reading of all connections, in pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The cursor behind which the awaited page begins; none for the first.
    pub after: Option<String>,
    /// Whether all of them are there, and are read again beside what is shown.
    pub is_quiet: bool,
}

impl Model {
    /// The moment that everything on the screen is at least as new as; none before anything was read. While the live view is down it is
    /// not later than the last word of the socket, whatever else the API answers.
    #[must_use]
    pub fn as_of(&self) -> Option<DateTime<Utc>> {
        let told = match self.screen {
            Screen::Overview => self.connections_as_of(),
            Screen::Connection => self.opened.as_ref().and_then(|opened| opened.read_at),
            screen => on_list!(self, screen, |list| list.read_at).flatten(),
        };
        match &self.link {
            Link::Down { since, .. } => Some(told.map_or(*since, |told| told.min(*since))),
            _ => told,
        }
    }

    /// That of the rows on the screen: as new as the oldest of them.
    fn connections_as_of(&self) -> Option<DateTime<Utc>> {
        let rows = self.connections.visible(usize::from(crate::view::rows(self).1));
        let oldest = rows.filter_map(|(_, row)| self.connections.told_at(&row.id)).min();
        oldest.or(match self.connections.load {
            Load::Whole { at } | Load::Partial { at, .. } => Some(at),
            _ => None,
        })
    }

    /// Whether what is known of a connection was told a moment ago.
    #[must_use]
    pub fn is_fresh(&self, id: &str) -> bool {
        let told_at = self.connections.told_at(id);
        !self.is_offline() && told_at.is_some_and(|at| self.now - at <= FRESH_FOR)
    }
}
