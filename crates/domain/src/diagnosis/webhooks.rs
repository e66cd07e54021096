//! Does Callab answer Twilio, and is what Twilio sends signed as it should be?

use ::entity::test_call::CheckState;
use chrono::{DateTime, TimeDelta, Utc};

use super::checks::Check;
use super::evidence::{Evidence, NumberEvidence, passed};
use crate::checklist::CheckName;

/// A request that was refused for its signature is told by Twilio as one that failed, about then.
pub(crate) const ABOUT_THEN: TimeDelta = TimeDelta::minutes(5);

pub(super) fn answered(seen: &Evidence, number: &NumberEvidence) -> Check {
    let name = CheckName::WebhookAnswered;
    if !seen.has_public_url {
        return Check::fail(name, "PUBLIC_URL_NOT_SET", "No public address is configured.");
    }
    let asked = seen.answer(name.as_str(), "");
    let of_number = |trouble: &super::evidence::Trouble| trouble.number == Some(number.row.id);
    if let Some(found) = seen.trouble(name, of_number) {
        if let Some(refused_at) = refused_at(seen, number).filter(|at| (*at - found.0.at).abs() <= ABOUT_THEN) {
            let told = "Callab answered Twilio's last request, and refused it for its signature.";
            return Check::pass(name, told).seen(Some(refused_at), seen.now, seen.fresh.calls);
        }
        let told = "Twilio's error log says that it got no good answer from Callab.";
        return Check::of_trouble(seen, name, found, told);
    }
    match asked {
        Some(row) if row.state == CheckState::Fail && number.webhook_at.is_none_or(|at| at < row.at) => {
            let reason = row.reason.as_deref().unwrap_or("PUBLIC_URL_NOT_OURS");
            Check::fail(
                name,
                reason,
                "Callab asked itself through its public address and got no proof of itself.",
            )
            .seen(Some(row.at), seen.now, seen.fresh.asked)
        }
        _ => match (
            number.webhook_at,
            refused_at(seen, number),
            asked.filter(|row| passed(row)),
        ) {
            (Some(at), _, _) => Check::pass(name, "Twilio asked Callab about a call, and Callab answered.").seen(
                Some(at),
                seen.now,
                seen.fresh.calls,
            ),
            (None, Some(at), _) => Check::pass(
                name,
                "Twilio asked Callab about a call; Callab refused it for its signature.",
            )
            .seen(Some(at), seen.now, seen.fresh.calls),
            (None, None, Some(row)) => Check::pass(name, "Callab's public address leads to this installation.").seen(
                Some(row.at),
                seen.now,
                seen.fresh.asked,
            ),
            (None, None, None) => Check::unknown(name, "NO_CALL_YET", "No call has come in, and Callab was not asked."),
        },
    }
}

pub(super) fn signed(seen: &Evidence, number: &NumberEvidence) -> Check {
    let name = CheckName::SignatureValid;
    let row = seen.answer(name.as_str(), &number.row.id.to_string());
    let bad = row.filter(|row| row.state == CheckState::Fail && number.webhook_at.is_none_or(|at| at < row.at));
    if let Some(row) = bad {
        let count = row.evidence["count"].as_i64().unwrap_or(1);
        let requests = if count == 1 { "request" } else { "requests" };
        let told = format!(
            "{count} {requests} refused since {}.",
            row.since.format("%Y-%m-%d %H:%M UTC")
        );
        let reason = row.reason.as_deref().unwrap_or("SIGNATURE_REFUSED");
        return Check::fail(name, reason, told).seen(Some(row.at), seen.now, seen.fresh.calls);
    }
    match number.webhook_at {
        Some(at) => Check::pass(name, "Twilio's last request was signed as it should be.").seen(
            Some(at),
            seen.now,
            seen.fresh.calls,
        ),
        None => Check::unknown(name, "NO_CALL_YET", "No signed request has come in yet."),
    }
}

fn refused_at(seen: &Evidence, number: &NumberEvidence) -> Option<DateTime<Utc>> {
    let row = seen.answer(CheckName::SignatureValid.as_str(), &number.row.id.to_string())?;
    (row.state == CheckState::Fail && number.webhook_at.is_none_or(|at| at < row.at)).then_some(row.at)
}
