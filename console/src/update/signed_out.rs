//! A session that is over: nothing that was read is kept, and nothing but leaving is possible.

use crossterm::event::KeyEventKind;

use crate::action::Action;
use crate::msg::{Effect, Msg};
use crate::state::table::Table;
use crate::state::{Link, Lists, Messages, Mode, Model, Screen, Seen};

/// Lets go of all that was read, and of all that was about to be done.
pub(super) fn sign_out(model: &mut Model) {
    model.link = Link::SignedOut;
    model.mode = Mode::ReadOnly;
    model.screen = Screen::Overview;
    model.last = None;
    model.overlay = None;
    model.connections = Table::default();
    model.seen = Seen::default();
    model.opened = None;
    model.timeline = Table::default();
    model.lists = Lists::default();
    model.minutes.clear();
    model.balances.clear();
    model.missing = None;
    model.test = None;
    model.revealed = None;
    model.pending.clear();
    model.messages = Messages::default();
}

/// Takes in what happens afterwards: the way out, and what the terminal tells of itself. What is still answered comes too late.
pub(super) fn update(model: &mut Model, msg: &Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => model.now = *now,
        Msg::Resize(columns, rows) => model.size = (*columns, *rows),
        Msg::Focus(has_focus) => model.has_focus = *has_focus,
        Msg::Key(key) if key.kind != KeyEventKind::Release => {
            if let Some(Action::Quit | Action::QuitNow) = model.keymap.action(*key) {
                return vec![Effect::Quit];
            }
        }
        _ => {}
    }
    Vec::new()
}
