//! All checks of an account or a number in their order, and the first one that explains the trouble. Nothing here asks anyone.

use ::entity::test_call::CheckState;
use ::entity::{AccountId, NumberId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::checks::Check;
use super::evidence::{Evidence, NumberEvidence};
use super::{account, agent, credentials, limits, number, routing, twilio_side, webhooks};
use crate::checklist::{CheckName, WhoActs, of_twilio_code};

/// How many numbers a check of a whole account names.
const NAMED: usize = 5;

/// The checks of one account or number, and what explains the trouble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The account.
    pub account: AccountId,
    /// The number, where one was asked for.
    pub number: Option<NumberId>,
    /// The country that a call would go to, where one was named.
    pub country: Option<String>,
    /// The checks, in their order.
    pub checks: Vec<Check>,
    /// The check that explains the trouble; none where nothing is known that stops calls. Of an account it may be one that fails for
    /// some of its numbers alone.
    pub cause: Option<CheckName>,
    /// Further checks that fail for causes of their own, in their order.
    pub other_causes: Vec<CheckName>,
    /// The moment for which it was judged.
    pub at: DateTime<Utc>,
}

impl Diagnosis {
    /// A check by its name.
    #[must_use]
    pub fn check(&self, name: CheckName) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// One sentence for the customer: what is the matter, what to do, and who must act.
    #[must_use]
    pub fn summary(&self) -> String {
        let Some(cause) = self.cause.and_then(|name| self.check(name)) else {
            let unknown = self.checks.iter().any(|check| check.state == CheckState::Undetermined);
            return if unknown {
                "Nothing is known that stops calls; some checks could not be answered.".to_owned()
            } else {
                "Nothing is known that stops calls.".to_owned()
            };
        };
        let who = match cause.who_acts() {
            Some(WhoActs::Customer) => " You have to act.",
            Some(WhoActs::Callab) => " Callab has to act.",
            Some(WhoActs::Twilio) => " Twilio has to act.",
            None => "",
        };
        let some = if cause.fails_for_some {
            " It is so for some of the numbers."
        } else {
            ""
        };
        let what = cause.sentence().unwrap_or_else(|| cause.evidence.clone());
        let fix = cause.fix().map(|fix| format!(" {fix}")).unwrap_or_default();
        format!("{what}{some}{fix}{who}")
    }
}

/// Answers every check from what is stored.
#[must_use]
pub fn diagnose(seen: &Evidence) -> Diagnosis {
    let mut checks: Vec<Check> = Vec::with_capacity(CheckName::ALL.len());
    for name in CheckName::ALL {
        let check = match stopped_by(name, &checks) {
            Some(needed) if !speaks_for_itself(name) => waiting_for(name, needed),
            _ => answer(name, seen),
        };
        checks.push(check);
    }
    say_same_causes(&mut checks);
    let failed = causes(&checks, Check::is_failed);
    let of_some = causes(&checks, |check| check.fails_for_some);
    let must_pass = failed.iter().find(|name| name.must_pass());
    let cause = must_pass.or(failed.first()).or(of_some.first()).copied();
    Diagnosis {
        account: seen.account.id,
        number: seen
            .numbers
            .first()
            .filter(|_| seen.is_of_one)
            .map(|number| number.row.id),
        country: seen.destination.as_ref().map(|destination| destination.country.clone()),
        other_causes: failed
            .into_iter()
            .chain(of_some)
            .filter(|name| Some(*name) != cause)
            .collect(),
        cause,
        checks,
        at: seen.now,
    }
}

/// The checks that are bad in this way for a cause of their own.
fn causes(checks: &[Check], is_bad: fn(&Check) -> bool) -> Vec<CheckName> {
    let bad = checks
        .iter()
        .filter(|check| is_bad(check) && check.same_cause_as.is_none());
    bad.map(|check| check.name).collect()
}

/// A refused signature was seen, whatever an earlier check says: it is shown, with what it has in common.
fn speaks_for_itself(name: CheckName) -> bool {
    name == CheckName::SignatureValid
}

/// The first needed check that failed or was not reached itself.
fn stopped_by(name: CheckName, before: &[Check]) -> Option<CheckName> {
    let stands_in_the_way = |check: &&Check| {
        name.depends_on().contains(&check.name) && matches!(check.state, CheckState::Fail | CheckState::NotReached)
    };
    before.iter().find(stands_in_the_way).map(|check| check.name)
}

fn waiting_for(name: CheckName, needed: CheckName) -> Check {
    Check::not_reached(
        name,
        format!("Not asked, because it depends on \"{}\".", needed.title()),
    )
}

fn answer(name: CheckName, seen: &Evidence) -> Check {
    match name {
        CheckName::SidFormat => credentials::sid_format(seen),
        CheckName::TokenAccepted => credentials::token_accepted(seen),
        CheckName::AccountActive => account::active(seen),
        CheckName::Credit => account::credit(seen),
        CheckName::NumberOwned => of_numbers(name, seen, number::owned),
        CheckName::NumberVoice => of_numbers(name, seen, number::voice),
        CheckName::AgentAssigned => of_numbers(name, seen, agent::assigned),
        CheckName::AgentReachable => of_numbers(name, seen, agent::reachable),
        CheckName::RoutingOurs => of_numbers(name, seen, routing::ours),
        CheckName::WebhookAnswered => of_numbers(name, seen, webhooks::answered),
        CheckName::SignatureValid => of_numbers(name, seen, webhooks::signed),
        CheckName::GeoPermission => limits::geo_permission(seen),
        CheckName::CallerId => of_numbers(name, seen, limits::caller_id),
        CheckName::TrialLimits => limits::trial(seen),
        CheckName::TwilioErrors => twilio_side::errors(seen),
        CheckName::Incidents => twilio_side::incidents(seen),
    }
}

