//! When a trouble is over: what has to be seen after it, code by code. A plain answer proves what it answers and nothing more: that
//! Twilio lists a number says nothing of its caller id, and that an agent's address answers nothing of its streams. A call that came in
//! says nothing of one that Twilio refused to place.

use ::entity::evidence::{Right, RightAnswer};
use ::entity::phone_number::{AtTwilio, RoutingState};
use ::entity::twilio_account::AccountKind;
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::evidence::{AgentMet, BalanceSeen, Evidence, NumberEvidence, PlacedCall, Trouble, TroubleSource, passed};
use crate::checklist::CheckName;

/// Twilio's log tells whole seconds of a clock that is not ours: what is seen this shortly after an entry may be of the same call.
pub(crate) const SAME_MOMENT: TimeDelta = TimeDelta::seconds(5);

/// Twilio's code for an account that is suspended or closed.
const SUSPENDED_OR_CLOSED: i32 = 20403;

/// Twilio's code for credentials that are accepted and lack a right.
const RIGHT_DENIED: i32 = 20006;

/// Twilio's codes for a stream to an address where nobody answers.
const STREAM_NOT_ANSWERED: [i32; 2] = [31901, 31902];

/// Twilio's code for too many calls at the same time.
const TOO_MANY_CALLS: i32 = 10004;

/// What an account that is not active still has of its credit, a while later: it calls nobody, and pays rent for its numbers at most.
const LEFT_AT_LEAST: Decimal = Decimal::from_parts(9, 0, 0, false, 1);

/// Whether what was seen since shows that a trouble is over.
pub(super) fn is_over(seen: &Evidence, trouble: &Trouble) -> bool {
    let after = After {
        seen,
        trouble,
        end: end_of(trouble),
    };
    let (code, account) = (trouble.code.unwrap_or_default(), &seen.account);
    let Some((check, reason)) = trouble.meaning() else {
        return after.a_call_of_its_kind();
    };
    match check {
        // That some right is there is known of those that were asked; to place calls was not.
        CheckName::TokenAccepted if code == RIGHT_DENIED && trouble.source == TroubleSource::Refusal => {
            after.is(account.token_set_at) || after.is(calls_granted_since(seen)) || after.placed_call(|_| true)
        }
        CheckName::TokenAccepted => after.is(account.verified_at) || after.is(account.token_set_at),
        CheckName::AccountActive if code == SUSPENDED_OR_CLOSED => after.is(account.verified_at),
        CheckName::AccountActive => after.a_call_of_the_account(),
        CheckName::Credit => after.a_call_of_the_account() || was_topped_up(&seen.balances, trouble),
        CheckName::NumberOwned => {
            after.number(|number| number.row.at_twilio == AtTwilio::Listed && after.is(seen.read_at(number)))
        }
        CheckName::AgentReachable => after.number(|number| {
            number.agent_met(trouble).is_none_or(|met| {
                let proof = AgentProof {
                    connected_at: met.connected_at,
                    since: met.since,
                    answered_at: answered_at(seen, met),
                };
                proof.is_after(after.end, code)
            })
        }),
        CheckName::RoutingOurs => {
            after.number(|number| number.row.routing == RoutingState::Ours && after.is(seen.read_at(number)))
        }
        // That Twilio asked proves no answer: that the agent was on the line does.
        CheckName::WebhookAnswered => after.number(|number| {
            let is_placed = trouble.to.is_some();
            after.is(number.connected_in_at) || (is_placed && after.is(number.connected_out_at))
        }),
        CheckName::GeoPermission => {
            after.placed_call(|call| is_there(seen, trouble, call)) || after.is(permitted(seen, trouble, reason))
        }
        CheckName::CallerId => after.placed_call(|_| true),
        CheckName::TrialLimits if code == TOO_MANY_CALLS => after.a_call_of_the_account(),
        CheckName::TrialLimits if account.kind == AccountKind::Full => true,
        CheckName::TrialLimits => match reason {
            "TRIAL_NUMBER_NOT_VERIFIED" => {
                let to_it = |call: &PlacedCall| trouble.to.as_ref().is_none_or(|to| *to == call.to);
                after.placed_call(to_it) || after.is(verified(seen, trouble))
            }
            "TRIAL_CALLER_NOT_VERIFIED" => after.number(|number| after.is(number.called_at)),
            _ => false,
        },
        _ => after.a_call_of_its_kind(),
    }
}

/// What is known of a number's agent that may prove a trouble of it over.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AgentProof {
    /// When it was last on the line in a call of the number.
    pub connected_at: Option<DateTime<Utc>>,
    /// Since when it is assigned and has its address.
    pub since: Option<DateTime<Utc>>,
    /// When its address last answered a plain request.
    pub answered_at: Option<DateTime<Utc>>,
}

impl AgentProof {
    /// Whether it proves over what Twilio reported with this code, and that was surely seen by `end`.
    pub(crate) fn is_after(self, end: DateTime<Utc>, code: i32) -> bool {
        let is_later = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at > end);
        is_later(self.connected_at)
            || is_later(self.since)
            || (STREAM_NOT_ANSWERED.contains(&code) && is_later(self.answered_at))
    }
}

