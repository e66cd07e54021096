//! What an account spends, computed from its bills of single days: today, this month, on a usual day, and how long a balance lasts.

use ::entity::usage_day;
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::categories::WHOLE_BILL;

/// How many days before today the usual day is taken from.
const USUAL_OVER: u64 = 28;

/// How many of them need a figure.
const USUAL_NEEDS: usize = 7;

/// How many full days the rate is taken from.
const RATE_OVER: u64 = 7;

/// How many of them need a figure.
const RATE_NEEDS: usize = 3;

/// A balance that lasts longer counts as lasting so many days.
pub const LASTS_LONG: Decimal = Decimal::from_parts(3650, 0, 0, false, 0);

/// A figure that was taken from several days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverDays {
    /// The amount in a day.
    pub a_day: Decimal,
    /// How many days it was taken from.
    pub days: u32,
}

/// What an account spends. All amounts are in `currency`; what is not known is none, and never zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spend {
    /// The currency of the newest bill, ISO 4217. Bills in another are left out.
    pub currency: Option<String>,
    /// Today so far; days are in UTC.
    pub today: Option<Decimal>,
    /// Up to when today's figure is complete, by Twilio's word.
    pub as_of: Option<DateTime<Utc>>,
    /// This month so far: the sum of the days that have a figure.
    pub this_month: Option<Decimal>,
    /// How many days of this month have no figure.
    pub missing_days: u32,
    /// The median of the last four weeks' full days; none with fewer than seven of them.
    pub usual_day: Option<OverDays>,
    /// What is spent in a day now: the average of the last seven full days, or what was spent today already where that is more.
    /// None with fewer than three of them.
    pub rate: Option<OverDays>,
}

impl Spend {
    /// How many days a balance lasts at this rate, to one decimal place. None where no rate is known; [`LASTS_LONG`] where nothing is
    /// spent.
    #[must_use]
    pub fn lasts(&self, balance: Decimal) -> Option<Decimal> {
        let rate = self.rate?.a_day;
        if balance <= Decimal::ZERO {
            return Some(Decimal::ZERO);
        }
        let lasts = (rate > Decimal::ZERO)
            .then(|| balance.checked_div(rate))
            .flatten()
            .unwrap_or(LASTS_LONG);
        Some(lasts.min(LASTS_LONG).round_dp(1).normalize())
    }
}

/// The first of the days that [`spend`] looks at.
#[must_use]
pub fn first_day(today: NaiveDate) -> NaiveDate {
    back(today, USUAL_OVER).min(first_of_month(today))
}

/// The first day of the month that a day is in.
#[must_use]
pub fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// Computes what is spent from the rows of one account from [`first_day`] on. Rows of other categories than the whole bill are
/// ignored, and so are bills with subaccounts or without, as `with_subaccounts` says.
#[must_use]
pub fn spend(rows: &[usage_day::Model], with_subaccounts: bool, today: NaiveDate) -> Spend {
    let bills: Vec<&usage_day::Model> = rows
        .iter()
        .filter(|row| row.category == WHOLE_BILL && row.with_subaccounts == with_subaccounts)
        .collect();
    let named = bills.iter().filter(|row| !row.currency.is_empty());
    let Some(currency) = named.max_by_key(|row| row.day).map(|row| row.currency.clone()) else {
        return Spend {
            missing_days: today.day(),
            ..Spend::default()
        };
    };
    let bill_of = |day| bills.iter().find(|row| row.day == day && row.currency == currency);
    let price_of = |day| bill_of(day)?.price.map(|price| price.0);
    let known = |from: NaiveDate, to: NaiveDate| -> Vec<Decimal> {
        from.iter_days()
            .take_while(|day| *day <= to)
            .filter_map(price_of)
            .collect()
    };
    let (yesterday, month) = (back(today, 1), known(first_of_month(today), today));
    let spent_today = price_of(today);
    Spend {
        today: spent_today,
        as_of: bill_of(today).and_then(|bill| bill.as_of),
        this_month: sum(&month),
        missing_days: today.day().saturating_sub(count(&month)),
        usual_day: median(known(back(today, USUAL_OVER), yesterday)),
        rate: rate(&known(back(today, RATE_OVER), yesterday), spent_today),
        currency: Some(currency),
    }
}

fn back(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

fn count(figures: &[Decimal]) -> u32 {
    u32::try_from(figures.len()).unwrap_or(u32::MAX)
}

/// None for no figures, and for a sum that is no decimal any more.
fn sum(figures: &[Decimal]) -> Option<Decimal> {
    let (first, others) = figures.split_first()?;
    others.iter().try_fold(*first, |sum, next| sum.checked_add(*next))
}

fn median(mut figures: Vec<Decimal>) -> Option<OverDays> {
    if figures.len() < USUAL_NEEDS {
        return None;
    }
    figures.sort();
    let upper = figures.len() / 2;
    let lower = (figures.len() - 1) / 2;
    let a_day = mean(&[*figures.get(lower)?, *figures.get(upper)?])?;
    Some(OverDays {
        a_day,
        days: count(&figures),
    })
}

fn rate(full_days: &[Decimal], today: Option<Decimal>) -> Option<OverDays> {
    if full_days.len() < RATE_NEEDS {
        return None;
    }
    let average = mean(full_days)?;
    Some(OverDays {
        a_day: today.map_or(average, |today| today.max(average)),
        days: count(full_days),
    })
}

fn mean(figures: &[Decimal]) -> Option<Decimal> {
    let mean = sum(figures)?.checked_div(Decimal::from(figures.len()))?;
    Some(mean.round_dp(8).normalize())
}

#[cfg(test)]
mod tests;
