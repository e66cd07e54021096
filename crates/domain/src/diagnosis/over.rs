//! When a trouble is over: what has to be seen after it, code by code. A plain answer proves what it answers and nothing more: that
//! Twilio lists a number says nothing of its caller id, and that an agent's address answers nothing of its streams.

use ::entity::phone_number::{AtTwilio, RoutingState};
use ::entity::twilio_account::AccountKind;
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::evidence::{BalanceSeen, Evidence, NumberEvidence, Trouble, TroubleSource, passed};
use crate::checklist::{CheckName, of_twilio_code};

/// Twilio's log tells whole seconds of a clock that is not ours: what is seen this shortly after an entry may be of the same call.
const SAME_MOMENT: TimeDelta = TimeDelta::seconds(5);

/// Twilio's code for an account that is suspended or closed.
const SUSPENDED_OR_CLOSED: i32 = 20403;

/// Twilio's code for credentials that are accepted and lack a right.
const RIGHT_DENIED: i32 = 20006;

/// Twilio's codes for a stream to an address where nobody answers.
const STREAM_NOT_ANSWERED: [i32; 2] = [31901, 31902];

/// Twilio's code for too many calls at the same time.
const TOO_MANY_CALLS: i32 = 10004;

/// Whether what was seen since shows that a trouble is over. A code that nobody here knows is over when a call came through.
pub(super) fn is_over(seen: &Evidence, trouble: &Trouble) -> bool {
    let since = end_of(trouble);
    let is_after = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at > since);
    let (code, account) = (trouble.code.unwrap_or_default(), &seen.account);
    let of_number = || {
        seen.numbers
            .iter()
            .filter(|number| trouble.number.is_none_or(|id| id == number.row.id))
    };
    let any_number = |proof: &dyn Fn(&NumberEvidence) -> bool| of_number().any(proof);
    let came_in = || any_number(&|number| is_after(number.webhook_at));
    let came_through = || came_in() || was_answered(seen, trouble, since, false);
    let Some((check, reason)) = of_twilio_code(code) else {
        return came_through();
    };
    match check {
        // That some right is there is known of those that were asked; to place calls was not.
        CheckName::TokenAccepted if code == RIGHT_DENIED && trouble.source == TroubleSource::Refusal => {
            is_after(account.token_set_at) || was_answered(seen, trouble, since, false)
        }
        CheckName::TokenAccepted => is_after(account.verified_at) || is_after(account.token_set_at),
        CheckName::AccountActive if code == SUSPENDED_OR_CLOSED => is_after(account.verified_at),
        CheckName::Credit => came_through() || was_topped_up(&seen.balances, trouble),
        CheckName::NumberOwned => any_number(&|number| {
            number.row.at_twilio == AtTwilio::Listed && is_after(account.synced_at.max(Some(number.row.seen_at)))
        }),
        CheckName::AgentReachable => any_number(&|number| {
            is_after(number.connected_at)
                || is_after(number.agent_since)
                || (STREAM_NOT_ANSWERED.contains(&code) && is_after(agent_answered(seen, number)))
        }),
        CheckName::RoutingOurs => {
            let read_at = |number: &NumberEvidence| account.synced_at.max(Some(number.row.seen_at));
            any_number(&|number| number.row.routing == RoutingState::Ours && is_after(read_at(number)))
        }
        CheckName::WebhookAnswered => came_in(),
        CheckName::GeoPermission => {
            was_answered(seen, trouble, since, reason != "COUNTRY_NOT_PERMITTED")
                || is_after(permitted(seen, trouble, reason))
        }
        CheckName::CallerId => was_answered(seen, trouble, since, false),
        CheckName::TrialLimits if code == TOO_MANY_CALLS => came_through(),
        CheckName::TrialLimits => {
            account.kind != AccountKind::Trial
                || match reason {
                    "TRIAL_NUMBER_NOT_VERIFIED" => {
                        was_answered(seen, trouble, since, true) || is_after(verified(seen, trouble))
                    }
                    "TRIAL_CALLER_NOT_VERIFIED" => came_in(),
                    _ => false,
                }
        }
        _ => came_through(),
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

/// Whether a trouble is about what was asked: one that another destination met says nothing of this one.
pub(super) fn is_about(seen: &Evidence, trouble: &Trouble) -> bool {
    let ours = trouble
        .number
        .is_none_or(|id| seen.numbers.iter().any(|number| number.row.id == id));
    let of_destination = trouble
        .code
        .and_then(of_twilio_code)
        .is_some_and(|(check, reason)| check == CheckName::GeoPermission || reason == "TRIAL_NUMBER_NOT_VERIFIED");
    let there = match (&seen.destination, &trouble.to, &trouble.country) {
        (Some(asked), Some(to), _) if asked.number.is_some() && is_of_one_number(trouble) => {
            asked.number.as_ref().is_some_and(|number| number.as_str() == to)
        }
        (Some(asked), _, Some(country)) => asked.country == *country,
        _ => true,
    };
    ours && (!of_destination || there)
}

/// Whether Twilio refused this one number, rather than its whole country.
fn is_of_one_number(trouble: &Trouble) -> bool {
    let reason = trouble.code.and_then(of_twilio_code).map(|(_, reason)| reason);
    !matches!(
        reason,
        Some("COUNTRY_NOT_PERMITTED" | "INTERNATIONAL_OFF" | "HIGH_RISK_NOT_PERMITTED")
    )
}

/// Whether a call that was placed since from the trouble's number was answered; `there` of one to the same number, where that is
/// known, and otherwise of one to the same country.
fn was_answered(seen: &Evidence, trouble: &Trouble, since: DateTime<Utc>, same_number: bool) -> bool {
    let is_there = |call: &super::evidence::AnsweredCall| match trouble.code.and_then(of_twilio_code) {
        Some((CheckName::GeoPermission | CheckName::TrialLimits, _)) if trouble.code != Some(TOO_MANY_CALLS) => {
            if same_number && trouble.to.is_some() {
                trouble.to.as_ref() == Some(&call.to)
            } else {
                trouble.country.is_none() || trouble.country == call.country
            }
        }
        _ => true,
    };
    let mut calls = seen
        .answered
        .iter()
        .filter(|call| trouble.number.is_none_or(|id| id == call.number));
    calls.any(|call| call.at > since && is_there(call))
}

/// Whether a balance above zero was read since, and not the same credit that was there before.
fn was_topped_up(balances: &[BalanceSeen], trouble: &Trouble) -> bool {
    let has_credit = |balance: &BalanceSeen| balance.until > end_of(trouble) && balance.amount.0 > Decimal::ZERO;
    balances.iter().any(has_credit) && !had_credit(balances, trouble)
}

/// Whether there was credit at a trouble: some was read before it and some after, never more than before.
pub(super) fn had_credit(balances: &[BalanceSeen], trouble: &Trouble) -> bool {
    let before = balances.iter().filter(|balance| balance.from <= trouble.at);
    let Some(before) = before.max_by_key(|balance| balance.from) else {
        return false;
    };
    let after = balances.iter().filter(|balance| balance.until > end_of(trouble));
    let mut after = after.peekable();
    let spends = |balance: &BalanceSeen| balance.amount.0 > Decimal::ZERO && balance.amount <= before.amount;
    after.peek().is_some() && spends(before) && after.all(spends)
}

/// When Twilio last said that the destination's country may be called.
fn permitted(seen: &Evidence, trouble: &Trouble, reason: &str) -> Option<DateTime<Utc>> {
    let row = seen.answer(CheckName::GeoPermission.as_str(), trouble.country.as_deref()?)?;
    let is_on = |kind: &str| row.evidence[kind].as_bool() == Some(true);
    let is_permitted = match reason {
        "COUNTRY_NOT_PERMITTED" | "INTERNATIONAL_OFF" => passed(row),
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

/// When the address of the number's agent last answered.
fn agent_answered(seen: &Evidence, number: &NumberEvidence) -> Option<DateTime<Utc>> {
    let agent = number.inbound.as_ref().or(number.outbound.as_ref())?;
    let row = seen.answer(CheckName::AgentReachable.as_str(), &agent.id.to_string())?;
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
                at: at(20),
            };
            assert_eq!(had_credit(&balances, &refusal), was_there, "{readings:?}");
            assert_eq!(was_topped_up(&balances, &refusal), was_added, "{readings:?}");
        }
    }
}
