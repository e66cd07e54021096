//! What people type about a rule.

use ::entity::Amount;
use ::entity::billing_alert::AlertKind;
use rust_decimal::Decimal;

use crate::{Refusal, RefusalCode};

/// The largest amount, on either side of zero.
const MAX_AMOUNT: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// The most decimal places of an amount or a factor.
const MAX_SCALE: u32 = 8;

/// The largest factor.
const MAX_FACTOR: Decimal = Decimal::from_parts(1000, 0, 0, false, 0);

/// The most days.
const MAX_DAYS: Decimal = Decimal::from_parts(365, 0, 0, false, 0);

/// What a rule compares with, as it was typed: the one that its kind takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Threshold {
    /// An amount with its currency.
    pub amount: Option<(Decimal, String)>,
    /// How many times the usual day.
    pub factor: Option<Decimal>,
    /// How many days.
    pub days: Option<i32>,
}

/// What a rule compares with, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    pub threshold: Amount,
    pub currency: Option<String>,
}

impl Threshold {
    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads what a rule of this kind takes.
    ///
    /// # Errors
    /// A refusal on the field that is missing, out of its range, or not taken.
    pub(super) fn parse(&self, kind: &AlertKind) -> Result<Parsed, Refusal> {
        match (kind, self) {
            (
                AlertKind::BalanceBelow,
                Self {
                    amount: Some(amount),
                    factor: None,
                    days: None,
                },
            ) => amount_in(amount, -MAX_AMOUNT),
            (
                AlertKind::SpendTodayAbove | AlertKind::SpendThisMonthAbove,
                Self {
                    amount: Some(amount),
                    factor: None,
                    days: None,
                },
            ) => amount_in(amount, Decimal::new(1, 2)),
            (
                AlertKind::SpendUnusual,
                Self {
                    amount: None,
                    factor: Some(factor),
                    days: None,
                },
            ) => {
                let message = "A factor is above 1 and at most 1000, such as 3: three times the usual day.";
                let factor = Some(*factor).filter(|factor| *factor > Decimal::ONE && *factor <= MAX_FACTOR);
                number(factor.filter(|factor| factor.scale() <= MAX_SCALE), message, "factor")
            }
            (
                AlertKind::BalanceLastsLessThan,
                Self {
                    amount: None,
                    factor: None,
                    days: Some(days),
                },
            ) => {
                let days = Decimal::from(*days);
                let is_fine = days >= Decimal::ONE && days <= MAX_DAYS;
                number(is_fine.then_some(days), "Days are from 1 to 365.", "days")
            }
            (AlertKind::Unknown(_), _) => {
                Err(Refusal::new(RefusalCode::Malformed, "There is no such kind of rule.").on("kind"))
            }
            _ => Err(Refusal::new(RefusalCode::ThresholdInvalid, takes(kind)).on(field(kind))),
        }
    }
}

fn amount_in((amount, currency): &(Decimal, String), least: Decimal) -> Result<Parsed, Refusal> {
    let currency = currency.trim().to_ascii_uppercase();
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        let message = "A currency is three letters by ISO 4217, such as USD.";
        return Err(Refusal::new(RefusalCode::Malformed, message).on("amount"));
    }
    if *amount < least || *amount > MAX_AMOUNT || amount.normalize().scale() > MAX_SCALE {
        let message = format!("The amount is from {least} to {MAX_AMOUNT}, with at most {MAX_SCALE} decimal places.");
        return Err(Refusal::new(RefusalCode::ThresholdInvalid, message).on("amount"));
    }
    Ok(Parsed {
        threshold: Amount(*amount),
        currency: Some(currency),
    })
}

fn number(figure: Option<Decimal>, message: &str, field: &'static str) -> Result<Parsed, Refusal> {
    let figure = figure.ok_or_else(|| Refusal::new(RefusalCode::ThresholdInvalid, message).on(field))?;
    Ok(Parsed {
        threshold: Amount(figure),
        currency: None,
    })
}

/// What a kind takes, in words.
fn takes(kind: &AlertKind) -> &'static str {
    match kind {
        AlertKind::SpendUnusual => "This kind of rule takes a factor, and nothing else.",
        AlertKind::BalanceLastsLessThan => "This kind of rule takes days, and nothing else.",
        _ => "This kind of rule takes an amount, and nothing else.",
    }
}

fn field(kind: &AlertKind) -> &'static str {
    match kind {
        AlertKind::SpendUnusual => "factor",
        AlertKind::BalanceLastsLessThan => "days",
        _ => "amount",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(kind: &AlertKind, amount: Option<(&str, &str)>, factor: Option<&str>, days: Option<i32>) -> String {
        let decimal = |text: &str| text.parse().unwrap();
        let typed = Threshold {
            amount: amount.map(|(amount, currency)| (decimal(amount), currency.to_owned())),
            factor: factor.map(decimal),
            days,
        };
        match typed.parse(kind) {
            Ok(parsed) => format!("{} {}", parsed.threshold, parsed.currency.unwrap_or_default()),
            Err(refusal) => format!("{} on {}", refusal.code.as_str(), refusal.field.unwrap_or_default()),
        }
    }

    #[test]
    fn each_kind_takes_what_it_compares_with_and_nothing_else() {
        use AlertKind::{BalanceBelow, BalanceLastsLessThan, SpendThisMonthAbove, SpendTodayAbove, SpendUnusual};
        let amount = Some(("14.50", "usd "));
        let invalid = |field: &str| format!("THRESHOLD_INVALID on {field}");
        for (told, expected) in [
            (parsed(&BalanceBelow, amount, None, None), "14.50 USD".to_owned()),
            (
                parsed(&BalanceBelow, Some(("-20", "EUR")), None, None),
                "-20 EUR".to_owned(),
            ),
            (parsed(&BalanceBelow, None, None, None), invalid("amount")),
            (parsed(&BalanceBelow, amount, Some("2"), None), invalid("amount")),
            (
                parsed(&BalanceBelow, Some(("1", "Dollar")), None, None),
                "MALFORMED on amount".to_owned(),
            ),
            (
                parsed(&SpendTodayAbove, Some(("0", "USD")), None, None),
                invalid("amount"),
            ),
            (
                parsed(&SpendThisMonthAbove, Some(("1000000001", "USD")), None, None),
                invalid("amount"),
            ),
            (
                parsed(&SpendThisMonthAbove, Some(("0.123456789", "USD")), None, None),
                invalid("amount"),
            ),
            (parsed(&SpendUnusual, None, Some("2.5"), None), "2.5 ".to_owned()),
            (parsed(&SpendUnusual, None, Some("1"), None), invalid("factor")),
            (parsed(&SpendUnusual, amount, None, None), invalid("factor")),
            (parsed(&BalanceLastsLessThan, None, None, Some(7)), "7 ".to_owned()),
            (parsed(&BalanceLastsLessThan, None, None, Some(0)), invalid("days")),
            (
                parsed(&AlertKind::Unknown("X".into()), amount, None, None),
                "MALFORMED on kind".to_owned(),
            ),
        ] {
            assert_eq!(told, expected);
        }
    }
}
