//! When is activity unusual? Plain rules over counted calls, with the figures they rest on. Pure.

use std::fmt::Display;

use ::entity::NumberId;
use ::entity::activity_finding::{Figure, FindingKind};
use rust_decimal::Decimal;

/// From when on activity is unusual. Set in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Fewer calls than this in 15 minutes are no burst.
    pub burst_calls: u32,
    /// Fewer failed calls than this in 15 minutes are no burst of failures.
    pub burst_failures: u32,
    /// How many times the usual a burst is.
    pub burst_factor: u32,
    /// A minute to a country that was not called before is expensive from this price on, in the account's currency.
    pub expensive_per_minute: Decimal,
    /// Fewer calls than this in an hour are not outside a number's pattern.
    pub outside_calls: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            burst_calls: 20,
            burst_failures: 10,
            burst_factor: 3,
            expensive_per_minute: Decimal::new(50, 2),
            outside_calls: 5,
        }
    }
}

/// So many calls of a number in its weeks make a pattern.
const PATTERN_CALLS: u32 = 50;

/// So many of the last four weeks have to have calls, for a number to have a pattern.
const PATTERN_WEEKS: u32 = 2;

/// How many weeks back an account or number is compared with itself.
pub(super) const WEEKS: u32 = 4;

/// How many quarters of an hour an hour has: bursts are counted in quarters, and compared with hours.
const QUARTERS: u32 = 4;

/// Calls of an account that were counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Calls of the last 15 minutes.
    pub calls: u32,
    /// Those of them that failed.
    pub failures: u32,
    /// Calls in the same hour of the day and week, one figure for each of the last four weeks, the newest first.
    pub calls_then: [u32; WEEKS as usize],
    /// Those of them that failed, all four hours together.
    pub failures_then: u32,
    /// For how many of these weeks the account's calls are known.
    pub weeks_known: u32,
    /// Countries called in the last day that were not called in the four weeks before.
    pub new_countries: Vec<NewCountry>,
    /// Numbers with calls in the last hour.
    pub numbers: Vec<NumberCounted>,
}

/// A country that was not called before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCountry {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Calls to it.
    pub calls: u32,
    /// The highest price of a minute, of the calls whose price is known.
    pub per_minute: Option<Decimal>,
    /// The price's currency, ISO 4217.
    pub currency: Option<String>,
}

/// Calls of one number that were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberCounted {
    /// The number.
    pub number: NumberId,
    /// Calls in the last hour.
    pub calls: u32,
    /// Calls in the same hour of the week, or the hours beside it, in the last four weeks.
    pub calls_then: u32,
    /// All calls of the last four weeks.
    pub calls_in_all: u32,
    /// In how many of these weeks it had any.
    pub weeks: u32,
}

/// Something unusual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The number; none when it is about the account as a whole.
    pub number: Option<NumberId>,
    /// The figures it rests on, the telling one first.
    pub figures: Vec<Figure>,
}

/// Everything unusual.
#[must_use]
pub fn find(counted: &Counted, limits: &Thresholds) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(call_burst(counted, limits));
    found.extend(failure_burst(counted, limits));
    found.extend(expensive_destination(counted, limits));
    let numbers = counted.numbers.iter();
    found.extend(numbers.filter_map(|number| outside_pattern(number, limits)));
    found
}

/// At least the floor, and so many times a usual quarter of this hour of the week. An account without a past is measured by the
/// floor alone.
fn call_burst(counted: &Counted, limits: &Thresholds) -> Option<Finding> {
    let then: u32 = counted.calls_then.iter().sum();
    let is_burst = is_many_times(counted.calls, then, counted.weeks_known, limits.burst_factor);
    let figures = || {
        vec![
            figure("calls in the last 15 minutes", counted.calls),
            figure(
                "usual calls in 15 minutes of this hour of the week",
                usual(then, counted.weeks_known),
            ),
            figure("weeks compared with", counted.weeks_known),
            figure("unusual from this many times the usual", limits.burst_factor),
            figure("and from this many calls", limits.burst_calls),
        ]
    };
    (counted.calls >= limits.burst_calls && is_burst).then(|| Finding {
        kind: FindingKind::CallBurst,
        number: None,
        figures: figures(),
    })
}

/// At least the floor, half of all calls, and so many times as many as usual.
fn failure_burst(counted: &Counted, limits: &Thresholds) -> Option<Finding> {
    let is_many = counted.failures >= limits.burst_failures && 2 * counted.failures >= counted.calls;
    let then = counted.failures_then;
    let is_burst = is_many_times(counted.failures, then, counted.weeks_known, limits.burst_factor);
    let figures = || {
        vec![
            figure("failed calls in the last 15 minutes", counted.failures),
            figure("calls in the last 15 minutes", counted.calls),
            figure(
                "usual failures in 15 minutes of this hour of the week",
                usual(then, counted.weeks_known),
            ),
            figure("unusual from this many times the usual", limits.burst_factor),
            figure("and from this many failures", limits.burst_failures),
        ]
    };
    (is_many && is_burst).then(|| Finding {
        kind: FindingKind::FailureBurst,
        number: None,
        figures: figures(),
    })
}

