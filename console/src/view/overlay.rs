//! What lies over the screen: palette, menus, dialogs, a row in full, a test call.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

use super::frame::block;
use super::text::{age, cut, cut_front, fit, right, wrap};
use crate::action::Action;
use crate::change::Change;
use crate::look::Tone;
use crate::state::detail::Answer;
use crate::state::{Dialog, Entry, Focus, Inspect, Menu, Model, Palette, Rule, TestCall};

/// From this size on boxes float; below they fill the body.
const FLOATS_FROM: (u16, u16) = (90, 24);

/// A box of that size in the middle of the body.
fn boxed(model: &Model, frame: &mut Frame, body: Rect, size: (u16, u16), title: &str) -> Rect {
    let floats = frame.area().width >= FLOATS_FROM.0 && frame.area().height >= FLOATS_FROM.1;
    let area = if floats {
        let (width, height) = (size.0.min(body.width), size.1.min(body.height));
        Rect {
            x: body.x + (body.width - width) / 2,
            y: body.y + (body.height - height) / 3,
            width,
            height,
        }
    } else {
        body
    };
    frame.render_widget(Clear, area);
    let block = block(
        model,
        cut(&format!(" {title} "), usize::from(area.width.saturating_sub(2))),
    );
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

fn height_of(lines: usize) -> u16 {
    u16::try_from(lines + 2).unwrap_or(u16::MAX)
}

pub(super) fn palette(model: &Model, palette: &Palette, frame: &mut Frame, body: Rect) {
    let inner = boxed(model, frame, body, (78, 20), "Command");
    let width = usize::from(inner.width);
    let mut lines = vec![Line::from(vec![
        Span::raw(cut(&format!(" : {}", palette.input.value()), width.saturating_sub(1))),
        Span::styled(" ", model.look.selected()),
    ])];
    let rows = usize::from(inner.height).saturating_sub(1);
    lines.extend(entries(model, &palette.entries, palette.cursor, rows, width));
    if palette.entries.is_empty() {
        lines.push(Line::from("   nothing fits"));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

pub(super) fn menu(model: &Model, menu: &Menu, frame: &mut Frame, body: Rect) {
    let inner = boxed(model, frame, body, (78, height_of(menu.entries.len())), &menu.title);
    let (rows, width) = (usize::from(inner.height), usize::from(inner.width));
    let lines: Vec<Line> = entries(model, &menu.entries, menu.cursor, rows, width).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

fn entries<'e>(
    model: &'e Model,
    entries: &'e [Entry],
    cursor: usize,
    rows: usize,
    width: usize,
) -> impl Iterator<Item = Line<'static>> + 'e {
    let first = (cursor + 1).saturating_sub(rows.max(1));
    let shown = entries.iter().enumerate().skip(first).take(rows);
    shown.map(move |(place, entry)| {
        let sign = if place == cursor { model.look.cursor() } else { " " };
        let off = entry
            .off
            .as_deref()
            .map(|why| format!("  off: {why}"))
            .unwrap_or_default();
        let note = format!("{off}  {} ", entry.key);
        let copied = match &entry.goal {
            crate::state::Goal::Copy(text) => format!("  {text}"),
            _ => String::new(),
        };
        let title = fit(
            &format!(" {sign} {}{copied}", entry.title),
            width.saturating_sub(note.chars().count()),
        );
        let style = if place == cursor {
            model.look.selected()
        } else {
            Style::new()
        };
        Line::styled(format!("{title}{note}"), style)
    })
}

pub(super) fn inspect(model: &Model, inspect: &Inspect, frame: &mut Frame, body: Rect) {
    let wanted = (110.min(body.width), height_of(inspect.lines.len() + 2).max(8));
    let inner = boxed(model, frame, body, wanted, &inspect.title);
    let width = usize::from(inner.width.saturating_sub(2));
    let shown = inspect.lines.iter().skip(inspect.offset);
    let shown = shown.flat_map(|line| {
        if line.is_empty() {
            vec![String::new()]
        } else {
            split(line, width)
        }
    });
    let lines: Vec<Line> = shown
        .take(usize::from(inner.height))
        .map(|line| Line::from(format!(" {line}")))
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// A line that fits stays as it is; another is cut at words.
fn split(line: &str, width: usize) -> Vec<String> {
    if line.chars().count() <= width {
        vec![line.to_owned()]
    } else {
        wrap(line, width)
    }
}

/// So many rows are left between the parts of a dialog where there is room: before the choices, and before the buttons.
const GAP: usize = 1;

pub(super) fn dialog(model: &Model, dialog: &Dialog, frame: &mut Frame, body: Rect) {
    let has_choices = dialog.choices.iter().any(|(label, _)| !label.is_empty());
    let choices: &[(String, Change)] = if has_choices { &dialog.choices } else { &[] };
    let width = 78.min(body.width.saturating_sub(2));
    let texts = texts(&dialog.lines, usize::from(width.saturating_sub(4)), usize::MAX);
    let above = if has_choices { choices.len() + GAP } else { 0 };
    let typed = usize::from(dialog.typed.is_some());
    let wanted = texts.len() + above + typed + 2 * GAP + 1;
    let inner = boxed(model, frame, body, (width, height_of(wanted)), dialog.asks.title());
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    // What has the keys stands at the bottom and is always seen; what is told of it gives way, and says so.
    let is_whole = texts.len() + above + typed + GAP < height;
    let gap = if is_whole { GAP } else { 0 };
    let room = height.saturating_sub(typed + gap + 1);
    let shown = choices.len().min(room.saturating_sub(2 + gap).max(1));
    let room = room.saturating_sub(if has_choices { shown + gap } else { 0 });
    let texts = if is_whole {
        texts
    } else {
        self::texts(&dialog.lines, width.saturating_sub(2), room)
    };
    let mut lines: Vec<Line> = texts.into_iter().map(|line| Line::from(format!(" {line}"))).collect();
    let gap = || std::iter::repeat_n(Line::default(), gap);
    if has_choices {
        lines.extend(gap());
        let first = (dialog.chosen + 1).saturating_sub(shown);
        let choices = choices.iter().enumerate().skip(first).take(shown);
        lines.extend(choices.map(|(place, (label, _))| {
            let sign = if place == dialog.chosen { "(x)" } else { "( )" };
            let style = if place == dialog.chosen {
                model.look.strong()
            } else {
                Style::new()
            };
            Line::styled(cut(&format!("  {sign} {label}"), width), style)
        }));
    }
    lines.extend(field(model, dialog, width));
    lines.extend(gap());
    lines.push(buttons(model, dialog, width));
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Lines of a dialog in so many rows at most: each in as many as it needs, or where those are too many each in one; what is cut is marked.
fn texts(lines: &[String], width: usize, rows: usize) -> Vec<String> {
    let whole: Vec<String> = lines.iter().flat_map(|line| wrap(line, width)).collect();
    if whole.len() <= rows {
        return whole;
    }
    let mut short: Vec<String> = lines.iter().take(rows).map(|line| cut(line, width)).collect();
    if let Some(last) = short
        .last_mut()
        .filter(|last| lines.len() > rows && !last.ends_with('…'))
    {
        *last = cut(&format!("{last} …"), width);
    }
    short
}

/// What is typed into a dialog. Its end is seen, where the cursor is.
fn field(model: &Model, dialog: &Dialog, width: usize) -> Option<Line<'static>> {
    let typed = dialog.typed.as_ref()?;
    let hint = match &typed.rule {
        Rule::Optional => "may be typed",
        Rule::Needed | Rule::Exactly(_) => "type it",
    };
    let has_keys = dialog.focus == Focus::Field && !dialog.is_sent;
    let cursor = if has_keys { model.look.selected() } else { Style::new() };
    let label = format!(" {} ({hint}): ", typed.label);
    let text = cut_front(typed.input.value(), width.saturating_sub(label.width() + 1));
    Some(Line::from(vec![
        Span::raw(format!("{label}{text}")),
        Span::styled(" ", cursor),
    ]))
}

fn buttons(model: &Model, dialog: &Dialog, width: usize) -> Line<'static> {
    if dialog.is_sent {
        return Line::styled("   sent, the answer is awaited", model.look.strong());
    }
    let button = |text: &str, is_on: bool| {
        if is_on {
            Span::styled(format!("[ {text} ]"), model.look.selected())
        } else {
            Span::raw(format!("  {text}  "))
        }
    };
    let arrows = if model.look.ascii {
        "  (left right, then Enter)"
    } else {
        "  (← → then ↵)"
    };
    let mut buttons = Line::from(vec![
        Span::raw("   "),
        button("Cancel", dialog.focus == Focus::Cancel),
        Span::raw("   "),
        button(dialog.asks.yes(), dialog.focus == Focus::Yes),
    ]);
    // The last line of the screen tells the keys as well.
    if buttons.width() + arrows.width() <= width {
        buttons.push_span(Span::raw(arrows));
    }
    buttons
}

/// So many columns are as wide as a test call's box gets.
const TEST_CALL: u16 = 90;

pub(super) fn test_call(model: &Model, test: &TestCall, frame: &mut Frame, body: Rect) {
    let seconds = test.lasts(model.now).num_seconds();
    let clock = format!("{:02}:{:02}", seconds / 60, seconds % 60);
    let sid = test.sid.as_deref().map(|sid| super::text::middle(sid, 12));
    let title = [Some(test.title.clone()), sid]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let mut title = format!("{}  {clock}", title.join(" "));
    // The clock is told before the SID, which can be copied.
    if title.width() + 4 > usize::from(body.width.min(TEST_CALL)) {
        title = format!("{}  {clock}", test.title);
    }
    let outcome = outcome(model, test);
    let inner = boxed(
        model,
        frame,
        body,
        (TEST_CALL, height_of(test.steps.len() + 5 + outcome.len())),
        &title,
    );
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    let outcome: Vec<Line> = outcome
        .into_iter()
        .flat_map(|(text, style)| {
            let lines = split(&text, width.saturating_sub(2)).into_iter();
            lines.map(move |text| Line::styled(format!(" {text}"), style))
        })
        .collect();
    let task = test.task.iter().flat_map(|task| wrap(task, width.saturating_sub(2)));
    let task: Vec<Line> = task
        .map(|task| Line::styled(format!(" {task}"), model.look.strong()))
        .collect();
    let gap = || std::iter::once(Line::default());
    let steps = steps(model, test, width);
    let gaps = 1 + usize::from(!task.is_empty());
    let mut lines = Vec::new();
    if task.len() + steps.len() + outcome.len() + gaps <= height {
        if !task.is_empty() {
            lines.extend(task.into_iter().chain(gap()));
        }
        lines.extend(steps.into_iter().chain(gap()).chain(outcome));
    } else {
        // Where there is no room for all: what came of it, what is to be done, and the steps up to the one that it is at.
        lines.extend(outcome.into_iter().chain(task));
        let room = height.saturating_sub(lines.len());
        let at = test.steps.iter().position(|step| step.answer == Answer::Fail);
        let at = at.or_else(|| open_step(test)).unwrap_or(test.steps.len());
        let first = (at + 1).saturating_sub(room).min(steps.len().saturating_sub(room));
        lines.extend(steps.into_iter().skip(first).take(room));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The place of the first step that nothing is known of yet.
fn open_step(test: &TestCall) -> Option<usize> {
    let is_open = |answer: &Answer| matches!(answer, Answer::Unknown | Answer::NotReached);
    test.steps.iter().position(|step| is_open(&step.answer))
}

/// Whether a test call may be otherwise by now than it is shown.
fn is_test_old(model: &Model, test: &TestCall) -> bool {
    test.ended_at.is_none() && (model.is_offline() || test.is_old(model.now))
}

/// The steps of a test call, a line each.
fn steps(model: &Model, test: &TestCall, width: usize) -> Vec<Line<'static>> {
    let first_open = open_step(test);
    let mut lines = Vec::new();
    for (place, step) in test.steps.iter().enumerate() {
        let waits = test.verdict.is_none() && Some(place) == first_open;
        let waiting = if model.look.ascii { ">" } else { "▸" };
        let sign = match &step.answer {
            _ if waits => waiting,
            Answer::Unknown | Answer::NotReached => {
                if model.look.ascii {
                    "."
                } else {
                    "·"
                }
            }
            answer => answer.sign(model.look.ascii),
        };
        let style = if step.answer == Answer::Fail {
            model.look.tone(Tone::Failing)
        } else {
            Style::new()
        };
        let mark = if waits && is_test_old(model, test) {
            model.stale_mark()
        } else {
            " "
        };
        let after = step
            .after
            .map(|after| format!("{}.{} s", after.num_seconds(), after.subsec_millis() / 100));
        let told = format!(
            "{}{}  {}",
            fit(&step.name, 28),
            right(&after.unwrap_or_default(), 8),
            step.detail
        );
        lines.push(Line::from(vec![
            Span::styled(format!("{mark}{sign} "), style),
            Span::raw(cut(told.trim_end(), width.saturating_sub(3))),
        ]));
    }
    lines
}

/// What came of a test call: its verdict; or how old what is shown is, and the keys.
fn outcome(model: &Model, test: &TestCall) -> Vec<(String, Style)> {
    if let Some(verdict) = &test.verdict {
        let price = test
            .price
            .as_deref()
            .map(|price| format!("   {price}"))
            .unwrap_or_default();
        let style = if verdict.is_pass {
            model.look.strong()
        } else {
            model.look.tone(Tone::Failing)
        };
        return vec![(format!("{}{price}", verdict.text), style)];
    }
    let mut lines = Vec::new();
    if is_test_old(model, test) {
        let told = age(test.told_at, model.now);
        let why = test
            .trouble
            .as_deref()
            .map(|why| format!(": {why}"))
            .unwrap_or_default();
        lines.push((
            format!("{} last told {told} ago{why}", model.stale_mark()),
            model.look.stale(),
        ));
    }
    let key = |action| model.keymap.key(action);
    let copy = format!("{} copy the CallSid", key(Action::Copy));
    let change = Change::HangUp { id: test.id.clone() };
    let keys = match model.off_change(&change) {
        _ if test.ended_at.is_some() => copy,
        _ if !test.goes_on(model.now) => format!("it is over by now, how is not told   {copy}"),
        Some(why) => format!("{} is off: {why}   {copy}", key(Action::Stop)),
        None => format!("{} hang up   {copy}", key(Action::Stop)),
    };
    lines.push((keys, Style::new()));
    lines
}
