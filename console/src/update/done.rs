//! What came of a change.

use std::io;

use chrono::TimeDelta;

use crate::action::Action;
use crate::change::{Change, Done};
use crate::commands::{Ended, What};
use crate::msg::{Awaited, Effect, Question};
use crate::scrub::scrub;
use crate::state::connection::Connection;
use crate::state::{Asks, Model, Overlay, Revealed, Screen, TestCall};

/// A change was answered: its dialog closes, or says why not.
pub(super) fn done(model: &mut Model, change: &Change, outcome: Result<Done, String>) -> Vec<Effect> {
    forget(model, change);
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(why) => {
            model.messages.trouble(model.now, scrub(&why, 300));
            return Vec::new();
        }
    };
    match (outcome, change) {
        (Done::Number { number, until }, Change::Reveal { id, .. }) => revealed(model, id, number, until),
        (Done::Test(told), _) => {
            model.test = Some(TestCall::read(&told, model.now));
            if model.overlay.is_none() {
                model.overlay = Some(Overlay::TestCall);
            } else {
                let key = model.keymap.key(Action::TestCall);
                let text = format!("the test call goes on: {key} on a number shows it");
                model.messages.tell(model.now, text);
            }
            return Vec::new();
        }
        (_, Change::Verify { id }) => {
            told_of(model, id, "is verified again: how it ends is told here");
            return vec![end_of(model, What::Verify, id)];
        }
        (_, Change::Sync { id }) => {
            told_of(model, id, "has its numbers read again: how it ends is told here");
            return vec![end_of(model, What::Sync, id)];
        }
        (_, Change::Pause { id }) => told_of(model, id, "is paused"),
        (_, Change::Resume { id }) => told_of(model, id, "goes on"),
        (_, Change::Retry { .. }) => model.messages.tell(model.now, "the job is tried again"),
        (_, Change::Cancel { .. }) => model.messages.tell(model.now, "the job is called off"),
        (_, Change::Acknowledge { .. }) => model.messages.tell(model.now, "the alert is acknowledged"),
        (_, Change::HangUp { .. }) => model.messages.tell(model.now, "the test call is hung up"),
        (..) => {}
    }
    read_what_changed(model, change)
}

/// How little the clocks, and the ticks of this one, may be apart: so much earlier a job may seem to have been asked for.
const SLACK: TimeDelta = TimeDelta::seconds(1);

/// Waits for the end of what was asked for, wherever the operator goes meanwhile.
fn end_of(model: &Model, what: What, id: &str) -> Effect {
    let took = model.round_trip.and_then(|took| TimeDelta::from_std(took).ok());
    let name = model.connections.get(id).map(Connection::name);
    Effect::Ask(Question::End(Awaited {
        what,
        id: id.to_owned(),
        name: name.unwrap_or_else(|| id.to_owned()),
        asked_at: model.now + model.skew - took.unwrap_or_default() - SLACK,
    }))
}

/// What was asked for ended: it is told, and read where it is shown.
pub(super) fn ended(model: &mut Model, id: &str, ended: &Ended) {
    let told = scrub(&ended.told, 300);
    if ended.is_good {
        model.messages.tell(model.now, told);
    } else {
        model.messages.trouble(model.now, told);
    }
    if let Some(opened) = model.opened.as_mut().filter(|opened| opened.id == id) {
        opened.has_changed = true;
    }
}

/// Lets go of a change that nobody waits for any more; its dialog closes.
pub(super) fn forget(model: &mut Model, change: &Change) {
    model.pending.retain(|pending| pending != change);
    if matches!(&model.overlay, Some(Overlay::Dialog(dialog)) if dialog.is_sent && dialog.change().as_ref() == Some(change))
    {
        model.overlay = None;
    }
}

/// Where it is seen whether a change was done whose answer did not come.
pub(super) fn where_it_shows(model: &Model, change: &Change) -> String {
    let screen = match change {
        Change::Test { .. } => {
            let key = model.keymap.key(Action::Calls);
            return format!(
                "whether the test call was started is not known: if it was, it ends by itself, and Calls ({key}) shows it"
            );
        }
        Change::HangUp { .. } => return "whether it was hung up is told by its steps".to_owned(),
        Change::Reveal { .. } => return "whether it was revealed is told by the audit log".to_owned(),
        Change::Verify { .. } | Change::Sync { .. } | Change::Retry { .. } | Change::Cancel { .. } => Action::Jobs,
        Change::Pause { .. } | Change::Resume { .. } => Action::Overview,
        Change::Acknowledge { .. } => Action::Billing,
        Change::Write { .. } => return "whether it was written is not known".to_owned(),
    };
    let (name, key) = (screen.title(), model.keymap.key(screen));
    format!("whether it was done is shown by {name} ({key})")
}

fn told_of(model: &mut Model, id: &str, what: &str) {
    let name = model.connections.get(id).map(Connection::name).unwrap_or_default();
    model.messages.tell(model.now, format!("{name} {what}"));
}

fn revealed(model: &mut Model, id: &str, number: Option<String>, until: Option<chrono::DateTime<chrono::Utc>>) {
    let minute = model.now + chrono::TimeDelta::seconds(60);
    match number {
        Some(number) => {
            model.revealed = Some(Revealed {
                id: id.to_owned(),
                number: scrub(&number, 20),
                until: until.map_or(minute, |until| until.min(minute)),
            });
        }
        None => model.messages.trouble(model.now, "its minute is over: reveal it again"),
    }
}

/// Reads the list that shows what was changed.
fn read_what_changed(model: &Model, change: &Change) -> Vec<Effect> {
    let screen = match change {
        Change::Retry { .. } | Change::Cancel { .. } => Screen::Jobs,
        Change::Acknowledge { .. } => Screen::Billing,
        _ => return Vec::new(),
    };
    let about = model.about();
    vec![Effect::Ask(Question::Page {
        screen,
        about,
        after: None,
    })]
}

/// A file was written, or could not be.
pub(super) fn written(model: &mut Model, path: &str, outcome: io::Result<()>) {
    if matches!(&model.overlay, Some(Overlay::Dialog(dialog)) if dialog.is_sent && dialog.asks == Asks::Bundle) {
        model.overlay = None;
    }
    let (now, messages) = (model.now, &mut model.messages);
    match outcome {
        Ok(()) => messages.tell(now, format!("written to {path}, for your eyes only")),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            messages.trouble(now, format!("{path} exists already: nothing was written"));
        }
        Err(error) => messages.trouble(now, format!("{path} cannot be written: {error}")),
    }
}
