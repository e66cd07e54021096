//! The cursor of a table, and what of the table is seen around it.

use chrono::{DateTime, Utc};

use super::{Row, Table};

impl<R: Row> Table<R> {
    pub(super) fn select(&mut self, cursor: usize) {
        if self.order.is_empty() {
            return; // What is hidden is still meant once it is shown again.
        }
        self.cursor = cursor.min(self.order.len().saturating_sub(1));
        self.selected = self.at(self.cursor).map(|row| row.id().to_owned());
    }

    /// The row at a place in the order.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&R> {
        self.order.get(place).map(|row| self.rows[*row].as_ref())
    }

    /// The selected row; none where it is gone.
    #[must_use]
    pub fn selected(&self) -> Option<&R> {
        let id = self.selected.as_deref()?;
        self.at(self.cursor).filter(|row| row.id() == id)
    }

    /// Where the cursor is.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Moves the cursor by rows.
    pub fn step(&mut self, by: isize, now: DateTime<Utc>) {
        self.moved_at = Some(now);
        let last = self.order.len().saturating_sub(1);
        self.select(self.cursor.saturating_add_signed(by).min(last));
    }

    /// Moves the cursor to the first or the last row.
    pub fn to_end(&mut self, last: bool, now: DateTime<Utc>) {
        self.moved_at = Some(now);
        self.select(if last { self.order.len() } else { 0 });
    }

    /// Selects a row by its id, where it is shown.
    pub fn select_id(&mut self, id: &str, now: DateTime<Utc>) -> bool {
        let Some(place) = self.place_of(id) else { return false };
        self.moved_at = Some(now);
        self.select(place);
        true
    }

    /// Moves to the next or the previous row that somebody has to look at, around the ends.
    pub fn to_problem(&mut self, forward: bool, now: DateTime<Utc>) -> bool {
        self.to_next(forward, now, Row::is_problem)
    }

    /// Moves to the next or the previous row that is of some kind, around the ends.
    pub fn to_next(&mut self, forward: bool, now: DateTime<Utc>, is_meant: impl Fn(&R) -> bool) -> bool {
        let count = self.order.len();
        let found = (1..=count).map(|step| {
            let step = if forward { step } else { count - step % count.max(1) };
            (self.cursor + step) % count.max(1)
        });
        let problem = found.into_iter().find(|place| self.at(*place).is_some_and(&is_meant));
        if let Some(place) = problem {
            self.moved_at = Some(now);
            self.select(place);
        }
        problem.is_some()
    }

    /// Stops the order from following, or lets it go on.
    pub fn freeze(&mut self, now: DateTime<Utc>) {
        self.frozen_at = if self.frozen_at.is_some() { None } else { Some(now) };
    }

    /// Since when the order does not follow, and how many changes wait.
    #[must_use]
    pub fn frozen(&self) -> Option<(DateTime<Utc>, usize)> {
        self.frozen_at.map(|at| (at, self.waiting))
    }

    /// The rows to draw in `height` lines, with their places: the cursor's is among them.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = (usize, &R)> {
        let first = self.first_visible(height);
        let last = (first + height).min(self.order.len());
        (first..last).filter_map(|place| Some((place, self.at(place)?)))
    }

    /// The first place that is drawn.
    #[must_use]
    pub fn first_visible(&self, height: usize) -> usize {
        let height = height.max(1);
        let least = (self.cursor + 1).saturating_sub(height);
        let most = self.order.len().saturating_sub(height);
        self.offset.clamp(least, self.cursor.max(least)).min(most)
    }

    /// Remembers where the view stands, after it was drawn.
    pub fn settle(&mut self, height: usize) {
        self.offset = self.first_visible(height);
    }
}
