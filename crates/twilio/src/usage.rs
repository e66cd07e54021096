//! What an account used, and what it cost.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::page::Listed;
use crate::request::{MAX_PAGE_SIZE, Request};
use crate::{AccountSid, fields};

/// Over which time Twilio adds usage up. Days and months are in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UsagePeriod {
    /// One record a category, over all days asked for.
    Total,
    /// One record a category and day.
    Daily,
    /// One record a category and month.
    Monthly,
    /// One record a category and year.
    Yearly,
    /// One record a category, since the account was made.
    AllTime,
    /// One record a category, for today.
    Today,
    /// One record a category, for yesterday.
    Yesterday,
    /// One record a category, for this month so far.
    ThisMonth,
    /// One record a category, for the month before this.
    LastMonth,
}

impl UsagePeriod {
    /// The operation and the end of its path.
    fn operation(self) -> (&'static str, &'static str) {
        match self {
            Self::Total => ("ListUsageRecord", "/Usage/Records"),
            Self::Daily => ("ListUsageRecordDaily", "/Usage/Records/Daily"),
            Self::Monthly => ("ListUsageRecordMonthly", "/Usage/Records/Monthly"),
            Self::Yearly => ("ListUsageRecordYearly", "/Usage/Records/Yearly"),
            Self::AllTime => ("ListUsageRecordAllTime", "/Usage/Records/AllTime"),
            Self::Today => ("ListUsageRecordToday", "/Usage/Records/Today"),
            Self::Yesterday => ("ListUsageRecordYesterday", "/Usage/Records/Yesterday"),
            Self::ThisMonth => ("ListUsageRecordThisMonth", "/Usage/Records/ThisMonth"),
            Self::LastMonth => ("ListUsageRecordLastMonth", "/Usage/Records/LastMonth"),
        }
    }
}

/// Which usage to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageQuery {
    /// Over which time it is added up.
    pub period: UsagePeriod,
    /// Twilio's names of the categories, one request each. None: every category in one list, also those without usage.
    pub categories: Vec<String>,
    /// The first day, in UTC.
    pub start: Option<NaiveDate>,
    /// The last day, in UTC.
    pub end: Option<NaiveDate>,
    /// Whether the usage of the account's subaccounts is part of its own, as it is on its bill.
    pub include_subaccounts: bool,
}

impl UsageQuery {
    /// Every category of the account alone, on all days of `period`.
    #[must_use]
    pub fn new(period: UsagePeriod) -> Self {
        Self {
            period,
            categories: Vec::new(),
            start: None,
            end: None,
            include_subaccounts: false,
        }
    }
}

/// The usage of one category in one period. Categories nest (`calls` holds `calls-inbound`): a category and one within it are
/// never to be added.
///
/// Source: <https://www.twilio.com/docs/usage/api/usage-record>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UsageRecord {
    /// Twilio's name of the category. The list of names grows.
    pub category: String,
    /// The category in words.
    #[serde(default, deserialize_with = "fields::text")]
    pub description: Option<String>,
    /// The period's first day, in UTC.
    #[serde(default, deserialize_with = "fields::day")]
    pub start_date: Option<NaiveDate>,
    /// The period's last day, in UTC.
    #[serde(default, deserialize_with = "fields::day")]
    pub end_date: Option<NaiveDate>,
    /// How many events, in `count_unit`.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub count: Option<Decimal>,
    /// For instance `calls`.
    #[serde(default, deserialize_with = "fields::text")]
    pub count_unit: Option<String>,
    /// How much was billed, in `usage_unit`.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub usage: Option<Decimal>,
    /// For instance `minutes`.
    #[serde(default, deserialize_with = "fields::text")]
    pub usage_unit: Option<String>,
    /// What it cost, above zero, in `price_unit`.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub price: Option<Decimal>,
    /// The currency's ISO 4217 code, in capitals.
    #[serde(default, deserialize_with = "fields::currency")]
    pub price_unit: Option<String>,
    /// Up to when the figures are complete.
    #[serde(default, deserialize_with = "fields::date")]
    pub as_of: Option<DateTime<Utc>>,
}

impl Listed for UsageRecord {
    const KEY: &'static str = "usage_records";

    /// Records have no SID. One category has a record a period, and a second one when the account's currency changed in it.
    fn identity(&self) -> Cow<'_, str> {
        let (category, currency) = (&self.category, self.price_unit.as_deref().unwrap_or_default());
        format!("{category} {:?} {:?} {currency}", self.start_date, self.end_date).into()
    }
}

/// The requests for `query`: one a category, or one for all of them.
pub(crate) fn list(account: &AccountSid, query: &UsageQuery) -> Vec<Request> {
    let (endpoint, path) = query.period.operation();
    let day = |day: Option<NaiveDate>| day.map(|day| day.format("%Y-%m-%d").to_string());
    let all = Request::get(endpoint, account, path)
        .page_size(MAX_PAGE_SIZE)
        .optional_query("StartDate", day(query.start))
        .optional_query("EndDate", day(query.end))
        // Twilio's own default is to include them.
        .query("IncludeSubaccounts", query.include_subaccounts.to_string());
    if query.categories.is_empty() {
        return vec![all];
    }
    let one = |category: &String| all.clone().query("Category", category);
    query.categories.iter().map(one).collect()
}
