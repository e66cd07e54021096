//! What the socket tells.

use chrono::TimeDelta;

use crate::connection::{Heard, Trouble};
use crate::msg::Effect;
use crate::state::connection::Connection;
use crate::state::{Link, Model};

pub(super) fn heard(model: &mut Model, heard: Heard) -> Vec<Effect> {
    match heard {
        Heard::Open => {
            if matches!(model.link, Link::Down { .. }) {
                model
                    .messages
                    .tell(model.now, "live again: what was missed is told now");
            }
            model.link = Link::Live;
        }
        Heard::Changed(account) => {
            if account.cursor.is_some() {
                model.cursor.clone_from(&account.cursor);
            }
            let row = Connection::from(account.as_ref());
            let worse = model
                .connections
                .get(&row.id)
                .is_none_or(|before| before.judged().rank() > row.judged().rank());
            if worse && row.judged().is_problem() {
                let text = format!("{}: {} – {}", row.name(), row.judged().name(), row.likely_cause());
                model.messages.tell(model.now, text);
            }
            if let Some(opened) = model.opened.as_mut().filter(|opened| opened.id == row.id) {
                opened.has_changed = true;
            }
            model.connections.put(row, model.now);
        }
        Heard::Closed { why, again_in } => {
            // What was waited for in vain was heard last before the wait.
            let waited = match &why {
                Trouble::Slow(waited) => TimeDelta::from_std(*waited).unwrap_or_default(),
                _ => TimeDelta::zero(),
            };
            let since = model.link.down_since().unwrap_or(model.now - waited);
            let again_in = TimeDelta::from_std(again_in).unwrap_or_default();
            model.link = Link::Down {
                since,
                retry_at: model.now + again_in,
                why: why.to_string(),
            };
        }
        Heard::GapTooBig => {
            model.messages.tell(
                model.now,
                "what happened meanwhile cannot be told: everything is read again",
            );
            // Not live until it is followed again; and not at once, where it happens over and over.
            let is_first = model.retry.is_fresh();
            let retry_at = super::tick::read_later(model);
            let why = "everything is read again".to_owned();
            model.link = Link::Down {
                since: model.link.down_since().unwrap_or(model.now),
                retry_at,
                why,
            };
            if is_first {
                return super::read_all(model);
            }
        }
        Heard::SignedOut => super::signed_out::sign_out(model),
    }
    Vec::new()
}
