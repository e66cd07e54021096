//! A job: what a worker does, waits to do, or gave up.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::{NAME, Owner, SENTENCE};
use crate::look::Tone;
use crate::queries::jobs::Job as Told;
use crate::scrub::scrub;
use crate::state::table::{Column, Glance, Listed, Row, State};
use crate::view::text::age;

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id in the API.
    pub id: String,
    /// Its kind, such as `sync-numbers`.
    pub kind: String,
    /// Its state, in a word.
    pub state: String,
    /// Whose connection it is about.
    pub owner: Owner,
    /// Which try it is in, and how many there are.
    pub tries: (i32, i32),
    /// How far it is.
    pub progress: Option<String>,
    /// Why the last try failed.
    pub error: Option<String>,
    /// The tries that failed: when and why.
    pub failed: Vec<(Option<DateTime<Utc>>, String)>,
    /// When it is due, or was.
    pub run_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether it can be called off.
    pub is_cancelable: bool,
}

impl From<&Told> for Job {
    fn from(told: &Told) -> Self {
        let failed = told.failed_attempts.iter().map(|attempt| {
            let error = attempt.error.as_deref().unwrap_or("not known");
            (attempt.at, scrub(error, SENTENCE))
        });
        Self {
            id: told.id.inner().to_owned(),
            kind: scrub(&told.kind, NAME),
            state: told.state.word(),
            owner: Owner::of(told.account.as_ref()),
            tries: (told.attempt, told.max_attempts),
            progress: told.progress.as_deref().map(|progress| scrub(progress, NAME)),
            error: told.last_error.as_deref().map(|error| scrub(error, SENTENCE)),
            failed: failed.collect(),
            run_at: told.run_at,
            finished_at: told.finished_at,
            is_cancelable: told.is_cancelable,
        }
    }
}

impl Job {
    /// Whether it was given up and can be tried again.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.state == "failed"
    }
}

impl Row for Job {
    const SORTS: &'static [&'static str] = &["failed first", "newest", "kind"];
    const FIELDS: &'static [&'static str] = &["state", "kind", "customer", "connection", "error"];

    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "state" => self.state.as_str().into(),
            "kind" => self.kind.as_str().into(),
            "customer" => self.owner.customer.as_str().into(),
            "connection" => self.owner.label.as_str().into(),
            "error" => self.error.as_deref()?.into(),
            _ => return None,
        })
    }

    fn whole(&self) -> String {
        let error = self.error.as_deref().unwrap_or_default();
        format!("{} {} {} {error}", self.state, self.kind, self.owner.name())
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        let newest = || other.run_at.cmp(&self.run_at).then_with(|| other.id.cmp(&self.id));
        let rank = |row: &Self| match row.state.as_str() {
            "failed" => 0,
            "running" => 1,
            "waiting" => 2,
            _ => 3,
        };
        match sort {
            1 => newest(),
            2 => self.kind.cmp(&other.kind).then_with(newest),
            _ => rank(self).cmp(&rank(other)).then_with(newest),
        }
    }

    fn is_problem(&self) -> bool {
        self.is_failed()
    }
}

impl Listed for Job {
    const HAS_WORDS: bool = false;
    const COLUMNS: &'static [Column] = &[
        Column::left("STATE", 8, 0),
        Column::left("KIND", 18, 0).down_to(14),
        Column::left("CUSTOMER", 24, 70).down_to(16),
        Column::left("TRY", 7, 60),
        Column::right("WHEN", 6, 0),
        Column::rest("HOW FAR, OR WHY NOT", 0),
    ];

    fn may_change(&self) -> bool {
        self.finished_at.is_none()
    }

    fn state(&self) -> State {
        match self.state.as_str() {
            "failed" => State::new("✖", "X", "", Some(Tone::Failing)),
            "running" => State::new("▸", ">", "", None),
            _ => State::new(" ", " ", "", None),
        }
    }

    fn cells(&self, glance: Glance) -> Vec<String> {
        let now = glance.now;
        let at = self.finished_at.unwrap_or(self.run_at);
        let when = if at > now {
            format!("in {}", age(now, at))
        } else {
            age(at, now)
        };
        let told = match (self.state.as_str(), &self.progress, &self.error) {
            ("done", ..) => String::new(),
            (_, Some(progress), _) if self.state == "running" => progress.clone(),
            (_, _, Some(error)) => error.clone(),
            (_, progress, None) => progress.clone().unwrap_or_default(),
        };
        vec![
            self.state.clone(),
            self.kind.clone(),
            self.owner.name(),
            format!("{}/{}", self.tries.0, self.tries.1),
            when,
            told,
        ]
    }

    fn account(&self) -> Option<&str> {
        self.owner.account()
    }
}
