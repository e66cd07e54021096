//! Rows with a cursor, a filter and an order: the same on every screen.
//!
//! The cursor is bound to a row's id, never to its place. Values change in place at once; the order follows only while nobody
//! moves.

mod arrange;
mod cursor;
mod listed;
mod tally;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::filter::Filter;
pub use arrange::{Arranged, Plan};
pub use listed::{Column, Glance, Listed, STAMP, State, stamp};
pub use tally::{Counted, Tally};

/// For so long after a key the order stays as it is.
const STILL: TimeDelta = TimeDelta::seconds(3);

/// What a table holds.
pub trait Row: Clone + PartialEq + Send + Sync + 'static {
    /// The orders that it can be shown in, by their names; the first is the usual one.
    const SORTS: &'static [&'static str];

    /// Its id in the API.
    fn id(&self) -> &str;

    /// The names of its fields, as filters use them.
    const FIELDS: &'static [&'static str];

    /// A field by one of those names; none where the row has nothing there.
    fn field(&self, name: &str) -> Option<Cow<'_, str>>;

    /// The word that the screen shows for it, where that is another.
    fn shown_word(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }

    /// All of its text that words of a filter are looked for in.
    fn whole(&self) -> String;

    /// Which of two comes first in an order.
    fn compare(&self, other: &Self, sort: usize) -> Ordering;

    /// Whether somebody has to look at it.
    fn is_problem(&self) -> bool {
        false
    }

    /// What it counts as; none where rows of its type are not counted.
    fn counted(&self) -> Option<Counted> {
        None
    }

    /// Since when it fails; none where it does not.
    fn failing_since(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// Whether another row tells the same where this filter is on.
    fn is_repetition(&self, _: &Filter) -> bool {
        false
    }
}

/// How far the reading of a table is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Load {
    /// Nothing was asked yet.
    #[default]
    Not,
    /// Pages come in.
    Loading {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// Everything is there.
    Whole {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// Everything was read, and something is missing in it.
    Partial {
        /// Since when.
        at: DateTime<Utc>,
        /// What, in a sentence.
        why: String,
    },
    /// The operator's role may not see it.
    Forbidden {
        /// Why, in a sentence.
        why: String,
    },
    /// It broke off. What was read before is still there.
    Failed {
        /// When.
        at: DateTime<Utc>,
        /// Why, in a sentence.
        why: String,
    },
}

/// Where a row is kept, and from when it is.
#[derive(Clone, Copy, Debug)]
struct Kept {
    place: usize,
    told_at: DateTime<Utc>,
}

/// Rows, and how they are looked at.
#[derive(Clone, Debug)]
pub struct Table<R> {
    rows: Vec<Arc<R>>,
    /// While everything is read anew: the rows that were put so far.
    read: Option<HashSet<String>>,
    kept: HashMap<String, Kept>,
    tally: Tally,
    order: Vec<usize>,
    generation: u64,
    arranged: u64,
    /// The generation in which rows were last taken away: an order that was made before is of other places.
    removed: u64,
    selected: Option<String>,
    cursor: usize,
    offset: usize,
    moved_at: Option<DateTime<Utc>>,
    /// Until somebody moves, the cursor stands on the first row, whatever comes before it.
    is_at_top: bool,
    /// The generation in which the operator last had other rows shown, until one of those is selected.
    looked_at: Option<u64>,
    frozen_at: Option<DateTime<Utc>>,
    waiting: usize,
    /// What is shown.
    pub filter: Filter,
    /// Whether only rows that somebody has to look at are shown.
    pub problems_only: bool,
    /// The order, by its place in [`Row::SORTS`].
    pub sort: usize,
    /// Whether columns are shown that there is no room for, and from which one on.
    pub wide: Option<usize>,
    /// How far the reading is.
    pub load: Load,
    /// Whether the last reading failed: what is shown is of an earlier one, until one comes to its end.
    pub is_old: bool,
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            read: None,
            kept: HashMap::new(),
            tally: Tally::default(),
            order: Vec::new(),
            generation: 0,
            arranged: 0,
            removed: 0,
            selected: None,
            cursor: 0,
            offset: 0,
            moved_at: None,
            is_at_top: false,
            looked_at: None,
            frozen_at: None,
            waiting: 0,
            filter: Filter::default(),
            problems_only: false,
            sort: 0,
            wide: None,
            load: Load::Not,
            is_old: false,
        }
    }
}

