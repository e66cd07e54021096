//! What a key changes.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use crate::action::{Action, Where};
use crate::msg::Effect;
use crate::scrub::scrub;
use crate::state::{Help, Model, Overlay, Screen};

use super::{copying, dialogs, moves, overlays, palette, ways};

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
        Some(overlay) => overlays::pressed(model, overlay, key, action),
        None => action.map(|action| act(model, action)).unwrap_or_default(),
    }
}

/// Does what a key, or an entry of the palette, stands for.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(why) = blocked(model, action) {
        model.messages.trouble(model.now, why);
        return Vec::new();
    }
    if let Some(screen) = model.screen_of(action) {
        return ways::go(model, screen);
    }
    match action {
        Action::Quit if model.screen == Screen::Overview => return vec![Effect::Quit],
        Action::Quit | Action::Back => return ways::back(model),
        Action::LastPlace => return ways::last_place(model),
        Action::Help => model.overlay = Some(Overlay::Help(Help::default())),
        Action::Messages => model.overlay = Some(Overlay::Messages(0)),
        Action::Palette => return palette::open(model),
        Action::Views => return ways::views(model),
        Action::Suspend => return vec![Effect::Suspend],
        Action::Reload => return ways::reload(model),
        Action::Mouse => {
            model.has_mouse = !model.has_mouse;
            return vec![Effect::Mouse(model.has_mouse)];
        }
        Action::Verify | Action::Run => return dialogs::run(model, action),
        Action::TestCall => return dialogs::test_call(model),
        Action::Stop => dialogs::stop(model),
        Action::Acknowledge => dialogs::acknowledge(model),
        Action::Pause => dialogs::pause(model),
        Action::Reveal => dialogs::reveal(model),
        Action::Bundle => return dialogs::make_bundle(model),
        Action::Copy => copying::menu(model),
        Action::CopyReply => return copying::reply(model),
        Action::Dashboard => return copying::dashboard(model),
        Action::NextPane => return moves::next_pane(model),
        Action::Open => return ways::open(model),
        _ if model.screen == Screen::Connection => return moves::in_detail(model, action),
        _ => return moves::moved(model, action),
    }
    Vec::new()
}

/// Why a key does nothing here.
fn blocked(model: &Model, action: Action) -> Option<String> {
    if let Some(why) = model.off(action) {
        return Some(format!("{} is off: {why}", action.title()));
    }
    let is_missing = match action.place() {
        Where::Connection => model.subject_id().is_none(),
        Where::Number => model.number().is_none(),
        Where::Row => model.screen != Screen::Connection && !model.has_row(),
        Where::Everywhere | Where::Table => false,
    };
    is_missing.then(|| match action.place() {
        Where::Number => {
            let key = model.keymap.key(Action::Numbers);
            format!("no number is selected: {key} shows the numbers")
        }
        _ => ways::NOTHING_SELECTED.to_owned(),
    })
}
