//! What an account used, and what that cost.

use ::entity::{Amount, balance_reading, twilio_account};
use async_graphql::{Enum, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use domain::billing::{self, Cut, UsageReport};

use super::money::{Decimal, Money};
use super::{TwilioAccount, UserError};

/// How a report of usage is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Cut")]
pub enum UsageBy {
    /// By day, in UTC.
    Day,
    /// By month, in UTC.
    Month,
}

/// What `usage` answers.
#[derive(SimpleObject)]
pub struct UsagePayload {
    /// The report; null if it was refused.
    pub usage: Option<Usage>,
    /// Why there is none; empty if there is one.
    pub user_errors: Vec<UserError>,
}

/// What an account used, without its subaccounts.
pub struct Usage {
    /// The account.
    pub account: twilio_account::Model,
    /// What is stored of it.
    pub report: UsageReport,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What an account used and what that cost, by Twilio's figures, without its subaccounts. They lag behind by minutes to hours.
#[Object]
impl Usage {
    /// The account.
    async fn account(&self) -> TwilioAccount {
        self.account.clone().into()
    }

    /// The first day, in UTC.
    async fn from(&self) -> NaiveDate {
        self.report.from
    }

    /// The last day, in UTC.
    async fn to(&self) -> NaiveDate {
        self.report.to
    }

    /// Its days or months, newest first. One in which the account's currency changed is there twice, once for each currency.
    async fn periods(&self) -> Vec<UsagePeriod> {
        self.report.periods.iter().map(Into::into).collect()
    }

    /// Up to when the newest figures are complete, by Twilio's word; null where there are none.
    async fn as_of(&self) -> Option<DateTime<Utc>> {
        self.as_of_newest()
    }

    /// How many seconds the newest figures are behind; null where there are none.
    async fn late_by_s(&self) -> Option<i32> {
        let late = (self.now - self.as_of_newest()?).num_seconds().max(0);
        Some(i32::try_from(late).unwrap_or(i32::MAX))
    }

    /// When Callab last read balance and usage whole; null before the first time.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.account.billing_read_at
    }
}

impl Usage {
    fn as_of_newest(&self) -> Option<DateTime<Utc>> {
        self.report.periods.iter().filter_map(|period| period.as_of).max()
    }
}

/// What was used in a day or month, in one currency. What is not known is null, and never zero.
#[derive(SimpleObject)]
pub struct UsagePeriod {
    /// Its first day, in UTC.
    start: NaiveDate,
    /// Its last day, in UTC, no later than asked for.
    end: NaiveDate,
    /// The whole bill: Twilio's category `totalprice`. Null where no day of it is known.
    total: Option<Money>,
    /// What the rental of numbers cost. It is part of `total`. Null where nothing is known of it.
    number_rental: Option<Money>,
    /// How many days have no bill, because they were not read or Twilio named no price. The amounts are those of the other days.
    missing_days: i32,
    /// Up to when its figures are complete, by Twilio's word.
    as_of: Option<DateTime<Utc>>,
    /// What was used, without `totalprice`, each category within the one that holds it. Only categories with usage.
    categories: Vec<UsageCategory>,
}

impl From<&billing::UsagePeriod> for UsagePeriod {
    fn from(period: &billing::UsagePeriod) -> Self {
        let currency = period.currency.as_deref();
        let money = |amount: Option<rust_decimal::Decimal>| Money::known(amount.map(Amount), currency);
        Self {
            start: period.start,
            end: period.end,
            total: money(period.total),
            number_rental: money(period.number_rental),
            missing_days: i32::try_from(period.missing_days).unwrap_or(i32::MAX),
            as_of: period.as_of,
            categories: categories(&period.categories, currency),
        }
    }
}

fn categories(usages: &[billing::Usage], currency: Option<&str>) -> Vec<UsageCategory> {
    let decimal = |figure: Option<rust_decimal::Decimal>| figure.map(|figure| Decimal(Amount(figure)));
    let shown = |usage: &billing::Usage| UsageCategory {
        name: usage.category.clone(),
        description: usage.description.clone(),
        usage: decimal(usage.usage),
        usage_unit: usage.usage_unit.clone(),
        count: decimal(usage.count),
        count_unit: usage.count_unit.clone(),
        price: Money::known(usage.price.map(Amount), currency),
        days_without_price: i32::try_from(usage.days_without_price).unwrap_or(i32::MAX),
        as_of: usage.as_of,
        categories: categories(&usage.within, currency),
    };
    usages.iter().map(shown).collect()
}

/// What was used in one of Twilio's categories.
#[derive(SimpleObject)]
pub struct UsageCategory {
    /// Twilio's name. New ones come at any time. Examples: `calls-inbound`, `phonenumbers`.
    name: String,
    /// Twilio's words for it, in English. Example: `Inbound Voice Minutes`.
    description: Option<String>,
    /// How much was billed, in `usageUnit`.
    usage: Option<Decimal>,
    /// Example: `minutes`.
    usage_unit: Option<String>,
    /// How many events, in `countUnit`.
    count: Option<Decimal>,
    /// Example: `calls`.
    count_unit: Option<String>,
    /// What it cost, on the days that have a price; null where none has.
    price: Option<Money>,
    /// On how many days it was used and Twilio named no price.
    days_without_price: i32,
    /// Up to when its newest figure is complete, by Twilio's word.
    as_of: Option<DateTime<Utc>>,
    /// Categories within it. They are in its figures already: never add them to it. They need not add up to it.
    categories: Vec<UsageCategory>,
}

/// What an account spends, and how long its balance lasts. What is not known is null, and never zero.
#[derive(SimpleObject)]
pub struct Spend {
    /// Today so far, by days in UTC.
    today: Option<Money>,
    /// This month so far, by months in UTC: the sum of the days that have a figure.
    this_month: Option<Money>,
    /// How many days of this month have no figure.
    this_month_missing_days: i32,
    /// The account's usual day: the median of the last four weeks. Null with fewer than seven of their days.
    usual_day: Option<Money>,
    /// How many days `usualDay` was taken from.
    usual_day_of_days: Option<i32>,
    /// What is spent in a day from the balance that the account uses, also by its subaccounts: the average of the last seven days, or
    /// today's where that is higher. Null with fewer than three of these days.
    rate: Option<Money>,
    /// How many days the balance lasts at `rate`, to one decimal place, at most 3650. Example: `"12.5"`. Null where balance or rate is
    /// not known, or they are in different currencies.
    projected_days_left: Option<Decimal>,
    /// Up to when today's figure is complete, by Twilio's word.
    as_of: Option<DateTime<Utc>>,
}

impl From<&billing::Money> for Spend {
    fn from(money: &billing::Money) -> Self {
        let (spend, drain) = (&money.spend, &money.drain);
        let in_currency = |amount: Option<rust_decimal::Decimal>, of: &billing::Spend| {
            Money::known(amount.map(Amount), of.currency.as_deref())
        };
        let days = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
        let same_currency = money
            .balance
            .as_ref()
            .filter(|balance| drain.currency.as_deref() == Some(balance.currency.as_str()));
        Self {
            today: in_currency(spend.today, spend),
            this_month: in_currency(spend.this_month, spend),
            this_month_missing_days: days(spend.missing_days),
            usual_day: in_currency(spend.usual_day.map(|usual| usual.a_day), spend),
            usual_day_of_days: spend.usual_day.map(|usual| days(usual.days)),
            rate: in_currency(drain.rate.map(|rate| rate.a_day), drain),
            projected_days_left: same_currency
                .and_then(|balance| drain.lasts(balance.amount.0))
                .map(|lasts| Decimal(Amount(lasts))),
            as_of: spend.as_of,
        }
    }
}

/// A balance that Twilio told, once or several times in a row.
pub struct BalanceReading(pub balance_reading::Model);

/// A balance that Twilio told, once or several times in a row.
#[Object]
impl BalanceReading {
    /// The balance; negative where the account owes.
    async fn balance(&self) -> Option<Money> {
        Money::known(Some(self.0.balance), Some(&self.0.currency))
    }

    /// When it was first read.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// When it was last read the same.
    async fn last_at(&self) -> DateTime<Utc> {
        self.0.last_at
    }
}
