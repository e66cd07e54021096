//! What Twilio itself reports: its error log, and its incidents.

use super::checks::Check;
use super::evidence::{Evidence, Incident, Trouble, TroubleSource};
use super::over::{is_about, is_callabs, is_of_numbers, is_over, stops};
use crate::checklist::CheckName;
use crate::checklist::reasons::UNKNOWN_CODE;

/// Impacts that are felt by most.
const GRAVE: [&str; 2] = ["major", "critical"];

/// What Twilio reported that no other check explains: entries of its error log, and refusals of calls. What another check explains is
/// that check's; what is over, or about another destination, is shown and stops nothing.
pub(super) fn errors(seen: &Evidence) -> Check {
    let name = CheckName::TwilioErrors;
    match (most_telling(seen), seen.account.alerts_read_until) {
        (Some(trouble), _) => told(seen, trouble),
        (None, None) => Check::unknown(name, "LOG_NOT_READ", "Twilio's error log has not been read."),
        (None, Some(read_at)) => Check::pass(name, "Twilio's error log has no error of the last day.").seen(
            Some(read_at),
            seen.now,
            seen.fresh.log,
        ),
    }
}

/// What stands before what is over, an error before a warning, one that is explained nowhere else before one that is, and then the
/// newest.
fn most_telling(seen: &Evidence) -> Option<&Trouble> {
    let reported = seen.troubles.iter().filter(|trouble| is_reported(trouble));
    reported.min_by_key(|trouble| {
        (
            !stands(seen, trouble),
            !stops(seen, trouble),
            is_explained_elsewhere(trouble),
            std::cmp::Reverse(trouble.at),
        )
    })
}

fn is_reported(trouble: &Trouble) -> bool {
    matches!(trouble.source, TroubleSource::Log | TroubleSource::Refusal)
}

/// Whether it is about what was asked, and not known to be over.
fn stands(seen: &Evidence, trouble: &Trouble) -> bool {
    is_about(seen, trouble) && !is_over(seen, trouble)
}

fn is_explained_elsewhere(trouble: &Trouble) -> bool {
    trouble
        .meaning()
        .is_some_and(|(check, _)| check != CheckName::TwilioErrors)
}

fn told(seen: &Evidence, trouble: &Trouble) -> Check {
    let name = CheckName::TwilioErrors;
    // The log has an entry for a call that was refused as well: one of the two is counted.
    let same = |other: &&Trouble| other.source == trouble.source && other.code == trouble.code;
    let count = seen.troubles.iter().filter(same).count();
    let times = if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    };
    let code = trouble
        .code
        .map_or_else(|| "without a code".to_owned(), |code| code.to_string());
    let reason = trouble.meaning().map_or(UNKNOWN_CODE, |(_, reason)| reason);
    let evidence = format!("Error {code}, {times} in the last day");
    let check = if !is_callabs(trouble) {
        let told = format!("{evidence}, of a call that came when no agent of Callab's answered the number.");
        Check::warn(name, reason, told).with_code(trouble.code)
    } else if !is_of_numbers(seen, trouble) {
        let told = format!("{evidence}, about a number that is not looked at here.");
        Check::warn(name, reason, told).with_code(trouble.code)
    } else if !is_about(seen, trouble) {
        Check::warn(name, reason, format!("{evidence}, about another destination.")).with_code(trouble.code)
    } else if is_over(seen, trouble) {
        Check::warn(
            name,
            reason,
            format!("{evidence}. It is over: what it concerns went well since."),
        )
        .with_code(trouble.code)
    } else {
        Check::of_trouble(seen, name, (trouble, reason), format!("{evidence}."))
    };
    let twilio_text = trouble.text.clone().filter(|_| reason == UNKNOWN_CODE);
    Check { twilio_text, ..check }.seen(Some(trouble.at), seen.now, seen.fresh.calls)
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
