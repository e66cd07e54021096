//! What the account may call, as whom, and how much.

use ::entity::E164;
use ::entity::test_call::CheckState;
use ::entity::twilio_account::AccountKind;

use super::checks::Check;
use super::evidence::{Evidence, NumberEvidence};
use crate::checklist::CheckName;

/// May the account call there?
pub(super) fn geo_permission(seen: &Evidence) -> Check {
    let name = CheckName::GeoPermission;
    let country = seen
        .destination
        .as_ref()
        .map(|destination| destination.country.as_str());
    let asked = country.and_then(|country| seen.answer(name.as_str(), country));
    if let Some(found) = seen.trouble(name, |_| true) {
        let to = found
            .0
            .country
            .as_deref()
            .map(|country| format!(" to {country}"))
            .unwrap_or_default();
        let told = format!("Twilio refused a call{to}.");
        return Check::of_trouble(seen, name, found, told);
    }
    let (Some(country), Some(row)) = (country, asked) else {
        return match country {
            Some(country) => Check::unknown(
                name,
                "NOT_ASKED",
                format!("Whether {country} may be called has not been asked."),
            ),
            None => Check::unknown(name, "NO_DESTINATION", "No call was refused for its country."),
        };
    };
    let check = match row.state {
        CheckState::Pass => Check::pass(name, format!("The account may call {country}.")),
        CheckState::Warn => Check::warn(
            name,
            reason_of(row, "HIGH_RISK_NOT_PERMITTED"),
            format!("The account may call {country} in part."),
        ),
        CheckState::Fail => Check::fail(
            name,
            reason_of(row, "COUNTRY_NOT_PERMITTED"),
            format!("The account may not call {country}."),
        ),
        _ => Check::unknown(
            name,
            reason_of(row, "NOT_ASKED"),
            format!("Twilio did not tell whether {country} may be called."),
        ),
    };
    check
        .with_code(row.twilio_code)
        .seen(Some(row.at), seen.now, seen.fresh.asked)
}

/// May it show the number to those it calls?
pub(super) fn caller_id(seen: &Evidence, number: &NumberEvidence) -> Check {
    let name = CheckName::CallerId;
    let asked = seen.answer(name.as_str(), &number.row.id.to_string());
    if let Some(found) = seen.trouble(name, |trouble| trouble.number == Some(number.row.id)) {
        return Check::of_trouble(seen, name, found, "Twilio refused a call for its caller id.");
    }
    match asked {
        Some(row) if row.state == CheckState::Fail => Check::fail(
            name,
            reason_of(row, "CALLER_ID_NOT_OWNED"),
            "The number is neither the account's own nor verified.",
        )
        .seen(Some(row.at), seen.now, seen.fresh.asked),
        Some(row) => {
            Check::pass(name, "The number is the account's own.").seen(Some(row.at), seen.now, seen.fresh.asked)
        }
        None => Check::pass(name, "The number is the account's own: Twilio lists it.").seen(
            seen.read_at(number),
            seen.now,
            seen.fresh.numbers,
        ),
    }
}

/// What trial accounts, and those without a business profile, may not.
pub(super) fn trial(seen: &Evidence) -> Check {
    let name = CheckName::TrialLimits;
    let account = &seen.account;
    let is_trial = account.kind == AccountKind::Trial;
    if let Some(found) = seen.trouble(name, |_| true) {
        return Check::of_trouble(seen, name, found, "Twilio refused a call for a limit of the account.");
    }
    let at = account.verified_at;
    if let AccountKind::Unknown(_) = account.kind {
        let told = "Twilio does not tell these credentials whether the account is a trial account.";
        return Check::unknown(name, "STATUS_UNKNOWN", told).seen(at, seen.now, seen.fresh.account);
    }
    if !is_trial {
        return Check::pass(name, "The account is no trial account.").seen(at, seen.now, seen.fresh.account);
    }
    let to = seen
        .destination
        .as_ref()
        .and_then(|destination| destination.number.as_ref());
    match (to, verified(seen)) {
        (Some(to), Some((numbers, at))) if numbers.iter().any(|number| number == to.as_str()) => Check::pass(
            name,
            "The account is a trial account, and the destination is verified.",
        )
        .seen(Some(at), seen.now, seen.fresh.asked),
        (Some(_), Some((_, at))) => Check::fail(
            name,
            "TRIAL_NUMBER_NOT_VERIFIED",
            "The account is a trial account, and the destination is not verified.",
        )
        .seen(Some(at), seen.now, seen.fresh.asked),
        _ => {
            Check::warn(name, "TRIAL_ACCOUNT", "The account is a trial account.").seen(at, seen.now, seen.fresh.account)
        }
    }
}

/// The account's verified caller ids, and when they were read.
pub(super) fn verified(seen: &Evidence) -> Option<(Vec<String>, chrono::DateTime<chrono::Utc>)> {
    let row = seen.answer(CheckName::TrialLimits.as_str(), "")?;
    let numbers = row.evidence["verified"].as_array()?;
    let numbers = numbers.iter().filter_map(|number| number.as_str().map(str::to_owned));
    Some((numbers.collect(), row.at))
}

fn reason_of<'r>(row: &'r ::entity::health_check::Model, otherwise: &'r str) -> &'r str {
    row.reason.as_deref().unwrap_or(otherwise)
}

/// A number's country, ISO 3166-1 alpha-2.
#[must_use]
pub(super) fn country_of(number: &E164) -> Option<String> {
    crate::numbers::country_and_kind(number, None).0
}
