//! Connection health: can calls work through this account? Computed here and nowhere else.

use ::entity::twilio_account::{self, AccountState, CredentialState, Health, TwilioStatus};
use chrono::{DateTime, Utc};

use crate::Limits;

/// A health with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The state. The first that applies, in the order of [`assess`].
    pub health: Health,
    /// Why, as a stable code; none when healthy.
    pub reason: Option<&'static str>,
}

/// Who can do something about a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoActs {
    /// The customer, at Twilio or in the web app.
    Customer,
    /// Callab.
    Callab,
}

/// Every reason: its code, what it means, and who acts.
pub const REASONS: &[(&str, &str, WhoActs)] = &[
    (
        "DISCONNECTED",
        "The account is disconnected from Callab.",
        WhoActs::Customer,
    ),
    (
        "SUSPENDED_AT_TWILIO",
        "Twilio has suspended the account; only Twilio or its owner can lift that.",
        WhoActs::Customer,
    ),
    (
        "CLOSED_AT_TWILIO",
        "The account is closed at Twilio, for good.",
        WhoActs::Customer,
    ),
    ("NOT_YET_CHECKED", "The first check has not finished.", WhoActs::Callab),
    (
        "CREDENTIALS_REJECTED",
        "Twilio rejected the Auth Token twice; paste the current one.",
        WhoActs::Customer,
    ),
    (
        "CREDENTIALS_REJECTED_ONCE",
        "Twilio rejected the Auth Token once; confirming.",
        WhoActs::Callab,
    ),
    (
        "ACCOUNT_NOT_ACTIVE",
        "Twilio says the account is not active: it needs funds, or its sign-up is not finished.",
        WhoActs::Customer,
    ),
    (
        "INSUFFICIENT_RIGHTS",
        "The credentials lack a right that Callab needs.",
        WhoActs::Customer,
    ),
    (
        "REFUSED_BY_TWILIO",
        "Twilio refused to tell about the account; its code says why.",
        WhoActs::Callab,
    ),
    (
        "NOT_CHECKED_LATELY",
        "Callab has no answer of Twilio's that is recent enough to judge by.",
        WhoActs::Callab,
    ),
];

/// The sentence and the person behind a reason's code.
#[must_use]
pub fn explain(reason: &str) -> Option<(&'static str, WhoActs)> {
    REASONS
        .iter()
        .find(|(code, ..)| *code == reason)
        .map(|(_, text, who)| (*text, *who))
}

/// Judges an account by what is stored of it. Evidence older than twice its job's interval counts for nothing.
#[must_use]
pub fn assess(account: &twilio_account::Model, limits: &Limits, now: DateTime<Utc>) -> Assessment {
    let because = |health, reason| Assessment {
        health,
        reason: Some(reason),
    };
    if account.state == AccountState::Disconnected {
        return because(Health::Disabled, "DISCONNECTED");
    }
    match account.twilio_status {
        TwilioStatus::Suspended => return because(Health::Suspended, "SUSPENDED_AT_TWILIO"),
        TwilioStatus::Closed => return because(Health::Suspended, "CLOSED_AT_TWILIO"),
        TwilioStatus::Active | TwilioStatus::Unknown(_) => {}
    }
    match account.credential_state {
        CredentialState::Rejected => return because(Health::Failing, "CREDENTIALS_REJECTED"),
        CredentialState::RejectedOnce => return because(Health::Degraded, "CREDENTIALS_REJECTED_ONCE"),
        CredentialState::Accepted | CredentialState::Unknown(_) => {}
    }
    match account.verified_at {
        None => because(Health::Unverified, "NOT_YET_CHECKED"),
        Some(at) if now - at > chrono_of(limits.check_every * 2) => because(Health::Undetermined, "NOT_CHECKED_LATELY"),
        Some(_) => Assessment {
            health: Health::Healthy,
            reason: None,
        },
    }
}

fn chrono_of(duration: std::time::Duration) -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(duration).unwrap_or(chrono::TimeDelta::MAX)
}