fn expensive_destination(counted: &Counted, limits: &Thresholds) -> Option<Finding> {
    let is_expensive = |to: &&NewCountry| to.per_minute.is_some_and(|price| price >= limits.expensive_per_minute);
    let expensive: Vec<&NewCountry> = counted.new_countries.iter().filter(is_expensive).collect();
    if expensive.is_empty() {
        return None;
    }
    let mut figures = Vec::new();
    for to in expensive {
        let currency = to.currency.as_deref().unwrap_or_default();
        figures.push(figure(
            &format!("calls to {} in the last 24 hours", to.country),
            to.calls,
        ));
        if let Some(price) = to.per_minute {
            let price = format!("{} {currency}", price.normalize());
            figures.push(figure(
                &format!("highest price of a minute to {}", to.country),
                price.trim(),
            ));
        }
    }
    figures.push(figure("calls there in the four weeks before", 0));
    figures.push(figure(
        "expensive from this price of a minute",
        limits.expensive_per_minute.normalize(),
    ));
    Some(Finding {
        kind: FindingKind::ExpensiveDestination,
        number: None,
        figures,
    })
}

/// A number that has its hours, and calls in another.
fn outside_pattern(number: &NumberCounted, limits: &Thresholds) -> Option<Finding> {
    let has_pattern = number.calls_in_all >= PATTERN_CALLS && number.weeks >= PATTERN_WEEKS;
    let is_outside = number.calls >= limits.outside_calls && number.calls_then == 0;
    (has_pattern && is_outside).then(|| Finding {
        kind: FindingKind::OutsidePattern,
        number: Some(number.number),
        figures: vec![
            figure("calls in the last hour", number.calls),
            figure(
                "calls around this hour of the week in the last four weeks",
                number.calls_then,
            ),
            figure("calls in the last four weeks", number.calls_in_all),
            figure("unusual from this many calls in an hour", limits.outside_calls),
        ],
    })
}

/// Whether `now`, counted in a quarter of an hour, is `factor` times what the same hours of `weeks` weeks had in a quarter.
fn is_many_times(now: u32, then: u32, weeks: u32, factor: u32) -> bool {
    u64::from(now) * u64::from(QUARTERS * weeks) >= u64::from(factor) * u64::from(then)
}

/// What a quarter of these hours had on average, to one decimal.
fn usual(then: u32, weeks: u32) -> Decimal {
    if weeks == 0 {
        return Decimal::ZERO;
    }
    (Decimal::from(then) / Decimal::from(QUARTERS * weeks)).round_dp(1)
}

fn figure(name: &str, value: impl Display) -> Figure {
    Figure {
        name: name.to_owned(),
        value: format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn kinds(counted: &Counted) -> Vec<FindingKind> {
        let found = find(counted, &Thresholds::default());
        found.into_iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn a_burst_is_many_calls_and_many_times_the_usual() {
        let table = [
            // calls, the same hour of four weeks, weeks known, a burst?
            (19, [0, 0, 0, 0], 4, false),
            (20, [0, 0, 0, 0], 4, true),
            (20, [0, 0, 0, 0], 0, true),
            (100, [400, 400, 400, 400], 4, false),
            (299, [400, 400, 400, 400], 4, false),
            (300, [400, 400, 400, 400], 4, true),
            (300, [400, 0, 0, 0], 1, true),
            (299, [400, 0, 0, 0], 1, false),
        ];
        for (calls, calls_then, weeks_known, expected) in table {
            let counted = Counted {
                calls,
                calls_then,
                weeks_known,
                ..Counted::default()
            };
            let found = kinds(&counted) == [FindingKind::CallBurst];
            assert_eq!(found, expected, "{counted:?}");
        }
    }

    #[test]
    fn failures_are_a_burst_when_half_of_all_calls_fail_and_more_than_usual() {
        let table = [
            // calls, failures, failures of the same hours, a burst?
            (12, 9, 0, false),
            (19, 10, 0, true),
            (21, 10, 0, false),
            (19, 19, 160, false),
            (19, 19, 80, true),
        ];
        for (calls, failures, failures_then, expected) in table {
            let counted = Counted {
                calls,
                failures,
                failures_then,
                calls_then: [1000; 4],
                weeks_known: 4,
                ..Counted::default()
            };
            let found = kinds(&counted) == [FindingKind::FailureBurst];
            assert_eq!(found, expected, "{counted:?}");
        }
    }

    fn to(country: &str, per_minute: Option<Decimal>) -> NewCountry {
        NewCountry {
            country: country.to_owned(),
            calls: 2,
            per_minute,
            currency: Some("EUR".to_owned()),
        }
    }

    #[test]
    fn a_new_destination_is_told_when_it_is_expensive_with_its_price() {
        let counted = Counted {
            new_countries: vec![
                to("FR", Some(Decimal::new(2, 2))),
                to("CU", Some(Decimal::new(9120, 4))),
                to("SO", None),
            ],
            ..Counted::default()
        };
        let found = find(&counted, &Thresholds::default());
        assert_eq!(found.len(), 1);
        let told: Vec<String> = found[0]
            .figures
            .iter()
            .map(|figure| format!("{}: {}", figure.name, figure.value))
            .collect();
        assert_eq!(
            told,
            [
                "calls to CU in the last 24 hours: 2",
                "highest price of a minute to CU: 0.912 EUR",
                "calls there in the four weeks before: 0",
                "expensive from this price of a minute: 0.5",
            ]
        );
    }

    #[test]
    fn a_number_is_outside_its_pattern_only_if_it_has_one() {
        let number = |calls, calls_then, calls_in_all, weeks| NumberCounted {
            number: NumberId(Uuid::nil()),
            calls,
            calls_then,
            calls_in_all,
            weeks,
        };
        let table = [
            (number(5, 0, 50, 2), true),
            (number(4, 0, 50, 2), false),
            (number(5, 1, 50, 2), false),
            (number(5, 0, 49, 2), false),
            (number(5, 0, 500, 1), false),
        ];
        for (number, expected) in table {
            let counted = Counted {
                numbers: vec![number],
                ..Counted::default()
            };
            let found = kinds(&counted) == [FindingKind::OutsidePattern];
            assert_eq!(found, expected, "{number:?}");
        }
    }
}
