//! What Twilio itself reports: its error log, and its incidents.

use super::checks::Check;
use super::evidence::{Evidence, Incident, Trouble, TroubleSource};
use crate::checklist::reasons::UNKNOWN_CODE;
use crate::checklist::{CheckName, of_twilio_code};

/// Impacts that are felt by most.
const GRAVE: [&str; 2] = ["major", "critical"];

/// The newest error in Twilio's log. One that another check explains is that check's; the others are shown as they are.
pub(super) fn errors(seen: &Evidence) -> Check {
    let name = CheckName::TwilioErrors;
    let Some(read_at) = seen.account.alerts_read_until else {
        return match newest(seen) {
            Some(trouble) => told(seen, trouble),
            None => Check::unknown(name, "LOG_NOT_READ", "Twilio's error log has not been read."),
        };
    };
    match newest(seen) {
        Some(trouble) => told(seen, trouble),
        None => Check::pass(name, "Twilio's error log has no error of the last day.").seen(
            Some(read_at),
            seen.now,
            seen.fresh.log,
        ),
    }
}

/// An error before a warning, one that is explained nowhere else before one that is, and then the newest.
fn newest(seen: &Evidence) -> Option<&Trouble> {
    let logged = seen
        .troubles
        .iter()
        .filter(|trouble| trouble.source == TroubleSource::Log);
    logged.min_by_key(|trouble| {
        (
            trouble.is_warning,
            is_explained_elsewhere(trouble),
            std::cmp::Reverse(trouble.at),
        )
    })
}

fn is_explained_elsewhere(trouble: &Trouble) -> bool {
    check_of(trouble).is_some_and(|check| check != CheckName::TwilioErrors)
}

/// The check that a trouble belongs to, by its code.
pub(super) fn check_of(trouble: &Trouble) -> Option<CheckName> {
    trouble.code.and_then(of_twilio_code).map(|(check, _)| check)
}

fn told(seen: &Evidence, newest: &Trouble) -> Check {
    let name = CheckName::TwilioErrors;
    let same = |trouble: &&Trouble| trouble.source == TroubleSource::Log && trouble.code == newest.code;
    let count = seen.troubles.iter().filter(same).count();
    let times = if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    };
    let code = newest
        .code
        .map_or_else(|| "without a code".to_owned(), |code| code.to_string());
    let evidence = format!("Error {code}, {times} in the last day.");
    let reason = newest
        .code
        .and_then(of_twilio_code)
        .map_or(UNKNOWN_CODE, |(_, reason)| reason);
    let check = if newest.is_warning {
        Check::warn(name, reason, evidence)
    } else {
        Check::fail(name, reason, evidence)
    };
    let text = newest.text.clone().filter(|_| reason == UNKNOWN_CODE);
    let check = Check {
        twilio_text: text,
        ..check
    };
    check
        .with_code(newest.code)
        .seen(Some(newest.at), seen.now, seen.fresh.calls)
}

pub(super) fn incidents(seen: &Evidence) -> Check {
    let name = CheckName::Incidents;
    let page = seen.status_page.as_ref().filter(|page| page.read_at.is_some());
    let Some(page) = page else {
        return Check::unknown(name, "STATUS_PAGE_NOT_READ", "Twilio's status page has not been read.");
    };
    let grave = |incident: &&Incident| GRAVE.contains(&incident.impact.as_str());
    let worst = page.incidents.iter().find(grave).or(page.incidents.first());
    let check = match worst {
        None => Check::pass(name, "Twilio's status page has no open incident that concerns calls."),
        Some(incident) => {
            let evidence = format!("\"{}\" ({}).", incident.name, incident.impact);
            if grave(&incident) {
                Check::fail(name, "INCIDENT_OPEN", evidence)
            } else {
                Check::warn(name, "INCIDENT_OPEN", evidence)
            }
        }
    };
    let check = check.seen(page.read_at, seen.now, seen.fresh.status_page);
    Check {
        is_stale: check.is_stale || page.has_failed,
        ..check
    }
}
