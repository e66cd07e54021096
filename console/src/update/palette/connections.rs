//! What the palette offers of every connection: to open it, to have something done there, to see its customer's alone.

use std::collections::HashSet;
use std::sync::Arc;

use nucleo_matcher::pattern::Pattern;
use nucleo_matcher::{Matcher, Utf32Str};

use crate::action::Action;
use crate::state::connection::Connection;
use crate::state::{Entry, Goal, Model, Screen};

/// What can be done with any connection, and what it is called there.
const ACTIONS: [(Action, &str); 5] = [
    (Action::Verify, "Verify again"),
    (Action::Run, "Re-sync numbers"),
    (Action::TestCall, "Test call"),
    (Action::Pause, "Pause or resume"),
    (Action::Bundle, "Support bundle"),
];

/// Of so many connections, those whose names fit best, it is looked what can be done with them.
const LOOKED_AT: usize = 50;

/// What can be done with any connection, for one operator.
pub(super) struct OnAny {
    title: &'static str,
    action: Action,
    key: String,
    off: Option<String>,
    /// The connection that has this entry already: the one under the cursor.
    except: Option<String>,
}

pub(super) fn on_any(model: &Model) -> Vec<OnAny> {
    let is_own = |action: Action| action.place() == crate::action::Where::Connection;
    let actions = ACTIONS.iter().map(|(action, title)| OnAny {
        title,
        action: *action,
        key: model.keymap.key(*action),
        off: model.off_on(*action, Screen::Connection),
        except: model.subject_id().filter(|_| is_own(*action)),
    });
    actions.collect()
}

/// What fits, with how well: a word may be of the name, and another of what is to be done.
pub(super) fn entries(
    pattern: &Pattern,
    matcher: &mut Matcher,
    rows: &[Arc<Connection>],
    on_any: &[OnAny],
) -> Vec<(u32, Entry)> {
    let mut buffer = Vec::new();
    let mut score = |title: &str, whole: bool| {
        let title = Utf32Str::new(title, &mut buffer);
        if whole {
            return pattern.score(title, matcher);
        }
        let words = pattern.atoms.iter().filter_map(|word| word.score(title, matcher));
        let words: Vec<u32> = words.map(u32::from).collect();
        (!words.is_empty()).then(|| words.iter().sum())
    };
    let mut named: Vec<(u32, &Arc<Connection>)> = rows
        .iter()
        .filter_map(|row| Some((score(&format!("{} {}", row.name(), row.sid), false)?, row)))
        .collect();
    named.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    named.truncate(LOOKED_AT);
    let (mut found, mut customers) = (Vec::new(), HashSet::new());
    for (open, row) in named {
        for one in on_any
            .iter()
            .filter(|one| one.except.as_deref() != Some(row.id.as_str()))
        {
            let title = format!("{}: {}", one.title, row.name());
            // Whoever types a name alone wants to see it.
            if let Some(score) = score(&title, true).filter(|score| *score > open) {
                let off = row.off(one.action).map(ToOwned::to_owned).or_else(|| one.off.clone());
                let key = one.key.clone();
                let goal = Goal::On(one.action, row.id.clone());
                found.push((score, Entry { title, key, off, goal }));
            }
        }
        let (key, off) = (String::new(), None);
        let (title, goal) = (format!("Open: {}", row.name()), Goal::Open(row.id.clone()));
        found.push((
            open,
            Entry {
                title,
                key: key.clone(),
                off: off.clone(),
                goal,
            },
        ));
        if !row.customer.contains('"') && customers.insert(row.customer.as_str()) {
            let filter = format!("customer:\"{}\"", row.customer);
            let (title, goal) = (format!("Filter: {filter}"), Goal::Filter(filter));
            found.push((open.saturating_sub(1), Entry { title, key, off, goal }));
        }
    }
    found
}
