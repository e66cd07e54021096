//! What a reader is told of an account's health: evidence that has grown old since the last evaluation counts for nothing.

use ::entity::evidence::Reasons;
use ::entity::twilio_account::{self, Health};
use chrono::{DateTime, Utc};

use super::{ReasonCode, counts_for};
use crate::Limits;

/// A health as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The state.
    pub health: Health,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why, the weightiest first; empty when healthy.
    pub reasons: Reasons,
    /// The state as it was last known, where `health` is unknown because the evidence is too old.
    pub last_known: Option<Health>,
    /// Whether nobody asked Twilio for longer than twice the time between checks.
    pub is_stale: bool,
    /// Whether it changes more often than three times in an hour.
    pub flaps: bool,
}

/// What is told of an account's health now.
///
/// The workers write `UNKNOWN` themselves when evidence grows old; a reader says so even if there are none to do it.
#[must_use]
pub fn shown(account: &twilio_account::Model, limits: &Limits, now: DateTime<Utc>) -> Shown {
    let until = account.checked_at.map(|at| at + counts_for(limits));
    let expired = until.filter(|until| *until < now);
    let as_it_stands = Shown {
        health: account.health.clone(),
        since: account.health_since,
        reasons: account.health_reasons.clone(),
        last_known: None,
        is_stale: expired.is_some() && account.health != Health::Disabled,
        flaps: account.flaps_until.is_some_and(|until| until > now),
    };
    match (expired, &account.health) {
        (_, Health::Disabled | Health::Undetermined) | (None, _) => as_it_stands,
        (Some(expired), known) => Shown {
            health: Health::Undetermined,
            since: expired,
            reasons: Reasons(vec![ReasonCode::NotCheckedLately.into()]),
            last_known: Some(known.clone()),
            ..as_it_stands
        },
    }
}
