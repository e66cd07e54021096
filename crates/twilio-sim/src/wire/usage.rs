//! Usage records and usage triggers.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{API_VERSION, date};
use crate::triggers::SimTrigger;
use crate::usage::{Days, SimUsage, categories};

/// One record as it is about to be shown.
#[derive(Debug)]
pub(crate) struct UsageRecord {
    /// What tells it from the others of its list.
    pub(crate) key: String,
    pub(crate) category: String,
    pub(crate) days: Days,
    pub(crate) amount: SimUsage,
}

/// What is the same for all records of a list.
pub(crate) struct UsageList<'a> {
    pub(crate) account_sid: &'a str,
    /// ISO 4217; shown in lower case.
    pub(crate) currency: &'a str,
    pub(crate) as_of: DateTime<Utc>,
    /// The list's path, `/2010-04-01/Accounts/AC.../Usage/Records/Daily.json`.
    pub(crate) path: &'a str,
}

/// A usage record: figures as text, `count` and `price` null where they are not known.
pub(crate) fn usage_record(list: &UsageList<'_>, record: &UsageRecord) -> Value {
    let category = record.category.as_str();
    let currency = list.currency.to_ascii_lowercase();
    let known = categories::find(category);
    let in_money = |unit: &str| {
        if unit == "usd" {
            currency.clone()
        } else {
            unit.to_owned()
        }
    };
    let base = format!("/{API_VERSION}/Accounts/{}/Usage/Records", list.account_sid);
    let query = format!("?Category={category}");
    let others = [
        ("all_time", "AllTime"),
        ("daily", "Daily"),
        ("last_month", "LastMonth"),
        ("monthly", "Monthly"),
        ("this_month", "ThisMonth"),
        ("today", "Today"),
        ("yearly", "Yearly"),
        ("yesterday", "Yesterday"),
    ];
    let others: Map<String, Value> = others
        .iter()
        .map(|(name, period)| ((*name).to_owned(), json!(format!("{base}/{period}.json{query}"))))
        .collect();
    json!({
        "account_sid": list.account_sid,
        "api_version": API_VERSION,
        "as_of": list.as_of.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        "category": category,
        "count": record.amount.count.map(|count| count.to_string()),
        "count_unit": known.map_or("", |known| known.count_unit),
        "description": known.map_or(category, |known| known.description),
        "end_date": record.days.last.to_string(),
        "price": record.amount.price.map(|price| price.to_string()),
        "price_unit": currency,
        "start_date": record.days.first.to_string(),
        "subresource_uris": others,
        "uri": format!("{}{query}&StartDate={}&EndDate={}", list.path, record.days.first, record.days.last),
        "usage": record.amount.usage.to_string(),
        "usage_unit": in_money(known.map_or("", |known| known.usage_unit)),
    })
}

/// A usage trigger with the value it watches as it stands.
pub(crate) fn usage_trigger(trigger: &SimTrigger, current_value: &str) -> Value {
    json!({
        "account_sid": trigger.account_sid,
        "api_version": API_VERSION,
        "callback_method": trigger.callback_method,
        "callback_url": trigger.callback_url,
        "current_value": current_value,
        "date_created": date(trigger.created_at),
        "date_fired": trigger.fired_at.map(date),
        "date_updated": date(trigger.updated_at),
        "friendly_name": trigger.friendly_name,
        "recurring": trigger.recurring.as_str(),
        "sid": trigger.sid,
        "trigger_by": trigger.trigger_by.as_str(),
        "trigger_value": trigger.trigger_value.to_string(),
        "uri": format!("/{API_VERSION}/Accounts/{}/Usage/Triggers/{}.json", trigger.account_sid, trigger.sid),
        "usage_category": trigger.usage_category,
        "usage_record_uri": usage_trigger_record_uri(trigger),
    })
}

/// Where the usage that a trigger watches can be read.
pub(crate) fn usage_trigger_record_uri(trigger: &SimTrigger) -> String {
    let category = &trigger.usage_category;
    format!(
        "/{API_VERSION}/Accounts/{}/Usage/Records.json?Category={category}",
        trigger.account_sid
    )
}
