//! One connection: why calls do not connect, its last hour, what to do, and what became of its health.

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::frame::{block, frozen};
use super::list;
use super::signals;
use super::text::{age, cut, fit, middle, paragraph, right};
use crate::look::Tone;
use crate::state::detail::{Answer, Check, Detail};
use crate::state::rows::{MOMENTS_KEPT, Topic};
use crate::state::{Model, Opened, Pane};

/// From this width on all panes stand side by side.
const WIDE: u16 = 100;

/// The least rows that all panes stand side by side in.
const HIGH: u16 = 24;

/// Whether all panes of an open connection are seen at once.
pub(crate) fn shows_all(model: &Model) -> bool {
    model.size.0 >= WIDE && super::body(model).height >= HIGH
}

/// The least rows in which what could not be read has a line of its own.
const TELLS_FROM: u16 = 12;

/// The title of a pane, with the cursor before it where it has the keys and others stand beside it.
fn title(model: &Model, pane: Pane, title: &str) -> String {
    let has_keys = model.opened.as_ref().is_some_and(|opened| opened.pane == pane);
    let cursor = if has_keys && shows_all(model) {
        format!("{} ", model.look.cursor())
    } else {
        String::new()
    };
    format!(" {cursor}{title} ")
}

pub(super) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let Some(opened) = &model.opened else { return };
    let trouble = opened.trouble.as_ref().filter(|_| opened.detail.is_some());
    // Where there is little room, the facts begin with a word for it.
    let height = u16::from(trouble.is_some() && area.height >= TELLS_FROM);
    let [facts, told, body] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(height), Constraint::Min(1)]).areas(area);
    frame.render_widget(facts_line(model, opened, height > 0, usize::from(facts.width)), facts);
    if let Some(trouble) = trouble.filter(|_| height > 0) {
        let again = format!("   {} asks again", model.keymap.key(crate::action::Action::Reload));
        let text = format!(" ! {}: {trouble}", how_whole(model, opened));
        let text = cut(&text, usize::from(told.width).saturating_sub(again.width()));
        frame.render_widget(Line::styled(format!("{text}{again}"), model.look.strong()), told);
    }
    let Some(detail) = &opened.detail else {
        let text = match &opened.trouble {
            Some(trouble) => format!(
                "  {trouble}   {} asks again",
                model.keymap.key(crate::action::Action::Reload)
            ),
            None => "  loading".to_owned(),
        };
        frame.render_widget(Line::from(cut(&text, usize::from(body.width))), body);
        return;
    };
    if !shows_all(model) {
        return narrow(model, opened, detail, frame, body);
    }
    let checks_height = u16::try_from(detail.checks.len()).unwrap_or(16) + 5;
    let [upper, lower] =
        Layout::vertical([Constraint::Length(checks_height.min(body.height)), Constraint::Min(0)]).areas(body);
    let [left, sides] = Layout::horizontal([Constraint::Percentage(58), Constraint::Min(0)]).areas(upper);
    checks(model, opened, detail, frame, left);
    let [above, below] = Layout::vertical([Constraint::Length(7), Constraint::Min(0)]).areas(sides);
    signals::draw(model, detail, frame, above);
    do_next(model, frame, below);
    if lower.height >= 3 {
        timeline(model, opened, frame, lower);
    }
}

fn narrow(model: &Model, opened: &Opened, detail: &Detail, frame: &mut Frame, area: Rect) {
    let [tabs, body, reply] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(3), Constraint::Length(2)]).areas(area);
    let mut spans = Vec::new();
    for pane in Pane::ALL {
        let is_shown = pane == opened.pane;
        spans.push(if is_shown {
            Span::styled(format!(" [{}] ", pane.name()), model.look.strong())
        } else {
            Span::raw(format!("  {}  ", pane.name()))
        });
    }
    frame.render_widget(Line::from(spans), tabs);
    match opened.pane {
        Pane::Checks => checks(model, opened, detail, frame, body),
        Pane::Signals => signals::draw(model, detail, frame, body),
        Pane::Timeline => timeline(model, opened, frame, body),
    }
    let told = model.advice().map(|advice| advice.brief()).unwrap_or_default();
    let lines = paragraph(&told, reply.width, usize::from(reply.height));
    frame.render_widget(Paragraph::new(lines), reply);
}

