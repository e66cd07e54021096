//! Do the number's calls come to Callab? What Callab wrote against what stands at Twilio, field by field.

use ::entity::phone_number::RoutingState;

use super::checks::{Check, Difference};
use super::evidence::{Evidence, NumberEvidence, VOICE_REGION};
use crate::checklist::CheckName;
use crate::numbers::routing::{self, DriftReason, FieldDeviation};

pub(super) fn ours(seen: &Evidence, number: &NumberEvidence) -> Check {
    let name = CheckName::RoutingOurs;
    let row = &number.row;
    if number.inbound.is_none() {
        return Check::not_reached(name, "No agent answers the number, so Callab leaves its routing alone.");
    }
    let not_written = || {
        let told = format!(
            "Callab's routing is not written: {}.",
            row.routing_problem.as_deref().unwrap_or("no reason is known")
        );
        Check::fail(name, "ROUTING_NOT_WRITTEN", told).with_code(row.routing_twilio_code)
    };
    let check = match (&row.routing, &row.written_routing) {
        (RoutingState::Applying, _) if row.routing_problem.is_some() => not_written(),
        (RoutingState::Applying, _) => Check::warn(name, "ROUTING_PENDING", "Callab's routing is about to be written."),
        (RoutingState::ReturnPending | RoutingState::ReturnBlocked, _) => Check::fail(
            name,
            "RETURN_PENDING",
            "The routing from before Callab is about to be given back.",
        ),
        (RoutingState::Ours | RoutingState::Drifted | RoutingState::Unknown(_), Some(written)) => {
            compared(seen, number, written)
        }
        (RoutingState::NotOurs | RoutingState::Ours | RoutingState::Drifted | RoutingState::Unknown(_), _) => {
            not_written()
        }
    };
    check.or_seen(seen.read_at(number), seen.now, seen.fresh.numbers)
}

fn compared(seen: &Evidence, number: &NumberEvidence, written: &::entity::Routing) -> Check {
    let name = CheckName::RoutingOurs;
    let there = &number.row.seen_routing;
    let elsewhere = other_region(seen, number);
    let Some(reason) = routing::reason(written, there, elsewhere.is_some()) else {
        return Check::pass(name, "The number's routing at Twilio is what Callab wrote.");
    };
    let differences: Vec<Difference> = routing::deviation(written, there).iter().map(difference).collect();
    let fields: Vec<&str> = differences.iter().map(|difference| difference.field.as_str()).collect();
    let since = number
        .row
        .drifted_at
        .map(|at| format!(", noticed {}", at.format("%Y-%m-%d %H:%M UTC")))
        .unwrap_or_default();
    let check = match (reason, elsewhere) {
        (DriftReason::OtherRegion, Some((region, at))) => {
            let told = format!("Twilio answers the number in region {region}.");
            // What it does to calls is not documented: calls that came since are proof enough that they come.
            let check = if number.called_at.is_some_and(|called| called > at) {
                Check::warn(name, reason.as_str(), told)
            } else {
                Check::fail(name, reason.as_str(), told)
            };
            return check
                .expecting(seen.account.region.as_str(), region)
                .seen(Some(at), seen.now, seen.fresh.asked);
        }
        _ if routing::calls_still_come(written, there) => Check::warn(
            name,
            "CALLBACKS_CHANGED",
            format!("Changed: {}{since}.", fields.join(", ")),
        ),
        _ => Check::fail(name, reason.as_str(), format!("Changed: {}{since}.", fields.join(", "))),
    };
    let first = differences.first().cloned();
    let check = Check { differences, ..check };
    match first {
        Some(first) => Check {
            expected: first.expected,
            actual: first.actual,
            ..check
        },
        None => check,
    }
}

/// The region in which Twilio answers the number, where it is not the account's, and when that was asked.
fn other_region(seen: &Evidence, number: &NumberEvidence) -> Option<(String, chrono::DateTime<chrono::Utc>)> {
    let row = seen.answer(VOICE_REGION, &number.row.id.to_string())?;
    let region = row.evidence["region"].as_str()?;
    (region != seen.account.region).then(|| (region.to_owned(), row.at))
}

fn difference(deviation: &FieldDeviation) -> Difference {
    Difference {
        field: deviation.field.as_str().to_owned(),
        expected: deviation.expected.as_deref().map(shown),
        actual: deviation.actual.as_deref().map(shown),
    }
}

/// An address without what may be a secret in it: user, password, path and query.
fn shown(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return value.to_owned();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let more = if rest.len() > authority.len() { "/…" } else { "" };
    format!("{scheme}://{host}{more}")
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn of_an_address_the_host_alone_is_shown() {
        for (value, told) in [
            (
                "https://user:pass@pbx.example:8443/voice?token=1",
                "https://pbx.example:8443/…",
            ),
            ("https://pbx.example", "https://pbx.example"),
            ("https://pbx.example?key=1", "https://pbx.example/…"),
            ("GET", "GET"),
            ("TK0123", "TK0123"),
        ] {
            assert_eq!(shown(value), told);
        }
    }
}
