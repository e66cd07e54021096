//! Draws what is known: pure, from the model alone.

mod ascii;
mod columns;
pub(crate) mod detail;
mod frame;
mod header;
pub(crate) mod help;
mod list;
mod overlay;
pub(crate) mod overview;
mod signals;
mod signed_out;
pub mod text;
mod totals;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect, Size};
use ratatui::text::Line;
use ratatui::widgets::Clear;

use crate::state::{Link, Model, Overlay, Screen};

/// The smallest terminal that anything can be drawn in.
pub const SMALLEST: (u16, u16) = (40, 10);

/// From this width on the Overview has sparklines.
pub const SPARKS_FROM: u16 = 120;

/// Draws everything, in ASCII where the terminal has nothing else.
pub fn draw(model: &Model, frame: &mut Frame) {
    everything(model, frame);
    if model.look.ascii {
        ascii::only(frame.buffer_mut());
    }
}

/// Where the rows of the list on the screen stand: the line of the first that is seen, and how many have room.
#[must_use]
pub fn rows(model: &Model) -> (u16, u16) {
    let of_list = match model.screen {
        Screen::Overview => overview::parts(body(model))[0],
        _ => body(model),
    };
    let inner = frame::block(model, String::new()).inner(of_list);
    (inner.top() + 1, inner.height.saturating_sub(1)) // Below the heads.
}

/// What is between the lines of the header and of the keys.
fn body(model: &Model) -> Rect {
    let [_, _, body, _, _] = parts(Rect::from((Position::ORIGIN, Size::from(model.size))));
    body
}

/// Header, place, body, message, keys.
fn parts(area: Rect) -> [Rect; 5] {
    Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area)
}

fn everything(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text = format!(
            "needs {}x{}, has {}x{}",
            SMALLEST.0, SMALLEST.1, area.width, area.height
        );
        frame.render_widget(Line::from(text::cut(&text, usize::from(area.width))), area);
        return;
    }
    let [header, crumbs, body, message, keys] = parts(area);
    frame.render_widget(header::header(model, usize::from(header.width)), header);
    frame.render_widget(header::crumbs(model, usize::from(crumbs.width)), crumbs);
    if model.link == Link::SignedOut {
        signed_out::draw(model, frame, body);
        frame.render_widget(frame::message(model, usize::from(message.width)), message);
        frame.render_widget(frame::keys(model, usize::from(keys.width)), keys);
        return; // Nothing that was read stays on the screen.
    }
    match model.screen {
        Screen::Overview => overview::draw(model, frame, body),
        Screen::Connection => detail::draw(model, frame, body),
        _ => list::draw(model, frame, body),
    }
    frame.render_widget(frame::message(model, usize::from(message.width)), message);
    frame.render_widget(frame::keys(model, usize::from(keys.width)), keys);
    match &model.overlay {
        Some(Overlay::Help(help)) => {
            frame.render_widget(Clear, body);
            help::draw(model, help, frame, body);
        }
        Some(Overlay::Messages(offset)) => {
            frame.render_widget(Clear, body);
            help::messages(model, *offset, frame, body);
        }
        Some(Overlay::Palette(palette)) => overlay::palette(model, palette, frame, body),
        Some(Overlay::Menu(menu)) => overlay::menu(model, menu, frame, body),
        Some(Overlay::Inspect(inspect)) => overlay::inspect(model, inspect, frame, body),
        Some(Overlay::Dialog(dialog)) => overlay::dialog(model, dialog, frame, body),
        Some(Overlay::TestCall) => {
            if let Some(test) = &model.test {
                overlay::test_call(model, test, frame, body);
            }
        }
        Some(Overlay::Filter(_)) | None => {}
    }
}