/// Whether what is shown is of an earlier reading, or a part.
fn how_whole(model: &Model, opened: &Opened) -> String {
    match opened.read_at.filter(|_| opened.is_old) {
        Some(at) => format!("STALE, read {} ago", age(at, model.now)),
        None => "PARTIAL".to_owned(),
    }
}

fn facts_line(model: &Model, opened: &Opened, tells_trouble: bool, width: usize) -> Line<'static> {
    let Some(row) = model.connections.get(&opened.id) else {
        return Line::default();
    };
    let is_old = model.is_opened_old();
    let is_stale = row.is_stale || is_old;
    let state = format!(
        "{}{} {} {}",
        if is_stale { model.stale_mark() } else { " " },
        model.sign(&row.health),
        row.health.word(),
        age(row.since, model.now)
    );
    let when =
        |at: Option<DateTime<Utc>>| at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", age(at, model.now)));
    let detail = opened.detail.as_ref();
    let dates = detail
        .map(|detail| {
            format!(
                "   last good {}   synced {}   {}",
                when(detail.verified_at),
                when(detail.synced_at),
                next_probe(detail, model.now, is_old)
            )
        })
        .unwrap_or_default();
    let sid = middle(&row.sid, if width >= usize::from(WIDE) { 13 } else { 9 });
    let word = match &opened.trouble {
        Some(_) if !tells_trouble && opened.detail.is_some() => format!("   {}", how_whole(model, opened)),
        _ => String::new(),
    };
    let rest = format!("{word}   {sid}{dates}");
    let style = if is_stale { model.look.stale() } else { Style::new() };
    let rest = cut(&rest, width.saturating_sub(state.width()));
    Line::from(vec![
        Span::styled(state, model.look.health(&row.health)),
        Span::styled(rest, style),
    ])
}

/// When the connection is probed next by itself; not known where what was told of it may be other by now.
fn next_probe(detail: &Detail, now: DateTime<Utc>, is_old: bool) -> String {
    match detail.next_check_at {
        None => "no probes".to_owned(),
        Some(_) if is_old => "next probe ?".to_owned(),
        Some(at) if at <= now => "next probe due".to_owned(),
        Some(at) if at - now > TimeDelta::days(2) => at.format("next probe %Y-%m-%d").to_string(),
        Some(at) => format!("next probe {}", age(now, at)),
    }
}

