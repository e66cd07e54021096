//! Accounts and their balance.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::open_enum::open_enum;
use crate::request::Request;
use crate::{AccountSid, fields};

open_enum! {
    /// Whether an account may be used.
    AccountStatus {
        /// In use.
        Active = "active",
        /// Stopped by Twilio or by the parent account; numbers are kept and billed.
        Suspended = "suspended",
        /// Ended for good.
        Closed = "closed",
    }
}

open_enum! {
    /// What sort of account it is, Twilio's `type`.
    AccountKind {
        /// Free and limited: calls go to verified numbers only.
        Trial = "Trial",
        /// Paid for.
        Full = "Full",
    }
}

/// An account as Twilio describes it. Its Auth Token, which Twilio sends along, is not read.
///
/// Source: <https://www.twilio.com/docs/iam/api/account>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// The account.
    pub sid: AccountSid,
    /// The parent of a subaccount; an account without a parent names itself.
    pub owner_account_sid: Option<AccountSid>,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// Trial or paid for.
    #[serde(rename = "type")]
    pub kind: AccountKind,
    /// The owner's name for it.
    #[serde(default, deserialize_with = "fields::text")]
    pub friendly_name: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "fields::date")]
    pub date_created: Option<DateTime<Utc>>,
}

impl Account {
    /// Whether another account owns this one. A subaccount has no balance of its own.
    #[must_use]
    pub fn is_subaccount(&self) -> bool {
        self.owner_account_sid.as_ref().is_some_and(|owner| *owner != self.sid)
    }
}

/// What is left on an account. Twilio's figure lags, and accounts that pay later may be below zero.
///
/// Source: <https://www.twilio.com/docs/usage/api/balance>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Balance {
    /// Twilio's `balance`, in units of `currency`.
    #[serde(rename = "balance", deserialize_with = "fields::decimal")]
    pub amount: Decimal,
    /// The currency's ISO 4217 code, not always `USD`.
    pub currency: String,
}

pub(crate) fn fetch(account: &AccountSid) -> Request {
    Request::get("FetchAccount", account, "")
}

pub(crate) fn fetch_balance(account: &AccountSid) -> Request {
    Request::get("FetchBalance", account, "/Balance")
}
