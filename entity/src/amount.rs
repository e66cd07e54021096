//! Money's figure, kept exactly.

use rust_decimal::Decimal;
use sea_orm::DeriveValueType;
use sea_orm::sea_query::ValueTypeErr;

/// A decimal figure of money, kept as text: SQLite has no decimal type and rounds what it takes for a number.
///
/// The currency stands in a column beside it. Amounts of different currencies are never added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct Amount(pub Decimal);

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Amount {
    type Err = ValueTypeErr;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| ValueTypeErr)
    }
}
