//! Draws what is known: pure, from the model alone.

mod ascii;
mod detail;
mod frame;
mod help;
mod overview;
mod signed_out;
pub mod text;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::text::Line;
use ratatui::widgets::Clear;

use crate::state::{Link, Model, Overlay};

/// The smallest terminal that anything can be drawn in.
pub const SMALLEST: (u16, u16) = (40, 10);

/// Draws everything, in ASCII where the terminal has nothing else.
pub fn draw(model: &Model, frame: &mut Frame) {
    everything(model, frame);
    if model.look.ascii {
        ascii::only(frame.buffer_mut());
    }
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
    let [header, crumbs, body, message, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(frame::header(model, usize::from(header.width)), header);
    frame.render_widget(frame::crumbs(model, usize::from(crumbs.width)), crumbs);
    if model.link == Link::SignedOut {
        signed_out::draw(model, frame, body);
    } else if model.opened.is_some() {
        detail::draw(model, frame, body);
    } else {
        overview::draw(model, frame, body);
    }
    frame.render_widget(frame::message(model, usize::from(message.width)), message);
    frame.render_widget(frame::keys(model, usize::from(keys.width)), keys);
    match &model.overlay {
        Some(Overlay::Help) => {
            frame.render_widget(Clear, body);
            help::draw(model, frame, body);
        }
        Some(Overlay::Messages) => {
            frame.render_widget(Clear, body);
            help::messages(model, frame, body);
        }
        Some(Overlay::Filter(_)) | None => {}
    }
}
