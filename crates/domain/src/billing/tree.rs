//! Usage as a report: by day or month, each category within the one that holds it.

use std::collections::BTreeMap;

use ::entity::usage_day;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::categories::{self, NUMBER_RENTAL, WHOLE_BILL};
use super::spend::first_of_month;

/// How a report is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// By day, in UTC.
    Day,
    /// By month, in UTC.
    Month,
}

/// What was used in a day or month, in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsagePeriod {
    /// Its first day.
    pub start: NaiveDate,
    /// Its last day, no later than asked for.
    pub end: NaiveDate,
    /// The currency of its amounts; none where Twilio named none.
    pub currency: Option<String>,
    /// The whole bill. None where no day of it is known.
    pub total: Option<Decimal>,
    /// What the rental of numbers cost. None where that is not known.
    pub number_rental: Option<Decimal>,
    /// How many of its days have no bill: the amounts are those of the other days.
    pub missing_days: u32,
    /// Up to when the figures are complete, by Twilio's word: the oldest of its newest day.
    pub as_of: Option<DateTime<Utc>>,
    /// What was used, without the whole bill.
    pub categories: Vec<Usage>,
}

/// What was used in one category.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Twilio's name.
    pub category: String,
    /// Twilio's words for it.
    pub description: Option<String>,
    /// How much was billed, in `usage_unit`.
    pub usage: Option<Decimal>,
    /// For instance `minutes`.
    pub usage_unit: Option<String>,
    /// How many events, in `count_unit`.
    pub count: Option<Decimal>,
    /// For instance `calls`.
    pub count_unit: Option<String>,
    /// What it cost.
    pub price: Option<Decimal>,
    /// On how many days it was used and Twilio did not tell the price.
    pub days_without_price: u32,
    /// Up to when its newest figure is complete.
    pub as_of: Option<DateTime<Utc>>,
    /// The parts of it that Twilio tells apart. They are in its figures already, and need not add up to them.
    pub within: Vec<Usage>,
}

/// Arranges an account's rows of the days `from` to `to`, newest period first. `only` leaves out all but one category and what is
/// within it; the whole bill stays.
#[must_use]
pub fn report(
    rows: &[usage_day::Model],
    (from, to): (NaiveDate, NaiveDate),
    cut: Cut,
    only: Option<&str>,
) -> Vec<UsagePeriod> {
    let mut periods: BTreeMap<NaiveDate, BTreeMap<&str, Vec<&usage_day::Model>>> = BTreeMap::new();
    for day in from.iter_days().take_while(|day| *day <= to) {
        periods.entry(start_of(day, cut)).or_default();
    }
    for row in rows {
        if let Some(period) = periods.get_mut(&start_of(row.day, cut)) {
            period.entry(row.currency.as_str()).or_default().push(row);
        }
    }
    let mut report = Vec::new();
    for (start, mut currencies) in periods.into_iter().rev() {
        let days = (start.max(from), end_of(start, cut).min(to));
        if currencies.is_empty() {
            currencies.insert("", Vec::new());
        }
        for (currency, rows) in currencies {
            report.push(period(days, currency, &rows, only));
        }
    }
    report
}

fn start_of(day: NaiveDate, cut: Cut) -> NaiveDate {
    match cut {
        Cut::Day => day,
        Cut::Month => first_of_month(day),
    }
}

fn end_of(start: NaiveDate, cut: Cut) -> NaiveDate {
    match cut {
        Cut::Day => start,
        Cut::Month => {
            let next = start.checked_add_months(chrono::Months::new(1));
            next.and_then(|next| next.pred_opt()).unwrap_or(start)
        }
    }
}

fn period(
    (start, end): (NaiveDate, NaiveDate),
    currency: &str,
    rows: &[&usage_day::Model],
    only: Option<&str>,
) -> UsagePeriod {
    let mut sums = sums(rows);
    let total = sums.remove(WHOLE_BILL);
    let known_days = rows
        .iter()
        .filter(|row| row.category == WHOLE_BILL && row.price.is_some());
    let days = u32::try_from((end - start).num_days() + 1).unwrap_or_default();
    UsagePeriod {
        start,
        end,
        currency: (!currency.is_empty()).then(|| currency.to_owned()),
        total: total.as_ref().and_then(|total| total.price),
        number_rental: sums.get(NUMBER_RENTAL).and_then(|rental| rental.price),
        missing_days: days.saturating_sub(u32::try_from(known_days.count()).unwrap_or(u32::MAX)),
        as_of: total.and_then(|total| total.as_of),
        categories: nested(sums, only),
    }
}

/// Adds days up, each category for itself.
fn sums(rows: &[&usage_day::Model]) -> BTreeMap<String, Usage> {
    let mut sums: BTreeMap<String, Usage> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry(row.category.clone()).or_insert_with(|| Usage {
            category: row.category.clone(),
            ..Usage::default()
        });
        let amount = |amount: Option<::entity::Amount>| amount.map(|amount| amount.0);
        sum.usage = added(sum.usage, amount(row.usage_amount));
        sum.count = added(sum.count, amount(row.count));
        sum.price = added(sum.price, amount(row.price));
        sum.days_without_price += u32::from(row.price.is_none());
        sum.as_of = sum.as_of.max(row.as_of);
        sum.description = sum.description.take().or_else(|| row.description.clone());
        sum.usage_unit = sum.usage_unit.take().or_else(|| row.usage_unit.clone());
        sum.count_unit = sum.count_unit.take().or_else(|| row.count_unit.clone());
    }
    sums
}

/// What is missing adds nothing, and a sum of nothing is missing.
fn added(sum: Option<Decimal>, next: Option<Decimal>) -> Option<Decimal> {
    match (sum, next) {
        (Some(sum), Some(next)) => sum.checked_add(next),
        (sum, next) => sum.or(next),
    }
}

/// Puts each category into the nearest of those it lies in that is there.
fn nested(mut sums: BTreeMap<String, Usage>, only: Option<&str>) -> Vec<Usage> {
    if let Some(only) = only {
        sums.retain(|category, _| category == only || categories::ancestors(category).any(|above| above == only));
    }
    let holder_of = |category: &String| categories::ancestors(category).find(|above| sums.contains_key(*above));
    let holders: Vec<&str> = sums.keys().map(|category| holder_of(category).unwrap_or(TOP)).collect();
    let mut by_holder: BTreeMap<&str, Vec<Usage>> = BTreeMap::new();
    for (holder, usage) in holders.into_iter().zip(sums.into_values()) {
        by_holder.entry(holder).or_default().push(usage);
    }
    take_within(&mut by_holder, TOP)
}

/// What holds the categories that lie in no other.
const TOP: &str = "";

fn take_within(by_holder: &mut BTreeMap<&str, Vec<Usage>>, holder: &str) -> Vec<Usage> {
    let mut usages = by_holder.remove(holder).unwrap_or_default();
    for usage in &mut usages {
        usage.within = take_within(by_holder, &usage.category);
    }
    usages
}

#[cfg(test)]
mod tests;
