//! Keys while something lies over the screen.

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use crate::action::Action;
use crate::change::Change;
use crate::msg::{Effect, Question};
use crate::scrub::scrub;
use crate::state::found::whole_number;
use crate::state::{Dialog, Entry, Focus, Goal, Help, Menu, Model, Overlay};
use crate::view::help;

use super::{dialogs, keys, palette, ways};

/// So many lines of a row in full are a page.
const PAGE: usize = 10;

/// A key for what lies over the screen; it stays there unless the key takes it away.
pub(super) fn pressed(model: &mut Model, overlay: Overlay, key: KeyEvent, action: Option<Action>) -> Vec<Effect> {
    match overlay {
        Overlay::Filter(input) => filter_typed(model, input, key),
        Overlay::Palette(palette) => palette::typed(model, palette, key),
        Overlay::Menu(menu) => in_menu(model, menu, key, action),
        Overlay::Dialog(dialog) => in_dialog(model, dialog, key, action),
        Overlay::Help(help) => in_help(model, help, key, action),
        Overlay::Inspect(mut inspect) => {
            if closes(action, key) {
                return Vec::new();
            }
            let last = inspect.lines.len().saturating_sub(1);
            inspect.offset = scrolled(inspect.offset, action, PAGE, last);
            let text = inspect.lines.join("\n");
            model.overlay = Some(Overlay::Inspect(inspect));
            match action {
                Some(Action::Copy) => super::copying::copied(model, "what is shown", text),
                _ => Vec::new(),
            }
        }
        Overlay::TestCall if key.code == KeyCode::Esc => in_test_call(model, Some(Action::Back)),
        Overlay::TestCall => in_test_call(model, action),
        Overlay::Messages(offset) => {
            if !closes(action, key) && action != Some(Action::Messages) {
                let offset = scrolled(offset, action, help::page(model), help::last_of_messages(model));
                model.overlay = Some(Overlay::Messages(offset));
            }
            Vec::new()
        }
    }
}

/// Where a key scrolls to, in lines down to the last one.
fn scrolled(offset: usize, action: Option<Action>, page: usize, last: usize) -> usize {
    let offset = offset.min(last);
    match action {
        Some(Action::Down) => (offset + 1).min(last),
        Some(Action::Up) => offset.saturating_sub(1),
        Some(Action::PageDown) => (offset + page).min(last),
        Some(Action::PageUp) => offset.saturating_sub(page),
        Some(Action::First) => 0,
        Some(Action::Last) => last,
        _ => offset,
    }
}

/// Esc closes what lies over the screen whatever else it is configured for, as it does where something can be typed.
fn closes(action: Option<Action>, key: KeyEvent) -> bool {
    key.code == KeyCode::Esc || matches!(action, Some(Action::Back | Action::Quit | Action::Open))
}

