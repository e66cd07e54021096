//! Something that happened, in the order of all events.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Owner, SENTENCE};
use crate::queries::events::{Event as Told, Subject};
use crate::scrub::{in_words, scrub};
use crate::state::table::{Column, Glance, Listed, Row, STAMP, State};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its cursor: its place in the order.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What, in words.
    pub kind: String,
    /// Whose it is.
    pub owner: Owner,
    /// What it happened to: a number as it is masked, or a call's SID; empty where the connection says it.
    pub about: String,
    /// What is worth telling of it.
    pub details: String,
    /// The `CallSid`, where it is about a call.
    sid: Option<String>,
    is_problem: bool,
}

impl From<&Told> for Event {
    fn from(told: &Told) -> Self {
        let (account, about, sid) = match &told.subject {
            Some(Subject::TwilioAccount(account)) => (Some(account), String::new(), None),
            Some(Subject::PhoneNumber(number)) => (number.account.as_ref(), scrub(&number.number, 40), None),
            Some(Subject::Call(call)) => {
                let sid = scrub(&call.sid, 34);
                (call.account.as_ref(), sid.clone(), Some(sid))
            }
            Some(Subject::Other) | None => (None, String::new(), None),
        };
        Self {
            id: told.cursor.clone(),
            at: told.at,
            kind: told.kind.words(),
            owner: Owner::of_account_or(account, told.workspace.as_ref()),
            about,
            details: details(&told.data),
            sid,
            is_problem: is_problem(&told.data),
        }
    }
}

/// Whether what is told of it says that something broke.
fn is_problem(data: &Value) -> bool {
    let says = |field: &str, word: &str| data[field].as_str() == Some(word);
    says("health", "FAILING") || says("routing", "DRIFTED") || says("verdict", "FAIL") || data["problem"].is_string()
}

/// Words and figures; the ids of other rows say nothing to people, and what is inside of something is in the row in full.
fn details(data: &Value) -> String {
    let fields = data.as_object().into_iter().flatten();
    let told = fields.filter_map(|(name, value)| {
        let value = match value {
            Value::String(word) if is_word(word) => in_words(word),
            Value::Number(figure) => figure.to_string(),
            Value::Bool(is_so) => is_so.to_string(),
            _ => return None,
        };
        Some(format!("{} {value}", scrub(name, 40)))
    });
    scrub(&told.collect::<Vec<_>>().join(", "), SENTENCE)
}

/// A code or a word; ids have both cases, or figures.
fn is_word(text: &str) -> bool {
    let is_all = |case: fn(&char) -> bool| text.chars().all(|c| case(&c) || c == '_' || c == '-');
    is_all(char::is_ascii_uppercase) || is_all(char::is_ascii_lowercase)
}

impl Row for Event {
    const SORTS: &'static [&'static str] = &["newest first", "what", "customer"];
    const FIELDS: &'static [&'static str] = &["event", "what", "customer", "connection", "about", "details"];

    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "event" | "what" => self.kind.as_str().into(),
            "customer" => self.owner.customer.as_str().into(),
            "connection" => self.owner.label.as_str().into(),
            "about" => self.about.as_str().into(),
            "details" => self.details.as_str().into(),
            _ => return None,
        })
    }

    fn whole(&self) -> String {
        format!("{} {} {} {}", self.kind, self.owner.name(), self.about, self.details)
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        let newest = || other.at.cmp(&self.at).then_with(|| other.id.cmp(&self.id));
        match sort {
            1 => self.kind.cmp(&other.kind).then_with(newest),
            2 => self.owner.name().cmp(&other.owner.name()).then_with(newest),
            _ => newest(),
        }
    }

    fn is_problem(&self) -> bool {
        self.is_problem
    }
}

impl Listed for Event {
    const HAS_WORDS: bool = false;
    const COLUMNS: &'static [Column] = &[
        Column::left("TIME", 15, 0),
        Column::left("EVENT", 22, 0).down_to(17),
        Column::left("CUSTOMER", 24, 70).down_to(16),
        Column::id("ABOUT", 16, 90),
        Column::rest("DETAILS", 100),
    ];

    fn state(&self) -> State {
        State::of_problem(self.is_problem)
    }

    fn cells(&self, glance: Glance) -> Vec<String> {
        vec![
            glance.time(self.at, STAMP),
            self.kind.clone(),
            self.owner.name(),
            self.about.clone(),
            self.details.clone(),
        ]
    }

    fn account(&self) -> Option<&str> {
        self.owner.account()
    }

    fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn details_are_words_and_figures_without_ids() {
        let data = json!({ "health": "FAILING", "account": "VHdpbGlvOjE", "sequence": 7, "status": "in-progress", "synced": { "new": 1 }, "gone": null });
        assert_eq!(details(&data), "health failing, sequence 7, status in-progress");
        assert!(is_problem(&data) && !is_problem(&json!({ "health": "HEALTHY" })));
    }
}
