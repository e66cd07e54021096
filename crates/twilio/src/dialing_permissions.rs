//! Which countries an account may call.

use reqwest::Method;
use serde::Deserialize;

use crate::fields;
use crate::request::{Product, Request, path_segment};

/// What an account may call in one country. `None`: Twilio did not say.
///
/// Source: <https://www.twilio.com/docs/voice/api/dialingpermissions-country-resource>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DialingPermissions {
    /// The country's ISO 3166-1 code of two letters.
    #[serde(default, deserialize_with = "fields::text")]
    pub iso_code: Option<String>,
    /// The country, or countries that share a code: `United States/Canada`.
    #[serde(default, deserialize_with = "fields::text")]
    pub name: Option<String>,
    /// Its codes, with `+`.
    #[serde(default, deserialize_with = "fields::list")]
    pub country_codes: Vec<String>,
    /// Ordinary numbers.
    pub low_risk_numbers_enabled: Option<bool>,
    /// Numbers for special services, which cost more.
    pub high_risk_special_numbers_enabled: Option<bool>,
    /// Numbers that fraud often calls.
    pub high_risk_tollfraud_numbers_enabled: Option<bool>,
}

pub(crate) fn fetch(country: &str) -> Request {
    let path = format!("/v1/DialingPermissions/Countries/{}", path_segment(country));
    Request::to("FetchDialingPermissionsCountry", Method::GET, Product::Voice, path)
}
