//! Nothing is shown without a session.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::state::Model;

pub(super) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let (todo, command) = if model.session.is_demo {
        ("  Quit, start the demo again, and then:", "  callab-console --demo")
    } else {
        ("  Quit, and sign in again:", "  callab-console login")
    };
    let lines = vec![
        Line::default(),
        Line::styled("  The session is over.", model.look.strong()),
        Line::from(todo),
        Line::from(command),
    ];
    frame.render_widget(Paragraph::new(lines), area);
}
