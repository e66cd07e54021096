//! Tokens that were opened a moment ago, in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use ::entity::CredentialId;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use crate::audit;

/// How long an opened token is kept.
const KEPT_FOR: TimeDelta = TimeDelta::seconds(60);

/// How many opened tokens are kept.
const KEPT: usize = 10_000;

/// Tokens opened a moment ago, by credential and version: a new token has a new version, so nothing has to be emptied when one
/// changes, in this process or another.
#[derive(Default)]
pub struct TokenCache {
    opened: Mutex<Opened>,
    told: audit::Told,
}

/// Opened tokens, and until when each is kept.
type Opened = HashMap<(CredentialId, i32), (SecretString, DateTime<Utc>)>;

impl std::fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenCache")
    }
}

impl TokenCache {
    /// Which unsealings this process has told the audit log of.
    pub(crate) fn told(&self) -> &audit::Told {
        &self.told
    }

    pub(super) fn get(&self, key: (CredentialId, i32), now: DateTime<Utc>) -> Option<SecretString> {
        let kept = self.opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.get(&key)
            .filter(|(_, until)| now < *until)
            .map(|(secret, _)| secret.clone())
    }

    pub(super) fn put(&self, key: (CredentialId, i32), secret: SecretString, now: DateTime<Utc>) {
        let mut kept = self.opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.retain(|_, (_, until)| now < *until);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, (secret, now + KEPT_FOR));
    }
}
