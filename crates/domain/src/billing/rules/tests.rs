use super::*;
use crate::billing::spend::OverDays;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn rule(kind: AlertKind, threshold: &str) -> Rule {
    let is_amount = !matches!(kind, AlertKind::SpendUnusual | AlertKind::BalanceLastsLessThan);
    Rule {
        kind,
        threshold: decimal(threshold),
        currency: is_amount.then(|| "USD".to_owned()),
    }
}

fn left(amount: &str, currency: &str) -> Known {
    Known {
        left: Some(Left {
            amount: decimal(amount),
            currency: currency.to_owned(),
            at: DateTime::UNIX_EPOCH,
        }),
        ..Known::default()
    }
}

fn spent(today: &str, this_month: &str, usual: Option<&str>) -> Known {
    let spend = Spend {
        currency: Some("USD".to_owned()),
        today: Some(decimal(today)),
        this_month: Some(decimal(this_month)),
        usual_day: usual.map(|a_day| OverDays {
            a_day: decimal(a_day),
            days: 28,
        }),
        ..Spend::default()
    };
    Known {
        spend,
        ..Known::default()
    }
}

fn drained(balance: &str, rate: &str) -> Known {
    let drain = Spend {
        currency: Some("USD".to_owned()),
        rate: Some(OverDays {
            a_day: decimal(rate),
            days: 7,
        }),
        ..Spend::default()
    };
    Known {
        drain,
        ..left(balance, "USD")
    }
}

fn word(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::Crossed(_) => "crossed",
        Judgement::Near(_) => "near",
        Judgement::Clear(_) => "clear",
        Judgement::Unknown => "unknown",
        Judgement::OtherCurrency => "other currency",
    }
}

#[test]
fn a_figure_crosses_its_threshold_and_is_clear_of_it_five_percent_away() {
    use AlertKind::{BalanceBelow, BalanceLastsLessThan, SpendThisMonthAbove, SpendTodayAbove, SpendUnusual};
    let table = [
        (BalanceBelow, "20", left("19.99", "USD"), "crossed"),
        (BalanceBelow, "20", left("20", "USD"), "near"),
        (BalanceBelow, "20", left("20.99", "USD"), "near"),
        (BalanceBelow, "20", left("21", "USD"), "clear"),
        (BalanceBelow, "0", left("-0.01", "USD"), "crossed"),
        (BalanceBelow, "0", left("0", "USD"), "clear"),
        (BalanceBelow, "-100", left("-100.01", "USD"), "crossed"),
        (BalanceBelow, "-100", left("-96", "USD"), "near"),
        (BalanceBelow, "-100", left("-95", "USD"), "clear"),
        (SpendTodayAbove, "10", spent("10.01", "0", None), "crossed"),
        (SpendTodayAbove, "10", spent("10", "0", None), "near"),
        (SpendTodayAbove, "10", spent("9.5", "0", None), "clear"),
        (SpendTodayAbove, "10", spent("-3", "0", None), "clear"),
        (SpendThisMonthAbove, "100", spent("0", "101", None), "crossed"),
        (SpendThisMonthAbove, "100", spent("0", "97", None), "near"),
        (SpendThisMonthAbove, "100", spent("0", "95", None), "clear"),
        (SpendUnusual, "3", spent("30.01", "0", Some("10")), "crossed"),
        (SpendUnusual, "3", spent("29", "0", Some("10")), "near"),
        (SpendUnusual, "3", spent("28.5", "0", Some("10")), "clear"),
        (SpendUnusual, "3", spent("0.01", "0", Some("0")), "crossed"),
        (SpendUnusual, "3", spent("0", "0", Some("0")), "clear"),
        (SpendUnusual, "3", spent("5000", "0", None), "unknown"),
        (BalanceLastsLessThan, "7", drained("27", "4"), "crossed"),
        (BalanceLastsLessThan, "7", drained("28", "4"), "near"),
        (BalanceLastsLessThan, "7", drained("29.6", "4"), "clear"),
        (BalanceLastsLessThan, "7", drained("1", "0"), "clear"),
        (BalanceLastsLessThan, "7", drained("-5", "0"), "crossed"),
        (
            AlertKind::Unknown("MOON_PHASE".into()),
            "7",
            drained("1", "9"),
            "unknown",
        ),
    ];
    for (kind, threshold, known, expected) in table {
        let judged = rule(kind.clone(), threshold).judge(&known);
        assert_eq!(word(&judged), expected, "{kind} {threshold}: {judged:?}");
    }
}

#[test]
fn nothing_is_concluded_from_what_is_missing() {
    use AlertKind::{BalanceBelow, BalanceLastsLessThan, SpendThisMonthAbove, SpendTodayAbove, SpendUnusual};
    for kind in [
        BalanceBelow,
        BalanceLastsLessThan,
        SpendThisMonthAbove,
        SpendTodayAbove,
        SpendUnusual,
    ] {
        assert_eq!(
            rule(kind.clone(), "1").judge(&Known::default()),
            Judgement::Unknown,
            "{kind}"
        );
    }
    let no_bill_yet = Known {
        spend: Spend {
            today: None,
            ..spent("0", "0", Some("1")).spend
        },
        ..Known::default()
    };
    assert_eq!(rule(SpendTodayAbove, "1").judge(&no_bill_yet), Judgement::Unknown);
    assert_eq!(rule(SpendUnusual, "1").judge(&no_bill_yet), Judgement::Unknown);
    assert_eq!(
        rule(BalanceLastsLessThan, "9").judge(&left("1", "USD")),
        Judgement::Unknown
    );
}

#[test]
fn a_month_with_days_missing_can_be_past_its_threshold_and_never_clear_of_it() {
    let month = |sum: &str| {
        let mut known = spent("0", sum, None);
        known.spend.missing_days = 2;
        known
    };
    let rule = rule(AlertKind::SpendThisMonthAbove, "100");
    let Judgement::Crossed(figures) = rule.judge(&month("101")) else {
        panic!("it is past the threshold")
    };
    assert_eq!(figures.missing_days, Some(2));
    assert_eq!(rule.judge(&month("10")), Judgement::Unknown);
}

#[test]
fn amounts_in_another_currency_are_not_converted() {
    assert_eq!(
        rule(AlertKind::BalanceBelow, "20").judge(&left("5", "EUR")),
        Judgement::OtherCurrency
    );
    let mut in_euro = spent("50", "50", Some("1"));
    in_euro.spend.currency = Some("EUR".to_owned());
    for kind in [AlertKind::SpendTodayAbove, AlertKind::SpendThisMonthAbove] {
        assert_eq!(rule(kind, "20").judge(&in_euro), Judgement::OtherCurrency);
    }
    // A factor and days have no currency.
    assert_eq!(word(&rule(AlertKind::SpendUnusual, "3").judge(&in_euro)), "crossed");
    let mut changing = drained("1", "9");
    changing.drain.currency = Some("EUR".to_owned());
    assert_eq!(
        rule(AlertKind::BalanceLastsLessThan, "7").judge(&changing),
        Judgement::Unknown
    );
}

#[test]
fn the_figures_say_what_was_compared() {
    let Judgement::Crossed(figures) = rule(AlertKind::SpendUnusual, "2.5").judge(&spent("31.5", "0", Some("12.40")))
    else {
        panic!("it is unusual")
    };
    assert_eq!((figures.value, figures.threshold), (decimal("31.5"), decimal("31")));
    assert_eq!((figures.usual_day, figures.days), (Some(decimal("12.40")), Some(28)));
}
