//! Keys that change something: a question first, where the change costs or stops something.

use crate::action::Action;
use crate::bundle::{contents, file_name};
use crate::change::Change;
use crate::msg::{Effect, Question};
use crate::queries::bundle::SupportBundle;
use crate::queries::calls::TestCallPlan;
use crate::scrub::{scrub, scrub_lines};
use crate::state::connection::Connection;
use crate::state::health::Health;
use crate::state::{Asks, Dialog, Model, Overlay, Rule, Screen};
use crate::view::text::age;

use super::ways;

/// Sends a change, unless the same one is under way, or it is not possible any more; says so where it is not.
pub(super) fn send(model: &mut Model, change: Change) -> Vec<Effect> {
    if let Some(why) = model.off_change(&change) {
        model.messages.trouble(model.now, format!("nothing was sent: {why}"));
        return Vec::new();
    }
    if model.pending.contains(&change) {
        model
            .messages
            .tell(model.now, "it was asked for already: the answer is awaited");
        return Vec::new();
    }
    if let Change::Write { path, text } = change {
        return vec![Effect::Write { path, text }];
    }
    model.pending.push(change.clone());
    vec![Effect::Ask(Question::Do(change))]
}

/// Closes a dialog whose change needs `--write` and is not possible any more. Answers whether one was open; what was sent stays until
/// its answer comes.
pub(super) fn close_what_is_off(model: &mut Model) -> bool {
    let Some(Overlay::Dialog(dialog)) = &model.overlay else {
        return false;
    };
    let change = dialog.change().filter(|_| !dialog.is_sent);
    let needs_write = |change: &Change| change.action().is_some_and(|(action, _)| action.changes());
    let is_off = change.is_some_and(|change| needs_write(&change) && model.off_change(&change).is_some());
    if is_off {
        model.overlay = None;
    }
    is_off
}

fn ask(model: &mut Model, dialog: Dialog) {
    model.overlay = Some(Overlay::Dialog(dialog));
}

/// Has something run again: bound to the id under the cursor now. It harms nothing, so it asks nothing.
pub(super) fn run(model: &mut Model, action: Action) -> Vec<Effect> {
    if model.screen == Screen::Jobs && action == Action::Run {
        let row = model.lists.jobs.table.selected();
        return if let Some((true, id)) = row.map(|row| (row.is_failed(), row.id.clone())) {
            send(model, Change::Retry { id })
        } else {
            model.messages.trouble(model.now, "only a failed job can be run again");
            Vec::new()
        };
    }
    match model.subject_id() {
        Some(id) if action == Action::Verify => send(model, Change::Verify { id }),
        Some(id) => send(model, Change::Sync { id }),
        None => {
            model.messages.trouble(model.now, "this row is of no connection");
            Vec::new()
        }
    }
}

/// Asks what a test call of the number may do and cost; its answer opens the dialog.
pub(super) fn test_call(model: &mut Model) -> Vec<Effect> {
    if model.test.as_ref().is_some_and(|test| test.ended_at.is_none()) {
        model.overlay = Some(Overlay::TestCall); // One at a time: the one that goes on is shown.
        return Vec::new();
    }
    if let Some((number, shown)) = model.number() {
        model.messages.tell(model.now, ASKING);
        let owner = model.subject().map(Connection::name).unwrap_or_default();
        vec![Effect::Ask(Question::Plan { number, shown, owner })]
    } else {
        let key = model.keymap.key(Action::TestCall);
        let text = format!("a test call is made on a number: choose one, then press {key}");
        model.messages.tell(model.now, text);
        if model.screen == Screen::Overview {
            let Some(id) = model.subject_id() else {
                return Vec::new();
            };
            let mut effects = ways::open_connection(model, &id, None);
            effects.extend(ways::go(model, Screen::Numbers));
            return effects;
        }
        ways::go(model, Screen::Numbers)
    }
}

/// What is said until the API tells what a test call would be.
const ASKING: &str = "asking what a test call costs";

