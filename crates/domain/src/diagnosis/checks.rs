//! The checks, in the order in which they are asked, and what one of them answers.

use ::entity::NumberId;
use ::entity::test_call::CheckState;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Trouble};
use super::over::stops;
use crate::checklist::{CheckName, WhoActs, reasons};

/// A routing field that is not what Callab wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Twilio's name of the field, such as `voice_url`.
    pub field: String,
    /// What Callab wrote; none for a field that is to be empty. Of addresses the host alone.
    pub expected: Option<String>,
    /// What stands there. Of addresses the host alone.
    pub actual: Option<String>,
}

/// One check with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Which.
    pub name: CheckName,
    /// The answer.
    pub state: CheckState,
    /// Why, as a stable code; none when it passed.
    pub reason: Option<String>,
    /// What was seen, in a sentence. No phone number and no secret.
    pub evidence: String,
    /// What should be, where a value can say it.
    pub expected: Option<String>,
    /// What is.
    pub actual: Option<String>,
    /// The routing fields that differ.
    pub differences: Vec<Difference>,
    /// Twilio's error code behind it.
    pub twilio_code: Option<i32>,
    /// Twilio's own words, for a code that Callab cannot explain.
    pub twilio_text: Option<String>,
    /// The earlier check that fails for the same cause.
    pub same_cause_as: Option<CheckName>,
    /// The numbers that it is about, where an account was asked for: at most five.
    pub numbers: Vec<NumberId>,
    /// Whether some of an account's numbers fail it, and others do not.
    #[serde(default)]
    pub fails_for_some: bool,
    /// When the newest of the evidence was seen; none where there is none.
    pub as_of: Option<DateTime<Utc>>,
    /// Whether the evidence is older than it should be.
    pub is_stale: bool,
}

impl Check {
    fn new(name: CheckName, state: CheckState, evidence: impl Into<String>) -> Self {
        Self {
            name,
            state,
            reason: None,
            evidence: evidence.into(),
            expected: None,
            actual: None,
            differences: Vec::new(),
            twilio_code: None,
            twilio_text: None,
            same_cause_as: None,
            numbers: Vec::new(),
            fails_for_some: false,
            as_of: None,
            is_stale: false,
        }
    }

    pub(super) fn pass(name: CheckName, evidence: impl Into<String>) -> Self {
        Self::new(name, CheckState::Pass, evidence)
    }

    pub(super) fn fail(name: CheckName, reason: &str, evidence: impl Into<String>) -> Self {
        Self::new(name, CheckState::Fail, evidence).because(reason)
    }

    pub(super) fn warn(name: CheckName, reason: &str, evidence: impl Into<String>) -> Self {
        Self::new(name, CheckState::Warn, evidence).because(reason)
    }

    /// What a trouble says of a check: it fails, or warns where the trouble stops nothing. As old as the trouble.
    pub(super) fn of_trouble(
        seen: &Evidence,
        name: CheckName,
        (trouble, reason): (&Trouble, &str),
        evidence: impl Into<String>,
    ) -> Self {
        let state = if stops(seen, trouble) {
            CheckState::Fail
        } else {
            CheckState::Warn
        };
        Self::new(name, state, evidence)
            .because(reason)
            .with_code(trouble.code)
            .seen(Some(trouble.at), seen.now, seen.fresh.calls)
    }

    pub(super) fn unknown(name: CheckName, reason: &str, evidence: impl Into<String>) -> Self {
        Self::new(name, CheckState::Undetermined, evidence).because(reason)
    }

    pub(super) fn not_reached(name: CheckName, evidence: impl Into<String>) -> Self {
        Self::new(name, CheckState::NotReached, evidence)
    }

    fn because(self, reason: &str) -> Self {
        Self {
            reason: Some(reason.to_owned()),
            ..self
        }
    }

    /// The same, with Twilio's code behind it.
    pub(super) fn with_code(self, twilio_code: Option<i32>) -> Self {
        Self { twilio_code, ..self }
    }

    /// The same, seen then. Evidence older than `fresh_for` is stale; without evidence there is nothing to be stale.
    pub(super) fn seen(self, at: Option<DateTime<Utc>>, now: DateTime<Utc>, fresh_for: std::time::Duration) -> Self {
        let fresh_for = chrono::TimeDelta::from_std(fresh_for).unwrap_or(chrono::TimeDelta::MAX);
        Self {
            as_of: at,
            is_stale: at.is_some_and(|at| now - at > fresh_for),
            ..self
        }
    }

    /// The same, seen then, unless its own evidence said when.
    pub(super) fn or_seen(self, at: Option<DateTime<Utc>>, now: DateTime<Utc>, fresh_for: std::time::Duration) -> Self {
        if self.as_of.is_some() {
            self
        } else {
            self.seen(at, now, fresh_for)
        }
    }

    /// The same, with what should be and what is.
    pub(super) fn expecting(self, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self {
            expected: Some(expected.into()),
            actual: Some(actual.into()),
            ..self
        }
    }

    /// Whether it stands in the way.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.state == CheckState::Fail
    }

    /// What happened, in a sentence for the customer; none when it passed or was not asked.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        let reason = self.reason.as_deref()?;
        Some(reasons::sentence(reason, self.twilio_code, self.twilio_text.as_deref()))
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> Option<&'static str> {
        reasons::explain(self.reason.as_deref()?).map(|reason| reason.fix)
    }

    /// Who can do it.
    #[must_use]
    pub fn who_acts(&self) -> Option<WhoActs> {
        reasons::explain(self.reason.as_deref()?).map(|reason| reason.who_acts)
    }
}