/// A check of one number; or of each number in use, told as one.
fn of_numbers(name: CheckName, seen: &Evidence, ask: fn(&Evidence, &NumberEvidence) -> Check) -> Check {
    match seen.numbers.as_slice() {
        [only] if seen.is_of_one => ask(seen, only),
        [] => Check::not_reached(name, "No number of the account is in use by Callab."),
        numbers => {
            let answers: Vec<(NumberId, Check)> = numbers
                .iter()
                .map(|number| (number.row.id, ask(seen, number)))
                .collect();
            together(name, seen, &answers)
        }
    }
}

/// One answer for many numbers: it fails when no number is good, and warns when some are not. The first that is not good gives its
/// reason; the oldest evidence its age.
fn together(name: CheckName, seen: &Evidence, answers: &[(NumberId, Check)]) -> Check {
    let all = answers.len();
    let with = |state: CheckState| answers.iter().filter(move |(_, check)| check.state == state);
    let (failed, warned) = (with(CheckState::Fail).count(), with(CheckState::Warn).count());
    let (passed, unknown) = (with(CheckState::Pass).count(), with(CheckState::Undetermined).count());
    let worst = [
        CheckState::Fail,
        CheckState::Warn,
        CheckState::Undetermined,
        CheckState::Pass,
        CheckState::NotReached,
    ];
    let first = worst.iter().find_map(|state| with(state.clone()).next());
    let Some((_, first)) = first else {
        return Check::not_reached(name, "No number of the account is in use by Callab.");
    };
    let counted = if seen.in_use > all {
        format!("{all} of {} numbers looked at", seen.in_use)
    } else {
        format!("{all} numbers")
    };
    let told = match (failed + warned, unknown, passed) {
        (0, 0, 0) => return Check::not_reached(name, first.evidence.clone()),
        (0, 0, _) if all == 1 => first.evidence.clone(),
        (0, 0, _) => format!("Good for {passed} of {counted}."),
        (0, _, _) => format!("Not known for {unknown} of {counted}. {}", first.evidence),
        (bad, _, _) => format!("Not good for {bad} of {counted}. The first: {}", first.evidence),
    };
    let fails_for_some = failed > 0 && passed + warned + unknown > 0;
    let state = if fails_for_some {
        CheckState::Warn
    } else {
        first.state.clone()
    };
    let named = answers
        .iter()
        .filter(|(_, check)| {
            check.state == first.state && !matches!(first.state, CheckState::Pass | CheckState::NotReached)
        })
        .map(|(id, _)| *id)
        .take(NAMED);
    let ages = answers.iter().filter(|(_, check)| check.state == first.state);
    Check {
        state,
        numbers: named.collect(),
        fails_for_some,
        evidence: told,
        as_of: ages.clone().filter_map(|(_, check)| check.as_of).min(),
        is_stale: ages.clone().any(|(_, check)| check.is_stale),
        ..first.clone()
    }
}

/// Says of each failure whether an earlier one has the same cause: then it is no cause of its own.
fn say_same_causes(checks: &mut [Check]) {
    for place in 1..checks.len() {
        let (before, rest) = checks.split_at_mut(place);
        let Some(check) = rest.first_mut().filter(|check| is_bad(check)) else {
            continue;
        };
        let bad = |name: CheckName| before.iter().any(|check| check.name == name && is_bad(check));
        check.same_cause_as = match check.name {
            // A token that Twilio rejects is not the one it signs with either.
            CheckName::SignatureValid if bad(CheckName::TokenAccepted) => Some(CheckName::TokenAccepted),
            // Routing that could not be written for an earlier cause.
            CheckName::RoutingOurs if check.reason.as_deref() == Some("ROUTING_NOT_WRITTEN") => {
                let of_code = check.twilio_code.and_then(of_twilio_code).map(|(name, _)| name);
                of_code.filter(|name| bad(*name))
            }
            // The log repeats what another check says already.
            CheckName::TwilioErrors => explained_by(check, before),
            _ => None,
        };
    }
}

/// The earlier check that explains what Twilio reported: the one that names the code, or the one that the code belongs to. A refused
/// signature stands in Twilio's log as a webhook that failed.
fn explained_by(check: &Check, before: &[Check]) -> Option<CheckName> {
    let code = check.twilio_code?;
    let (of, _) = of_twilio_code(code)?;
    let mut bad = before.iter().filter(|check| is_bad(check));
    let names_it = bad.clone().find(|check| check.twilio_code == Some(code));
    if let Some(check) = names_it.or_else(|| bad.clone().find(|check| check.name == of)) {
        return Some(check.name);
    }
    bad.find(|check| of == CheckName::WebhookAnswered && check.name == CheckName::SignatureValid)
        .map(|check| check.name)
}

fn is_bad(check: &Check) -> bool {
    matches!(check.state, CheckState::Fail | CheckState::Warn)
}

#[cfg(test)]
mod tests;
