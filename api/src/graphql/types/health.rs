//! Connection health.

use ::entity::evidence::{Reason, RightEvidence};
use ::entity::{health_change, twilio_account};
use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use domain::Services;
use domain::health::{self, ReasonCode, WhoActs};

use super::mirror::mirror;

mirror! {
    /// Connection health: can calls work through this account?
    pub enum HealthState of ::entity::twilio_account::Health {
        /// Switched off in Callab.
        Disabled,
        /// Twilio reports the account suspended or closed.
        Suspended,
        /// The first full check has not finished.
        Unverified,
        /// Calls cannot work now.
        Failing,
        /// There is no valid evidence, for a cause on Callab's side. Says nothing of the customer.
        #[graphql(name = "UNKNOWN")]
        Undetermined,
        /// Works in part.
        Degraded,
        /// Works.
        Healthy,
    }
}

/// Who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "WhoActs")]
pub enum ResponsibleParty {
    /// The customer, at Twilio or in the web app.
    Customer,
    /// Callab.
    Callab,
    /// Twilio: one can only wait, or ask its support.
    Twilio,
}

/// Why a health is what it is.
#[derive(SimpleObject)]
pub struct HealthReason {
    /// A stable code for programs. Example: `CREDENTIALS_REJECTED`.
    code: String,
    /// What it means, in English, for people.
    text: String,
    /// What it rests on, in a few words with its figures; null where the text says all. Example: `12 of 40`.
    evidence: Option<String>,
    /// Who can do something about it; null where that is not known, and where somebody wanted it so: disconnected or paused.
    who_acts: Option<ResponsibleParty>,
    /// Twilio's error code behind it. Example: `20003`.
    twilio_code: Option<i32>,
}

impl From<&Reason> for HealthReason {
    fn from(reason: &Reason) -> Self {
        let known = ReasonCode::parse(&reason.code);
        Self {
            code: reason.code.clone(),
            text: known.map_or_else(|| reason.code.clone(), |known| known.text().to_owned()),
            evidence: reason.evidence.clone(),
            who_acts: known.and_then(ReasonCode::who_acts).map(Into::into),
            twilio_code: reason.twilio_code,
        }
    }
}

/// Connection health, computed by Callab once and shown everywhere the same.
#[derive(SimpleObject)]
pub struct ConnectionHealth {
    /// The state.
    state: HealthState,
    /// Since when it is in this state.
    since: DateTime<Utc>,
    /// The weightiest reason; null when healthy.
    reason: Option<HealthReason>,
    /// Every reason, the weightiest first; empty when healthy.
    reasons: Vec<HealthReason>,
    /// When Twilio was last asked, whatever it said; null before the first time. A health is as fresh as this.
    as_of: Option<DateTime<Utc>>,
    /// Whether nobody asked Twilio for longer than twice the time between checks. Never count such an account as healthy.
    is_stale: bool,
    /// The state as it was last known, where `state` is `UNKNOWN` because the evidence is too old; else null.
    last_known_state: Option<HealthState>,
    /// Whether there were no calls in the quarter of an hour before the last evaluation.
    is_idle: bool,
    /// Whether it changes more often than three times in an hour.
    is_flapping: bool,
}

impl ConnectionHealth {
    /// An account's health as it is told now.
    pub(super) fn of(account: &twilio_account::Model, services: &Services) -> Self {
        let shown = health::shown(account, &services.limits, services.clock.now());
        let reasons: Vec<HealthReason> = shown.reasons.0.iter().map(HealthReason::from).collect();
        Self {
            state: (&shown.health).into(),
            since: shown.since,
            reason: shown.reasons.0.first().map(HealthReason::from),
            reasons,
            as_of: account.checked_at,
            is_stale: shown.is_stale,
            last_known_state: shown.last_known.as_ref().map(HealthState::from),
            is_idle: account.idle,
            is_flapping: shown.flaps,
        }
    }
}

/// A change of an account's health.
#[derive(SimpleObject)]
pub struct HealthChange {
    /// The state until then.
    before: HealthState,
    /// The state from then on.
    after: HealthState,
    /// Why, the weightiest first; empty when it became healthy.
    reasons: Vec<HealthReason>,
    /// When.
    at: DateTime<Utc>,
}

impl From<health_change::Model> for HealthChange {
    fn from(row: health_change::Model) -> Self {
        Self {
            before: (&row.before).into(),
            after: (&row.after).into(),
            reasons: row.reasons.0.iter().map(HealthReason::from).collect(),
            at: row.at,
        }
    }
}

mirror! {
    /// A right at Twilio that Callab needs. Calls need `NUMBERS` and `CALLS`; without one of the others something is not shown.
    pub enum TwilioRight of ::entity::evidence::Right {
        /// Read the account: its status and type. Standard API keys have not got it.
        Account,
        /// Read and change phone numbers.
        Numbers,
        /// Place and read calls.
        Calls,
        /// Read usage.
        Usage,
        /// Read the balance.
        Balance,
        /// Read Twilio's error log.
        Alerts,
        /// Read which countries may be called.
        Permissions,
    }
}

mirror! {
    /// What Twilio answered when a right was tried.
    pub enum RightAnswer of ::entity::evidence::RightAnswer {
        /// It may be used.
        Granted,
        /// These credentials may not.
        Denied,
        /// The credentials belong to another Twilio region.
        WrongRegion,
        /// The token worked before and does not any more: it was changed at Twilio.
        Rotated,
        /// The account is suspended.
        Suspended,
        /// The account is closed.
        Closed,
        /// The account is not active: no funds, or its sign-up is not finished.
        NotActive,
        /// A limit of trial accounts.
        Trial,
        /// Too many requests at once; says nothing of the right.
        Throttled,
        /// No answer, or none that can be read; says nothing of the right.
        Unreachable,
        /// Callab cannot open the sealed credential; Twilio was not asked.
        CannotOpen,
        /// There is no such thing in this account, such as a balance in a subaccount.
        NotApplicable,
    }
}

/// The newest answer of Twilio's to one right.
#[derive(SimpleObject)]
pub struct AccountRight {
    /// Which right.
    right: TwilioRight,
    /// What Twilio answered.
    answer: RightAnswer,
    /// Twilio's error code behind it. Example: `20003`.
    twilio_code: Option<i32>,
    /// Since when the answer is this one.
    since: DateTime<Utc>,
    /// When it was last asked.
    as_of: DateTime<Utc>,
}

impl From<&RightEvidence> for AccountRight {
    fn from(evidence: &RightEvidence) -> Self {
        Self {
            right: (&evidence.right).into(),
            answer: (&evidence.answer).into(),
            twilio_code: evidence.twilio_code,
            since: evidence.since,
            as_of: evidence.at,
        }
    }
}