impl<R: Row> Table<R> {
    /// Puts a row in the place of the one with its id, or behind all others. It is as it was at a moment: one that was told later stays,
    /// and one that tells nothing new changes nothing but its age.
    pub fn put(&mut self, row: R, told_at: DateTime<Utc>) {
        if let Some(read) = &mut self.read {
            read.insert(row.id().to_owned());
        }
        if let Some(kept) = self.kept.get_mut(row.id()) {
            if told_at < kept.told_at {
                return;
            }
            kept.told_at = told_at;
            if *self.rows[kept.place] == row {
                return;
            }
            self.tally.remove(self.rows[kept.place].as_ref());
            self.tally.add(&row);
            self.rows[kept.place] = Arc::new(row);
        } else {
            let place = self.rows.len();
            self.kept.insert(row.id().to_owned(), Kept { place, told_at });
            self.tally.add(&row);
            self.rows.push(Arc::new(row));
        }
        self.generation += 1;
        self.waiting += 1;
    }

    /// From when a row is; none where there is no such row.
    #[must_use]
    pub fn told_at(&self, id: &str) -> Option<DateTime<Utc>> {
        self.kept.get(id).map(|kept| kept.told_at)
    }

    /// How often its rows, or how it is looked at, became others.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// All rows, in no order.
    pub fn rows(&self) -> impl Iterator<Item = &R> {
        self.rows.iter().map(AsRef::as_ref)
    }

    /// All rows, in no order, to be read on another thread.
    #[must_use]
    pub fn shared(&self) -> &[Arc<R>] {
        &self.rows
    }