/// What is seen after a trouble.
struct After<'e> {
    seen: &'e Evidence,
    trouble: &'e Trouble,
    end: DateTime<Utc>,
}

impl After<'_> {
    /// Whether a moment lies after it.
    fn is(&self, at: Option<DateTime<Utc>>) -> bool {
        at.is_some_and(|at| at > self.end)
    }

    /// Whether the trouble's number, or any where it has none, proves it over.
    fn number(&self, proof: impl Fn(&NumberEvidence) -> bool) -> bool {
        let mut numbers = self.seen.numbers.iter();
        numbers.any(|number| self.trouble.number.is_none_or(|id| id == number.row.id) && proof(number))
    }

    /// Whether a call was placed from the trouble's number and, where Twilio had refused it, was taken; otherwise answered.
    fn placed_call(&self, wanted: impl Fn(&PlacedCall) -> bool) -> bool {
        let went = |call: &PlacedCall| match self.trouble.source {
            TroubleSource::Refusal => Some(call.taken_at),
            TroubleSource::Log | TroubleSource::Call => call.answered_at,
        };
        let of_number = |call: &PlacedCall| self.trouble.number.is_none_or(|id| id == call.number);
        let mut calls = self.seen.placed.iter();
        calls.any(|call| of_number(call) && wanted(call) && self.is(went(call)))
    }

    /// Whether any number of the account had a call, of the direction that the trouble was about.
    fn a_call_of_the_account(&self) -> bool {
        let calls = &self.seen.calls;
        match self.trouble.source {
            TroubleSource::Refusal => self.is(calls.taken),
            TroubleSource::Log | TroubleSource::Call => self.is(calls.called) || self.is(calls.answered),
        }
    }

    /// Whether the number had a call of the direction that the trouble was about.
    fn a_call_of_its_kind(&self) -> bool {
        let is_placed = self.trouble.source == TroubleSource::Refusal || self.trouble.to.is_some();
        let came_in = || self.number(|number| self.is(number.called_at));
        self.placed_call(|_| true) || (!is_placed && came_in())
    }
}

/// What is seen after this is surely seen after the trouble.
fn end_of(trouble: &Trouble) -> DateTime<Utc> {
    if trouble.source == TroubleSource::Log {
        trouble.at + SAME_MOMENT
    } else {
        trouble.at
    }
}

/// Since when the credentials have the right to see calls: from anew after other credentials were entered.
fn calls_granted_since(seen: &Evidence) -> Option<DateTime<Utc>> {
    let right = seen.right(&Right::Calls)?;
    (right.answer == RightAnswer::Granted).then_some(right.since)
}

/// Whether a trouble is about what was asked: one that another destination met says nothing of this one.
pub(super) fn is_about(seen: &Evidence, trouble: &Trouble) -> bool {
    let of_destination = trouble
        .meaning()
        .is_some_and(|(check, reason)| check == CheckName::GeoPermission || reason == "TRIAL_NUMBER_NOT_VERIFIED");
    let there = match (&seen.destination, &trouble.to, &trouble.country) {
        (Some(asked), Some(to), _) if asked.number.is_some() && is_of_one_number(trouble) => {
            asked.number.as_ref().is_some_and(|number| number.as_str() == to)
        }
        (Some(asked), _, Some(country)) => asked.country == *country,
        _ => true,
    };
    is_of_numbers(seen, trouble) && is_callabs(trouble) && (!of_destination || there)
}

/// Whether a trouble is of a number that is looked at, or of none: an account's log tells of numbers that are in use no more.
pub(super) fn is_of_numbers(seen: &Evidence, trouble: &Trouble) -> bool {
    let mut numbers = seen.numbers.iter();
    trouble
        .number
        .is_none_or(|id| numbers.any(|number| number.row.id == id))
}

/// Whether a trouble can be of Callab's answer or of an agent, where its code says so: when no agent answered the number, Twilio
/// asked somebody else.
pub(super) fn is_callabs(trouble: &Trouble) -> bool {
    let checks = [CheckName::AgentReachable, CheckName::WebhookAnswered];
    let is_of_answer = trouble.meaning().is_some_and(|(check, _)| checks.contains(&check));
    !(trouble.without_agent && is_of_answer)
}

/// Whether a trouble stops what was asked about, rather than one call: a number that was mistyped stops no other.
pub(super) fn stops(seen: &Evidence, trouble: &Trouble) -> bool {
    let is_invalid = trouble
        .meaning()
        .is_some_and(|(_, reason)| reason == "DESTINATION_INVALID");
    let asked = seen.destination.as_ref().and_then(|asked| asked.number.as_ref());
    !trouble.is_warning && (!is_invalid || asked.is_some())
}

