//! Shared keys: what an account's webhooks are signed with in the place of its token.
//!
//! Twilio has rules that choose among several by the webhook's address; here there is one for all of an account's.
//!
//! Source: <https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys>

use serde::Deserialize;

use crate::sim::Sim;

/// A key that the account's owner made for signing webhooks.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct SharedKey {
    /// How the header of a webhook names it.
    pub name: String,
    /// What is signed with.
    pub secret: String,
}

/// Without the secret.
impl std::fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SharedKey({})", self.name)
    }
}

impl Sim {
    /// Signs the account's webhooks with a shared key from now on; with its token again for none.
    pub fn sign_with(&self, sid: &str, key: Option<SharedKey>) {
        let mut state = self.state();
        match key {
            Some(key) => state.shared_keys.insert(sid.to_owned(), key),
            None => state.shared_keys.remove(sid),
        };
    }
}
