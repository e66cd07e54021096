//! Accounts: what they are. `changes.rs` makes them and changes them behind their owner's back, `tokens.rs`, `keys.rs` and
//! `shared_keys.rs` hold their credentials.

mod changes;
mod keys;
mod shared_keys;
mod tokens;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use keys::{DeniedForm, KeyKind, KeySpec, Right, SimKey};
pub use shared_keys::SharedKey;

use crate::prices::SimPrice;
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
    /// Everything gets 403/20005, account not active; its HTTP status is not documented.
    NotActive,
}

/// Whether the account has bought Voice Insights' Advanced Features, and how their API answers when not; that is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Insights {
    /// Not bought: 404/20404.
    #[default]
    NotFound,
    /// Not bought: 403/20006.
    Forbidden,
    /// Bought.
    On,
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
    /// A decimal as text, as Twilio sends it; it may be negative. When empty there is none (404/20404).
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
    /// Whether Voice Insights is bought.
    pub insights: Insights,
    /// Whether it has no money left although it is active: calls out get 403/20005, calls in 10003.
    pub out_of_funds: bool,
    /// ISO 3166; a trial account calls nowhere else (21215).
    pub country: String,
    /// `TwiML` verbs a trial account may not use (10002).
    pub denied_verbs: Vec<String>,
    /// API keys to begin with.
    pub keys: Vec<KeySpec>,
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
            insights: Insights::default(),
            out_of_funds: false,
            country: "US".to_owned(),
            denied_verbs: Vec::new(),
            keys: Vec::new(),
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
    /// Whether calls made by the API stay queued (see [`crate::Sim::hold_calls`]).
    pub holds_calls: bool,
    /// Whether Voice Insights is bought.
    pub insights: Insights,
    /// Whether it has no money left although it is active.
    pub out_of_funds: bool,
    /// ISO 3166.
    pub country: String,
    /// `TwiML` verbs a trial account may not use.
    pub denied_verbs: Vec<String>,
    /// Prices planted in place of those of the table.
    pub prices: Vec<SimPrice>,
    /// Whether a subaccount's calls are also held to its parent's geo permissions.
    pub inherits_permissions: bool,
    /// How old its usage figures are; `None` when they are fresh.
    pub usage_as_of: Option<DateTime<Utc>>,
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
            keys: spec.keys.into_iter().map(|key| SimKey::new(key, state)).collect(),
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
            insights: spec.insights,
            out_of_funds: spec.out_of_funds,
            country: spec.country,
            denied_verbs: spec.denied_verbs,
            prices: Vec::new(),
            inherits_permissions: true,
            usage_as_of: None,
            created_at,
            sid,
        }
    }
}
