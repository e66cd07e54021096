//! Prices as an account sees them: those of the table, unless others were planted.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::accounts::SimAccount;
use crate::sim::Sim;

/// What a price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priced {
    /// A minute of a call to the country.
    Outbound,
    /// A minute of a call that a number of the country receives.
    Inbound,
    /// A number of the country, a month.
    Number,
}

/// A price that replaces the one of the table, for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimPrice {
    /// What it is for.
    pub of: Priced,
    /// ISO 3166, two capitals.
    pub country: String,
    /// The list price in the account's currency; `None` is shown as null.
    pub base: Option<Decimal>,
    /// The account's own price; `None` is shown as null.
    pub current: Option<Decimal>,
}

impl Sim {
    /// Plants a price for an account, in place of an earlier one for the same thing.
    pub fn set_price(&self, account_sid: &str, price: SimPrice) {
        self.change_account(account_sid, |account| {
            let is_other = |known: &SimPrice| (known.of, &known.country) != (price.of, &price.country);
            account.prices.retain(is_other);
            account.prices.push(price);
        });
    }
}

impl SimAccount {
    /// `base_price` and `current_price` of something, `listed` being the table's price.
    pub(crate) fn price(&self, of: Priced, country: &str, listed: &str) -> Value {
        let planted = self
            .prices
            .iter()
            .find(|price| price.of == of && price.country == country);
        match planted {
            None => json!({ "base_price": listed, "current_price": listed }),
            Some(price) => {
                let text = |price: Option<Decimal>| price.map(|price| price.to_string());
                json!({ "base_price": text(price.base), "current_price": text(price.current) })
            }
        }
    }
}
