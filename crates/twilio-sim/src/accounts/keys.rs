//! API keys, and what each kind may do.

use serde::{Deserialize, Serialize};

use super::SimAccount;
use crate::sim::Sim;
use crate::state::State;

/// What an API key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// All of its own account; no subaccounts.
    Main,
    /// As `Main`, without `/Accounts` and `/Keys`.
    #[default]
    Standard,
    /// As `Main`, without the rights it is denied.
    Restricted,
}

/// A right that a restricted key can be denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// To read the account.
    Account,
    /// To read the balance.
    Balance,
    /// To list and read numbers.
    Numbers,
    /// To change and release numbers.
    ChangeNumbers,
    /// To read verified caller ids.
    CallerIds,
    /// To read calls and their notifications.
    Calls,
    /// To place and end calls.
    PlaceCalls,
    /// To read usage records.
    Usage,
    /// To read and change usage triggers.
    Triggers,
    /// To read and change keys.
    Keys,
    /// To rotate the auth token.
    AuthTokens,
    /// To read the error log.
    Alerts,
    /// To read geo permissions.
    Permissions,
    /// To read prices.
    Pricing,
    /// To read call quality.
    Insights,
    /// To read and change the region of numbers.
    Routes,
}

/// How a request that a key may not make is refused. Twilio's error pages name both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeniedForm {
    /// 401/20003.
    #[default]
    Unauthorized,
    /// 403/20403.
    Forbidden,
}

/// What to make a key of. The default is a standard key.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeySpec {
    /// What it may do.
    pub kind: KeyKind,
    /// What a restricted key may not.
    pub denied: Vec<Right>,
    /// How it is told so.
    pub denied_form: DeniedForm,
    /// Its name.
    pub friendly_name: String,
}

/// An API key: its SID (`SK...`) is the user name, its secret the password.
#[derive(Debug, Clone, Serialize)]
pub struct SimKey {
    /// `SK` and 32 hex digits.
    pub sid: String,
    /// The password.
    pub secret: String,
    /// What it may do.
    pub kind: KeyKind,
    /// What a restricted key may not.
    pub denied: Vec<Right>,
    /// How it is told so.
    pub denied_form: DeniedForm,
    /// Its name.
    pub friendly_name: String,
}

impl SimKey {
    pub(super) fn new(spec: KeySpec, state: &mut State) -> Self {
        Self {
            sid: state.sids.next("SK"),
            secret: state.sids.secret(),
            kind: spec.kind,
            denied: spec.denied,
            denied_form: spec.denied_form,
            friendly_name: spec.friendly_name,
        }
    }

    /// Whether it may make a request that needs this right.
    pub(crate) fn may(&self, right: Option<Right>) -> bool {
        match (self.kind, right) {
            (KeyKind::Main, _) | (KeyKind::Restricted, None) => true,
            (KeyKind::Standard, right) => !matches!(right, Some(Right::Account | Right::Keys)),
            (KeyKind::Restricted, Some(right)) => !self.denied.contains(&right),
        }
    }
}

impl Sim {
    /// Makes an API key for an existing account.
    pub fn add_key(&self, account_sid: &str, kind: KeyKind) -> SimKey {
        self.add_key_as(
            account_sid,
            KeySpec {
                kind,
                ..KeySpec::default()
            },
        )
    }

    /// Makes a restricted API key without these rights for an existing account.
    pub fn add_restricted_key(&self, account_sid: &str, denied: &[Right]) -> SimKey {
        self.add_key_as(
            account_sid,
            KeySpec {
                kind: KeyKind::Restricted,
                denied: denied.to_vec(),
                ..KeySpec::default()
            },
        )
    }

    /// Makes an API key as described for an existing account.
    pub fn add_key_as(&self, account_sid: &str, spec: KeySpec) -> SimKey {
        let mut state = self.state();
        let key = SimKey::new(spec, &mut state);
        if let Some(account) = state.account_mut(account_sid) {
            account.keys.push(key.clone());
        }
        key
    }

    /// Changes a key behind its owner's back. Gives whether it exists.
    pub fn change_key(&self, key_sid: &str, change: impl FnOnce(&mut SimKey)) -> bool {
        let mut state = self.state();
        let mut keys = state.accounts.iter_mut().flat_map(|account| &mut account.keys);
        keys.find(|key| key.sid == key_sid).map(change).is_some()
    }

    /// Deletes an API key. Gives whether it existed.
    pub fn delete_key(&self, key_sid: &str) -> bool {
        let has_it = |account: &&mut SimAccount| account.keys.iter().any(|key| key.sid == key_sid);
        let mut state = self.state();
        let account = state.accounts.iter_mut().find(has_it);
        account
            .map(|account| account.keys.retain(|key| key.sid != key_sid))
            .is_some()
    }
}
