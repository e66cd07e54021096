//! What is around every screen: who and where, how fresh, what was said, and the keys that work here.

use ratatui::style::Style;
use ratatui::symbols::border::Set;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};
use unicode_width::UnicodeWidthStr;

use super::text::cut;
use crate::action::{Action, Where};
use crate::state::rows::{Episode, Job};
use crate::state::{Focus, Link, Model, Overlay, Screen, on_table};

/// From this size on lists have a frame around them.
const FRAMED_FROM: (u16, u16) = (70, 20);

/// The newest message, or the filter that is typed.
pub(super) fn message(model: &Model, width: usize) -> Line<'static> {
    if let Some(Overlay::Filter(input)) = &model.overlay {
        let text = format!(" / {}", input.value());
        return Line::from(vec![
            Span::raw(cut(&text, width.saturating_sub(1))),
            Span::styled(" ", model.look.selected()),
        ]);
    }
    match model.messages.newest(model.now) {
        Some(message) => {
            let sign = if message.is_trouble { "!" } else { " " };
            let style = if message.is_trouble {
                model.look.strong()
            } else {
                Style::new()
            };
            Line::styled(cut(&format!(" {sign} {}", message.text), width), style)
        }
        None => Line::styled(cut(&lasting(model), width), model.look.strong()),
    }
}

/// What the title of a table begins with while its order is held still, which no message hides and no width cuts off; else nothing.
pub(super) fn frozen(model: &Model) -> String {
    let frozen = on_table!(model, model.screen, |table| table.frozen());
    frozen.map_or_else(String::new, |(since, waiting)| {
        let seconds = (model.now - since).num_seconds().max(0);
        format!("FROZEN {:02}:{:02}, {waiting} waiting ─ ", seconds / 60, seconds % 60)
    })
}

/// What is said while nothing else is: an API that is newer, and what broke a moment ago.
fn lasting(model: &Model) -> String {
    if let Some(revealed) = &model.revealed {
        let seconds = (revealed.until - model.now).num_seconds().max(0);
        return format!(" the revealed number is shown for {seconds} s more");
    }
    if let Some(strange) = &model.strange_schema {
        return format!(" ! {strange}");
    }
    let (all, shown) = model.newly_failing();
    let begin = format!(" ! {all} newly failing in the last 5 min");
    match (model.screen, all, shown) {
        (_, 0, _) | (Screen::Connection, ..) => String::new(),
        (Screen::Overview, _, 0) => format!("{begin}, hidden by the filter"),
        (Screen::Overview, ..) => format!("{begin}: {} jumps there", model.keymap.key(Action::NextProblem)),
        _ => format!("{begin}: {} shows them", model.keymap.key(Action::Overview)),
    }
}

/// The last line: the keys that work here.
pub(super) fn keys(model: &Model, width: usize) -> Line<'static> {
    if model.link == Link::SignedOut {
        let keys = [Action::Quit, Action::QuitNow].map(|action| model.keymap.key(action));
        return Line::from(cut(&format!(" {} quit", keys.join(" or ")), width));
    }
    let text = over(model);
    if !text.is_empty() {
        return Line::from(cut(&text, width));
    }
    let actions = actions_of(model.screen);
    let hint = |action: Action| {
        let title = action.brief();
        let title = match model.off(action) {
            Some(why) => format!("{title} ({why}) "),
            None => format!("{title} "),
        };
        (format!(" {} ", model.keymap.key(action)), title)
    };
    let wide = |(key, title): &(String, String)| key.width() + title.width();
    // What has no room is in the help, whose key is always there.
    let help = hint(Action::Help);
    // Nor has each key that changes something to say the same.
    let offline = model.is_offline();
    let off = if offline { " changes off: offline " } else { "" };
    let mut room = width.saturating_sub(wide(&help) + off.width());
    let mut hints = Vec::new();
    let is_told = |action: &Action| *action != Action::Help && model.off_in_pane(*action).is_none();
    let works = |action: &&Action| is_told(action) && is_for_row(model, **action) && !(offline && action.changes());
    for action in actions.iter().filter(works) {
        let hint = hint(*action);
        if wide(&hint) <= room {
            room -= wide(&hint);
            hints.push(hint);
        }
    }
    let spans = |(key, title)| [Span::styled(key, model.look.strong()), Span::raw(title)];
    let mut line: Vec<Span> = hints.into_iter().flat_map(spans).collect();
    line.push(Span::styled(off, model.look.strong()));
    line.extend(spans(help));
    Line::from(line)
}

