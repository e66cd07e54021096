//! Which columns of a list there is room for, and how wide each is.

use unicode_width::UnicodeWidthStr;

use super::text::{cut, fit, middle, right};
use crate::state::table::{Column, Listed, Table};

/// What parts columns.
pub(super) const GAP: &str = "  ";

/// Cursor, mark, sign, and the room behind them.
pub(super) const SIGN: usize = 5;

/// A state's word, and the room behind it.
pub(super) const WORD: usize = 5;

/// The head of the column that tells whose a row is.
const WHOSE: &str = "CUSTOMER";

/// The least room of the column that takes what is left, where all are moved through.
const LEAST: usize = 24;

/// A column that is shown.
pub(super) struct Shown {
    pub(super) column: Column,
    pub(super) width: usize,
    /// Its place in the row's cells.
    pub(super) place: usize,
    /// How narrow it may become.
    least: usize,
}

impl Shown {
    pub(super) fn cell(&self, text: &str) -> String {
        if self.column.is_right {
            right(&cut(text, self.width), self.width)
        } else if self.column.is_id {
            fit(&middle(text, self.width), self.width)
        } else {
            fit(text, self.width)
        }
    }
}

/// The columns of a list that is so wide, each whole: what there is no room for is left out. Whose the rows are is not told where
/// all are of one connection.
pub(super) fn shown<R: Listed>(table: &Table<R>, width: usize, of_one: bool) -> Vec<Shown> {
    let first = table
        .wide
        .map_or(0, |first| first.min(R::COLUMNS.len().saturating_sub(1)));
    let is_wide = table.wide.is_some();
    let is_new = |column: &Column| !of_one || column.head != WHOSE;
    // What is not repeated leaves its room to the others.
    let whose = R::COLUMNS
        .iter()
        .filter(|column| !is_new(column) && column.from <= width);
    let room = width + whose.map(|column| column.width + GAP.len()).sum::<usize>();
    let mut columns: Vec<Shown> = R::COLUMNS
        .iter()
        .enumerate()
        .skip(first)
        .filter(|(_, column)| (is_wide || column.from <= room) && is_new(column))
        .map(|(place, column)| Shown {
            column: *column,
            width: column.width,
            place,
            least: column.least,
        })
        .collect();
    let width = width.saturating_sub(state_width::<R>());
    if is_wide {
        move_through(&mut columns, width);
    } else {
        give_way(&mut columns, width);
    }
    columns
}

/// Whoever moves through all columns sees each as wide as it is, and comes to the one that takes what is left, too.
fn move_through(columns: &mut Vec<Shown>, room: usize) {
    let left = room.saturating_sub(taken(columns)).max(LEAST.min(room));
    for rest in columns.iter_mut().filter(|shown| shown.column.is_rest()) {
        rest.width = left;
    }
    while columns.len() > 1 && taken(columns) > room {
        columns.pop();
    }
    if let [alone] = columns.as_mut_slice() {
        alone.width = alone.width.min(room);
    }
}

/// Where there is no room for all of them, those that have more than they need give way; the one that takes what is left is the
/// first to go, then the last ones.
fn give_way(columns: &mut Vec<Shown>, room: usize) {
    let needed = |columns: &[Shown]| columns.iter().map(|shown| shown.least).sum::<usize>() + gaps(columns);
    if needed(columns) > room {
        columns.retain(|shown| !shown.column.is_rest());
    }
    while columns.len() > 1 && needed(columns) > room {
        columns.pop();
    }
    let rest = columns.iter_mut().find(|shown| shown.column.is_rest());
    if let Some(rest) = rest {
        rest.width = rest.least;
    }
    while taken(columns) > room {
        let widest = columns.iter_mut().max_by_key(|shown| shown.width - shown.least);
        let Some(widest) = widest.filter(|shown| shown.width > shown.least) else {
            break; // One alone, on a terminal that is narrower than any that is drawn on.
        };
        widest.width -= 1;
    }
    let left = room.saturating_sub(taken(columns));
    if let Some(rest) = columns.iter_mut().find(|shown| shown.column.is_rest()) {
        rest.width += left;
    }
}

fn taken(columns: &[Shown]) -> usize {
    columns.iter().map(|shown| shown.width).sum::<usize>() + gaps(columns)
}

fn gaps(columns: &[Shown]) -> usize {
    columns.len().saturating_sub(1) * GAP.len()
}

fn state_width<R: Listed>() -> usize {
    if R::HAS_WORDS { SIGN + WORD } else { SIGN }
}

/// Which of all columns are seen, where they are moved through.
pub(super) fn told<R: Listed>(table: &Table<R>, width: usize, of_one: bool) -> String {
    let shown = shown(table, width, of_one);
    match (table.wide, shown.first(), shown.last()) {
        (Some(_), Some(first), Some(last)) => in_words(first.place + 1, last.place + 1, R::COLUMNS.len()),
        _ => String::new(),
    }
}

/// Which columns are seen of all.
pub(super) fn in_words(first: usize, last: usize, all: usize) -> String {
    if first == last {
        format!(" ─ column {first} of {all}")
    } else {
        format!(" ─ columns {first}–{last} of {all}")
    }
}

/// What the column that takes what is left would tell of the row under the cursor, where it has no room, or too little.
pub(super) fn left_out(cells: Vec<String>, columns: &[Column], shown: &[Shown]) -> Option<String> {
    let place = columns.iter().position(Column::is_rest)?;
    let room = shown.iter().find(|shown| shown.place == place);
    let told = cells.into_iter().nth(place)?;
    (told.width() > room.map_or(0, |shown| shown.width)).then_some(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::rows::{AuditEntry, Call, Episode, Event, Job, Moment, Number};

    /// Every column of a list is whole wherever it is shown, with its head, and the list is never wider than it may be.
    fn fits<R: Listed>() {
        for width in 39..=300 {
            for of_one in [false, true] {
                let mut table = Table::<R>::default();
                let columns = shown(&table, width, of_one);
                assert!(taken(&columns) + state_width::<R>() <= width, "at {width}");
                assert!(columns.len() > 1, "at {width}");
                for shown in &columns {
                    let head = shown.column.head.width();
                    assert!(shown.width >= head, "{} at {width}", shown.column.head);
                }
                for first in 0..R::COLUMNS.len() {
                    table.wide = Some(first);
                    let columns = shown(&table, width, of_one);
                    assert!(taken(&columns) + state_width::<R>() <= width, "{first} at {width}");
                }
            }
        }
    }

    #[test]
    fn columns_fit_at_every_width() {
        fits::<Number>();
        fits::<Call>();
        fits::<Episode>();
        fits::<Job>();
        fits::<AuditEntry>();
        fits::<Event>();
        fits::<Moment>();
    }

    #[test]
    fn of_80_columns_the_audit_log_shows_what_became_of_it_and_the_alerts_what_they_are() {
        let heads = |columns: Vec<Shown>| columns.iter().map(|shown| shown.column.head).collect::<Vec<_>>();
        let audit = shown(&Table::<AuditEntry>::default(), 78, false);
        assert_eq!(heads(audit), ["TIME", "ACTOR", "ACTION", "OUTCOME"]);
        let alerts = shown(&Table::<Episode>::default(), 78, false);
        assert_eq!(alerts[2].width, 36, "an alert is not cut for what is told below");
        assert_eq!(heads(alerts), ["CUSTOMER", "OPEN", "ALERT"]);
    }
}
