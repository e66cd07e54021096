//! Twilio's usage records as rows: which of them have to be written?

use std::collections::HashMap;

use ::entity::{Amount, UsageDayId, twilio_account, usage_day};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use twilio::UsageRecord;

use super::categories::WHOLE_BILL;
use crate::Ids;

/// The most characters kept of what Twilio names and describes a category with.
const MAX_WORDS: usize = 100;

/// What tells figures of one account apart.
type Key = (NaiveDate, bool, String, String);

fn key(row: &usage_day::Model) -> Key {
    (
        row.day,
        row.with_subaccounts,
        row.category.clone(),
        row.currency.clone(),
    )
}

/// The rows for records of single days. What nobody used has none, except the whole bill: it tells that the day was read.
pub(super) fn rows(
    account: &twilio_account::Model,
    records: &[UsageRecord],
    with_subaccounts: bool,
    ids: &dyn Ids,
) -> Vec<usage_day::Model> {
    let named = records.iter().find_map(|record| record.price_unit.clone());
    let row = |record: &UsageRecord| {
        Some(usage_day::Model {
            id: UsageDayId(ids.new_id()),
            workspace_id: account.workspace_id,
            twilio_account_id: account.id,
            day: record
                .start_date
                .filter(|start| record.end_date.is_none_or(|end| end == *start))?,
            with_subaccounts,
            category: short(&record.category),
            description: record.description.as_deref().map(short),
            usage_amount: record.usage.map(Amount),
            usage_unit: record.usage_unit.as_deref().map(short),
            count: record.count.map(Amount),
            count_unit: record.count_unit.as_deref().map(short),
            price: record.price.map(Amount),
            // Where a record names none, it is that of the others: one answer is in one currency.
            currency: record.price_unit.clone().or_else(|| named.clone()).unwrap_or_default(),
            as_of: record.as_of,
        })
    };
    records.iter().filter_map(row).collect()
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect()
}

/// The rows that differ from what is stored. Zeros are written only over figures: Twilio lists every category, used or not.
pub(super) fn changed(stored: Vec<usage_day::Model>, told: Vec<usage_day::Model>) -> Vec<usage_day::Model> {
    let stored: HashMap<Key, usage_day::Model> = stored.into_iter().map(|row| (key(&row), row)).collect();
    let has_to_be_written = |row: &usage_day::Model| match stored.get(&key(row)) {
        Some(before) => {
            usage_day::Model {
                id: before.id,
                ..row.clone()
            } != *before
        }
        None => row.category == WHOLE_BILL || is_used(row),
    };
    told.into_iter().filter(has_to_be_written).collect()
}

fn is_used(row: &usage_day::Model) -> bool {
    let is_something = |amount: Option<Amount>| amount.is_some_and(|amount| amount.0 != Decimal::ZERO);
    row.price.is_none() || [row.price, row.usage_amount, row.count].into_iter().any(is_something)
}

#[cfg(test)]
mod tests {
    use ::entity::AccountId;
    use ::entity::WorkspaceId;
    use uuid::Uuid;

    use super::*;

    fn row(category: &str, price: Option<&str>) -> usage_day::Model {
        usage_day::Model {
            id: UsageDayId(Uuid::nil()),
            workspace_id: WorkspaceId(Uuid::nil()),
            twilio_account_id: AccountId(Uuid::nil()),
            day: NaiveDate::from_ymd_opt(2026, 11, 27).unwrap(),
            with_subaccounts: false,
            category: category.to_owned(),
            description: None,
            usage_amount: Some(Amount(Decimal::ZERO)),
            usage_unit: None,
            count: None,
            count_unit: None,
            price: price.map(|price| price.parse().unwrap()),
            currency: "USD".to_owned(),
            as_of: None,
        }
    }

    fn written(stored: &[usage_day::Model], told: &[usage_day::Model]) -> Vec<String> {
        let rows = changed(stored.to_vec(), told.to_vec());
        rows.into_iter().map(|row| row.category).collect()
    }

    #[test]
    fn what_nobody_used_has_no_row_and_the_whole_bill_always_has() {
        let told = [
            row("totalprice", Some("0")),
            row("calls", Some("0")),
            row("sms", Some("0.1")),
        ];
        assert_eq!(written(&[], &told), ["totalprice", "sms"]);
        assert_eq!(
            written(&[], &[row("calls", None)]),
            ["calls"],
            "a price that is missing is not zero"
        );
        assert_eq!(written(&[], &[row("calls", Some("-2"))]), ["calls"]);
    }

    #[test]
    fn only_what_changed_is_written_and_a_figure_can_become_zero() {
        let stored = [row("calls", Some("5")), row("sms", Some("1"))];
        let new_id = |row: usage_day::Model| usage_day::Model {
            id: UsageDayId(Uuid::max()),
            ..row
        };
        let told = [new_id(row("calls", Some("5"))), new_id(row("sms", Some("0")))];
        assert_eq!(written(&stored, &told), ["sms"]);
        assert_eq!(written(&stored, &stored), [""; 0]);
    }
}
