use ::entity::{AccountId, Amount, UsageDayId, WorkspaceId};
use uuid::Uuid;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn bill(on: NaiveDate, price: Option<&str>, currency: &str) -> usage_day::Model {
    usage_day::Model {
        id: UsageDayId(Uuid::nil()),
        workspace_id: WorkspaceId(Uuid::nil()),
        twilio_account_id: AccountId(Uuid::nil()),
        day: on,
        with_subaccounts: false,
        category: WHOLE_BILL.to_owned(),
        description: None,
        usage_amount: None,
        usage_unit: None,
        count: None,
        count_unit: None,
        price: price.map(|price| Amount(decimal(price))),
        currency: currency.to_owned(),
        as_of: None,
    }
}

const TODAY: &str = "2026-11-27";

/// Bills of the days before today, the newest first, and of today.
fn bills(today: Option<&str>, before: &[&str]) -> Vec<usage_day::Model> {
    let on = day(TODAY);
    let earlier = before.iter().zip(1..);
    let mut rows: Vec<_> = earlier
        .map(|(price, ago)| bill(back(on, ago), Some(price), "USD"))
        .collect();
    rows.extend(today.map(|price| bill(on, Some(price), "USD")));
    rows
}

#[test]
fn days_without_a_figure_are_missing_and_not_zero() {
    let nothing = spend(&[], false, day(TODAY));
    assert_eq!(
        (nothing.today, nothing.this_month, nothing.missing_days),
        (None, None, 27)
    );
    let mut rows = bills(None, &["1.10", "2.20"]);
    rows.push(bill(day(TODAY), None, "USD"));
    let some = spend(&rows, false, day(TODAY));
    assert_eq!(
        (some.today, some.this_month, some.missing_days),
        (None, Some(decimal("3.30")), 25)
    );
}

#[test]
fn the_usual_day_is_the_median_of_the_last_four_weeks_and_needs_seven_days() {
    let usual = |before: &[&str]| spend(&bills(Some("9"), before), false, day(TODAY)).usual_day;
    assert_eq!(usual(&["1"; 6]), None);
    let seven = OverDays {
        a_day: decimal("3"),
        days: 7,
    };
    assert_eq!(usual(&["1", "2", "3", "4", "500", "1", "3"]), Some(seven));
    let even = OverDays {
        a_day: decimal("2.5"),
        days: 8,
    };
    assert_eq!(usual(&["1", "1", "1", "2", "3", "9", "9", "9"]), Some(even));
    let mut long_ago = vec!["1"; 28];
    long_ago.extend(["1000"; 20]);
    assert_eq!(
        usual(&long_ago),
        Some(OverDays {
            a_day: decimal("1"),
            days: 28
        })
    );
}

#[test]
fn the_rate_is_a_weeks_average_or_today_where_that_is_more() {
    let rate = |today, before: &[&str]| spend(&bills(today, before), false, day(TODAY)).rate;
    assert_eq!(rate(Some("1"), &["2", "2"]), None);
    let average = OverDays {
        a_day: decimal("2"),
        days: 3,
    };
    assert_eq!(rate(None, &["1", "2", "3"]), Some(average));
    assert_eq!(rate(Some("0.5"), &["1", "2", "3"]), Some(average));
    assert_eq!(
        rate(Some("40"), &["1", "2", "3"]),
        Some(OverDays {
            a_day: decimal("40"),
            days: 3
        })
    );
}

#[test]
fn a_balance_lasts_as_long_as_it_is_divided_by_the_rate() {
    let at = |rate: &str| Spend {
        rate: Some(OverDays {
            a_day: decimal(rate),
            days: 7,
        }),
        ..Spend::default()
    };
    assert_eq!(at("4").lasts(decimal("10")), Some(decimal("2.5")));
    assert_eq!(at("4").lasts(decimal("-1")), Some(Decimal::ZERO));
    assert_eq!(at("0").lasts(decimal("10")), Some(LASTS_LONG));
    assert_eq!(at("0.0000000000000000000001").lasts(Decimal::MAX), Some(LASTS_LONG));
    assert_eq!(Spend::default().lasts(decimal("10")), None);
}

#[test]
fn bills_in_another_currency_are_left_out() {
    let mut rows = bills(None, &[]);
    rows.push(bill(day("2026-11-25"), Some("100"), "USD"));
    rows.push(bill(day("2026-11-26"), Some("7"), "EUR"));
    rows.push(bill(day("2026-11-26"), Some("50"), "USD"));
    rows.push(bill(day(TODAY), Some("5"), "EUR"));
    let spent = spend(&rows, false, day(TODAY));
    assert_eq!(spent.currency.as_deref(), Some("EUR"));
    assert_eq!((spent.this_month, spent.missing_days), (Some(decimal("12")), 25));
}

#[test]
fn other_categories_and_bills_with_subaccounts_are_left_out() {
    let mut rows = bills(Some("5"), &[]);
    rows.push(usage_day::Model {
        category: "calls".into(),
        ..bill(day(TODAY), Some("4"), "USD")
    });
    rows.push(usage_day::Model {
        with_subaccounts: true,
        ..bill(day(TODAY), Some("80"), "USD")
    });
    assert_eq!(spend(&rows, false, day(TODAY)).today, Some(decimal("5")));
    assert_eq!(spend(&rows, true, day(TODAY)).today, Some(decimal("80")));
}