/// Whether Twilio refused this one number, rather than its whole country.
fn is_of_one_number(trouble: &Trouble) -> bool {
    let of_country = ["COUNTRY_NOT_PERMITTED", "INTERNATIONAL_OFF", "HIGH_RISK_NOT_PERMITTED"];
    trouble
        .meaning()
        .is_none_or(|(_, reason)| !of_country.contains(&reason))
}

/// Whether a call went where the trouble was met: to that number, where one was asked about and it alone was refused; else to that
/// country.
fn is_there(seen: &Evidence, trouble: &Trouble, call: &PlacedCall) -> bool {
    let asks_number = seen.destination.as_ref().is_some_and(|asked| asked.number.is_some());
    match &trouble.to {
        Some(to) if asks_number && is_of_one_number(trouble) => *to == call.to,
        _ => trouble.country.is_none() || trouble.country == call.country,
    }
}

/// Whether a balance above zero was read since, and not the same credit that was there before.
fn was_topped_up(balances: &[BalanceSeen], trouble: &Trouble) -> bool {
    let has_credit = |balance: &BalanceSeen| balance.until > end_of(trouble) && balance.amount.0 > Decimal::ZERO;
    balances.iter().any(has_credit) && !had_credit(balances, trouble)
}

/// Whether there was credit at a trouble: some was read before it, and all that was read after is nearly the same and never more.
pub(super) fn had_credit(balances: &[BalanceSeen], trouble: &Trouble) -> bool {
    let before = balances.iter().filter(|balance| balance.from <= trouble.at);
    let Some(before) = before.max_by_key(|balance| balance.from) else {
        return false;
    };
    let after = balances.iter().filter(|balance| balance.until > end_of(trouble));
    let mut after = after.peekable();
    let least = before.amount.0 * LEFT_AT_LEAST;
    let is_same_credit = |balance: &BalanceSeen| balance.amount <= before.amount && balance.amount.0 >= least;
    after.peek().is_some() && before.amount.0 > Decimal::ZERO && after.all(is_same_credit)
}

/// When Twilio last said that the destination's country may be called. Whether the account may call abroad at all, it does not say there.
fn permitted(seen: &Evidence, trouble: &Trouble, reason: &str) -> Option<DateTime<Utc>> {
    let row = seen.answer(CheckName::GeoPermission.as_str(), trouble.country.as_deref()?)?;
    let is_on = |kind: &str| row.evidence[kind].as_bool() == Some(true);
    let is_permitted = match reason {
        "COUNTRY_NOT_PERMITTED" => passed(row),
        "HIGH_RISK_NOT_PERMITTED" => is_on("special") && is_on("tollFraud"),
        _ => false,
    };
    is_permitted.then_some(row.at)
}

/// When the number that a trial account called was last found among the verified ones.
fn verified(seen: &Evidence, trouble: &Trouble) -> Option<DateTime<Utc>> {
    let (numbers, at) = super::limits::verified(seen)?;
    let to = trouble.to.as_ref()?;
    numbers.iter().any(|number| number == to).then_some(at)
}

/// When the agent's address last answered.
fn answered_at(seen: &Evidence, met: AgentMet<'_>) -> Option<DateTime<Utc>> {
    let row = seen.answer(CheckName::AgentReachable.as_str(), &met.agent.id.to_string())?;
    passed(row).then_some(row.at)
}

#[cfg(test)]
mod tests {
    use ::entity::Amount;
    use chrono::TimeZone;

    use super::*;

    fn at(minute: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 27, 12, minute, 0).unwrap()
    }

    #[test]
    fn credit_that_was_there_before_and_after_was_there() {
        let read = |readings: &[(&str, u32, u32)]| -> Vec<BalanceSeen> {
            let seen = |(amount, from, until): &(&str, u32, u32)| BalanceSeen {
                amount: Amount(amount.parse().unwrap()),
                from: at(*from),
                until: at(*until),
            };
            readings.iter().map(seen).collect()
        };
        for (readings, was_there, was_added) in [
            (vec![], false, false),
            (vec![("5", 10, 10)], false, false), // Not read since.
            (vec![("5", 10, 30)], true, false),
            (vec![("5", 10, 10), ("4.99", 30, 30)], true, false),
            (vec![("5", 10, 10), ("25", 30, 30)], false, true),
            (vec![("18", 10, 10), ("14.90", 30, 30)], false, true), // Spent, and topped up with less than that.
            (vec![("-0.02", 10, 10), ("25", 30, 30)], false, true),
            (vec![("0", 10, 30)], false, false),
            (vec![("5", 30, 30)], false, true),
            (vec![("5", 10, 10), ("0", 25, 25), ("5", 30, 30)], false, true),
        ] {
            let balances = read(&readings);
            let refusal = Trouble {
                source: TroubleSource::Refusal,
                code: Some(20005),
                text: None,
                is_warning: false,
                number: None,
                to: None,
                country: None,
                without_agent: false,
                at: at(20),
            };
            assert_eq!(had_credit(&balances, &refusal), was_there, "{readings:?}");
            assert_eq!(was_topped_up(&balances, &refusal), was_added, "{readings:?}");
        }
    }
}
