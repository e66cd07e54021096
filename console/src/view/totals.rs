//! How many connections are in which state, in the room that there is: the worst first, and what fails or is stale always.

use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::text::thousands;
use crate::state::Model;
use crate::state::health::Health;
use crate::state::table::Load;

/// What gives way where there is no room, first to last.
const GIVE_WAY: [Health; 5] = [
    Health::Healthy,
    Health::Unverified,
    Health::Degraded,
    Health::Unknown,
    Health::Suspended,
];

/// The totals in at most `room` columns. Words give way first, then the states that are least bad; `…` stands for them.
pub(super) fn totals(model: &Model, room: usize) -> Vec<Span<'static>> {
    let (mut counts, stale) = model.totals();
    counts.retain(|(_, count)| *count > 0);
    let shown = |counts: &[(Health, usize)], has_words: bool, has_gap: bool| {
        let mut spans: Vec<Span<'static>> = counts
            .iter()
            .map(|(health, count)| one(model, health, *count, has_words))
            .collect();
        if has_gap {
            spans.push(Span::raw("…  "));
        }
        spans.extend(of_stale(model, stale));
        spans
    };
    let fits = |spans: &[Span]| spans.iter().map(|span| span.content.width()).sum::<usize>() <= room;
    let known = Span::raw("last known: ");
    let led = |mut spans: Vec<Span<'static>>| {
        if model.is_last_known() && !spans.is_empty() {
            spans.insert(0, known.clone());
        }
        spans
    };
    for spans in [
        led(shown(&counts, true, false)),
        led(shown(&counts, false, false)),
        shown(&counts, false, false),
    ] {
        if fits(&spans) {
            return spans;
        }
    }
    for least in GIVE_WAY {
        counts.retain(|(health, _)| *health != least);
        let spans = shown(&counts, false, true);
        if fits(&spans) {
            return spans;
        }
    }
    counts.retain(|(health, _)| *health == Health::Failing);
    shown(&counts, false, true)
}

/// How many there are of a state.
fn one(model: &Model, health: &Health, count: usize, has_words: bool) -> Span<'static> {
    let (sign, count) = (model.sign(health), thousands(count));
    let text = if has_words {
        format!("{sign} {}{count} {}  ", least(model), health.word())
    } else {
        format!("{sign} {}{count}  ", least(model))
    };
    Span::styled(text, model.look.health(health))
}

/// How many are older than they should be; all of them where they are the last known ones.
fn of_stale(model: &Model, count: usize) -> Option<Span<'static>> {
    let all = if model.is_last_known() { "all " } else { "" };
    let text = format!(
        "{} {all}{}{} stale  ",
        model.stale_mark(),
        least(model),
        thousands(count)
    );
    (count > 0).then(|| Span::styled(text, model.look.stale()))
}

/// What is missing may be in any of them.
fn least(model: &Model) -> &'static str {
    match (&model.connections.load, model.look.ascii) {
        (Load::Partial { .. } | Load::Failed { .. }, false) => "≥",
        (Load::Partial { .. } | Load::Failed { .. }, true) => ">=",
        _ => "",
    }
}
