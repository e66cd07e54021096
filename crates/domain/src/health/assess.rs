//! The rule of connection health, pure: what is stored of an account becomes a state and its reasons.

use std::time::Duration;

use ::entity::evidence::{Reason, Right, RightAnswer, RightEvidence};
use ::entity::twilio_account::{self, AccountState, CredentialState, Health, TwilioStatus};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Evidence, ReasonCode};
use crate::Limits;
use crate::calls::Window;

/// So many probes in a row that Twilio does not answer mean that calls cannot work.
const SILENT_PROBES: i32 = 3;

/// A rate needs so many calls; below that it is shown and not judged.
const JUDGED_FROM: u32 = 10;

/// Under this share of calls that connect, in percent, calls count as not working.
const FAILING_BELOW: f64 = 80.0;

/// Under this share they count as working in part.
const DEGRADED_BELOW: f64 = 95.0;

/// Calls that take longer than this to ring or to reach the agent are slow, in milliseconds, at the 95th percentile.
const SLOW_SETUP_MS: u32 = 4000;

/// From this share of failed requests on, in percent, Twilio's requests to us count as failing.
const WEBHOOK_ERRORS_FROM: f64 = 1.0;

/// A health with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The state.
    pub health: Health,
    /// Why, the weightiest first; empty when healthy.
    pub reasons: Vec<Reason>,
    /// Whether there were no calls in the window.
    pub idle: bool,
}

/// Judges an account by what is stored of it. The first state that applies wins: disabled, suspended, unverified, failing, unknown,
/// degraded, healthy. What would be a reason of a later state follows as a further reason.
#[must_use]
pub fn assess(evidence: &Evidence, limits: &Limits, now: DateTime<Utc>) -> Assessment {
    let found = Found::default()
        .switched_off(evidence)
        .without_evidence(evidence, limits, now);
    // What a check told counts for nothing once it is too old, or Callab cannot ask: not even that the account is suspended.
    let found = if found.is_blind() {
        found
    } else {
        found.suspended(evidence).credentials(evidence).probes(evidence)
    };
    let counts = |at: Option<DateTime<Utc>>, every: Duration| at.is_some_and(|at| now - at <= twice(every));
    let account = &evidence.account;
    let found = if counts(account.synced_at, limits.sync_every) {
        found.numbers(evidence)
    } else {
        found
    };
    let found = found.calls(&evidence.calls);
    let found = if evidence.low_balance && counts(account.balance_at, limits.billing_every) {
        found.because(Health::Degraded, ReasonCode::LowBalance)
    } else {
        found
    };
    found.into_assessment(evidence.calls.attempts == 0)
}

/// How long an answer of a check counts: twice the time between checks.
#[must_use]
pub fn counts_for(limits: &Limits) -> TimeDelta {
    twice(limits.check_every)
}

fn twice(every: Duration) -> TimeDelta {
    TimeDelta::from_std(every * 2).unwrap_or(TimeDelta::MAX)
}

/// The reasons found, each with the state that it makes by itself.
#[derive(Default)]
struct Found(Vec<(Health, Reason)>);

impl Found {
    fn because(self, health: Health, code: ReasonCode) -> Self {
        self.with(health, code, None, None)
    }

    fn with(mut self, health: Health, code: ReasonCode, evidence: Option<String>, twilio_code: Option<i32>) -> Self {
        let reason = Reason {
            evidence,
            twilio_code,
            ..code.into()
        };
        self.0.push((health, reason));
        self
    }

    fn switched_off(self, evidence: &Evidence) -> Self {
        if evidence.account.state == AccountState::Disconnected {
            return self.because(Health::Disabled, ReasonCode::Disconnected);
        }
        match evidence.account.paused_at {
            Some(_) => self.because(Health::Disabled, ReasonCode::Paused),
            None => self,
        }
    }