fn checks(model: &Model, opened: &Opened, detail: &Detail, frame: &mut Frame, area: Rect) {
    let block = block(model, title(model, Pane::Checks, "Why calls don't connect"));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let width = usize::from(inner.width);
    let rows = usize::from(inner.height);
    // What the check under the cursor says, where there is room for it.
    let told = match rows {
        0..=4 => 0,
        5..=16 => 2,
        _ => 3,
    };
    let first = (opened.cursor + told + 1).saturating_sub(rows);
    let mut lines: Vec<Line> = detail
        .checks
        .iter()
        .enumerate()
        .skip(first)
        .take(rows.saturating_sub(told))
        .map(|(place, check)| check_line(model, opened, detail, (place, check), width))
        .collect();
    if let Some(check) = detail.checks.get(opened.cursor).filter(|_| told > 0) {
        let told = check.sentence.as_deref().unwrap_or_default();
        let text = format!("{told} {}", check.evidence);
        let room = rows.saturating_sub(lines.len());
        lines.extend(paragraph(text.trim(), inner.width, room));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn check_line(
    model: &Model,
    opened: &Opened,
    detail: &Detail,
    (place, check): (usize, &Check),
    width: usize,
) -> Line<'static> {
    let look = model.look;
    let cursor = if place == opened.cursor { look.cursor() } else { " " };
    let is_stale = check.is_stale || model.is_opened_old();
    let mark = if is_stale { model.stale_mark() } else { " " };
    let is_cause = detail.cause == Some(place);
    let seen = match (&check.answer, check.as_of) {
        (Answer::NotReached, _) => "not reached".to_owned(),
        (_, Some(at)) => age(at, model.now),
        (_, None) => "–".to_owned(),
    };
    let code = check.twilio_code.map(|code| format!(": {code}")).unwrap_or_default();
    let number = right(&(place + 1).to_string(), 2);
    let room = width.saturating_sub(6 + 12);
    let title = titled(&check.title, &code, check.same_cause_as, room.saturating_sub(1));
    let title = format!("{number} {title}");
    let style = match check.answer {
        Answer::Fail => look.tone(Tone::Failing),
        Answer::Warn => look.tone(Tone::Degraded),
        _ => Style::new(),
    };
    let title_style = if is_cause { look.strong() } else { Style::new() };
    let spans = vec![
        Span::raw(format!("{cursor}{mark}")),
        Span::styled(format!("{} ", check.answer.sign(look.ascii)), style),
        Span::styled(fit(&title, room + 2), title_style),
        Span::styled(right(&seen, 12), if is_stale { look.stale() } else { Style::new() }),
    ];
    let line = Line::from(spans);
    if place == opened.cursor {
        list::reversed(model, line)
    } else {
        line
    }
}

/// A title with its code and the line that has the same cause. Of the three the title gives way first, then the code.
fn titled(title: &str, code: &str, same_cause_as: Option<usize>, room: usize) -> String {
    /// So much of a title is told, if it is not told whole.
    const LEAST: usize = 12;

    let Some(line) = same_cause_as else {
        return format!("{title}{code}");
    };
    let least = LEAST.min(title.width());
    let (long, short) = (format!("  ← same cause as {line}"), format!("  ← as {line}"));
    let tails = [format!("{code}{long}"), format!("{code}{short}"), short];
    let fitting = tails.iter().find(|tail| tail.width() + least <= room);
    let tail = fitting.unwrap_or(&tails[2]);
    format!("{}{tail}", cut(title, room.saturating_sub(tail.width())))
}

fn do_next(model: &Model, frame: &mut Frame, area: Rect) {
    let block = block(model, " Do next ".to_owned());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let room = usize::from(inner.height).saturating_sub(1);
    let told = |text: String| paragraph(&text, inner.width, room);
    let mut lines = Vec::new();
    if let Some(advice) = model.advice() {
        let fits = paragraph(&advice.whole(), inner.width, usize::MAX).len() <= room;
        lines = told(if fits { advice.whole() } else { advice.brief() });
    }
    if lines.len() < room {
        lines.push(Line::default());
    }
    let key = model.keymap.key(crate::action::Action::CopyReply);
    lines.push(Line::styled(
        format!(" {key} copies the reply for the customer"),
        model.look.strong(),
    ));
    frame.render_widget(Paragraph::new(lines), inner);
}

fn timeline(model: &Model, opened: &Opened, frame: &mut Frame, area: Rect) {
    let topics = Topic::ALL.iter().map(|topic| {
        let word = topic.word();
        if opened.topic == Some(*topic) {
            format!("[{word}]")
        } else {
            word.to_owned()
        }
    });
    let all = if opened.topic.is_none() { "[all]" } else { "all" };
    let topics: Vec<String> = std::iter::once(all.to_owned()).chain(topics).collect();
    let here = if opened.pane == Pane::Timeline {
        "h l"
    } else {
        "Tab pane"
    };
    let dot = if model.look.ascii { " " } else { " · " };
    let dropped = if opened.has_dropped {
        format!(" ─ the newest {MOMENTS_KEPT}, older ones dropped")
    } else {
        String::new()
    };
    let mark = list::mark(model, &model.timeline, opened.timeline_read_at);
    let told = format!(
        "{}{mark}Timeline: {} ─ {here}{dropped}",
        frozen(model),
        topics.join(dot)
    );
    let block = block(model, title(model, Pane::Timeline, &told));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    list::table(model, &model.timeline, true, frame, inner);
    list::scrollbar(model, &model.timeline, frame, area);
}
