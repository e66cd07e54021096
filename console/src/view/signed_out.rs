//! Nothing is shown without a session.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::state::Model;

pub(super) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let lines = vec![
        Line::default(),
        Line::styled("  The session is over.", model.look.strong()),
        Line::from("  Quit, and sign in again:"),
        Line::from("  callab-console login"),
    ];
    frame.render_widget(Paragraph::new(lines), area);
}