pub(super) fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    let text = scrub(text, 200);
    match &mut model.overlay {
        Some(Overlay::Filter(input)) => {
            let input = Input::new(format!("{}{text}", input.value()));
            filter(model, input)
        }
        Some(Overlay::Palette(found)) => {
            found.input = Input::new(format!("{}{text}", found.input.value()));
            palette::search(model)
        }
        Some(Overlay::Dialog(Dialog {
            typed: Some(typed),
            is_sent: false,
            focus,
            ..
        })) => {
            *focus = Focus::Field;
            typed.input = Input::new(format!("{}{text}", typed.input.value()));
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// A key while a filter is typed: the rows follow at once. A whole number is looked for by the API.
fn filter_typed(model: &mut Model, mut input: Input, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Enter => match whole_number(input.value()) {
            Some(number) => {
                let mut effects = ways::filter_by(model, "");
                effects.push(Effect::Ask(Question::Find { number }));
                effects
            }
            None => Vec::new(),
        },
        KeyCode::Esc => ways::filter_by(model, ""),
        _ => {
            input.handle_event(&Event::Key(key));
            filter(model, input)
        }
    }
}

fn filter(model: &mut Model, input: Input) -> Vec<Effect> {
    let effects = ways::filter_by(model, input.value());
    model.overlay = Some(Overlay::Filter(input));
    effects
}

fn in_help(model: &mut Model, mut help: Help, key: KeyEvent, action: Option<Action>) -> Vec<Effect> {
    if help.is_searching {
        match key.code {
            KeyCode::Enter => help.is_searching = false,
            KeyCode::Esc => help = Help::default(),
            _ => {
                help.search.handle_event(&Event::Key(key));
                help.offset = 0;
            }
        }
    } else if action == Some(Action::Filter) {
        help.is_searching = true;
    } else if closes(action, key) || action == Some(Action::Help) {
        return Vec::new();
    } else {
        help.offset = scrolled(help.offset, action, help::page(model), help::last_of_help(model, &help));
    }
    model.overlay = Some(Overlay::Help(help));
    Vec::new()
}

fn in_menu(model: &mut Model, mut menu: Menu, key: KeyEvent, action: Option<Action>) -> Vec<Effect> {
    let last = menu.entries.len().saturating_sub(1);
    let chosen = match (key.code, action) {
        (KeyCode::Char(digit @ '1'..='9'), _) => Some(digit as usize - '1' as usize).filter(|place| *place <= last),
        (KeyCode::Enter, _) | (_, Some(Action::Open)) => Some(menu.cursor),
        (KeyCode::Esc, _) | (_, Some(Action::Back | Action::Quit)) => return Vec::new(),
        (_, moved) => {
            menu.cursor = match moved {
                Some(Action::Down) => (menu.cursor + 1).min(last),
                Some(Action::Up) => menu.cursor.saturating_sub(1),
                _ => menu.cursor,
            };
            None
        }
    };
    if let Some(entry) = chosen.and_then(|place| menu.entries.get(place)).cloned() {
        lead(model, entry)
    } else {
        model.overlay = Some(Overlay::Menu(menu));
        Vec::new()
    }
}

/// Goes where an entry leads.
pub(super) fn lead(model: &mut Model, entry: Entry) -> Vec<Effect> {
    match entry.goal {
        Goal::Do(action) => keys::act(model, action),
        Goal::Open(id) => ways::open_connection(model, &id, None),
        Goal::On(action, id) => {
            let mut effects = ways::open_connection(model, &id, None);
            effects.extend(keys::act(model, action));
            effects
        }
        Goal::Filter(filter) => {
            let mut effects = ways::go(model, crate::state::Screen::Overview);
            effects.extend(ways::filter_by(model, &filter));
            effects
        }
        Goal::Find(number) => vec![Effect::Ask(Question::Find { number })],
        Goal::View(view) => ways::look_at(model, &view),
        Goal::Copy(text) => super::copying::copied(model, &entry.title, text),
    }
}

/// A key for a dialog. It is deaf at first, so that nothing that was typed before answers it, and once it was sent. It begins at Cancel;
/// what is typed goes to its field, and Enter from there to Cancel: Enter alone never does it.
fn in_dialog(model: &mut Model, mut dialog: Dialog, key: KeyEvent, action: Option<Action>) -> Vec<Effect> {
    if !dialog.listens(model.now) {
        model.overlay = Some(Overlay::Dialog(dialog));
        return Vec::new();
    }
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter if dialog.focus == Focus::Cancel => return Vec::new(),
        KeyCode::Enter if dialog.focus == Focus::Field => dialog.focus = Focus::Cancel,
        KeyCode::Enter => match (dialog.blocked(), dialog.change()) {
            (None, Some(change)) => {
                let effects = dialogs::send(model, change);
                // What is off by now says so, and stays to be sent later.
                dialog.is_sent = !effects.is_empty();
                model.overlay = Some(Overlay::Dialog(dialog));
                return effects;
            }
            (Some(why), _) => {
                dialog.focus = Focus::Field;
                model.messages.trouble(model.now, why);
            }
            (None, None) => model.messages.trouble(model.now, "there is nothing to do"),
        },
        KeyCode::Left => dialog.focus = Focus::Cancel,
        KeyCode::Right => dialog.focus = Focus::Yes,
        KeyCode::Tab => dialog.focus = dialog.next_focus(),
        KeyCode::Up if dialog.choices.len() > 1 => dialog.chosen = dialog.chosen.saturating_sub(1),
        KeyCode::Down if dialog.choices.len() > 1 => dialog.chosen = (dialog.chosen + 1).min(dialog.choices.len() - 1),
        // Letters move nothing here: one that was meant for a filter must not lead to the button that does it.
        _ if dialog.typed.is_none() && action == Some(Action::Quit) => return Vec::new(),
        _ => {
            let typed = dialog.typed.as_mut();
            let handled = typed.and_then(|typed| typed.input.handle_event(&Event::Key(key)));
            if handled.is_some() {
                dialog.focus = Focus::Field;
            }
        }
    }
    model.overlay = Some(Overlay::Dialog(dialog));
    Vec::new()
}

fn in_test_call(model: &mut Model, action: Option<Action>) -> Vec<Effect> {
    match (action, model.test.clone()) {
        (Some(Action::Back | Action::Quit), test) => {
            if test.is_some_and(|test| test.ended_at.is_none()) {
                let goes_on = "the test call goes on: what comes of it is told here";
                model.messages.tell(model.now, goes_on);
            }
            return Vec::new();
        }
        (Some(Action::Stop), Some(test)) if test.ended_at.is_none() => {
            model.overlay = Some(Overlay::TestCall);
            return dialogs::send(model, Change::HangUp { id: test.id });
        }
        (Some(Action::Copy), Some(test)) => {
            model.overlay = Some(Overlay::TestCall);
            let sid = test.sid.unwrap_or_default();
            if !sid.is_empty() {
                return super::copying::copied(model, "CallSid", sid);
            }
        }
        _ => model.overlay = Some(Overlay::TestCall),
    }
    Vec::new()
}
