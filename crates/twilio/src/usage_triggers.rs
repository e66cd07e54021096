//! Usage triggers: Twilio tells us when an account's usage passes a value.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::open_enum::open_enum;
use crate::page::Listed;
use crate::request::{MAX_PAGE_SIZE, Request};
use crate::{AccountSid, UsageTriggerSid, fields};

open_enum! {
    /// Which figure of a category a trigger watches.
    TriggerBy {
        /// How many events.
        Count = "count",
        /// How much was billed, in the category's own unit.
        Usage = "usage",
        /// What it cost, in the account's currency.
        Price = "price",
    }
}

open_enum! {
    /// How often a trigger may fire: once in each period, which begins in UTC.
    TriggerRecurring {
        /// Once a day.
        Daily = "daily",
        /// Once a month.
        Monthly = "monthly",
        /// Once a year.
        Yearly = "yearly",
        /// Once.
        AllTime = "alltime",
    }
}

/// A trigger to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUsageTrigger {
    /// Twilio's name of the category to watch; `totalprice` is the whole bill.
    pub category: String,
    /// Which of its figures.
    pub by: TriggerBy,
    /// The value at which it fires, above zero.
    pub value: Decimal,
    /// How often it may fire. `None`: once.
    pub recurring: Option<TriggerRecurring>,
    /// Where Twilio posts when it fires.
    pub callback_url: String,
    /// Our name for it, to find it again.
    pub friendly_name: Option<String>,
}

/// A trigger as Twilio keeps it. One that fired and does not recur stays in the list.
///
/// Source: <https://www.twilio.com/docs/usage/api/usage-trigger>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UsageTrigger {
    /// Its identity.
    pub sid: UsageTriggerSid,
    /// The account watched.
    pub account_sid: AccountSid,
    /// Its maker's name for it.
    #[serde(default, deserialize_with = "fields::text")]
    pub friendly_name: Option<String>,
    /// Twilio's name of the category.
    #[serde(default, deserialize_with = "fields::text")]
    pub usage_category: Option<String>,
    /// Which of its figures.
    #[serde(default, deserialize_with = "fields::word")]
    pub trigger_by: Option<TriggerBy>,
    /// The value at which it fires.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub trigger_value: Option<Decimal>,
    /// The figure in the current period.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub current_value: Option<Decimal>,
    /// How often it may fire. `None`: once.
    #[serde(default, deserialize_with = "fields::word")]
    pub recurring: Option<TriggerRecurring>,
    /// Where Twilio posts when it fires.
    #[serde(default, deserialize_with = "fields::text")]
    pub callback_url: Option<String>,
    /// `GET` or `POST`.
    #[serde(default, deserialize_with = "fields::text")]
    pub callback_method: Option<String>,
    /// When it last fired.
    #[serde(default, deserialize_with = "fields::date")]
    pub date_fired: Option<DateTime<Utc>>,
    /// When it was made.
    #[serde(default, deserialize_with = "fields::date")]
    pub date_created: Option<DateTime<Utc>>,
    /// When it was last changed.
    #[serde(default, deserialize_with = "fields::date")]
    pub date_updated: Option<DateTime<Utc>>,
}

impl Listed for UsageTrigger {
    const KEY: &'static str = "usage_triggers";

    fn identity(&self) -> Cow<'_, str> {
        self.sid.as_str().into()
    }
}

pub(crate) fn create(account: &AccountSid, trigger: &NewUsageTrigger) -> Request {
    Request::post("CreateUsageTrigger", account, "/Usage/Triggers")
        .field("UsageCategory", &trigger.category)
        .field("TriggerBy", trigger.by.as_str())
        // Without a sign: with `+` Twilio would add it to what is used already.
        .field("TriggerValue", trigger.value.to_string())
        .field("CallbackUrl", &trigger.callback_url)
        .field("CallbackMethod", "POST")
        .optional_field("Recurring", trigger.recurring.as_ref().map(TriggerRecurring::as_str))
        .optional_field("FriendlyName", trigger.friendly_name.as_ref())
}

pub(crate) fn list(account: &AccountSid) -> Request {
    Request::get("ListUsageTrigger", account, "/Usage/Triggers").page_size(MAX_PAGE_SIZE)
}

pub(crate) fn delete(account: &AccountSid, sid: &UsageTriggerSid) -> Request {
    Request::delete("DeleteUsageTrigger", account, &format!("/Usage/Triggers/{sid}"))
}
