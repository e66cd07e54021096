//! Money, exactly.

use ::entity::Amount;
use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};
use chrono::{DateTime, Utc};
use domain::billing::KnownBalance;

/// A decimal number as text, exactly as it was told. Example: `"14.50"`. Not a float: do not turn it into one.
pub struct Decimal(pub Amount);

/// A decimal number as text, exactly as it was told. Example: `"14.50"`. Not a float: do not turn it into one.
#[Scalar]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let parsed = match &value {
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        parsed
            .map(Self)
            .ok_or_else(|| InputValueError::custom("A decimal number is written as text, such as \"14.50\"."))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An amount of money. Amounts in different currencies are never to be added.
#[derive(SimpleObject)]
pub struct Money {
    /// The figure, in units of the currency. Example: `"14.50"`.
    amount: Decimal,
    /// The currency, ISO 4217. Example: `USD`.
    currency: String,
}

impl Money {
    /// A figure with its currency; none where either is not known.
    pub fn known(amount: Option<Amount>, currency: Option<&str>) -> Option<Self> {
        Some(Self {
            amount: Decimal(amount?),
            currency: currency?.to_owned(),
        })
    }
}

/// What is left of the credit at Twilio that an account uses.
#[derive(SimpleObject)]
pub struct Balance {
    /// The figure, in units of the currency; negative where the account owes. Example: `"14.50"`.
    amount: Decimal,
    /// The currency, ISO 4217. Example: `USD`.
    currency: String,
    /// When Twilio told it. Twilio's figure itself lags behind by some minutes.
    as_of: DateTime<Utc>,
    /// Whether it is the parent's: a subaccount has no balance of its own and uses that one.
    is_parents: bool,
}

impl Balance {
    /// A balance with its age. `is_parents` when it is shown for a subaccount.
    pub fn of(balance: KnownBalance, is_parents: bool) -> Self {
        Self {
            amount: Decimal(balance.amount),
            currency: balance.currency,
            as_of: balance.at,
            is_parents,
        }
    }
}