/// The keys of what lies over the screen. Where something can be typed they are those of the keyboard, whatever is configured.
fn over(model: &Model) -> String {
    let key = |action| model.keymap.key(action);
    let close = format!(" {} close", key(Action::Back));
    let last_key = |action| model.keymap.keys(action).pop().unwrap_or_default();
    let up_down = format!("{}, {}", last_key(Action::Up), last_key(Action::Down));
    let text = match &model.overlay {
        None => "",
        Some(Overlay::Filter(_)) => " Enter keep the filter   Esc clear it   a whole number, +1 415 …, is looked for",
        Some(Overlay::Palette(_)) => " Enter do it   up, down choose   Esc close",
        Some(Overlay::Dialog(dialog)) => match dialog.focus {
            _ if dialog.is_sent => " the answer is awaited",
            Focus::Field => " left, right to the buttons   Enter to Cancel   Esc cancel",
            Focus::Cancel => " left, right choose   Enter cancel   Esc cancel",
            Focus::Yes => " left, right choose   Enter do it   Esc cancel",
        },
        Some(Overlay::Help(help)) if help.is_searching => " Enter keep what is found   Esc all",
        Some(Overlay::Menu(_)) => return format!(" {} or its figure choose  {close}", key(Action::Open)),
        Some(Overlay::Help(_) | Overlay::Messages(_) | Overlay::Inspect(_)) => {
            return format!("{close}   {up_down} scroll");
        }
        Some(Overlay::TestCall) if model.test.as_ref().is_some_and(|test| test.goes_on(model.now)) => {
            return format!("{close}: the call goes on");
        }
        Some(Overlay::TestCall) => return close,
    };
    text.to_owned()
}

/// Whether the row under the cursor is one that an action is for.
fn is_for_row(model: &Model, action: Action) -> bool {
    if model.off_here(action).is_some() {
        return false;
    }
    let lists = &model.lists;
    match (model.screen, action) {
        (Screen::Jobs, Action::Run) => lists.jobs.table.selected().is_some_and(Job::is_failed),
        (Screen::Jobs, Action::Stop) => lists.jobs.table.selected().is_some_and(|job| job.is_cancelable),
        (Screen::Billing, Action::Acknowledge) => lists.billing.table.selected().is_some_and(Episode::is_new),
        _ => true,
    }
}

/// The actions whose keys are told on a screen, the likelier ones first.
fn actions_of(screen: Screen) -> &'static [Action] {
    match screen {
        Screen::Overview => &[
            Action::Open,
            Action::Filter,
            Action::Palette,
            Action::NextProblem,
            Action::ProblemsOnly,
            Action::Sort,
            Action::Freeze,
            Action::Copy,
            Action::Help,
            Action::Quit,
        ],
        Screen::Connection => &[
            Action::Back,
            Action::NextPane,
            Action::NextProblem,
            Action::CopyReply,
            Action::Open,
            Action::Bundle,
            Action::TestCall,
            Action::Verify,
            Action::Run,
            Action::Help,
        ],
        Screen::Numbers => &[
            Action::Open,
            Action::Filter,
            Action::TestCall,
            Action::Reveal,
            Action::Copy,
            Action::Back,
            Action::Help,
        ],
        Screen::Audit | Screen::Events => &[
            Action::NextPane,
            Action::Open,
            Action::Filter,
            Action::Sort,
            Action::Copy,
            Action::Back,
            Action::Help,
        ],
        Screen::Calls => &[
            Action::Open,
            Action::Filter,
            Action::NextProblem,
            Action::Sort,
            Action::Copy,
            Action::Back,
            Action::Help,
        ],
        Screen::Billing => &[
            Action::Open,
            Action::Acknowledge,
            Action::Filter,
            Action::Sort,
            Action::Copy,
            Action::Back,
            Action::Help,
        ],
        Screen::Jobs => &[
            Action::Open,
            Action::Run,
            Action::Stop,
            Action::Filter,
            Action::Sort,
            Action::Back,
            Action::Help,
        ],
    }
}

/// Whether an action is possible where one is.
pub(super) fn is_here(model: &Model, action: Action) -> bool {
    match action.place() {
        Where::Everywhere if action == Action::NextPane => {
            matches!(model.screen, Screen::Connection | Screen::Events)
                || (model.screen == Screen::Audit && model.opened.is_none())
        }
        Where::Everywhere if action == Action::LastPlace => model.last.is_some(),
        Where::Everywhere => true,
        Where::Table => model.off_in_pane(action).is_none(),
        Where::Connection => model.subject_id().is_some() && model.off_here(action).is_none(),
        Where::Number => model.number().is_some(),
        Where::Row if !is_for_row(model, action) => false,
        Where::Row => match action {
            Action::Acknowledge => model.screen == Screen::Billing,
            Action::Stop => model.screen == Screen::Jobs || model.test.is_some(),
            _ => model.screen == Screen::Connection || model.has_row(),
        },
    }
}

fn is_framed(model: &Model) -> bool {
    model.size.0 >= FRAMED_FROM.0 && model.size.1 >= FRAMED_FROM.1
}

/// Columns and rows of the body within its frame.
pub(super) fn room(model: &Model) -> (usize, usize) {
    let inner = block(model, String::new()).inner(super::body(model));
    (usize::from(inner.width), usize::from(inner.height))
}

/// A frame of lines, or of ASCII.
pub(super) fn block(model: &Model, title: String) -> Block<'static> {
    let block = if is_framed(model) {
        Block::bordered()
    } else {
        Block::new().borders(Borders::TOP)
    };
    let block = block.title(if model.look.ascii {
        title.replace('─', "-")
    } else {
        title
    });
    if model.look.ascii {
        block.border_set(Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        })
    } else {
        block
    }
}
