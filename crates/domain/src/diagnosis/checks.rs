//! The checks, in the order in which they are asked, and what one of them answers.

use ::entity::NumberId;
use ::entity::test_call::CheckState;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::reasons;
use crate::health::WhoActs;

/// One question about an account or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CheckName {
    /// Is the account SID one?
    SidFormat,
    /// Does Twilio accept the credentials?
    TokenAccepted,
    /// Is the account active at Twilio?
    AccountActive,
    /// Does Twilio place and take calls on the account's credit?
    Credit,
    /// Does Twilio list the number for the account?
    NumberOwned,
    /// Can the number take calls?
    NumberVoice,
    /// Is an agent assigned to the number?
    AgentAssigned,
    /// Does the agent's endpoint answer?
    AgentReachable,
    /// Does the number's routing lead to Callab?
    RoutingOurs,
    /// Does Callab's webhook answer Twilio?
    WebhookAnswered,
    /// Does the signature of Twilio's webhooks fit the stored token?
    SignatureValid,
    /// May the account call the destination's country?
    GeoPermission,
    /// May the account show the number as caller id?
    CallerId,
    /// Do limits of trial or unverified accounts stand in the way?
    TrialLimits,
    /// Does Twilio's error log know of other errors?
    TwilioErrors,
    /// Is there an open incident at Twilio?
    Incidents,
}

impl CheckName {
    /// Every check, in the order in which they are asked.
    pub const ALL: [Self; 16] = [
        Self::SidFormat,
        Self::TokenAccepted,
        Self::AccountActive,
        Self::Credit,
        Self::NumberOwned,
        Self::NumberVoice,
        Self::AgentAssigned,
        Self::AgentReachable,
        Self::RoutingOurs,
        Self::WebhookAnswered,
        Self::SignatureValid,
        Self::GeoPermission,
        Self::CallerId,
        Self::TrialLimits,
        Self::TwilioErrors,
        Self::Incidents,
    ];

    /// The check's name in rows and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SidFormat => "SID_FORMAT",
            Self::TokenAccepted => "TOKEN_ACCEPTED",
            Self::AccountActive => "ACCOUNT_ACTIVE",
            Self::Credit => "CREDIT",
            Self::NumberOwned => "NUMBER_OWNED",
            Self::NumberVoice => "NUMBER_VOICE",
            Self::AgentAssigned => "AGENT_ASSIGNED",
            Self::AgentReachable => "AGENT_REACHABLE",
            Self::RoutingOurs => "ROUTING_OURS",
            Self::WebhookAnswered => "WEBHOOK_ANSWERED",
            Self::SignatureValid => "SIGNATURE_VALID",
            Self::GeoPermission => "GEO_PERMISSION",
            Self::CallerId => "CALLER_ID",
            Self::TrialLimits => "TRIAL_LIMITS",
            Self::TwilioErrors => "TWILIO_ERRORS",
            Self::Incidents => "INCIDENTS",
        }
    }

    /// What a line of the list is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SidFormat => "Account SID well-formed",
            Self::TokenAccepted => "Credentials accepted",
            Self::AccountActive => "Twilio account active",
            Self::Credit => "Credit at Twilio",
            Self::NumberOwned => "Number still in the account",
            Self::NumberVoice => "Number takes calls",
            Self::AgentAssigned => "Agent assigned",
            Self::AgentReachable => "Agent reachable",
            Self::RoutingOurs => "Calls are routed to Callab",
            Self::WebhookAnswered => "Callab answers Twilio",
            Self::SignatureValid => "Twilio's signature valid",
            Self::GeoPermission => "Destination permitted",
            Self::CallerId => "Caller id allowed",
            Self::TrialLimits => "No limit of the account",
            Self::TwilioErrors => "Twilio's error log",
            Self::Incidents => "No incident at Twilio",
        }
    }

    /// The checks that have to be good before this one can be asked.
    ///
    /// What Callab knows by itself does not wait for Twilio: with a rejected token the numbers are shown as they were last seen.
    #[must_use]
    pub fn depends_on(self) -> &'static [Self] {
        match self {
            Self::SidFormat | Self::NumberOwned | Self::AgentAssigned | Self::Incidents => &[],
            Self::TokenAccepted => &[Self::SidFormat],
            Self::AccountActive | Self::TwilioErrors => &[Self::TokenAccepted],
            Self::Credit | Self::GeoPermission | Self::TrialLimits => &[Self::AccountActive],
            Self::NumberVoice => &[Self::NumberOwned],
            Self::AgentReachable => &[Self::AgentAssigned],
            Self::RoutingOurs => &[Self::NumberOwned, Self::AgentAssigned],
            Self::WebhookAnswered => &[Self::RoutingOurs],
            Self::SignatureValid => &[Self::WebhookAnswered],
            Self::CallerId => &[Self::AccountActive, Self::NumberOwned],
        }
    }

    /// Whether no call can work while it fails. The others explain, and stop nothing by themselves.
    #[must_use]
    pub fn must_pass(self) -> bool {
        !matches!(self, Self::TwilioErrors | Self::Incidents)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_depends_on_earlier_ones_alone() {
        for (n, name) in CheckName::ALL.into_iter().enumerate() {
            for needed in name.depends_on() {
                let place = CheckName::ALL.iter().position(|other| other == needed).unwrap();
                assert!(place < n, "{name:?} depends on {needed:?}, which comes later");
            }
        }
    }

    #[test]
    fn names_are_the_same_in_rows_and_in_json() {
        for name in CheckName::ALL {
            assert_eq!(serde_json::to_value(name).unwrap(), name.as_str());
        }
    }
}
