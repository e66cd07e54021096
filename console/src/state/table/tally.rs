//! What the rows come to together, kept up as they change: to look at ten thousand of them for every frame takes longer than to draw it.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::Row;
use crate::state::health::Health;

/// What a row counts as.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Counted {
    /// Its state.
    pub health: Health,
    /// Whether that is older than it should be.
    pub is_stale: bool,
}

/// How many rows there are of each kind, and which of them fail since when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: HashMap<Counted, usize>,
    failing: BTreeSet<(DateTime<Utc>, String)>,
}

impl Tally {
    /// That of some rows.
    pub(super) fn of<'r, R: Row>(rows: impl Iterator<Item = &'r R>) -> Self {
        let mut tally = Self::default();
        rows.for_each(|row| tally.add(row));
        tally
    }

    pub(super) fn add<R: Row>(&mut self, row: &R) {
        if let Some(counted) = row.counted() {
            *self.counts.entry(counted).or_default() += 1;
        }
        if let Some(since) = row.failing_since() {
            self.failing.insert((since, row.id().to_owned()));
        }
    }

    pub(super) fn remove<R: Row>(&mut self, row: &R) {
        if let Some(counted) = row.counted()
            && let Some(count) = self.counts.get_mut(&counted)
        {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&counted);
            }
        }
        if let Some(since) = row.failing_since() {
            self.failing.remove(&(since, row.id().to_owned()));
        }
    }

    /// How many there are of each kind.
    pub fn counts(&self) -> impl Iterator<Item = (&Counted, usize)> {
        self.counts.iter().map(|(counted, count)| (counted, *count))
    }

    /// The ids of those that fail since a moment, or since a later one.
    pub fn failing_since(&self, at: DateTime<Utc>) -> impl Iterator<Item = &str> {
        self.failing.range((at, String::new())..).map(|(_, id)| id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::cmp::Ordering;

    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::state::table::Table;

    #[derive(Clone, Debug, PartialEq)]
    struct Item(String, Health, u32);

    impl Row for Item {
        const SORTS: &'static [&'static str] = &["worst"];
        const FIELDS: &'static [&'static str] = &[];

        fn id(&self) -> &str {
            &self.0
        }

        fn field(&self, _: &str) -> Option<Cow<'_, str>> {
            None
        }

        fn whole(&self) -> String {
            self.0.clone()
        }

        fn compare(&self, other: &Self, _: usize) -> Ordering {
            self.1.rank().cmp(&other.1.rank())
        }

        fn counted(&self) -> Option<Counted> {
            Some(Counted {
                health: self.1.clone(),
                is_stale: self.2.is_multiple_of(2),
            })
        }

        fn failing_since(&self) -> Option<DateTime<Utc>> {
            (self.1 == Health::Failing).then(|| at(self.2))
        }
    }

    fn at(second: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 27, 14, 0, second).unwrap()
    }

    fn item() -> impl Strategy<Value = Item> {
        (0..9, 0..Health::ALL.len(), 0..60_u32)
            .prop_map(|(id, health, since)| Item(format!("row-{id}"), Health::ALL[health].clone(), since))
    }

    proptest! {
        /// Whatever comes, changes and goes: it is as if all were counted now.
        #[test]
        fn it_is_what_counting_all_would_be(steps in proptest::collection::vec((0..8, item()), 1..60), since in 0..60_u32) {
            let mut table = Table::default();
            for (step, item) in steps {
                match step {
                    0 => table.retain(|row: &Item| row.1 != item.1),
                    1 => drop(table.keep_first(4)),
                    2 if item.2 == 0 => table.clear(),
                    3 => {
                        table.begin_reading();
                        table.put(item, at(59));
                        table.forget_unread();
                    }
                    // Some are told late: what was told before them stays.
                    _ => table.put(item.clone(), at(item.2)),
                }
                prop_assert_eq!(table.tally(), &Tally::of(table.rows()));
                let failing = table.rows().filter(|row| row.1 == Health::Failing && row.2 >= since).count();
                prop_assert_eq!(table.tally().failing_since(at(since)).count(), failing);
            }
        }
    }
}
