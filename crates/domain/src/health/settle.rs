//! From an assessment to what is shown: getting worse shows at once, getting better takes two evaluations, and many changes in an
//! hour are flapping.

use ::entity::evidence::Reasons;
use ::entity::twilio_account::{self, Health};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::Set;

use super::Assessment;

/// So many evaluations in a row have to find an account better before it is shown so.
const BETTER_TAKES: i32 = 2;

/// More changes than this within [`FLAPS_WITHIN`] are flapping.
pub(super) const FLAPS_ABOVE: usize = 3;

/// The time in which changes are counted.
const FLAPS_WITHIN: TimeDelta = TimeDelta::hours(1);

/// What an evaluation makes of an account's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    /// The health that is shown.
    pub health: Health,
    /// Why.
    pub reasons: Reasons,
    /// How many evaluations in a row found it better than that.
    pub better: i32,
    /// Whether it had no calls.
    pub idle: bool,
}

/// What is shown after an evaluation.
pub(super) fn settle(before: &twilio_account::Model, assessed: Assessment) -> Settled {
    let better = before.better_evaluations + 1;
    if is_better(&before.health, &assessed.health) && better < BETTER_TAKES {
        return Settled {
            health: before.health.clone(),
            reasons: before.health_reasons.clone(),
            better,
            idle: assessed.idle,
        };
    }
    Settled {
        health: assessed.health,
        reasons: Reasons(assessed.reasons),
        better: 0,
        idle: assessed.idle,
    }
}

/// Whether the customer's side got better. What was not known before, or was switched off, shows at once.
fn is_better(shown: &Health, found: &Health) -> bool {
    let badness = |health: &Health| match health {
        Health::Suspended => Some(3),
        Health::Failing => Some(2),
        Health::Degraded => Some(1),
        Health::Healthy => Some(0),
        Health::Disabled | Health::Unverified | Health::Undetermined | Health::Unknown(_) => None,
    };
    matches!((badness(shown), badness(found)), (Some(shown), Some(found)) if found < shown)
}

/// Until when the health counts as flapping, by the times of its newest changes, newest first.
pub(super) fn flaps_until(newest: &[DateTime<Utc>], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = *newest.get(FLAPS_ABOVE)? + FLAPS_WITHIN;
    (until > now).then_some(until)
}

impl Settled {
    /// Whether the row says something else.
    pub(super) fn differs(&self, before: &twilio_account::Model) -> bool {
        self.health != before.health
            || self.reasons != before.health_reasons
            || self.better != before.better_evaluations
            || self.idle != before.idle
    }

    /// Writes it on the row; `health_since` moves only when the health does.
    pub(super) fn write(
        self,
        row: &mut twilio_account::ActiveModel,
        before: &twilio_account::Model,
        at: DateTime<Utc>,
    ) {
        if self.health != before.health {
            row.health_since = Set(at);
        }
        let first = self.reasons.0.first();
        row.health_reason = Set(first.map(|reason| reason.code.clone()));
        row.health_twilio_code = Set(first.and_then(|reason| reason.twilio_code));
        row.health = Set(self.health);
        row.health_reasons = Set(self.reasons);
        row.better_evaluations = Set(self.better);
        row.idle = Set(self.idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    #[test]
    fn four_changes_within_an_hour_are_flapping_until_the_first_of_them_is_an_hour_old() {
        assert_eq!(flaps_until(&[at(30), at(20), at(10)], at(30)), None);
        assert_eq!(flaps_until(&[at(30), at(20), at(10), at(5)], at(30)), Some(at(65)));
        assert_eq!(flaps_until(&[at(70), at(20), at(10), at(5)], at(70)), None);
    }

    #[test]
    fn only_a_way_back_that_the_customer_sees_takes_two() {
        assert!(is_better(&Health::Failing, &Health::Degraded));
        assert!(is_better(&Health::Suspended, &Health::Healthy));
        for (shown, found) in [
            (Health::Healthy, Health::Failing),
            (Health::Unverified, Health::Healthy),
            (Health::Undetermined, Health::Healthy),
            (Health::Disabled, Health::Healthy),
            (Health::Failing, Health::Disabled),
            (Health::Failing, Health::Undetermined),
        ] {
            assert!(!is_better(&shown, &found), "{shown} to {found}");
        }
    }
}
