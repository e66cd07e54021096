//! The keys, made from the key map so that they cannot drift; and what was said before.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::frame::{block, is_here};
use super::text::{cut, fit};
use crate::action::Action;
use crate::state::{Help, Model};

pub(super) fn draw(model: &Model, help: &Help, frame: &mut Frame, area: Rect) {
    let typed = help.search.value();
    let search = match (help.is_searching, typed) {
        (true, typed) => format!("/ {typed}_"),
        (false, "") => format!("{} searches", model.keymap.key(Action::Filter)),
        (false, typed) => format!("/ {typed}"),
    };
    let title = format!(" Help: the keys that work here, then the others ─ {search} ");
    let block = block(model, title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let (here, elsewhere): (Vec<Action>, Vec<Action>) = Action::ALL.iter().partition(|action| is_here(model, **action));
    let entry = |action: &Action| {
        let keys = model.keymap.keys(*action).join(" ");
        let off = model
            .off(*action)
            .map(|why| format!(" (off: {why})"))
            .unwrap_or_default();
        (keys, format!("{}{off}", action.title()))
    };
    let mut entries: Vec<(String, String)> = here.iter().map(entry).collect();
    entries.push((String::new(), String::new()));
    entries.extend(elsewhere.iter().map(entry));
    let typed = typed.to_lowercase();
    entries.retain(|(keys, title)| typed.is_empty() || keys == &typed || title.to_lowercase().contains(&typed));
    let rows = usize::from(inner.height).max(1);
    let columns = entries.len().div_ceil(rows).max(1);
    let width = usize::from(inner.width) / columns;
    let lines: Vec<Line> = (0..rows)
        .map(|row| {
            let of_row = entries.iter().skip(row).step_by(rows);
            Line::from(
                of_row
                    .flat_map(|(keys, title)| {
                        [
                            Span::styled(format!(" {} ", fit(keys, 12)), model.look.strong()),
                            Span::raw(fit(title, width.saturating_sub(14))),
                        ]
                    })
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

pub(super) fn messages(model: &Model, frame: &mut Frame, area: Rect) {
    let dropped = model.messages.dropped();
    let more = if dropped > 0 {
        format!(", {dropped} older ones were dropped")
    } else {
        String::new()
    };
    let block = block(model, format!(" Messages, newest first{more} "));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines: Vec<Line> = model
        .messages
        .iter()
        .take(usize::from(inner.height))
        .map(|message| {
            let at = model.glance().time(message.at, "%H:%M:%S");
            let sign = if message.is_trouble { "!" } else { " " };
            Line::from(cut(&format!(" {at} {sign} {}", message.text), usize::from(inner.width)))
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}
