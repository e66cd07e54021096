//! What a key changes.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use crate::action::{Action, Where};
use crate::msg::{Effect, Question};
use crate::scrub::scrub;
use crate::state::filter::Filter;
use crate::state::table::{Load, Row};
use crate::state::{Model, Opened, Overlay};

pub(super) fn pressed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    // A terminal can send what no keyboard has: marks that turn the direction of text.
    let is_harmful = matches!(key.code, KeyCode::Char(c) if scrub(c.encode_utf8(&mut [0; 4]), 1).is_empty());
    if key.kind == KeyEventKind::Release || is_harmful {
        return Vec::new();
    }
    let action = model.keymap.action(key);
    if action == Some(Action::QuitNow) {
        return vec![Effect::Quit];
    }
    match model.overlay.take() {
        Some(Overlay::Filter(input)) => typed(model, input, key),
        Some(other) => {
            // Help and messages close by any of these, and stay by any other key.
            let closes = matches!(
                action,
                Some(Action::Back | Action::Quit | Action::Help | Action::Messages | Action::Open)
            );
            if !closes {
                model.overlay = Some(other);
            }
            Vec::new()
        }
        None => action.map(|action| act(model, action)).unwrap_or_default(),
    }
}

pub(super) fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    if let Some(Overlay::Filter(input)) = model.overlay.take() {
        let text = format!("{}{}", input.value(), scrub(text, 200));
        return filter(model, Input::new(text));
    }
    Vec::new()
}

/// A key while a filter is typed: the rows follow at once.
fn typed(model: &mut Model, mut input: Input, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Enter => Vec::new(),
        KeyCode::Esc => filter_by(model, ""),
        _ => {
            input.handle_event(&Event::Key(key));
            filter(model, input)
        }
    }
}

fn filter(model: &mut Model, input: Input) -> Vec<Effect> {
    let effects = filter_by(model, input.value());
    model.overlay = Some(Overlay::Filter(input));
    effects
}

fn filter_by(model: &mut Model, text: &str) -> Vec<Effect> {
    model.connections.filter = Filter::parse(text);
    vec![super::order_now(model)]
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(why) = blocked(model, action) {
        model.messages.trouble(model.now, why);
        return Vec::new();
    }
    let now = model.now;
    match action {
        Action::Quit if model.opened.is_none() => return vec![Effect::Quit],
        Action::Quit | Action::Back if model.opened.is_some() => model.opened = None,
        Action::Back => return clear(model),
        Action::Overview => model.opened = None,
        Action::Help => model.overlay = Some(Overlay::Help),
        Action::Messages => model.overlay = Some(Overlay::Messages),
        Action::Suspend => return vec![Effect::Suspend],
        Action::Reload => return reload(model),
        Action::Verify | Action::Run => return change(model, action),
        Action::Copy => return copy(model),
        Action::CopyReply => return reply(model),
        Action::NextPane => next_tab(model),
        _ => {
            if let Some(opened) = &mut model.opened {
                in_detail(opened, action);
            } else {
                return in_table(model, action, now);
            }
        }
    }
    Vec::new()
}

/// Why a key does nothing here.
fn blocked(model: &Model, action: Action) -> Option<String> {
    if let Some(why) = model.off(action) {
        return Some(format!("{} is off: {why}", action.title()));
    }
    let needs_row = matches!(action.place(), Where::Connection) || matches!(action, Action::Open | Action::Copy);
    (needs_row && model.opened.is_none() && model.subject().is_none())
        .then(|| "no connection is selected: move to one first".to_owned())
}

/// Takes away what hides rows.
fn clear(model: &mut Model) -> Vec<Effect> {
    model.connections.problems_only = false;
    filter_by(model, "")
}

fn reload(model: &mut Model) -> Vec<Effect> {
    let mut effects = vec![Effect::Repaint];
    match &model.opened {
        Some(opened) => effects.push(Effect::Ask(Question::Detail { id: opened.id.clone() })),
        None if matches!(model.connections.load, Load::Loading { .. }) => {}
        None => effects.extend(super::read_all(model)),
    }
    effects
}

/// One key, one change: bound to the id under the cursor now.
fn change(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(id) = model.subject().map(|row| row.id.clone()) else {
        return Vec::new();
    };
    let question = if action == Action::Verify {
        Question::Verify { id }
    } else {
        Question::Sync { id }
    };
    vec![Effect::Ask(question)]
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let Some(sid) = model.subject().map(|row| row.sid.clone()) else {
        return Vec::new();
    };
    model
        .messages
        .tell(model.now, format!("{sid} was sent to the terminal's clipboard"));
    vec![Effect::Copy(sid)]
}

fn reply(model: &mut Model) -> Vec<Effect> {
    let detail = model.opened.as_ref().and_then(|opened| opened.detail.as_ref());
    let Some(summary) = detail.map(|detail| detail.summary.clone()) else {
        model
            .messages
            .trouble(model.now, "open the connection first: the reply is made of its checks");
        return Vec::new();
    };
    model.messages.tell(
        model.now,
        "the reply for the customer was sent to the terminal's clipboard",
    );
    vec![Effect::Copy(summary)]
}

fn next_tab(model: &mut Model) {
    if let Some(opened) = &mut model.opened {
        opened.tab = (opened.tab + 1) % 3;
    }
}

fn in_detail(opened: &mut Opened, action: Action) {
    let last = opened
        .detail
        .as_ref()
        .map_or(0, |detail| detail.checks.len().saturating_sub(1));
    opened.cursor = match action {
        Action::Down => (opened.cursor + 1).min(last),
        Action::Up => opened.cursor.saturating_sub(1),
        Action::First => 0,
        Action::Last => last,
        Action::PageDown => (opened.cursor + 10).min(last),
        Action::PageUp => opened.cursor.saturating_sub(10),
        _ => opened.cursor,
    };
}

fn in_table(model: &mut Model, action: Action, now: chrono::DateTime<chrono::Utc>) -> Vec<Effect> {
    let page = isize::try_from(model.size.1.saturating_sub(10)).unwrap_or(10);
    let table = &mut model.connections;
    match action {
        Action::Down => table.step(1, now),
        Action::Up => table.step(-1, now),
        Action::First => table.to_end(false, now),
        Action::Last => table.to_end(true, now),
        Action::PageDown => table.step(page, now),
        Action::PageUp => table.step(-page, now),
        Action::NextProblem | Action::PreviousProblem if table.to_problem(action == Action::NextProblem, now) => {}
        Action::NextProblem | Action::PreviousProblem => model.messages.tell(now, "no problem is shown"),
        Action::ProblemsOnly => {
            table.problems_only = !table.problems_only;
            return vec![super::order_now(model)];
        }
        Action::Sort => {
            table.sort = (table.sort + 1) % <crate::state::connection::Connection as Row>::SORTS.len();
            return vec![super::order_now(model)];
        }
        Action::Freeze => table.freeze(now),
        Action::Filter => model.overlay = Some(Overlay::Filter(Input::new(table.filter.to_string()))),
        Action::Open => return open(model),
        _ => {}
    }
    Vec::new()
}

fn open(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.connections.selected().map(|row| row.id.clone()) else {
        return Vec::new();
    };
    model.opened = Some(Opened {
        id: id.clone(),
        detail: None,
        trouble: None,
        asked_at: model.now,
        cursor: 0,
        tab: 0,
    });
    vec![Effect::Ask(Question::Detail { id })]
}
