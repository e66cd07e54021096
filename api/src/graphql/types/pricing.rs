//! What calls and numbers cost, before they are made or bought.

use ::entity::Amount;
use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use domain::billing::pricing;

use super::UserError;
use super::money::Money;

/// What `pricing` answers.
#[derive(SimpleObject)]
pub struct PricingPayload {
    /// The prices; null if it was refused.
    pub pricing: Option<Pricing>,
    /// Why there are none; empty if there are.
    pub user_errors: Vec<UserError>,
}

/// What calls and numbers cost an account, by Twilio's word.
#[derive(SimpleObject)]
pub struct Pricing {
    /// The price of calling `to`; null where that was not given, or Twilio does not know it.
    call: Option<CallPrice>,
    /// What numbers cost a month, a country at a time. Countries in which Twilio has no numbers are left out.
    rentals: Vec<RentalPrices>,
    /// When Twilio told them; the oldest. They are asked for anew after a few minutes.
    as_of: DateTime<Utc>,
}

/// What a minute of a call to a destination costs.
#[derive(SimpleObject)]
pub struct CallPrice {
    /// The destination's country, in words. Example: `United Kingdom`.
    country: Option<String>,
    /// Its code, ISO 3166-1. Example: `GB`.
    country_code: Option<String>,
    /// The prices by the caller's number, the best fitting first. With `from` only those that fit it.
    outbound: Vec<MinutePrice>,
    /// What being called on the destination costs, where it is a number of Twilio's.
    inbound: Option<TypePrice>,
}

/// A price of a minute of a call from some numbers.
#[derive(SimpleObject)]
pub struct MinutePrice {
    /// What the caller's number begins with, without `+`; `ALL` for any.
    from_prefixes: Vec<String>,
    /// Twilio's list price of a minute; null where it names none.
    list_price: Option<Money>,
    /// This account's price of a minute; null where Twilio names none.
    price: Option<Money>,
}

/// A price for one type of number.
#[derive(SimpleObject)]
pub struct TypePrice {
    /// Twilio's word for the type. Examples: `local`, `mobile`, `toll free`.
    number_type: Option<String>,
    /// Twilio's list price; null where it names none.
    list_price: Option<Money>,
    /// This account's price; null where Twilio names none.
    price: Option<Money>,
}

/// What numbers of a country cost a month.
#[derive(SimpleObject)]
pub struct RentalPrices {
    /// The country, in words. Example: `Germany`.
    country: Option<String>,
    /// Its code, ISO 3166-1. Example: `DE`.
    country_code: String,
    /// The prices of a month, by type of number.
    prices: Vec<TypePrice>,
}

impl From<pricing::Pricing> for Pricing {
    fn from(pricing: pricing::Pricing) -> Self {
        Self {
            call: pricing.call.map(Into::into),
            rentals: pricing.rentals.into_iter().map(Into::into).collect(),
            as_of: pricing.as_of,
        }
    }
}

impl From<twilio::VoicePrice> for CallPrice {
    fn from(price: twilio::VoicePrice) -> Self {
        let currency = price.price_unit.as_deref();
        let outbound = |outbound: &twilio::OutboundPrice| MinutePrice {
            from_prefixes: outbound.origination_prefixes.clone(),
            list_price: Money::known(outbound.base_price.map(Amount), currency),
            price: Money::known(outbound.current_price.map(Amount), currency),
        };
        Self {
            outbound: price.outbound_call_prices.iter().map(outbound).collect(),
            inbound: price
                .inbound_call_price
                .as_ref()
                .map(|inbound| by_type(inbound, currency)),
            country: price.country,
            country_code: price.iso_country,
        }
    }
}

impl From<pricing::Rental> for RentalPrices {
    fn from(rental: pricing::Rental) -> Self {
        let currency = rental.prices.price_unit.as_deref();
        let prices = rental.prices.phone_number_prices.iter();
        Self {
            prices: prices.map(|price| by_type(price, currency)).collect(),
            country: rental.prices.country.clone(),
            country_code: rental.country,
        }
    }
}

fn by_type(price: &twilio::NumberTypePrice, currency: Option<&str>) -> TypePrice {
    TypePrice {
        number_type: price.number_type.clone(),
        list_price: Money::known(price.base_price.map(Amount), currency),
        price: Money::known(price.current_price.map(Amount), currency),
    }
}
