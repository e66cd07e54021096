//! What calls and numbers cost, before they are made or bought.
//!
//! A price is Twilio's list price (`base_price`) and this account's (`current_price`), in the account's currency.

use reqwest::Method;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::fields;
use crate::request::{Product, Request, path_segment};

/// A price of a minute of a call to one number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OutboundPrice {
    /// The beginnings of the caller's number, without `+`; `ALL` for any.
    #[serde(default, deserialize_with = "fields::list")]
    pub origination_prefixes: Vec<String>,
    /// Twilio's list price.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub base_price: Option<Decimal>,
    /// This account's price.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub current_price: Option<Decimal>,
}

/// A price of a minute of a call to some of a country's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PrefixPrice {
    /// What the price is for, in words.
    #[serde(default, deserialize_with = "fields::text")]
    pub friendly_name: Option<String>,
    /// The beginnings of the numbers called, without `+`; the longest that fits decides.
    #[serde(default, deserialize_with = "fields::list")]
    pub destination_prefixes: Vec<String>,
    /// The beginnings of the caller's number, without `+`; `ALL` for any.
    #[serde(default, deserialize_with = "fields::list")]
    pub origination_prefixes: Vec<String>,
    /// Twilio's list price.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub base_price: Option<Decimal>,
    /// This account's price.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub current_price: Option<Decimal>,
}

/// A price for one type of number: of a minute of an inbound call, or of a month of the number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NumberTypePrice {
    /// `local`, `mobile`, `national`, `toll free` (with a blank) or another.
    #[serde(default, deserialize_with = "fields::text")]
    pub number_type: Option<String>,
    /// Twilio's list price.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub base_price: Option<Decimal>,
    /// This account's price.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub current_price: Option<Decimal>,
}

/// What a minute of a call to or from one number costs.
///
/// Source: <https://www.twilio.com/docs/voice/pricing>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct VoicePrice {
    /// The country called.
    #[serde(default, deserialize_with = "fields::text")]
    pub country: Option<String>,
    /// Its ISO 3166-1 code of two letters.
    #[serde(default, deserialize_with = "fields::text")]
    pub iso_country: Option<String>,
    /// The prices of calling it. More than one when the caller's number was not given or decides.
    #[serde(default, deserialize_with = "fields::list")]
    pub outbound_call_prices: Vec<OutboundPrice>,
    /// The price of being called on it, where it is a number of Twilio's.
    pub inbound_call_price: Option<NumberTypePrice>,
    /// The currency's ISO 4217 code, in capitals.
    #[serde(default, deserialize_with = "fields::currency")]
    pub price_unit: Option<String>,
}

/// What a minute of a call to or from a country costs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct VoiceCountryPrices {
    /// The country.
    #[serde(default, deserialize_with = "fields::text")]
    pub country: Option<String>,
    /// Its ISO 3166-1 code of two letters.
    #[serde(default, deserialize_with = "fields::text")]
    pub iso_country: Option<String>,
    /// The prices of calling it, by the beginning of the number.
    #[serde(default, deserialize_with = "fields::list")]
    pub outbound_prefix_prices: Vec<PrefixPrice>,
    /// The prices of being called on a number there, by type of number.
    #[serde(default, deserialize_with = "fields::list")]
    pub inbound_call_prices: Vec<NumberTypePrice>,
    /// The currency's ISO 4217 code, in capitals.
    #[serde(default, deserialize_with = "fields::currency")]
    pub price_unit: Option<String>,
}

/// What a number of a country costs a month.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NumberPrices {
    /// The country.
    #[serde(default, deserialize_with = "fields::text")]
    pub country: Option<String>,
    /// Its ISO 3166-1 code of two letters.
    #[serde(default, deserialize_with = "fields::text")]
    pub iso_country: Option<String>,
    /// The prices by type of number.
    #[serde(default, deserialize_with = "fields::list")]
    pub phone_number_prices: Vec<NumberTypePrice>,
    /// The currency's ISO 4217 code, in capitals.
    #[serde(default, deserialize_with = "fields::currency")]
    pub price_unit: Option<String>,
}

pub(crate) fn fetch_voice(to: &str, from: Option<&str>) -> Request {
    let path = format!("/v2/Voice/Numbers/{}", path_segment(to));
    Request::to("FetchVoiceNumber", Method::GET, Product::Pricing, path).optional_query("OriginationNumber", from)
}

pub(crate) fn fetch_voice_country(country: &str) -> Request {
    let path = format!("/v2/Voice/Countries/{}", path_segment(country));
    Request::to("FetchVoiceCountry", Method::GET, Product::Pricing, path)
}

pub(crate) fn fetch_numbers(country: &str) -> Request {
    let path = format!("/v1/PhoneNumbers/Countries/{}", path_segment(country));
    Request::to("FetchPhoneNumberCountry", Method::GET, Product::Pricing, path)
}