    /// A row by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&R> {
        self.kept.get(id).map(|kept| self.rows[kept.place].as_ref())
    }

    /// A reading broke off: what was read before stays, and is old.
    pub fn broke_off(&mut self, load: Load) {
        self.load = load;
        self.is_old = true;
    }

    /// A reading came to its end.
    pub fn was_read(&mut self, load: Load) {
        self.load = load;
        self.is_old = false;
    }

    /// Everything is read anew from now on.
    pub fn begin_reading(&mut self) {
        self.read = Some(HashSet::new());
    }

    /// Everything was read: takes the rows away that are not there any more.
    pub fn forget_unread(&mut self) {
        let read = self.read.take().unwrap_or_default();
        self.retain(|row| read.contains(row.id()));
    }

    /// Takes the rows away that do not stay.
    pub fn retain(&mut self, stays: impl Fn(&R) -> bool) {
        if self.rows.iter().all(|row| stays(row)) {
            return;
        }
        let order = self.in_order();
        self.rows.retain(|row| stays(row));
        self.took_away(&order);
    }

    /// Keeps the first rows of the usual order, so many at most, and answers how many it took away.
    pub fn keep_first(&mut self, most: usize) -> usize {
        let gone = self.rows.len().saturating_sub(most);
        if gone > 0 {
            let order = self.in_order();
            self.rows.sort_by(|a, b| a.compare(b, 0));
            self.rows.truncate(most);
            self.took_away(&order);
        }
        gone
    }

    /// The rows that are shown, in their order.
    fn in_order(&self) -> Vec<Arc<R>> {
        self.order.iter().map(|place| self.rows[*place].clone()).collect()
    }

    /// The order is of places that are others now: what is left stays in the order that it had, until that may follow.
    fn took_away(&mut self, order: &[Arc<R>]) {
        let mut before = std::mem::take(&mut self.kept);
        for (place, row) in self.rows.iter().enumerate() {
            if let Some((id, kept)) = before.remove_entry(row.id()) {
                self.kept.insert(id, Kept { place, ..kept });
            }
        }
        self.tally = Tally::of(self.rows.iter().map(AsRef::as_ref));
        self.generation += 1;
        self.removed = self.generation;
        let left = order.iter().filter_map(|row| self.kept.get(row.id()));
        self.order = left.map(|kept| kept.place).collect();
        self.find_cursor(false);
    }

    /// Takes all rows away.
    pub fn clear(&mut self) {
        *self = Self {
            filter: std::mem::take(&mut self.filter),
            problems_only: self.problems_only,
            sort: self.sort,
            generation: self.generation + 1,
            removed: self.generation + 1,
            ..Self::default()
        };
    }

    /// Keeps the cursor on the first row until somebody moves it: what is newest stays in view.
    pub fn stay_at_top(&mut self) {
        self.is_at_top = true;
    }

    /// The operator has other rows shown: where the selected one is not among them, the first is selected.
    pub fn look_anew(&mut self) {
        self.generation += 1;
        self.looked_at = Some(self.generation);
    }

    /// Whether none of its rows is shown, by what the filter says or as only problems are.
    #[must_use]
    pub fn hides_all(&self) -> bool {
        let makes_sense = self.filter.fault(R::FIELDS).is_none();
        makes_sense && !self.rows.is_empty() && self.order.is_empty() && self.arranged == self.generation
    }

    /// Whether the cursor stands on the last row that is shown.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.cursor + 1 >= self.order.len()
    }

    /// How many rows there are, and how many are shown.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.rows.len(), self.order.len())
    }

    /// What all rows come to together, also those that are not shown.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// How many of some rows are shown, by their ids.
    #[must_use]
    pub fn shown_of<'i>(&self, ids: impl Iterator<Item = &'i str>) -> usize {
        let mut places: Vec<usize> = ids.filter_map(|id| self.kept.get(id)).map(|kept| kept.place).collect();
        if self.order.len() == self.rows.len() {
            return places.len();
        }
        places.sort_unstable();
        let is_one = |place: &&usize| places.binary_search(place).is_ok();
        self.order.iter().filter(is_one).count()
    }

    /// What to arrange, where something changed and the order may follow.
    #[must_use]
    pub fn plan(&self, now: DateTime<Utc>) -> Option<Plan<R>> {
        let is_still = self.moved_at.is_none_or(|at| now - at >= STILL) && self.frozen_at.is_none();
        (self.arranged != self.generation && (is_still || self.order.is_empty())).then(|| self.plan_now())
    }

    /// What to arrange at once: the filter or the order was changed.
    #[must_use]
    pub fn plan_now(&self) -> Plan<R> {
        Plan {
            generation: self.generation,
            rows: self.rows.clone(),
            filter: self.filter.clone(),
            problems_only: self.problems_only,
            sort: self.sort,
        }
    }

    /// Takes over an order. The selected row stays selected; if it is gone, the cursor keeps its place and selects nothing, unless
    /// the operator had other rows shown.
    pub fn arranged(&mut self, arranged: Arranged) {
        if arranged.generation < self.removed {
            return; // Of rows that are not there any more.
        }
        self.arranged = arranged.generation;
        self.order = arranged.order;
        self.waiting = 0;
        let is_new_look = self.looked_at.is_some_and(|looked| self.arranged >= looked);
        if is_new_look && !self.order.is_empty() {
            self.looked_at = None;
        }
        self.find_cursor(is_new_look);
    }

    /// Puts the cursor where its row is now.
    fn find_cursor(&mut self, is_new_look: bool) {
        if self.is_at_top && self.moved_at.is_none() {
            return self.select(0);
        }
        let place = self.selected.as_deref().and_then(|id| self.place_of(id));
        match (place, &self.selected) {
            (Some(place), _) => self.cursor = place,
            (None, Some(_)) if !is_new_look => self.cursor = self.cursor.min(self.order.len().saturating_sub(1)),
            (None, _) => self.select(0),
        }
    }

    fn place_of(&self, id: &str) -> Option<usize> {
        let row = self.kept.get(id)?.place;
        self.order.iter().position(|place| *place == row)
    }
}

#[cfg(test)]
mod tests;