    /// Without evidence nothing is said of the customer.
    fn without_evidence(self, evidence: &Evidence, limits: &Limits, now: DateTime<Utc>) -> Self {
        let account = &evidence.account;
        let newest = account.rights.of(&Right::Account);
        if newest.is_some_and(|right| right.answer == RightAnswer::CannotOpen) {
            return self.because(Health::Undetermined, ReasonCode::CredentialUnreadable);
        }
        match (newest, account.checked_at) {
            (None, _) | (_, None) => self.because(Health::Unverified, ReasonCode::NotYetChecked),
            (_, Some(at)) if now - at > counts_for(limits) => {
                self.because(Health::Undetermined, ReasonCode::NotCheckedLately)
            }
            _ => self,
        }
    }

    /// Whether what the checks told counts for nothing.
    fn is_blind(&self) -> bool {
        self.0.iter().any(|(health, _)| *health == Health::Undetermined)
    }

    fn suspended(self, evidence: &Evidence) -> Self {
        match evidence.account.twilio_status {
            TwilioStatus::Suspended => self.because(Health::Suspended, ReasonCode::SuspendedAtTwilio),
            TwilioStatus::Closed => self.because(Health::Suspended, ReasonCode::ClosedAtTwilio),
            TwilioStatus::Active | TwilioStatus::Undetermined | TwilioStatus::Unknown(_) => self,
        }
    }

    fn credentials(self, evidence: &Evidence) -> Self {
        let account = &evidence.account;
        let of_account = account.rights.of(&Right::Account);
        let (answer, code) = of_account.map_or((None, None), |right| (Some(&right.answer), right.twilio_code));
        match account.credential_state {
            CredentialState::Rejected => {
                let why = match answer {
                    Some(RightAnswer::WrongRegion) => ReasonCode::WrongRegion,
                    Some(RightAnswer::Rotated) => ReasonCode::TokenRotated,
                    _ => ReasonCode::CredentialsRejected,
                };
                return self.with(Health::Failing, why, None, code);
            }
            CredentialState::RejectedOnce => {
                return self.with(Health::Degraded, ReasonCode::CredentialsRejectedOnce, None, code);
            }
            CredentialState::Accepted | CredentialState::Unknown(_) => {}
        }
        let of_checks = [Right::Account, Right::Numbers].map(|right| account.rights.of(&right));
        let not_active = of_checks
            .iter()
            .flatten()
            .find(|right| right.answer == RightAnswer::NotActive);
        let found = match (not_active, refused_at_check(account)) {
            (Some(right), _) => self.with(Health::Failing, ReasonCode::AccountNotActive, None, right.twilio_code),
            (None, Some(right)) => self.with(Health::Failing, ReasonCode::RefusedByTwilio, None, right.twilio_code),
            (None, None) => self,
        };
        // Calls need these two; what else is denied is shown as a right and makes nothing worse.
        [Right::Numbers, Right::Calls]
            .iter()
            .fold(found, |found, needed| match account.rights.of(needed) {
                Some(right) if right.answer == RightAnswer::Denied => found.with(
                    Health::Failing,
                    ReasonCode::InsufficientRights,
                    Some(needed.to_string()),
                    right.twilio_code,
                ),
                _ => found,
            })
    }

    fn probes(self, evidence: &Evidence) -> Self {
        let account = &evidence.account;
        let silent = account.failed_probes;
        let throttled = Right::ALL.iter().any(|right| {
            let newest = account.rights.of(right);
            newest.is_some_and(|right| right.answer == RightAnswer::Throttled && Some(right.at) == account.checked_at)
        });
        if silent >= SILENT_PROBES {
            let in_a_row = Some(format!("{silent} in a row"));
            return self.with(Health::Failing, ReasonCode::TwilioSilent, in_a_row, None);
        }
        let found = if silent > 0 {
            self.with(
                Health::Degraded,
                ReasonCode::ProbeUnanswered,
                Some(format!("{silent} in a row")),
                None,
            )
        } else {
            self
        };
        if throttled {
            found.with(Health::Degraded, ReasonCode::Throttled, None, Some(20429))
        } else {
            found
        }
    }