/// Whether a dialog that an answer opens may be opened: nothing else is open, so that no key that was meant for that answers it, and
/// what the key was pressed on is still under the cursor. Says so where not.
fn is_still_meant(model: &mut Model, asks: Asks, action: Action, is_under_cursor: bool) -> bool {
    let why = match &model.overlay {
        // It was asked for twice.
        Some(Overlay::Dialog(dialog)) if dialog.asks == asks => return false,
        Some(_) => "something else was opened meanwhile",
        None if !is_under_cursor => "something else was selected meanwhile",
        None => return true,
    };
    let key = model.keymap.key(action);
    let text = format!("{}: not asked, {why}; {key} asks again", action.title());
    model.messages.trouble(model.now, text);
    false
}

/// The dialog for a test call, once its plan is known.
pub(super) fn planned(model: &mut Model, number: &str, shown: &str, owner: &str, plan: &TestCallPlan) {
    model.messages.take_back(ASKING);
    let is_under_cursor = model.number().is_some_and(|(id, _)| id == number);
    if !is_still_meant(model, Asks::TestCall, Action::TestCall, is_under_cursor) {
        return;
    }
    if plan.left_this_hour <= 0 {
        let text = format!("{shown} had its {} test calls of this hour", plan.limit_per_hour);
        model.messages.trouble(model.now, text);
        return;
    }
    let test = |to: Option<String>| Change::Test {
        number: number.to_owned(),
        to,
    };
    let mut choices: Vec<(String, Change)> = plan
        .targets
        .iter()
        .map(|target| {
            (
                format!("out, to {}", scrub(&target.label, 60)),
                test(Some(target.to.clone())),
            )
        })
        .collect();
    choices.push(("in: wait for a call to the number".to_owned(), test(None)));
    let cost = plan.estimated_cost.as_ref().map_or_else(
        || "cost not known, on the CUSTOMER's Twilio bill".to_owned(),
        |cost| format!("cost about {}, on the CUSTOMER's Twilio bill", cost.shown()),
    );
    let owner = if owner.is_empty() {
        String::new()
    } else {
        format!(" ({owner})")
    };
    let lines = vec![
        format!("number {shown}{owner}"),
        format!("{cost}; ends by {} s", plan.max_seconds),
        format!(
            "audited as {}; {} of {} left for this number this hour",
            model.session.subject, plan.left_this_hour, plan.limit_per_hour
        ),
    ];
    let mut dialog = Dialog::new(Asks::TestCall, lines, test(None), model.now);
    dialog.choices = choices;
    ask(model, dialog);
}

/// Calls a job off; shows the test call that goes on, to be hung up there.
pub(super) fn stop(model: &mut Model) {
    let now = model.now;
    if model.screen != Screen::Jobs {
        if model.test.as_ref().is_some_and(|test| test.ended_at.is_none()) {
            model.overlay = Some(Overlay::TestCall);
        } else {
            model
                .messages
                .trouble(now, "no test call goes on of which this console knows");
        }
        return;
    }
    let Some(row) = model.lists.jobs.table.selected().cloned() else {
        return;
    };
    if !row.is_cancelable {
        model
            .messages
            .trouble(now, format!("{} cannot be called off", row.kind));
        return;
    }
    let lines = vec![
        format!("{} of {}", row.kind, row.owner.name()),
        "it is not done, and stays in the list as canceled".to_owned(),
    ];
    let change = Change::Cancel { id: row.id };
    ask(model, Dialog::new(Asks::CancelJob, lines, change, now));
}

pub(super) fn acknowledge(model: &mut Model) {
    let now = model.now;
    let row = match model.screen {
        Screen::Billing => model.lists.billing.table.selected().cloned(),
        _ => None,
    };
    let Some(row) = row else {
        let key = model.keymap.key(Action::Billing);
        let text = format!("alerts are acknowledged on their screen: {key} shows them");
        model.messages.trouble(now, text);
        return;
    };
    if !row.is_new() {
        model.messages.trouble(now, "only a new alert can be acknowledged");
        return;
    }
    let lines = vec![
        row.owner.name(),
        row.text.clone(),
        "it stays open until its figures are good again".to_owned(),
    ];
    let change = Change::Acknowledge {
        id: row.id,
        note: String::new(),
    };
    let dialog = Dialog::new(Asks::Acknowledge, lines, change, now);
    ask(model, dialog.with_input("note", Rule::Optional));
}

