//! Something that happened to a connection, for its timeline.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::{AuditEntry, Call, Configured, Episode, Job};
use crate::look::Tone;
use crate::state::detail::Change;
use crate::state::table::{Column, Glance, Listed, Row, STAMP, State};

/// What a moment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The health changed.
    Health,
    /// A call.
    Call,
    /// How calls are set up was changed.
    Config,
    /// A job.
    Job,
    /// A billing alert.
    Alert,
    /// Somebody changed something.
    Audit,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Health,
        Self::Call,
        Self::Config,
        Self::Job,
        Self::Alert,
        Self::Audit,
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Call => "calls",
            Self::Config => "config",
            Self::Job => "jobs",
            Self::Alert => "alerts",
            Self::Audit => "audit",
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What it is about.
    pub topic: Topic,
    /// A sentence.
    pub text: String,
    is_problem: bool,
}

impl From<&Change> for Moment {
    fn from(change: &Change) -> Self {
        Self {
            id: format!("health {}", change.at),
            at: change.at,
            topic: Topic::Health,
            text: format!("{} -> {}: {}", change.before.name(), change.after.name(), change.why),
            is_problem: change.after.is_problem(),
        }
    }
}

impl From<&Call> for Moment {
    fn from(call: &Call) -> Self {
        let code = call.code.map(|code| format!(" {code}")).unwrap_or_default();
        let stopped = if call.stopped.is_empty() {
            String::new()
        } else {
            format!(": {}", call.stopped)
        };
        Self {
            id: call.id.clone(),
            at: call.at,
            topic: Topic::Call,
            text: format!(
                "{} {} {} {}{code}{stopped}",
                call.direction, call.number, call.other_end, call.result
            ),
            is_problem: call.is_problem(),
        }
    }
}

impl From<&Configured> for Moment {
    fn from(change: &Configured) -> Self {
        Self {
            id: change.id.clone(),
            at: change.at,
            topic: Topic::Config,
            text: change.line(),
            is_problem: change.is_problem,
        }
    }
}

impl From<&Job> for Moment {
    fn from(job: &Job) -> Self {
        let error = job.error.as_deref().filter(|_| job.state != "done");
        let error = error.map(|error| format!(": {error}")).unwrap_or_default();
        Self {
            id: job.id.clone(),
            at: job.finished_at.unwrap_or(job.run_at),
            topic: Topic::Job,
            text: format!("{} {}, try {}/{}{error}", job.kind, job.state, job.tries.0, job.tries.1),
            is_problem: job.is_failed(),
        }
    }
}

impl From<&Episode> for Moment {
    fn from(episode: &Episode) -> Self {
        let end = episode.closed_at.map(|_| ", over").unwrap_or_default();
        let note = episode.acknowledged.as_deref();
        let note = note.map(|note| format!(", acknowledged by {note}")).unwrap_or_default();
        Self {
            id: episode.id.clone(),
            at: episode.opened_at,
            topic: Topic::Alert,
            text: format!("{}{end}{note}", episode.text),
            is_problem: episode.closed_at.is_none(),
        }
    }
}

impl From<&AuditEntry> for Moment {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            id: entry.id.clone(),
            at: entry.at,
            topic: Topic::Audit,
            text: format!("{} {} {} {}", entry.actor, entry.action, entry.outcome, entry.details),
            is_problem: entry.is_problem(),
        }
    }
}

impl Row for Moment {
    const SORTS: &'static [&'static str] = &["newest first"];

    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "topic" => self.topic.word().into(),
            "text" => self.text.as_str().into(),
            _ => return None,
        })
    }

    fn whole(&self) -> String {
        format!("{} {}", self.topic.word(), self.text)
    }

    fn compare(&self, other: &Self, _: usize) -> Ordering {
        other.at.cmp(&self.at).then_with(|| other.id.cmp(&self.id))
    }

    fn is_problem(&self) -> bool {
        self.is_problem
    }
}

impl Listed for Moment {
    const HAS_WORDS: bool = false;
    const COLUMNS: &'static [Column] = &[
        Column::left("TIME", 15, 0),
        Column::left("WHAT", 6, 0),
        Column::rest("WHAT HAPPENED", 0),
    ];

    fn state(&self) -> State {
        if self.is_problem {
            State::new("!", "!", "", Some(Tone::Degraded))
        } else {
            State::new(" ", " ", "", None)
        }
    }

    fn cells(&self, glance: Glance) -> Vec<String> {
        vec![
            glance.time(self.at, STAMP),
            self.topic.word().to_owned(),
            self.text.clone(),
        ]
    }

    fn account(&self) -> Option<&str> {
        None
    }
}
