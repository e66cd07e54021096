//! The bundle as Markdown: what a person reads first stands first.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::{CheckLine, SupportBundle};

/// Writes the bundle. Writing to a text cannot fail.
pub(super) fn write(bundle: &SupportBundle) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# Support bundle of account {}\n", bundle.account.sid);
    let _ = writeln!(text, "Made {} by Callab BYOT {}.\n", at(bundle.made_at), bundle.release);
    let _ = writeln!(text, "**{}**\n", plain(&bundle.summary));
    checks(&mut text, bundle);
    account(&mut text, bundle);
    numbers(&mut text, bundle);
    history(&mut text, bundle);
    text
}

fn checks(text: &mut String, bundle: &SupportBundle) {
    text.push_str("## Checks\n\n| check | answer | evidence | as of |\n|---|---|---|---|\n");
    for check in &bundle.checks {
        let stale = if check.is_stale { ", stale" } else { "" };
        let as_of = check.as_of.map_or_else(|| "–".to_owned(), at);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {as_of}{stale} |",
            check.title,
            answer(check),
            plain(&check.evidence)
        );
    }
    text.push('\n');
    for check in bundle.checks.iter().filter(|check| check.sentence.is_some()) {
        let mark = if check.is_cause { " (the cause)" } else { "" };
        let sentence = check.sentence.as_deref().unwrap_or_default();
        let _ = writeln!(text, "- **{}**{mark}: {}", check.name, plain(sentence));
        if let (Some(expected), Some(actual)) = (&check.expected, &check.actual) {
            let _ = writeln!(text, "  - expected `{}`, found `{}`", plain(expected), plain(actual));
        }
        if let Some(fix) = check.fix {
            let who = check.who_acts.as_deref().unwrap_or("nobody known");
            let _ = writeln!(text, "  - {}: {}", who.to_lowercase(), plain(fix));
        }
    }
    text.push('\n');
}

fn answer(check: &CheckLine) -> String {
    let reason = check
        .reason
        .as_deref()
        .map(|reason| format!(" {reason}"))
        .unwrap_or_default();
    let code = check.twilio_code.map(|code| format!(" ({code})")).unwrap_or_default();
    let same = check
        .same_cause_as
        .map(|name| format!(", same cause as {name}"))
        .unwrap_or_default();
    format!("{}{reason}{code}{same}", check.state)
}

fn account(text: &mut String, bundle: &SupportBundle) {
    let account = &bundle.account;
    text.push_str("## Account\n\n");
    let when = |moment: Option<DateTime<Utc>>| moment.map_or_else(|| "never".to_owned(), at);
    let balance = account.balance.as_deref().unwrap_or("not known");
    for (name, value) in [
        ("region", account.region.clone()),
        ("in Callab", account.state.clone()),
        ("at Twilio", format!("{} ({})", account.twilio_status, account.kind)),
        (
            "parent",
            account.parent_sid.clone().unwrap_or_else(|| "none".to_owned()),
        ),
        ("credentials", account.credential_state.clone()),
        (
            "health",
            format!("{} since {}", account.health, at(account.health_since)),
        ),
        ("balance", format!("{balance}, told {}", when(account.balance_at))),
        ("accepted", when(account.verified_at)),
        ("asked", when(account.checked_at)),
        ("numbers read", when(account.synced_at)),
        ("paused", when(account.paused_at)),
        ("rights", account.rights.join(", ")),
    ] {
        let _ = writeln!(text, "- {name}: {}", plain(&value));
    }
    text.push('\n');
}

fn numbers(text: &mut String, bundle: &SupportBundle) {
    text.push_str("## Numbers\n\n| SID | number | in Callab | at Twilio | calls | routing | agent | seen |\n|---|---|---|---|---|---|---|---|\n");
    for number in &bundle.numbers {
        let problem = number
            .routing_problem
            .as_deref()
            .map(|problem| format!(" {problem}"))
            .unwrap_or_default();
        let agent = match (number.has_inbound_agent, number.has_outbound_agent) {
            (true, true) => "in and out",
            (true, false) => "in",
            (false, true) => "out",
            (false, false) => "none",
        };
        let calls = if number.takes_calls { "yes" } else { "no" };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {calls} | {}{problem} | {agent} | {} |",
            number.sid,
            plain(&number.number),
            number.state,
            number.at_twilio,
            number.routing,
            at(number.seen_at)
        );
    }
    text.push('\n');
}

fn history(text: &mut String, bundle: &SupportBundle) {
    text.push_str("## Health\n\n");
    for change in &bundle.health {
        let _ = writeln!(
            text,
            "- {}: {} → {} {}",
            at(change.at),
            change.before,
            change.after,
            change.reasons.join(", ")
        );
    }
    text.push_str("\n## Newest calls\n\n");
    for call in &bundle.calls {
        let steps = call.steps.join(" → ");
        let _ = writeln!(
            text,
            "- {} {} {} {}: {steps}",
            at(call.started_at),
            call.sid,
            call.direction,
            call.status
        );
    }
    text.push_str("\n## Twilio's error log\n\n");
    for error in &bundle.errors {
        let code = error
            .code
            .map_or_else(|| "without a code".to_owned(), |code| code.to_string());
        let about = error.about.as_deref().unwrap_or("–");
        let said = error.text.as_deref().unwrap_or_default();
        let _ = writeln!(
            text,
            "- {} {} {code}, about {}: {}",
            at(error.at),
            error.level,
            plain(about),
            plain(said)
        );
    }
    text.push_str("\n## Jobs\n\n");
    for job in &bundle.jobs {
        let error = job
            .last_error
            .as_deref()
            .map(|error| format!(": {}", plain(error)))
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "- {} {} {}, attempt {}{error}",
            at(job.created_at),
            job.kind,
            job.state,
            job.attempt
        );
    }
    text.push_str("\n## Incidents at Twilio\n\n");
    for incident in &bundle.incidents {
        let _ = writeln!(text, "- {} ({})", plain(&incident.name), incident.impact);
    }
}

fn at(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// One line that cannot break out of a table or a list.
fn plain(text: &str) -> String {
    text.replace(['\n', '\r'], " ").replace('|', "\\|")
}
