use ::entity::{AccountId, Amount, UsageDayId, WorkspaceId};
use uuid::Uuid;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn row(on: &str, category: &str, price: Option<&str>, currency: &str) -> usage_day::Model {
    usage_day::Model {
        id: UsageDayId(Uuid::nil()),
        workspace_id: WorkspaceId(Uuid::nil()),
        twilio_account_id: AccountId(Uuid::nil()),
        day: day(on),
        with_subaccounts: false,
        category: category.to_owned(),
        description: Some(category.to_uppercase()),
        usage_amount: Some("2".parse().unwrap()),
        usage_unit: Some("minutes".into()),
        count: None,
        count_unit: None,
        price: price.map(|price| price.parse::<Amount>().unwrap()),
        currency: currency.to_owned(),
        as_of: Some(day(on).and_hms_opt(12, 0, 0).unwrap().and_utc()),
    }
}

/// Categories as `name price { … }`.
fn shape(usages: &[Usage]) -> String {
    let one = |usage: &Usage| {
        let price = usage.price.map_or("?".to_owned(), |price| price.to_string());
        let within = shape(&usage.within);
        let within = if within.is_empty() {
            within
        } else {
            format!(" {{ {within} }}")
        };
        format!("{} {price}{within}", usage.category)
    };
    usages.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn categories_stand_within_those_that_hold_them_and_are_not_added_to_them() {
    let rows = [
        row("2026-11-26", "totalprice", Some("9"), "USD"),
        row("2026-11-26", "calls", Some("5"), "USD"),
        row("2026-11-26", "calls-inbound", Some("3"), "USD"),
        row("2026-11-26", "calls-inbound-local", Some("3"), "USD"),
        row("2026-11-26", "calls-client", Some("1"), "USD"),
        row("2026-11-26", "calls-inbound-mars", Some("1"), "USD"),
        row("2026-11-26", "phonenumbers-local", Some("2"), "USD"),
    ];
    let days = (day("2026-11-26"), day("2026-11-26"));
    let [period] = report(&rows, days, Cut::Day, None).try_into().unwrap();
    assert_eq!(
        shape(&period.categories),
        "calls 5 { calls-inbound 3 { calls-inbound-local 3 } }, calls-client 1, calls-inbound-mars 1, phonenumbers-local 2"
    );
    assert_eq!((period.total, period.number_rental), (Some(9.into()), None));
    let [calls] = report(&rows, days, Cut::Day, Some("calls-inbound")).try_into().unwrap();
    assert_eq!(shape(&calls.categories), "calls-inbound 3 { calls-inbound-local 3 }");
    assert_eq!(calls.total, Some(9.into()));
}

#[test]
fn days_add_up_to_months_and_those_without_a_bill_are_counted() {
    let rows = [
        row("2026-10-31", "totalprice", Some("1"), "USD"),
        row("2026-11-01", "totalprice", Some("2"), "USD"),
        row("2026-11-01", "phonenumbers", Some("1"), "USD"),
        row("2026-11-02", "totalprice", Some("-0.5"), "USD"),
        row("2026-11-02", "phonenumbers", None, "USD"),
    ];
    let months = report(&rows, (day("2026-10-30"), day("2026-11-03")), Cut::Month, None);
    let [november, october] = months.try_into().unwrap();
    assert_eq!(
        (october.start, october.end, october.missing_days),
        (day("2026-10-30"), day("2026-10-31"), 1)
    );
    assert_eq!(
        (november.start, november.end, november.missing_days),
        (day("2026-11-01"), day("2026-11-03"), 1)
    );
    assert_eq!(november.total, Some("1.5".parse().unwrap()));
    assert_eq!(november.number_rental, Some(1.into()));
    assert_eq!(
        (november.categories[0].days_without_price, november.categories[0].usage),
        (1, Some(4.into()))
    );
    assert_eq!(november.as_of.map(|at| at.date_naive()), Some(day("2026-11-02")));
}

#[test]
fn a_day_that_was_not_read_is_missing_and_one_without_a_price_has_none() {
    let rows = [row("2026-11-02", "totalprice", None, "USD")];
    let [unpriced, unread] = report(&rows, (day("2026-11-01"), day("2026-11-02")), Cut::Day, None)
        .try_into()
        .unwrap();
    assert_eq!((unread.total, unread.missing_days, unread.as_of), (None, 1, None));
    assert_eq!((unpriced.total, unpriced.missing_days), (None, 1));
}

#[test]
fn currencies_are_never_added() {
    let rows = [
        row("2026-11-01", "totalprice", Some("2"), "EUR"),
        row("2026-11-02", "totalprice", Some("3"), "USD"),
    ];
    let periods = report(&rows, (day("2026-11-01"), day("2026-11-02")), Cut::Month, None);
    let told: Vec<_> = periods
        .iter()
        .map(|period| (period.currency.as_deref(), period.total, period.missing_days))
        .collect();
    assert_eq!(
        told,
        [(Some("EUR"), Some(2.into()), 1), (Some("USD"), Some(3.into()), 1)]
    );
}
