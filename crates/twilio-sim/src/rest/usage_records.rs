//! Usage records.
//!
//! Source: <https://www.twilio.com/docs/usage/api/usage-record>

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};

use super::{Ask, RestResult};
use crate::errors::Refusal;
use crate::sim::Sim;
use crate::state::State;
use crate::usage::{ByCategory, Days, Period, SimUsage, categories};
use crate::wire::{self, UsageList, UsageRecord};

/// Records of each category (or of `Category` alone) for each interval of the period between `StartDate` and `EndDate`.
pub(super) fn list(sim: &Sim, ask: &Ask<'_>, period: Period) -> RestResult {
    let query = ask.query();
    let now = sim.now();
    let today = now.date_naive();
    let state = sim.state();
    let family = state.family(&ask.account.sid, query.get("IncludeSubaccounts") != Some("false"));
    let asked = Days {
        first: read_date(ask, "StartDate", today)?.unwrap_or_else(|| beginning(&state, ask, &family)),
        last: read_date(ask, "EndDate", today)?.unwrap_or(today),
    };
    let category = query.filled("Category");
    let mut records = Vec::new();
    for days in period.intervals(asked, today) {
        records.extend(records_of(state.usage.sums(&family, days), days, category));
    }
    drop(state);
    let list = UsageList {
        account_sid: &ask.account.sid,
        currency: &ask.account.currency,
        as_of: ask.account.usage_as_of.unwrap_or(now),
        path: ask.path(),
    };
    let show = |record: &UsageRecord| wire::usage_record(&list, record);
    ask.page("usage_records", &records, |record| &record.key, show)
}

/// The first day there can be usage of.
fn beginning(state: &State, ask: &Ask<'_>, family: &[String]) -> NaiveDate {
    let opened = ask.account.created_at.date_naive();
    state.usage.first_day(family).map_or(opened, |first| first.min(opened))
}

/// A record of every category Twilio lists, used or not, and of each other one that was used.
fn records_of(mut sums: ByCategory, days: Days, category: Option<&str>) -> Vec<UsageRecord> {
    let listed = categories::CATEGORIES.iter().map(|category| category.name.to_owned());
    let names: BTreeSet<String> = listed.chain(sums.keys().cloned()).collect();
    let wanted = names
        .into_iter()
        .filter(|name| category.is_none_or(|wanted| wanted == name));
    wanted
        .map(|name| UsageRecord {
            key: format!("{name}@{}", days.first),
            amount: sums.remove(&name).unwrap_or_else(|| unused(&name)),
            category: name,
            days,
        })
        .collect()
}

fn unused(name: &str) -> SimUsage {
    let is_counted = categories::find(name).is_none_or(|category| !category.count_unit.is_empty());
    let mut amount = SimUsage::zero();
    amount.count = amount.count.filter(|_| is_counted);
    amount
}

/// `YYYY-MM-DD`, or days from today such as `-30days`.
fn read_date(ask: &Ask<'_>, name: &str, today: NaiveDate) -> Result<Option<NaiveDate>, Refusal> {
    let Some(text) = ask.query().filled(name) else {
        return Ok(None);
    };
    // A plus sign that was not encoded arrives as a space.
    let text = text.trim_start();
    let offset = text
        .strip_suffix("days")
        .or_else(|| text.strip_suffix("day"))
        .and_then(|days| days.parse().ok());
    let date = match offset {
        Some(days) => TimeDelta::try_days(days).and_then(|delta| today.checked_add_signed(delta)),
        None => text.parse().ok(),
    };
    let refusal = || Refusal::invalid(20422, format!("{name} is neither a date nor an offset in days"));
    date.map(Some).ok_or_else(refusal)
}
