//! Whether a key counts, and what for.

use ::entity::api_key;
use chrono::{DateTime, Utc};

use crate::Permission;

/// Whether a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It counts.
    Active,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

/// Whether a key counts now. One that was revoked stays so when its time is over, too.
#[must_use]
pub fn state_of(key: &api_key::Model, now: DateTime<Utc>) -> KeyState {
    if key.revoked_at.is_some() {
        KeyState::Revoked
    } else if key.expires_at.is_some_and(|at| at <= now) {
        KeyState::Expired
    } else {
        KeyState::Active
    }
}

/// What a key may do. A word that this release does not know allows nothing.
#[must_use]
pub fn permissions_of(key: &api_key::Model) -> Vec<Permission> {
    let names = &key.permissions.0;
    let has = |permission: &Permission| names.iter().any(|name| name == permission.as_str());
    Permission::ALL.into_iter().filter(has).collect()
}
