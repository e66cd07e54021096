//! Accounts: what they are, and how a test or a person makes and changes them behind our back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::sim::Sim;
use crate::state::State;

/// An account's status at Twilio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountStatus {
    /// In use.
    #[default]
    Active,
    /// Stopped by Twilio or by the parent account; can come back.
    Suspended,
    /// Gone for good.
    Closed,
}

impl AccountStatus {
    /// As it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }
}

/// Whether the account is on trial; shown as `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum AccountKind {
    /// May only call verified numbers.
    Trial,
    /// Upgraded.
    #[default]
    Full,
}

impl AccountKind {
    /// As it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trial => "Trial",
            Self::Full => "Full",
        }
    }
}

/// How the REST API answers for an account that is suspended or closed. Twilio does not document one way, so there are three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspendedForm {
    /// Reads work and the account's `status` says it; writes get 403/20403.
    StatusOnly,
    /// Everything gets 401/20003, as a wrong token would.
    #[default]
    Unauthorized,
    /// Everything gets 403/20403.
    Forbidden,
}

/// What an API key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// All of its own account; no subaccounts.
    Main,
    /// As `Main`, without `/Accounts` and `/Keys`.
    Standard,
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
}

/// A number of someone else's that the account has proved it may call from.
#[derive(Debug, Clone, Serialize)]
pub struct SimCallerId {
    /// `PN` and 32 hex digits.
    pub sid: String,
    /// E.164.
    pub phone_number: String,
}

/// A `TwiML` application: the voice URL that numbers pointing to it use.
#[derive(Debug, Clone, Serialize)]
pub struct SimApplication {
    /// `AP` and 32 hex digits.
    pub sid: String,
    /// Where its calls go; empty when not set.
    pub voice_url: String,
}

/// What to make an account of. The default is an active, full account in us1 with 100 USD.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountSpec {
    /// Its name.
    pub friendly_name: String,
    /// Its status.
    pub status: AccountStatus,
    /// Trial or full.
    pub kind: AccountKind,
    /// A decimal as text, as Twilio sends it.
    pub balance: String,
    /// ISO 4217, upper case; also the `price_unit` of its calls.
    pub currency: String,
    /// The parent's SID, for a subaccount.
    pub owner: Option<String>,
    /// `us1`, `ie1` or `au1`; its credentials work there alone.
    pub region: String,
    /// Its SID, when the caller wants a known one.
    pub sid: Option<String>,
    /// Its auth token, when the caller wants a known one.
    pub auth_token: Option<String>,
    /// E.164 numbers it has verified: caller ids, and on trial all it may call.
    pub verified_caller_ids: Vec<String>,
    /// ISO countries its geo permissions forbid calling (21215).
    pub blocked_countries: Vec<String>,
    /// Calls it may have at once, more get 10004; `None` for no limit.
    pub concurrent_calls: Option<usize>,
    /// Whether these are test credentials: magic numbers work, nothing else does.
    pub test_credentials: bool,
    /// How the API answers when the account is not active.
    pub suspended_form: SuspendedForm,
}

impl Default for AccountSpec {
    fn default() -> Self {
        Self {
            friendly_name: "My first Twilio account".to_owned(),
            status: AccountStatus::Active,
            kind: AccountKind::Full,
            balance: "100.00".to_owned(),
            currency: "USD".to_owned(),
            owner: None,
            region: "us1".to_owned(),
            sid: None,
            auth_token: None,
            verified_caller_ids: Vec::new(),
            blocked_countries: Vec::new(),
            concurrent_calls: None,
            test_credentials: false,
            suspended_form: SuspendedForm::default(),
        }
    }
}

/// An account as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct SimAccount {
    /// `AC` and 32 hex digits.
    pub sid: String,
    /// The primary auth token; webhooks are signed with it.
    pub auth_token: String,
    /// A second token that also works, before promotion.
    pub secondary_token: Option<String>,
    /// Its name.
    pub friendly_name: String,
    /// Its status.
    pub status: AccountStatus,
    /// Trial or full.
    pub kind: AccountKind,
    /// A decimal as text.
    pub balance: String,
    /// ISO 4217.
    pub currency: String,
    /// The parent's SID, or its own.
    pub owner_account_sid: String,
    /// `us1`, `ie1` or `au1`.
    pub region: String,
    /// API keys.
    pub keys: Vec<SimKey>,
    /// Verified caller ids.
    pub caller_ids: Vec<SimCallerId>,
    /// `TwiML` applications.
    pub applications: Vec<SimApplication>,
    /// ISO countries it may not call.
    pub blocked_countries: Vec<String>,
    /// Calls it may have at once.
    pub concurrent_calls: Option<usize>,
    /// Whether these are test credentials.
    pub test_credentials: bool,
    /// How the API answers when the account is not active.
    pub suspended_form: SuspendedForm,
    /// Whether calls made by the API stay queued (see [`Sim::hold_calls`]).
    pub holds_calls: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl SimAccount {
    /// Whether another account owns it.
    #[must_use]
    pub fn is_subaccount(&self) -> bool {
        self.owner_account_sid != self.sid
    }

    pub(crate) fn may_call_from(&self, number: &str) -> bool {
        self.caller_ids.iter().any(|caller_id| caller_id.phone_number == number)
    }

    fn new(spec: AccountSpec, state: &mut State, created_at: DateTime<Utc>) -> Self {
        let sid = spec.sid.unwrap_or_else(|| state.sids.next("AC"));
        let caller_ids = spec.verified_caller_ids.into_iter();
        Self {
            auth_token: spec.auth_token.unwrap_or_else(|| state.sids.secret()),
            secondary_token: None,
            friendly_name: spec.friendly_name,
            status: spec.status,
            kind: spec.kind,
            balance: spec.balance,
            currency: spec.currency,
            owner_account_sid: spec.owner.unwrap_or_else(|| sid.clone()),
            region: spec.region,
            keys: Vec::new(),
            caller_ids: caller_ids
                .map(|n| SimCallerId {
                    sid: state.sids.next("PN"),
                    phone_number: n,
                })
                .collect(),
            applications: Vec::new(),
            blocked_countries: spec.blocked_countries,
            concurrent_calls: spec.concurrent_calls,
            test_credentials: spec.test_credentials,
            suspended_form: spec.suspended_form,
            holds_calls: false,
            created_at,
            sid,
        }
    }
}

