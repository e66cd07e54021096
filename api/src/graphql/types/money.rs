//! Money, exactly.

use ::entity::Amount;
use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};
use chrono::{DateTime, Utc};

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

/// What is left of an account's credit at Twilio.
#[derive(SimpleObject)]
pub struct Balance {
    /// The figure, in units of the currency; negative where the account owes. Example: `"14.50"`.
    amount: Decimal,
    /// The currency, ISO 4217. Example: `USD`.
    currency: String,
    /// When Twilio told it. Twilio's figure itself lags behind by some minutes.
    as_of: DateTime<Utc>,
}

impl Balance {
    /// A balance with its age; none where a part is not known.
    pub fn known(amount: Option<Amount>, currency: Option<&str>, as_of: Option<DateTime<Utc>>) -> Option<Self> {
        Some(Self {
            amount: Decimal(amount?),
            currency: currency?.to_owned(),
            as_of: as_of?,
        })
    }
}
