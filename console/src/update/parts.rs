//! What a key shows in full of an open connection: a check, or a line of its timeline.

use chrono::{DateTime, Utc};

use super::ways::{facts, inspect};
use crate::msg::Effect;
use crate::state::detail::{Answer, Check};
use crate::state::{Model, Pane};
use crate::view::text::age;

/// Shows what is under the cursor.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let (now, glance) = (model.now, model.glance());
    let Some(opened) = &model.opened else {
        return Vec::new();
    };
    let shown = match opened.pane {
        Pane::Checks => {
            let checks = opened.detail.as_ref().map(|detail| detail.checks.as_slice());
            let check = checks.and_then(|checks| checks.get(opened.cursor));
            check.map(|check| {
                let title = format!("Check {}: {}", opened.cursor + 1, check.title);
                (check.name.clone(), title, lines(check, now))
            })
        }
        Pane::Signals => {
            let text = "the last hour is shown in full: the lines of checks and timeline can be opened";
            model.messages.tell(now, text);
            return Vec::new();
        }
        Pane::Timeline => model.timeline.selected().map(|row| {
            let title = "What happened".to_owned();
            (crate::state::table::Row::id(row).to_owned(), title, facts(row, glance))
        }),
    };
    if let Some((id, title, lines)) = shown {
        inspect(model, &id, title, lines);
    }
    Vec::new()
}

/// All that is known of a check, a line each.
fn lines(check: &Check, now: DateTime<Utc>) -> Vec<String> {
    let seen = match (&check.answer, check.as_of) {
        (Answer::NotReached, _) | (_, None) => String::new(),
        (_, Some(at)) if check.is_stale => format!(", seen {} ago: older than it should be", age(at, now)),
        (_, Some(at)) => format!(", seen {} ago", age(at, now)),
    };
    let code = check.twilio_code.map(|code| format!("Twilio {code}"));
    let same = check.same_cause_as.map(|line| format!("check {line}"));
    let state = format!("{}{seen}", check.answer.word());
    let facts = [
        ("state", Some(state.as_str())),
        ("who must act", check.who.as_deref()),
        ("what", check.sentence.as_deref()),
        ("to do", check.fix.as_deref()),
        (
            "evidence",
            Some(check.evidence.as_str()).filter(|text| !text.is_empty()),
        ),
        ("expected", check.expected.as_deref()),
        ("found", check.actual.as_deref()),
        ("code", code.as_deref()),
        ("same cause as", same.as_deref()),
    ];
    let known = facts.into_iter().filter_map(|(head, text)| Some((head, text?)));
    known.map(|(head, text)| format!("{head}: {text}")).collect()
}
