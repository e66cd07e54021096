//! The palette: one box over actions, screens, connections and saved views.

mod connections;

use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyEvent};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Matcher, Utf32Str};
use tui_input::backend::crossterm::EventHandler;

use crate::action::{Action, Where};
use crate::msg::{Effect, Msg};
use crate::state::connection::Connection;
use crate::state::filter::matcher;
use crate::state::found::whole_number;
use crate::state::{Entry, Goal, Model, Overlay, Palette, Screen};

/// How many entries are kept: more than fit on a screen help nobody.
const SHOWN: usize = 50;

pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.overlay = Some(Overlay::Palette(Palette::default()));
    search(model)
}

pub(super) fn typed(model: &mut Model, mut palette: Palette, key: KeyEvent) -> Vec<Effect> {
    let last = palette.entries.len().saturating_sub(1);
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => {
            return match palette.entries.get(palette.cursor).cloned() {
                Some(entry) => super::overlays::lead(model, entry),
                None => Vec::new(),
            };
        }
        KeyCode::Down => palette.cursor = (palette.cursor + 1).min(last),
        KeyCode::Up => palette.cursor = palette.cursor.saturating_sub(1),
        _ => {
            palette.input.handle_event(&Event::Key(key));
            model.overlay = Some(Overlay::Palette(palette));
            return search(model);
        }
    }
    model.overlay = Some(Overlay::Palette(palette));
    Vec::new()
}

/// Looks for what fits the input, on another thread: ten thousand names take longer than a frame.
pub(super) fn search(model: &mut Model) -> Vec<Effect> {
    let own = own_entries(model);
    let on_any = connections::on_any(model);
    let rows: Vec<Arc<crate::state::connection::Connection>> = model.connections.shared().to_vec();
    let Some(Overlay::Palette(palette)) = &mut model.overlay else {
        return Vec::new();
    };
    palette.generation += 1;
    let (generation, text) = (palette.generation, palette.input.value().to_owned());
    vec![Effect::Compute(Box::new(move || {
        let pattern = Pattern::parse(&text, CaseMatching::Ignore, Normalization::Smart);
        let (mut matcher, mut buffer) = (matcher(), Vec::new());
        let mut found: Vec<(u32, usize, Entry)> = Vec::new();
        for entry in own {
            if let Some(score) = score(&pattern, &mut matcher, &mut buffer, &entry.title) {
                found.push((score, found.len(), entry));
            }
        }
        for (score, entry) in connections::entries(&pattern, &mut matcher, &rows, &on_any) {
            found.push((score, found.len(), entry));
        }
        // Best first; as they were listed where none is better.
        found.sort_by_key(|(score, place, _)| (std::cmp::Reverse(*score), *place));
        let found = found.into_iter().map(|(_, _, entry)| entry);
        let entries = by_number(&text).into_iter().chain(found).take(SHOWN).collect();
        Msg::Found { generation, entries }
    }))]
}

/// What a whole number leads to: no name holds one, and the API alone knows whose it is.
fn by_number(text: &str) -> Option<Entry> {
    let number = whole_number(text)?;
    Some(Entry {
        title: format!("Open the connection that has {number}"),
        key: String::new(),
        off: None,
        goal: Goal::Find(number),
    })
}

fn score(pattern: &Pattern, matcher: &mut Matcher, buffer: &mut Vec<char>, title: &str) -> Option<u32> {
    pattern.score(Utf32Str::new(title, buffer), matcher)
}

pub(super) fn found(model: &mut Model, generation: u64, entries: Vec<Entry>) {
    if let Some(Overlay::Palette(palette)) = &mut model.overlay
        && palette.generation == generation
    {
        palette.entries = entries;
        palette.cursor = 0;
    }
}

/// Actions, screens and views: what there is without any connection's name.
fn own_entries(model: &Model) -> Vec<Entry> {
    let subject = model
        .subject()
        .map(|row| format!(": {}", row.name()))
        .unwrap_or_default();
    let number = model
        .number()
        .map(|(_, number)| format!(": {number}"))
        .unwrap_or_default();
    let actions = Action::ALL
        .iter()
        .filter(|action| action.screen().is_none() && !action.is_plain_move());
    let actions = actions.map(|action| {
        let about = match action.place() {
            Where::Connection => subject.as_str(),
            Where::Number => number.as_str(),
            _ => "",
        };
        let title = of_row(model, *action).unwrap_or_else(|| format!("{}{about}", capital(action.title())));
        Entry {
            title,
            key: model.keymap.key(*action),
            off: model.off(*action),
            goal: Goal::Do(*action),
        }
    });
    let screens = Action::ALL.iter().filter_map(|action| {
        let screen: Screen = action.screen()?;
        Some(Entry {
            title: format!("Go to: {}", screen.name()),
            key: model.keymap.key(*action),
            off: model.off(*action),
            goal: Goal::Do(*action),
        })
    });
    let views = model.views.iter().map(|view| Entry {
        title: format!("View: {}", view.name),
        key: String::new(),
        off: None,
        goal: Goal::View(view.clone()),
    });
    actions.chain(screens).chain(views).collect()
}

/// What an action would be done to, where it depends on the row under the cursor.
fn of_row(model: &Model, action: Action) -> Option<String> {
    let lists = &model.lists;
    let subject = || model.subject().map(Connection::name);
    Some(match (model.screen, action) {
        (Screen::Jobs, Action::Run | Action::Stop) => {
            let job = lists.jobs.table.selected()?;
            let what = if action == Action::Run { "Run again" } else { "Stop" };
            format!("{what}: {} of {}", job.kind, job.owner.name())
        }
        (_, Action::Run) => format!("Run again: read the numbers of {}", subject()?),
        (Screen::Billing, Action::Acknowledge) => {
            let alert = lists.billing.table.selected()?;
            format!("Acknowledge: {}, {}", alert.owner.name(), alert.text)
        }
        _ => return None,
    })
}

fn capital(title: &str) -> String {
    let mut letters = title.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