    fn numbers(self, evidence: &Evidence) -> Self {
        let numbers = &evidence.numbers;
        let failing = numbers.failing();
        let found = if failing > 0 && failing == numbers.all {
            let all = Some(format!("{failing} of {}", numbers.all));
            self.with(Health::Failing, ReasonCode::EveryNumberFails, all, None)
        } else {
            self
        };
        numbers.failing.values().fold(found, |found, (code, count)| {
            let some = Some(format!("{count} of {}", numbers.all));
            found.with(Health::Degraded, *code, some, None)
        })
    }

    fn calls(self, calls: &Window) -> Self {
        let figures = |part: u32, all: u32| Some(format!("{part} of {all}"));
        let mut found = self;
        if calls.attempts >= JUDGED_FROM {
            let connected = percent(calls.reached, calls.attempts);
            let of_all = figures(calls.attempts - calls.reached.min(calls.attempts), calls.attempts);
            if connected < FAILING_BELOW {
                found = found.with(Health::Failing, ReasonCode::CallsFail, of_all, None);
            } else if connected < DEGRADED_BELOW {
                found = found.with(Health::Degraded, ReasonCode::SomeCallsFail, of_all, None);
            }
            if let Some(p95) = calls.setup_p95_ms.filter(|p95| *p95 > SLOW_SETUP_MS) {
                let seconds = Some(format!("{}.{} s", p95 / 1000, p95 % 1000 / 100));
                found = found.with(Health::Degraded, ReasonCode::SlowSetup, seconds, None);
            }
        }
        if calls.webhooks >= JUDGED_FROM && percent(calls.webhook_errors, calls.webhooks) >= WEBHOOK_ERRORS_FROM {
            let of_all = figures(calls.webhook_errors, calls.webhooks);
            found = found.with(Health::Degraded, ReasonCode::WebhookErrors, of_all, None);
        }
        found
    }

    fn into_assessment(self, idle: bool) -> Assessment {
        let Self(mut found) = self;
        found.sort_by_key(|(health, _)| rank(health)); // Stable: reasons of one state stay in their order.
        let health = found.first().map_or(Health::Healthy, |(health, _)| health.clone());
        let settled = matches!(health, Health::Disabled | Health::Unverified | Health::Undetermined);
        let reasons = found.into_iter().filter(|(of, _)| !settled || *of == health);
        Assessment {
            reasons: reasons.map(|(_, reason)| reason).collect(),
            health,
            idle,
        }
    }
}

/// The answer with which Twilio refused the last check, where it rejected no credentials and named no state of the account.
pub(crate) fn refused_at_check(account: &twilio_account::Model) -> Option<&RightEvidence> {
    let checked = account.checked_at?;
    if account.verified_at.is_none_or(|verified| verified >= checked) {
        return None; // The newest check was accepted, or none ever was.
    }
    let refused = [RightAnswer::Denied, RightAnswer::NotApplicable, RightAnswer::Trial];
    let mut of_check = [Right::Account, Right::Numbers]
        .into_iter()
        .filter_map(|right| account.rights.of(&right));
    of_check.find(|right| right.at == checked && refused.contains(&right.answer))
}

/// The order in which states win.
fn rank(health: &Health) -> u8 {
    match health {
        Health::Disabled => 0,
        Health::Suspended => 1,
        Health::Unverified => 2,
        Health::Failing => 3,
        Health::Undetermined => 4,
        Health::Degraded => 5,
        Health::Healthy | Health::Unknown(_) => 6,
    }
}

fn percent(part: u32, all: u32) -> f64 {
    if all == 0 {
        return 0.0;
    }
    100.0 * f64::from(part) / f64::from(all)
}

#[cfg(test)]
mod tests;