/// Pauses a connection, or lets it go on. One that has calls, or may have them by now, has to be named.
pub(super) fn pause(model: &mut Model) {
    let now = model.now;
    let Some(row) = model.subject().cloned() else {
        model.messages.trouble(now, ways::NOT_READ);
        return;
    };
    if row.health == Health::Disabled {
        let lines = vec![row.name(), "checks, alerts and test calls go on".to_owned()];
        let change = Change::Resume { id: row.id };
        ask(model, Dialog::new(Asks::Resume, lines, change, now));
        return;
    }
    let mut lines = vec![
        row.name(),
        "checks, alerts and test calls stop until it is resumed; inbound calls go on".to_owned(),
    ];
    let change = Change::Pause { id: row.id.clone() };
    let is_fresh = model.is_fresh(&row.id);
    if row.calls == 0 && is_fresh {
        ask(model, Dialog::new(Asks::Pause, lines, change, now));
        return;
    }
    let told_at = model.connections.told_at(&row.id).filter(|_| !is_fresh);
    let told = told_at
        .map(|at| format!(" as of {} ago", age(at, now)))
        .unwrap_or_default();
    lines.push(format!(
        "type its name, {}: it had {} calls in the last 15 minutes{told}",
        row.label, row.calls
    ));
    let dialog = Dialog::new(Asks::PauseDuringCalls, lines, change, now);
    ask(model, dialog.with_input("name", Rule::Exactly(row.label.clone())));
}

pub(super) fn reveal(model: &mut Model) {
    let Some((id, shown)) = model.number() else { return };
    let lines = vec![
        format!("the whole number of {shown} for 60 seconds"),
        format!("audited as {}, with the reason", model.session.subject),
    ];
    let change = Change::Reveal {
        id,
        reason: String::new(),
    };
    let dialog = Dialog::new(Asks::Reveal, lines, change, model.now);
    ask(model, dialog.with_input("reason", Rule::Needed));
}

/// Has the bundle of the connection under the cursor made; its answer opens the dialog.
pub(super) fn make_bundle(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.subject_id() else {
        model.messages.trouble(model.now, ways::NOTHING_SELECTED);
        return Vec::new();
    };
    model.messages.tell(model.now, MAKING);
    vec![Effect::Ask(Question::Bundle { id })]
}

/// What is said until the bundle is there.
const MAKING: &str = "the bundle is made";

/// What a bundle holds, and where it goes: asked before it is written.
pub(super) fn bundle(model: &mut Model, id: &str, bundle: &SupportBundle) {
    model.messages.take_back(MAKING);
    let is_under_cursor = model.subject_id().as_deref() == Some(id);
    if !is_still_meant(model, Asks::Bundle, Action::Bundle, is_under_cursor) {
        return;
    }
    let (text, path) = (scrub_lines(&bundle.markdown), file_name(bundle));
    let lines = vec![
        format!("it holds: {}", contents(&bundle.json)),
        format!(
            "{} lines; the account SID, no secret and no whole number of a third party",
            text.lines().count()
        ),
        format!("written to {path} here, unless another place is typed"),
    ];
    let change = Change::Write { path, text };
    let dialog = Dialog::new(Asks::Bundle, lines, change, model.now);
    ask(model, dialog.with_input("file", Rule::Optional));
}

#[cfg(test)]
mod tests {
    use crate::keymap::Keymap;
    use crate::look::{Depth, Look, Theme};
    use crate::state::Session;

    use super::*;

    #[test]
    fn a_bundle_that_is_written_cannot_steer_the_terminal_that_shows_it() {
        let look = Look {
            theme: Theme::Mono,
            depth: Depth::Basic,
            ascii: false,
        };
        let mut model = Model::new(crate::surroundings::now(), look, Keymap::default(), Session::default());
        let told = SupportBundle {
            markdown: "## Che\u{1b}[31mcks\nb\u{202e}c".to_owned(),
            json: serde_json::json!({ "che\u{1b}[31mcks": [1] }),
            file_name: "callab-AC1".to_owned(),
            made_at: crate::surroundings::now(),
        };
        let _ = ways::open_connection(&mut model, "acc-1", None);
        bundle(&mut model, "acc-1", &told);
        let Some(Overlay::Dialog(dialog)) = &model.overlay else {
            panic!("nothing is asked");
        };
        let Some(Change::Write { text, .. }) = dialog.change() else {
            panic!("nothing would be written");
        };
        assert_eq!(text, "## Che[31mcks\nbc\n");
        assert_eq!(dialog.lines[0], "it holds: che[31mcks: 1");
    }
}
