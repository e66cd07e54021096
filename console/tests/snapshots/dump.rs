//! A screen as text, with the styles of its parts below it.

use console::state::Model;
use console::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

/// The sizes that every screen is drawn in.
pub const SIZES: [(u16, u16); 3] = [(120, 36), (80, 24), (40, 10)];

fn drawn(model: &mut Model, (columns, rows): (u16, u16)) -> Buffer {
    model.size = (columns, rows);
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal");
    terminal.draw(|frame| view::draw(model, frame)).expect("a frame");
    terminal.backend().buffer().clone()
}

fn line(buffer: &Buffer, y: u16) -> String {
    let mut text = String::new();
    let mut x = 0;
    while x < buffer.area.width {
        let symbol = buffer[(x, y)].symbol();
        text.push_str(symbol);
        x += u16::try_from(unicode_width::UnicodeWidthStr::width(symbol).max(1)).unwrap_or(1);
    }
    text.trim_end().to_owned()
}

/// The text alone.
pub fn texts(model: &mut Model, size: (u16, u16)) -> String {
    let buffer = drawn(model, size);
    let lines: Vec<String> = (0..size.1).map(|y| line(&buffer, y)).collect();
    lines.join("\n")
}

/// The text, and at the largest size where it is styled and how: `line:from-to style`.
pub fn picture(model: &mut Model, size: (u16, u16)) -> String {
    let buffer = drawn(model, size);
    let mut picture = vec![format!("== {}x{}", size.0, size.1)];
    picture.extend((0..size.1).map(|y| line(&buffer, y)));
    if size == SIZES[0] {
        picture.push("-- styles".to_owned());
        picture.extend((0..size.1).flat_map(|y| styles(&buffer, y)));
    }
    picture.join("\n")
}

/// The styled runs of a line.
fn styles(buffer: &Buffer, y: u16) -> Vec<String> {
    let mut runs: Vec<(u16, u16, String)> = Vec::new();
    for x in 0..buffer.area.width {
        let cell = &buffer[(x, y)];
        let style = style(cell.fg, cell.modifier);
        match runs.last_mut() {
            Some((_, to, before)) if *before == style && *to + 1 == x => *to = x,
            _ => runs.push((x, x, style)),
        }
    }
    let styled = runs.into_iter().filter(|(.., style)| !style.is_empty());
    styled
        .map(|(from, to, style)| format!("{y}:{from}-{to} {style}"))
        .collect()
}

fn style(colour: Color, modifier: Modifier) -> String {
    let mut words = Vec::new();
    if colour != Color::Reset {
        words.push(format!("fg={colour}"));
    }
    for (flag, word) in [
        (Modifier::BOLD, "bold"),
        (Modifier::REVERSED, "reversed"),
        (Modifier::UNDERLINED, "underlined"),
    ] {
        if modifier.contains(flag) {
            words.push(word.to_owned());
        }
    }
    words.join(" ")
}
