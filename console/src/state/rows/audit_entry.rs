//! Who changed what.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::{NAME, Owner, SENTENCE};
use crate::queries::audit::{AuditEntry as Told, AuditOutcome};
use crate::queries::viewer::Role;
use crate::scrub::{scrub, unheard};
use crate::state::table::{Column, Glance, Listed, Row, STAMP, State};

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id in the API.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, as the API shows them to the operator's role.
    pub actor: String,
    /// The word of the role in which they acted; none for a job, a webhook and the API itself.
    pub role: Option<String>,
    /// What the customer calls the API key with which a program acted.
    pub api_key: Option<String>,
    /// What was done.
    pub action: String,
    /// What it was done to.
    pub owner: Owner,
    /// How it ended, and why it was refused.
    pub outcome: String,
    /// What is worth keeping beside it, as JSON.
    pub details: String,
    /// The trace id of the request.
    pub trace: Option<String>,
}

impl From<&Told> for AuditEntry {
    fn from(told: &Told) -> Self {
        let code = told.code.as_deref().map(|code| scrub(code, NAME));
        let outcome = match (&told.outcome, code) {
            (AuditOutcome::Ok, _) => "ok".to_owned(),
            (AuditOutcome::Refused, Some(code)) => format!("refused: {code}"),
            (AuditOutcome::Refused, None) => "refused".to_owned(),
            (AuditOutcome::Started, _) => "started".to_owned(),
            (AuditOutcome::Unknown, _) => "no answer".to_owned(),
            (AuditOutcome::Unheard(word), _) => unheard(word),
        };
        let details = if told.details.as_object().is_some_and(serde_json::Map::is_empty) {
            String::new()
        } else {
            scrub(&told.details.to_string(), SENTENCE)
        };
        Self {
            id: told.id.inner().to_owned(),
            at: told.at,
            actor: scrub(&told.actor, NAME),
            role: told.role.as_ref().map(Role::word),
            api_key: told.api_key.as_ref().map(|key| scrub(&key.name, NAME)),
            action: scrub(&told.action, NAME),
            owner: Owner::of_account_or(told.account.as_ref(), told.workspace.as_ref()),
            outcome,
            details,
            trace: told.trace_id.as_deref().map(|trace| scrub(trace, 64)),
        }
    }
}

impl AuditEntry {
    /// Who it was, and in which role: a program by the name of its key.
    #[must_use]
    pub fn who(&self) -> String {
        who(self.api_key.as_ref().unwrap_or(&self.actor), self.role.as_deref())
    }
}

/// Somebody, and in which role.
pub(super) fn who(name: &str, role: Option<&str>) -> String {
    match role {
        Some(role) => format!("{name} ({role})"),
        None => name.to_owned(),
    }
}

impl Row for AuditEntry {
    const SORTS: &'static [&'static str] = &["newest first", "actor", "action"];
    const FIELDS: &'static [&'static str] = &[
        "actor",
        "role",
        "action",
        "customer",
        "connection",
        "outcome",
        "request",
        "trace",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "actor" => self.api_key.as_ref().unwrap_or(&self.actor).as_str().into(),
            "role" => self.role.as_deref()?.into(),
            "action" => self.action.as_str().into(),
            "customer" => self.owner.customer.as_str().into(),
            "connection" => self.owner.label.as_str().into(),
            "outcome" => self.outcome.as_str().into(),
            "request" | "trace" => self.trace.as_deref()?.into(),
            _ => return None,
        })
    }

    fn whole(&self) -> String {
        format!(
            "{} {} {} {} {}",
            self.who(),
            self.action,
            self.owner.name(),
            self.outcome,
            self.details
        )
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        let newest = || other.at.cmp(&self.at).then_with(|| other.id.cmp(&self.id));
        match sort {
            1 => self.who().cmp(&other.who()).then_with(newest),
            2 => self.action.cmp(&other.action).then_with(newest),
            _ => newest(),
        }
    }

    fn is_problem(&self) -> bool {
        !matches!(self.outcome.as_str(), "ok" | "started")
    }
}

impl Listed for AuditEntry {
    const HAS_WORDS: bool = false;
    const COLUMNS: &'static [Column] = &[
        Column::left("TIME", 15, 0),
        Column::left("ACTOR", 18, 0).down_to(15),
        Column::left("ACTION", 24, 0).down_to(21),
        Column::left("CUSTOMER", 20, 80).down_to(16),
        Column::left("OUTCOME", 17, 0).down_to(14),
        Column::id("REQUEST", 9, 110),
        Column::rest("DETAILS", 130),
    ];

    fn state(&self) -> State {
        State::of_problem(self.is_problem())
    }

    fn cells(&self, glance: Glance) -> Vec<String> {
        vec![
            glance.time(self.at, STAMP),
            self.who(),
            self.action.clone(),
            self.owner.name(),
            self.outcome.clone(),
            self.trace.clone().unwrap_or_default(),
            self.details.clone(),
        ]
    }

    fn account(&self) -> Option<&str> {
        self.owner.account()
    }
}
