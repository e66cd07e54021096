//! Makes the order of a table: pure, and so on any thread.

use std::sync::Arc;

use super::Row;
use crate::state::filter::{Filter, matcher};

/// Which rows are shown, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arranged {
    /// For which state of the table it was made.
    pub(super) generation: u64,
    /// Places in the table's rows.
    pub(super) order: Vec<usize>,
}

/// What an order is made of: everything that is needed, to make it on another thread.
#[derive(Clone, Debug)]
pub struct Plan<R> {
    pub(super) generation: u64,
    pub(super) rows: Vec<Arc<R>>,
    pub(super) filter: Filter,
    pub(super) problems_only: bool,
    pub(super) sort: usize,
}

impl<R: Row> Plan<R> {
    /// Makes the order. With words in the filter a better match comes first.
    #[must_use]
    pub fn arrange(self) -> Arranged {
        let mut matcher = matcher();
        let has_words = !self.filter.is_empty();
        let mut found: Vec<(usize, u32)> = Vec::with_capacity(self.rows.len());
        // A field that there is not is told in the place of rows.
        let makes_sense = self.filter.fault(R::FIELDS).is_none();
        for (place, row) in self.rows.iter().enumerate().filter(|_| makes_sense) {
            if self.problems_only && !row.is_problem() || row.is_repetition(&self.filter) {
                continue;
            }
            let score = if has_words {
                let texts = |name: &str| [row.field(name), row.shown_word(name)];
                self.filter.score(&mut matcher, texts, &row.whole())
            } else {
                Some(0)
            };
            if let Some(score) = score {
                found.push((place, score));
            }
        }
        found.sort_by(|(a, _), (b, _)| self.rows[*a].compare(&self.rows[*b], self.sort));
        Arranged {
            generation: self.generation,
            order: found.into_iter().map(|(place, _)| place).collect(),
        }
    }
}