impl Sim {
    /// Opens an account. A known SID that exists already is replaced.
    pub fn add_account(&self, spec: AccountSpec) -> SimAccount {
        let now = self.now();
        let mut state = self.state();
        let account = SimAccount::new(spec, &mut state, now);
        state.accounts.retain(|other| other.sid != account.sid);
        state.accounts.push(account.clone());
        account
    }

    /// The account as it stands now.
    #[must_use]
    pub fn account(&self, sid: &str) -> Option<SimAccount> {
        self.state().account(sid).cloned()
    }

    /// All accounts, oldest first.
    #[must_use]
    pub fn accounts(&self) -> Vec<SimAccount> {
        self.state().accounts.clone()
    }

    /// Changes whatever one likes of an account behind its owner's back. Gives whether it exists.
    pub fn change_account(&self, sid: &str, change: impl FnOnce(&mut SimAccount)) -> bool {
        let changed = self.state().account_mut(sid).map(change).is_some();
        self.touch();
        changed
    }

    /// Sets the status. A parent that is suspended takes its subaccounts with it.
    pub fn set_status(&self, sid: &str, status: AccountStatus) {
        let mut state = self.state();
        let with_its_own = |account: &&mut SimAccount| account.sid == sid || account.owner_account_sid == sid;
        state
            .accounts
            .iter_mut()
            .filter(with_its_own)
            .for_each(|account| account.status = status);
    }

    /// Chooses how the API answers while the account is not active.
    pub fn set_suspended_form(&self, sid: &str, form: SuspendedForm) {
        self.change_account(sid, |account| account.suspended_form = form);
    }

    /// Gives the account a new auth token, as its owner would in Twilio's Console; the old one is dead at once.
    ///
    /// Gives an empty text when there is no such account.
    pub fn rotate_token(&self, sid: &str) -> String {
        let mut state = self.state();
        let token = state.sids.secret();
        let Some(account) = state.account_mut(sid) else {
            return String::new();
        };
        account.auth_token.clone_from(&token);
        account.secondary_token = None;
        token
    }

    /// Sets the balance, a decimal as text.
    pub fn set_balance(&self, sid: &str, balance: &str) {
        self.change_account(sid, |account| balance.clone_into(&mut account.balance));
    }

    /// Forbids calls to these ISO countries, and allows all others.
    pub fn set_blocked_countries(&self, sid: &str, countries: &[&str]) {
        self.change_account(sid, |account| {
            account.blocked_countries = countries.iter().map(|c| (*c).to_owned()).collect()
        });
    }

    /// Makes an API key for an existing account.
    pub fn add_key(&self, account_sid: &str, kind: KeyKind) -> SimKey {
        let mut state = self.state();
        let key = SimKey {
            sid: state.sids.next("SK"),
            secret: state.sids.secret(),
            kind,
        };
        if let Some(account) = state.account_mut(account_sid) {
            account.keys.push(key.clone());
        }
        key
    }

    /// Makes a `TwiML` application for an existing account and gives its SID.
    pub fn add_application(&self, account_sid: &str, voice_url: &str) -> String {
        let mut state = self.state();
        let sid = state.sids.next("AP");
        if let Some(account) = state.account_mut(account_sid) {
            account.applications.push(SimApplication {
                sid: sid.clone(),
                voice_url: voice_url.to_owned(),
            });
        }
        sid
    }

    /// Keeps the calls the API makes for this account queued, as Twilio does with calls beyond one a second, until
    /// [`Sim::release_calls`].
    pub fn hold_calls(&self, account_sid: &str) {
        self.change_account(account_sid, |account| account.holds_calls = true);
    }

    /// Lets queued calls go on.
    pub fn release_calls(&self, account_sid: &str) {
        self.change_account(account_sid, |account| account.holds_calls = false);
    }
}
