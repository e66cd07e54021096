//! What an account used, from what is stored.

use ::entity::{twilio_account, usage_day};
use chrono::{Days, NaiveDate};

use super::tree::{Cut, UsagePeriod, report};
use crate::{Error, Refusal, RefusalCode, Services};

/// The most days of one report.
pub const MAX_DAYS: i64 = 400;

/// The days that are reported where none are named.
const DAYS: u64 = 30;

/// Which usage is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageFilter {
    /// The first day, in UTC; 29 days before the last if not said.
    pub from: Option<NaiveDate>,
    /// The last day, in UTC; today if not said.
    pub to: Option<NaiveDate>,
    /// By day or month.
    pub cut: Cut,
    /// Only this category, and what is within it.
    pub category: Option<String>,
}

/// What was used from one day to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageReport {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Its days or months, newest first.
    pub periods: Vec<UsagePeriod>,
}

/// Reports what an account used, without its subaccounts. One statement.
///
/// # Errors
/// Refused when the days are the wrong way round or too many.
pub async fn usage(
    services: &Services,
    account: &twilio_account::Model,
    filter: &UsageFilter,
) -> Result<UsageReport, Error> {
    let to = filter.to.unwrap_or_else(|| services.clock.now().date_naive());
    let first = || to.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(to);
    let from = filter.from.unwrap_or_else(first);
    if !(0..MAX_DAYS).contains(&(to - from).num_days()) {
        let message = format!("The days go from an earlier to a later one, and are at most {MAX_DAYS}.");
        return Err(Refusal::new(RefusalCode::Malformed, message).on("from").into());
    }
    let rows = usage_day::Entity::of_account(account.id, from, to)
        .all(&services.db)
        .await?;
    Ok(UsageReport {
        from,
        to,
        periods: report(&rows, (from, to), filter.cut, filter.category.as_deref()),
    })
}
