//! The fields of a number at Twilio that decide who gets its calls.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// A number's whole routing, as Twilio told it. `None` where Twilio has an empty text or null: both mean "not set".
///
/// Twilio follows `trunk_sid` before `voice_application_sid` before `voice_url`.
/// Source: <https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Routing {
    /// Where Twilio asks for instructions when the number rings.
    pub voice_url: Option<String>,
    /// `GET` or `POST`.
    pub voice_method: Option<String>,
    /// The application that answers instead of `voice_url`.
    pub voice_application_sid: Option<String>,
    /// The SIP trunk that takes the calls before anything else.
    pub trunk_sid: Option<String>,
    /// `voice` or `fax`.
    pub voice_receive_mode: Option<String>,
    /// Where Twilio asks when `voice_url` fails.
    pub voice_fallback_url: Option<String>,
    /// `GET` or `POST`.
    pub voice_fallback_method: Option<String>,
    /// Where Twilio reports the end of a call.
    pub status_callback: Option<String>,
    /// `GET` or `POST`.
    pub status_callback_method: Option<String>,
}
