//! Keys that move, and keys that change how a table is looked at.

use tui_input::Input;

use crate::action::Action;
use crate::msg::{Effect, Question};
use crate::state::rows::Topic;
use crate::state::table::{Listed, Row, Table};
use crate::state::{Model, Opened, Overlay, Pane, Screen, on_list, on_table};
use crate::view::{self, detail, overview};

/// A key on the table that is shown.
pub(super) fn moved(model: &mut Model, action: Action) -> Vec<Effect> {
    let (now, screen) = (model.now, model.screen);
    let page = isize::try_from(view::rows(model).1.max(1)).unwrap_or(1);
    match action {
        Action::Filter => {
            let text = on_table!(model, screen, |table| table.filter.to_string());
            model.overlay = Some(Overlay::Filter(Input::new(text)));
            return Vec::new();
        }
        Action::Left | Action::Right | Action::Wide => return columns(model, action),
        // As the hint says, while it is shown.
        Action::NextProblem if screen == Screen::Overview && model.newly_failing().1 > 0 => {
            let seen = &model.seen;
            model.connections.to_next(true, now, |row| seen.lacks(row, now));
            return Vec::new();
        }
        _ => {}
    }
    let (found, reorders) = on_table!(model, screen, mut |table| in_table(table, action, page, now));
    if !found {
        model.messages.tell(now, "no problem is shown");
    }
    if reorders {
        return vec![super::order_now(model, screen)];
    }
    read_on(model)
}

/// Remembers where the view of a list stands, once it was drawn.
pub fn drawn(model: &mut Model) {
    let height = usize::from(view::rows(model).1);
    on_table!(model, model.screen, mut |table| table.settle(height));
}

/// The wheel moves three rows at a time.
pub(super) fn scrolled(model: &mut Model, by: isize) -> Vec<Effect> {
    if model.overlay.is_some() {
        return Vec::new();
    }
    let (now, screen) = (model.now, model.screen);
    on_table!(model, screen, mut |table| table.step(by * 3, now));
    read_on(model)
}

/// A click selects the row under it.
pub(super) fn clicked(model: &mut Model, line: u16) {
    let (now, screen) = (model.now, model.screen);
    let (first, height) = view::rows(model);
    let place = line.checked_sub(first).filter(|place| *place < height);
    let (None, Some(place), true) = (&model.overlay, place, screen != Screen::Connection) else {
        return;
    };
    let (height, place) = (usize::from(height), usize::from(place));
    on_table!(model, screen, mut |table| {
        let row = table.visible(height).nth(place).map(|(_, row)| row.id().to_owned());
        if let Some(id) = row {
            table.select_id(&id, now);
        }
    });
}

/// Moves in a table. Answers whether what was looked for is there, and whether the order has to be made anew.
fn in_table<R: Row>(
    table: &mut Table<R>,
    action: Action,
    page: isize,
    now: chrono::DateTime<chrono::Utc>,
) -> (bool, bool) {
    match action {
        Action::Down => table.step(1, now),
        Action::Up => table.step(-1, now),
        Action::First => table.to_end(false, now),
        Action::Last => table.to_end(true, now),
        Action::PageDown => table.step(page, now),
        Action::PageUp => table.step(-page, now),
        Action::NextProblem | Action::PreviousProblem => {
            return (table.to_problem(action == Action::NextProblem, now), false);
        }
        Action::ProblemsOnly => {
            table.problems_only = !table.problems_only;
            table.look_anew();
            return (true, true);
        }
        Action::Sort => {
            table.sort = (table.sort + 1) % R::SORTS.len();
            return (true, true);
        }
        Action::Freeze => table.freeze(now),
        _ => {}
    }
    (true, false)
}

/// Reads the next page, where the cursor came to the end of what was read.
fn read_on(model: &mut Model) -> Vec<Effect> {
    let screen = model.screen;
    let next = on_list!(model, screen, mut |list| list
        .read_on()
        .map(|after| (list.about.clone(), after)));
    match next.flatten() {
        Some((about, after)) => vec![Effect::Ask(Question::Page {
            screen,
            about,
            after: Some(after),
        })],
        None => Vec::new(),
    }
}

