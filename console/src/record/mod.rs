//! A field report: what happened to the model, taken down line by line, and played again.
//!
//! Only what comes from outside is taken down: keys, sizes, the time, and the API's answers as it gave them. Never in it: the
//! session, whole phone numbers, and digits that the operator typed, which stand as `0`.

mod recorder;
mod replay;

use std::time::Duration;

use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;
use serde::{Deserialize, Serialize};

use crate::connection::Trouble;
use crate::msg::Question;
use crate::queries::connections::Account;

pub use recorder::Recorder;
pub use replay::replay;

/// The version of the lines.
const VERSION: u32 = 1;

/// A line of a report.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    at: DateTime<Utc>,
    what: Happened,
}

/// What happened.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Happened {
    Begin {
        version: u32,
        program: String,
        size: (u16, u16),
        environment: String,
        writes: bool,
        ascii: bool,
    },
    Tick,
    Key(KeyEvent),
    Paste(String),
    Scroll(isize),
    Click(u16),
    Resize(u16, u16),
    Focus(bool),
    Open,
    Changed(Box<Account>),
    Closed {
        why: Trouble,
        again_in: Duration,
    },
    GapTooBig,
    /// An order was made, or what fits was found, on another thread: the oldest that was not.
    Made,
    SignedOut,
    Answered {
        question: String,
        answer: Result<Vec<String>, Trouble>,
        took: Duration,
    },
}

/// A question without what may be somebody's number: to find it again when it is answered.
fn key_of(question: &Question) -> String {
    without_digits(&format!("{question:?}"))
}

/// The text with a zero for each digit.
fn without_digits(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

/// The text without whole phone numbers.
fn without_numbers(text: &str) -> String {
    const SHORTEST: usize = 7;
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('+') {
        let (before, number) = rest.split_at(place + 1);
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        shown.push_str(before);
        shown.push_str(if digits >= SHORTEST {
            "•••"
        } else {
            &number[..digits]
        });
        rest = &number[digits..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_not_taken_down_and_times_are() {
        for (text, kept) in [
            (r#"{"number":"+4930123456"}"#, r#"{"number":"+•••"}"#),
            ("+1 415 ••• 26", "+1 415 ••• 26"),
            ("2026-11-27T12:31:31+00:00", "2026-11-27T12:31:31+00:00"),
            ("a+b +15005550199+14155550101", "a+b +•••+•••"),
        ] {
            assert_eq!(without_numbers(text), kept);
        }
        assert_eq!(without_digits("+49 30 12a"), "+00 00 00a");
    }
}
