//! Rows in columns: what a screen, a spreadsheet and a copy are made of.

use chrono::{DateTime, Local, Utc};

use super::Row;
use crate::look::Tone;

/// From when, and from where, something is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// The moment: ages are counted up to it.
    pub now: DateTime<Utc>,
    /// Whether times are shown in UTC rather than in the operator's own zone.
    pub is_utc: bool,
}

impl Glance {
    /// A time by a format of [`chrono::format::strftime`].
    #[must_use]
    pub fn time(self, at: DateTime<Utc>, format: &str) -> String {
        if self.is_utc {
            at.format(format).to_string()
        } else {
            at.with_timezone(&Local).format(format).to_string()
        }
    }
}

/// How the time of something that happened is shown in a list.
pub const STAMP: &str = "%d %b %H:%M:%S";

/// The same in twelve columns: to the second today, to the minute on another day.
#[must_use]
pub fn stamp(at: DateTime<Utc>, glance: Glance) -> String {
    let is_today = glance.time(at, "%F") == glance.time(glance.now, "%F");
    glance.time(at, if is_today { "%H:%M:%S" } else { "%d %b %H:%M" })
}

/// A column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub head: &'static str,
    /// How many columns of the terminal it takes; 0 for what is left.
    pub width: usize,
    /// Whether it is set to the right.
    pub is_right: bool,
    /// Whether it holds ids: their beginnings and ends tell them apart, so they are cut in the middle.
    pub is_id: bool,
    /// How narrow it may become where there is little room.
    pub least: usize,
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
            is_id: false,
            least: width,
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
            is_id: false,
            least: width,
            from,
        }
    }

    /// Ids; shown in lists of `from` columns and more.
    #[must_use]
    pub const fn id(head: &'static str, width: usize, from: usize) -> Self {
        Self {
            is_id: true,
            ..Self::left(head, width, from)
        }
    }

    /// Takes what is left; shown in lists of `from` columns and more. Of the row under the cursor it is told below the list where it
    /// has no room, or too little.
    #[must_use]
    pub const fn rest(head: &'static str, from: usize) -> Self {
        Self {
            least: head.len(),
            ..Self::left(head, 0, from)
        }
    }

    /// The same, which may become so narrow where there is little room.
    #[must_use]
    pub const fn down_to(self, least: usize) -> Self {
        Self { least, ..self }
    }

    /// Whether it takes what is left.
    #[must_use]
    pub const fn is_rest(&self) -> bool {
        self.width == 0
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

    /// Whether something is wrong, in a list whose rows have no other state.
    #[must_use]
    pub const fn of_problem(is_problem: bool) -> Self {
        if is_problem {
            Self::new("!", "!", "", Some(Tone::Degraded))
        } else {
            Self::new(" ", " ", "", None)
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
    fn cells(&self, glance: Glance) -> Vec<String>;

    /// The id of the connection that it belongs to.
    fn account(&self) -> Option<&str>;

    /// Whether it may become another by itself: what goes on, or is looked after.
    fn may_change(&self) -> bool {
        false
    }

    /// Twilio's id of it, which may be shared.
    fn sid(&self) -> Option<&str> {
        None
    }

    /// Its columns with their heads, as they are copied.
    fn facts(&self, glance: Glance) -> Vec<(&'static str, String)> {
        let heads = Self::COLUMNS.iter().map(|column| column.head);
        heads
            .zip(self.cells(glance))
            .filter(|(_, cell)| !cell.is_empty())
            .collect()
    }
}
