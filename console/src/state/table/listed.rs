//! Rows in columns: what a screen, a spreadsheet and a copy are made of.

use chrono::{DateTime, Utc};

use super::Row;
use crate::look::Tone;

/// A column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub head: &'static str,
    /// How many columns of the terminal it takes; 0 for what is left.
    pub width: usize,
    /// Whether it is set to the right.
    pub is_right: bool,
    /// The narrowest list that it is shown in.
    pub from: usize,
}

impl Column {
    /// Set to the left; shown in lists of `from` columns and more.
    #[must_use]
    pub const fn left(head: &'static str, width: usize, from: usize) -> Self {
        Self {
            head,
            width,
            is_right: false,
            from,
        }
    }

    /// Set to the right; shown in lists of `from` columns and more.
    #[must_use]
    pub const fn right(head: &'static str, width: usize, from: usize) -> Self {
        Self {
            head,
            width,
            is_right: true,
            from,
        }
    }

    /// Takes what is left.
    #[must_use]
    pub const fn rest(head: &'static str) -> Self {
        Self::left(head, 0, 0)
    }
}

/// The state of a row: a sign, a word that may be empty, and a colour that only repeats them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    sign: &'static str,
    ascii: &'static str,
    /// The word, at most four letters.
    pub word: &'static str,
    /// The colour.
    pub tone: Option<Tone>,
}

impl State {
    /// A state with its sign, its sign in ASCII, its word and its colour.
    #[must_use]
    pub const fn new(sign: &'static str, ascii: &'static str, word: &'static str, tone: Option<Tone>) -> Self {
        Self {
            sign,
            ascii,
            word,
            tone,
        }
    }

    /// Its sign.
    #[must_use]
    pub fn sign(self, ascii: bool) -> &'static str {
        if ascii { self.ascii } else { self.sign }
    }
}

/// A row of a list.
pub trait Listed: Row {
    /// Whether its states have words beside their signs.
    const HAS_WORDS: bool;

    /// Its columns, behind its state.
    const COLUMNS: &'static [Column];

    /// Its state.
    fn state(&self) -> State;

    /// What stands in each of its columns.
    fn cells(&self, now: DateTime<Utc>) -> Vec<String>;

    /// The id of the connection that it belongs to.
    fn account(&self) -> Option<&str>;

    /// Twilio's id of it, which may be shared.
    fn sid(&self) -> Option<&str> {
        None
    }

    /// Its columns with their heads, as they are copied.
    fn facts(&self, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
        let heads = Self::COLUMNS.iter().map(|column| column.head);
        heads
            .zip(self.cells(now))
            .filter(|(_, cell)| !cell.is_empty())
            .collect()
    }
}
