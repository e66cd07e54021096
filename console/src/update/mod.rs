//! What a message changes, and what is to be done about it. No clock, no input, no output.

mod answers;
mod copying;
mod dialogs;
mod done;
mod keys;
mod live;
mod moves;
mod overlays;
mod palette;
mod parts;
mod signed_out;
mod tick;
mod ways;

pub(crate) use answers::SCHEMA_VERSION;

pub use self::moves::drawn;
use crate::msg::{Effect, Msg, Question};
use crate::state::table::{Load, Plan, Row};
use crate::state::{Link, Model, Reading, Screen, on_table};

/// Reads everything, at the start and anew. What is shown stays until it is replaced.
#[must_use]
pub fn read_all(model: &mut Model) -> Vec<Effect> {
    model.read = 0;
    model.read_at = None;
    model.reading = None;
    model.connections.load = Load::Loading { since: model.now };
    model.asked_at = Some(model.now);
    vec![Effect::Ask(Question::WhoAmI), Effect::Ask(Question::NewestEvent)]
}

/// Reads all connections again while they are shown, live: what changes without an event, such as how many calls there were.
fn read_quietly(model: &mut Model) -> Effect {
    model.reading = Some(Reading {
        after: None,
        is_quiet: true,
    });
    Effect::Ask(Question::Connections { after: None })
}

/// Takes in what happened.
#[must_use]
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    if model.link == Link::SignedOut {
        return signed_out::update(model, &msg);
    }
    match msg {
        Msg::Tick(now) => tick::passed(model, now),
        Msg::Key(key) => {
            model.key_at = model.now;
            see(model);
            let mut effects = keys::pressed(model, key);
            see(model);
            if model.is_offline() {
                effects.push(Effect::Hurry);
            }
            effects
        }
        Msg::Paste(text) => overlays::pasted(model, &text),
        Msg::Scroll(by) => moves::scrolled(model, by),
        Msg::Click(line) => {
            moves::clicked(model, line);
            Vec::new()
        }
        Msg::Resize(columns, rows) => {
            model.size = (columns, rows);
            Vec::new() // The next frame fits the new size.
        }
        Msg::Focus(has_focus) => {
            model.has_focus = has_focus;
            Vec::new()
        }
        Msg::Heard(heard) => live::heard(model, heard),
        Msg::Answered(question, answered, took) => {
            model.round_trip = Some(took);
            answers::answered(model, question, answered)
        }
        Msg::Arranged(screen, arranged) => {
            on_table!(model, screen, mut |table| table.arranged(arranged));
            Vec::new()
        }
        Msg::Found { generation, entries } => {
            palette::found(model, generation, entries);
            Vec::new()
        }
        Msg::Written(path, outcome) => {
            done::written(model, &path, outcome);
            Vec::new()
        }
    }
}

/// Whether a message is an answer that only renews what is shown: where it tells nothing new, nothing has to be drawn for it.
#[must_use]
pub fn renews(model: &Model, msg: &Msg) -> bool {
    match msg {
        Msg::Answered(Question::Rows { .. }, Ok(_), _) => true,
        Msg::Answered(Question::Connections { .. }, Ok(_), _) => {
            model.reading.as_ref().is_some_and(|reading| reading.is_quiet)
        }
        _ => false,
    }
}

/// What is under the cursor while a key is pressed was looked at.
fn see(model: &mut Model) {
    if let Some(row) = model
        .connections
        .selected()
        .filter(|_| model.screen == Screen::Overview)
    {
        model.seen.see(row, model.now);
    }
}

/// Has the order of the shown table made anew, where it may follow what changed.
fn follow_order(model: &Model) -> Option<Effect> {
    let screen = model.screen;
    on_table!(model, screen, |table| table
        .plan(model.now)
        .map(|plan| arrange(screen, plan)))
}

/// Has the order of a table made anew at once.
fn order_now(model: &Model, screen: Screen) -> Effect {
    on_table!(model, screen, |table| arrange(screen, table.plan_now()))
}

fn arrange<R: Row>(screen: Screen, plan: Plan<R>) -> Effect {
    Effect::Compute(Box::new(move || Msg::Arranged(screen, plan.arrange())))
}
