//! What a message changes, and what is to be done about it. No clock, no input, no output.

mod answers;
mod keys;
mod live;

use chrono::{DateTime, TimeDelta, Utc};

use crate::msg::{Effect, Msg, Question};
use crate::state::connection::Connection;
use crate::state::table::{Load, Plan};
use crate::state::{Link, Mode, Model};

/// How often the API is asked for a sign of life: its answer tells the time, the role and the schema as well.
const ASKS_EVERY: TimeDelta = TimeDelta::seconds(15);

/// What was read whole, and has been live for so long, is well: the next failure is the first again.
const WELL_AFTER: TimeDelta = TimeDelta::seconds(30);

/// For so long after a key things can be changed.
const WRITES_FOR: TimeDelta = TimeDelta::minutes(15);

/// Reads everything, at the start and anew. What is shown stays until it is replaced.
#[must_use]
pub fn read_all(model: &mut Model) -> Vec<Effect> {
    model.read = 0;
    model.read_at = None;
    model.connections.load = Load::Loading { since: model.now };
    model.asked_at = Some(model.now);
    vec![Effect::Ask(Question::WhoAmI), Effect::Ask(Question::NewestEvent)]
}

/// Has everything read again after a wait, and answers when: what failed is tried less and less often.
fn read_later(model: &mut Model) -> DateTime<Utc> {
    let chance = f64::from(model.now.timestamp_subsec_millis()) / 1000.0;
    let wait = TimeDelta::from_std(model.retry.next(chance)).unwrap_or_default();
    *model.read_at.get_or_insert(model.now + wait)
}

/// What goes on by itself once a time has come.
fn on_time(model: &mut Model, slept: bool) -> Vec<Effect> {
    let now = model.now;
    let mut effects = Vec::new();
    if slept && matches!(model.link, Link::Live | Link::Down { .. }) {
        // The socket may be dead without knowing it: go on from the last event, on another.
        model.link = Link::Down {
            since: now,
            retry_at: now,
            why: "this computer slept".to_owned(),
        };
        let after = model.cursor.clone();
        effects.push(Effect::Follow { after });
    }
    let is_well = model.link == Link::Live;
    if is_well && matches!(model.connections.load, Load::Whole { at } if now - at >= WELL_AFTER) {
        model.retry.worked();
    }
    if model.read_at.is_some_and(|at| slept || now >= at) {
        effects.extend(read_all(model));
    } else if model.asked_at.is_none_or(|at| now - at >= ASKS_EVERY) {
        model.asked_at = Some(now);
        effects.push(Effect::Ask(Question::WhoAmI));
    }
    effects
}

/// Takes in what happened.
#[must_use]
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => {
            let slept = now - model.now > TimeDelta::seconds(20);
            model.now = now;
            if model.mode == Mode::Write && now - model.key_at >= WRITES_FOR {
                model.mode = Mode::ReadOnly;
                model.messages.tell(
                    now,
                    "15 minutes without a key: reading only, start with --write to change things",
                );
            }
            let mut effects = follow_order(model);
            if model.link != Link::SignedOut {
                effects.extend(on_time(model, slept));
            }
            effects
        }
        Msg::Key(key) => {
            model.key_at = model.now;
            let mut effects = keys::pressed(model, key);
            if matches!(model.link, Link::Down { .. }) {
                effects.push(Effect::Hurry);
            }
            effects
        }
        Msg::Paste(text) => keys::pasted(model, &text),
        Msg::Resize(columns, rows) => {
            model.size = (columns, rows);
            Vec::new() // The next frame fits the new size.
        }
        Msg::Focus(has_focus) => {
            model.has_focus = has_focus;
            Vec::new()
        }
        Msg::Heard(heard) => live::heard(model, heard),
        Msg::Answered(question, told, took) => {
            model.round_trip = Some(took);
            answers::answered(model, question, told)
        }
        Msg::Arranged(arranged) => {
            model.connections.arranged(arranged);
            Vec::new()
        }
    }
}

/// Has the order made anew, where it may follow what changed.
fn follow_order(model: &Model) -> Vec<Effect> {
    model.connections.plan(model.now).map(arrange).into_iter().collect()
}

/// Has the order made anew at once.
fn order_now(model: &Model) -> Effect {
    arrange(model.connections.plan_now())
}

fn arrange(plan: Plan<Connection>) -> Effect {
    Effect::Compute(Box::new(move || Msg::Arranged(plan.arrange())))
}
