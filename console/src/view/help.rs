//! The keys, made from the key map so that they cannot drift; and what was said before. Both are scrolled where they have no room.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::frame::{block, is_here, room};
use super::text::{cut, fit, thousands, wrap};
use crate::action::Action;
use crate::state::{Help, Model};

pub(super) fn draw(model: &Model, help: &Help, frame: &mut Frame, area: Rect) {
    let typed = help.search.value();
    let search = match (help.is_searching, typed) {
        (true, typed) => format!("/ {typed}_"),
        (false, "") => format!("{} searches", model.keymap.key(Action::Filter)),
        (false, typed) => format!("/ {typed}"),
    };
    let lines = entries(model, help);
    let shown = Shown::of(model, help.offset, lines.len());
    let title = format!(
        "Help{} ─ {search} ─ the keys that work here, then the others",
        shown.told()
    );
    let block = block(model, framed(&title, area));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let wide = keys_width(model);
    let lines = lines.into_iter().skip(shown.first).take(usize::from(inner.height));
    let lines: Vec<Line> = lines
        .map(|(keys, title)| {
            let keys = Span::styled(format!(" {} ", fit(&keys, wide)), model.look.strong());
            Line::from(vec![keys, Span::raw(format!(" {title}"))])
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// How many lines are seen at once.
pub(crate) fn page(model: &Model) -> usize {
    room(model).1.max(1)
}

/// How far the help can be scrolled.
pub(crate) fn last_of_help(model: &Model, help: &Help) -> usize {
    entries(model, help).len().saturating_sub(room(model).1)
}

/// How far the messages can be scrolled.
pub(crate) fn last_of_messages(model: &Model) -> usize {
    told(model).len().saturating_sub(room(model).1)
}

/// The room for the keys of an action.
fn keys_width(model: &Model) -> usize {
    let keys = Action::ALL.iter().map(|action| model.keymap.keys(*action).join(" "));
    let widest = keys.map(|keys| keys.width()).max().unwrap_or(0);
    widest.min(room(model).0 / 2)
}

/// What stands in the help, a line each: the keys, and what they do. What is longer than a line goes on in the next.
fn entries(model: &Model, help: &Help) -> Vec<(String, String)> {
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
    let typed = help.search.value().to_lowercase();
    entries.retain(|(keys, title)| typed.is_empty() || keys == &typed || title.to_lowercase().contains(&typed));
    let (wide, width) = (keys_width(model), room(model).0);
    let lines = entries.into_iter().flat_map(|(keys, title)| {
        let keys = wrap(&keys, wide);
        let titles = wrap(&title, width.saturating_sub(wide + 3));
        let line = |lines: &[String], place: usize| lines.get(place).cloned().unwrap_or_default();
        let count = keys.len().max(titles.len());
        let lines = (0..count).map(|place| (line(&keys, place), line(&titles, place)));
        lines.collect::<Vec<_>>()
    });
    lines.collect()
}

pub(super) fn messages(model: &Model, offset: usize, frame: &mut Frame, area: Rect) {
    let dropped = model.messages.dropped();
    let more = if dropped > 0 {
        format!(", {dropped} older ones were dropped")
    } else {
        String::new()
    };
    let lines = told(model);
    let shown = Shown::of(model, offset, lines.len());
    let block = block(
        model,
        framed(&format!("Messages{}, newest first{more}", shown.told()), area),
    );
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines = lines.into_iter().skip(shown.first).take(usize::from(inner.height));
    frame.render_widget(Paragraph::new(lines.map(Line::from).collect::<Vec<_>>()), inner);
}

/// What was said, a line each. What is longer than a line goes on in the next.
fn told(model: &Model) -> Vec<String> {
    let width = room(model).0;
    let lines = model.messages.iter().flat_map(|message| {
        let at = model.glance().time(message.at, "%H:%M:%S");
        let sign = if message.is_trouble { "!" } else { " " };
        let before = format!(" {at} {sign} ");
        let lines = wrap(&message.text, width.saturating_sub(before.width()));
        let lines = lines.into_iter().enumerate().map(move |(place, line)| {
            if place == 0 {
                format!("{before}{line}")
            } else {
                format!("{}{line}", " ".repeat(before.width()))
            }
        });
        lines.collect::<Vec<_>>()
    });
    lines.collect()
}

/// Which lines are shown of all.
struct Shown {
    first: usize,
    rows: usize,
    all: usize,
}

impl Shown {
    fn of(model: &Model, offset: usize, all: usize) -> Self {
        let rows = room(model).1;
        Self {
            first: offset.min(all.saturating_sub(rows)),
            rows,
            all,
        }
    }

    /// Nothing where all are.
    fn told(&self) -> String {
        if self.all <= self.rows {
            return String::new();
        }
        let last = (self.first + self.rows).min(self.all);
        format!(" {}–{} of {}", self.first + 1, thousands(last), thousands(self.all))
    }
}

fn framed(title: &str, area: Rect) -> String {
    let room = usize::from(area.width.saturating_sub(4));
    format!(" {} ", cut(title, room))
}
