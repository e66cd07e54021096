//! Something that happened to a connection, for its timeline.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::{AuditEntry, Call, Configured, Episode, Job};
use crate::state::detail::Change;
use crate::state::filter::Filter;
use crate::state::table::{Column, Glance, Listed, Row, STAMP, State, Table};

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
    /// Who changed the configuration, where that is known.
    by: Option<String>,
    /// Whether it is an act that a change of configuration tells as well.
    is_told_as_change: bool,
}

impl Moment {
    fn new(id: String, at: DateTime<Utc>, topic: Topic, text: String) -> Self {
        Self {
            id,
            at,
            topic,
            text,
            is_problem: false,
            by: None,
            is_told_as_change: false,
        }
    }

    fn with_problem(self, is_problem: bool) -> Self {
        Self { is_problem, ..self }
    }

    /// The sentence, after who did it.
    fn told(&self) -> Cow<'_, str> {
        match (self.topic, &self.by) {
            (Topic::Config, Some(by)) => format!("{by}: {}", self.text).into(),
            _ => self.text.as_str().into(),
        }
    }
}

/// So many moments of a connection are kept, the newest.
pub const MOMENTS_KEPT: usize = 500;

/// Where what somebody did is both an entry of the audit log and a change of configuration, the change says who it was, and the
/// entry is shown with its own topic only. The API writes the two in one transaction, with the same moment.
pub fn tell_acts_once(timeline: &mut Table<Moment>, now: DateTime<Utc>) {
    let changes = timeline.rows().filter(|row| row.topic == Topic::Config);
    let moments: HashSet<DateTime<Utc>> = changes.map(|row| row.at).collect();
    let acts = timeline.rows().filter(|row| row.topic == Topic::Audit);
    let told: Vec<Moment> = acts
        .map(|row| Moment {
            is_told_as_change: !row.is_problem && moments.contains(&row.at),
            ..row.clone()
        })
        .collect();
    for moment in told {
        if timeline.get(&moment.id) != Some(&moment) {
            timeline.put(moment, now);
        }
    }
}

impl From<&Change> for Moment {
    fn from(change: &Change) -> Self {
        let text = change.line();
        let id = format!("health {}", change.at);
        Self::new(id, change.at, Topic::Health, text).with_problem(change.after.is_problem())
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
        let text = format!(
            "{} {} {} {}{code}{stopped}",
            call.direction, call.number, call.other_end, call.result
        );
        Self::new(call.id.clone(), call.at, Topic::Call, text).with_problem(call.is_problem())
    }
}

impl From<&Configured> for Moment {
    fn from(change: &Configured) -> Self {
        Self {
            by: change.by.clone(),
            ..Self::new(change.id.clone(), change.at, Topic::Config, change.line()).with_problem(change.is_problem)
        }
    }
}

impl From<&Job> for Moment {
    fn from(job: &Job) -> Self {
        let error = job.error.as_deref().filter(|_| job.state != "done");
        let error = error.map(|error| format!(": {error}")).unwrap_or_default();
        let at = job.finished_at.unwrap_or(job.run_at);
        let text = format!("{} {}, try {}/{}{error}", job.kind, job.state, job.tries.0, job.tries.1);
        Self::new(job.id.clone(), at, Topic::Job, text).with_problem(job.is_failed())
    }
}

impl From<&Episode> for Moment {
    fn from(episode: &Episode) -> Self {
        let end = episode.closed_at.map(|_| ", over").unwrap_or_default();
        let note = episode.acknowledged.as_deref();
        let note = note.map(|note| format!(", acknowledged by {note}")).unwrap_or_default();
        let text = format!("{}{end}{note}", episode.text);
        Self::new(episode.id.clone(), episode.opened_at, Topic::Alert, text).with_problem(episode.closed_at.is_none())
    }
}

impl From<&AuditEntry> for Moment {
    fn from(entry: &AuditEntry) -> Self {
        let text = format!("{} {} {} {}", entry.who(), entry.action, entry.outcome, entry.details);
        Self::new(entry.id.clone(), entry.at, Topic::Audit, text).with_problem(entry.is_problem())
    }
}

impl Row for Moment {
    const SORTS: &'static [&'static str] = &["newest first"];
    const FIELDS: &'static [&'static str] = &["topic", "text"];

    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "topic" => self.topic.word().into(),
            "text" => self.told(),
            _ => return None,
        })
    }

    fn whole(&self) -> String {
        format!("{} {}", self.topic.word(), self.told())
    }

    fn compare(&self, other: &Self, _: usize) -> Ordering {
        other.at.cmp(&self.at).then_with(|| other.id.cmp(&self.id))
    }

    fn is_problem(&self) -> bool {
        self.is_problem
    }

    fn is_repetition(&self, filter: &Filter) -> bool {
        self.is_told_as_change && !filter.has_field("topic")
    }
}

impl Listed for Moment {
    const HAS_WORDS: bool = false;
    const COLUMNS: &'static [Column] = &[
        Column::left("TIME", 15, 0),
        Column::left("WHAT", 6, 46),
        Column::rest("WHAT HAPPENED", 0),
    ];

    fn state(&self) -> State {
        State::of_problem(self.is_problem)
    }

    fn cells(&self, glance: Glance) -> Vec<String> {
        vec![
            glance.time(self.at, STAMP),
            self.topic.word().to_owned(),
            self.told().into_owned(),
        ]
    }

    fn account(&self) -> Option<&str> {
        None
    }
}