/// All columns, from one on; or those that fit. They are those of the list that is shown, until it is left.
fn columns(model: &mut Model, action: Action) -> Vec<Effect> {
    let screen = model.screen;
    let last = on_list!(model, screen, |list| columns_of(&list.table)).unwrap_or(overview::COLUMNS) - 1;
    on_table!(model, screen, mut |table| {
        table.wide = match (action, table.wide) {
            (Action::Wide, None) | (Action::Left, Some(0)) => Some(0),
            (Action::Wide, Some(_)) | (Action::Left, None) => None,
            (Action::Left, Some(first)) => Some(first - 1),
            (_, first) => Some((first.unwrap_or(0) + 1).min(last)),
        };
    });
    Vec::new()
}

fn columns_of<R: Listed>(_: &Table<R>) -> usize {
    R::COLUMNS.len()
}

/// A key on an open connection: on its checks, or on its timeline.
pub(super) fn in_detail(model: &mut Model, action: Action) -> Vec<Effect> {
    let now = model.now;
    let elsewhere = model.off_in_pane(action);
    let Some(opened) = &mut model.opened else {
        return Vec::new();
    };
    if let Some(why) = elsewhere {
        model.messages.tell(now, format!("{}: {why}", action.title()));
        return Vec::new();
    }
    if opened.pane == Pane::Timeline {
        return match action {
            Action::Left | Action::Right => turn_topic(model, action == Action::Right),
            _ => moved(model, action),
        };
    }
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
        Action::NextProblem | Action::PreviousProblem => {
            let found = problem(opened, action == Action::NextProblem);
            if found.is_none() {
                model.messages.tell(now, "no problem is shown");
            }
            found.unwrap_or(opened.cursor)
        }
        Action::Filter => {
            opened.pane = Pane::Timeline;
            return moved(model, action);
        }
        _ => opened.cursor,
    };
    Vec::new()
}

/// The next check that is not good, around the ends.
fn problem(opened: &Opened, forward: bool) -> Option<usize> {
    let detail = opened.detail.as_ref()?;
    let count = detail.checks.len().max(1);
    let steps = (1..=count).map(|step| {
        let step = if forward { step } else { count - step };
        (opened.cursor + step) % count
    });
    let mut bad = steps.filter(|place| detail.checks.get(*place).is_some_and(|check| check.answer.is_bad()));
    bad.next()
}

/// Another part of the open connection; from the audit log to the events, and back.
pub(super) fn next_pane(model: &mut Model) -> Vec<Effect> {
    match model.screen {
        Screen::Audit if model.opened.is_some() => {
            let keys = [Action::Audit, Action::NextPane].map(|action| model.keymap.key(action));
            let text = format!(
                "what happened to this connection is in its timeline; from the Overview {} show all events",
                keys.join(" and ")
            );
            model.messages.tell(model.now, text);
            return Vec::new();
        }
        Screen::Audit => return super::ways::go(model, Screen::Events),
        Screen::Events => return super::ways::go(model, Screen::Audit),
        _ => {}
    }
    let all_at_once = detail::shows_all(model);
    if let (Screen::Connection, Some(opened)) = (model.screen, &mut model.opened) {
        opened.pane = opened.pane.next();
        // Nothing can be done in the signals: they are only turned to where they have to be to be seen.
        if all_at_once && opened.pane == Pane::Signals {
            opened.pane = opened.pane.next();
        }
    } else {
        model.messages.tell(model.now, "there is one pane here");
    }
    Vec::new()
}

/// Shows another topic in the timeline: everything, then one after the other.
fn turn_topic(model: &mut Model, forward: bool) -> Vec<Effect> {
    let Some(opened) = &mut model.opened else {
        return Vec::new();
    };
    let count = Topic::ALL.len() + 1;
    let place = opened
        .topic
        .and_then(|topic| Topic::ALL.iter().position(|other| *other == topic))
        .map_or(0, |place| place + 1);
    let next = if forward { place + 1 } else { place + count - 1 } % count;
    opened.topic = next.checked_sub(1).map(|place| Topic::ALL[place]);
    let text = opened
        .topic
        .map(|topic| format!("topic:\"{}\"", topic.word()))
        .unwrap_or_default();
    super::ways::filter_by(model, &text)
}
