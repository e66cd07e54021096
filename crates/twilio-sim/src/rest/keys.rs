//! API keys. Their secret is shown once, by their creation.
//!
//! Source: <https://www.twilio.com/docs/iam/api-keys/key-resource-v2010>

use super::{Answer, Ask, RestResult};
use crate::accounts::{KeyKind, KeySpec, SimKey};
use crate::errors::Refusal;
use crate::sim::Sim;
use crate::wire;

/// Oldest first.
pub(super) fn list(ask: &Ask<'_>) -> RestResult {
    let show = |key: &SimKey| wire::key(&ask.account, key);
    ask.page("keys", &ask.account.keys, |key| &key.sid, show)
}

/// Makes a standard key.
pub(super) fn create(sim: &Sim, ask: &Ask<'_>) -> Answer {
    let spec = KeySpec {
        kind: KeyKind::Standard,
        friendly_name: ask.form().get("FriendlyName").unwrap_or_default().to_owned(),
        ..KeySpec::default()
    };
    let key = sim.add_key_as(&ask.account.sid, spec);
    let mut shown = wire::key(&ask.account, &key);
    shown["secret"] = key.secret.into();
    Answer::Json(201, shown)
}

/// One key.
pub(super) fn fetch(ask: &Ask<'_>, sid: &str) -> RestResult {
    Ok(Answer::Json(200, wire::key(&ask.account, find(ask, sid)?)))
}

/// Deletes a key; it is refused at once.
pub(super) fn delete(sim: &Sim, ask: &Ask<'_>, sid: &str) -> RestResult {
    find(ask, sid)?;
    sim.delete_key(sid);
    Ok(Answer::NoContent)
}

fn find<'a>(ask: &'a Ask<'_>, sid: &str) -> Result<&'a SimKey, Refusal> {
    let mut keys = ask.account.keys.iter();
    keys.find(|key| key.sid == sid).ok_or_else(|| ask.not_found())
}
