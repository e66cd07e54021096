//! The phone numbers an account owns, which Twilio calls incoming phone numbers.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::page::Listed;
use crate::request::{MAX_PAGE_SIZE, Request};
use crate::{AccountSid, NumberSid, fields};

/// What a number can do. `None`: Twilio did not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Calls.
    pub voice: Option<bool>,
    /// Text messages.
    pub sms: Option<bool>,
    /// Messages with pictures.
    pub mms: Option<bool>,
    /// Fax.
    pub fax: Option<bool>,
}

/// A number as one account owns it, with its voice routing. Which of the routing decides: `trunk_sid` before
/// `voice_application_sid` before `voice_url`. An empty field is `None`, whether Twilio wrote `""` or `null`.
///
/// Source: <https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Number {
    /// The number's identity in its account.
    pub sid: NumberSid,
    /// The account that owns it.
    pub account_sid: AccountSid,
    /// The number in E.164, with `+`.
    pub phone_number: String,
    /// The owner's name for it.
    #[serde(default, deserialize_with = "fields::text")]
    pub friendly_name: Option<String>,
    /// What it can do; `None` when Twilio did not say.
    pub capabilities: Option<Capabilities>,
    /// Twilio's `type`: `local`, `mobile`, `toll-free` or another.
    #[serde(default, rename = "type", deserialize_with = "fields::text")]
    pub kind: Option<String>,
    /// `twilio`, or `hosted` for a number another carrier runs.
    #[serde(default, deserialize_with = "fields::text")]
    pub origin: Option<String>,
    /// `in-use`; Twilio documents no other value.
    #[serde(default, deserialize_with = "fields::text")]
    pub status: Option<String>,
    /// Where Twilio asks what to do with a call.
    #[serde(default, deserialize_with = "fields::text")]
    pub voice_url: Option<String>,
    /// `GET` or `POST`.
    #[serde(default, deserialize_with = "fields::text")]
    pub voice_method: Option<String>,
    /// Where Twilio asks when `voice_url` fails.
    #[serde(default, deserialize_with = "fields::text")]
    pub voice_fallback_url: Option<String>,
    /// `GET` or `POST`.
    #[serde(default, deserialize_with = "fields::text")]
    pub voice_fallback_method: Option<String>,
    /// What Twilio tells of a call's end.
    #[serde(default, deserialize_with = "fields::text")]
    pub status_callback: Option<String>,
    /// `GET` or `POST`.
    #[serde(default, deserialize_with = "fields::text")]
    pub status_callback_method: Option<String>,
    /// The TwiML application that takes the calls.
    #[serde(default, deserialize_with = "fields::text")]
    pub voice_application_sid: Option<String>,
    /// The SIP trunk that takes the calls.
    #[serde(default, deserialize_with = "fields::text")]
    pub trunk_sid: Option<String>,
    /// `voice`, or `fax`: then the number takes no calls.
    #[serde(default, deserialize_with = "fields::text")]
    pub voice_receive_mode: Option<String>,
    /// When the account got it.
    #[serde(default, deserialize_with = "fields::date")]
    pub date_created: Option<DateTime<Utc>>,
    /// When it was last changed, by anyone.
    #[serde(default, deserialize_with = "fields::date")]
    pub date_updated: Option<DateTime<Utc>>,
}

impl Number {
    /// Whether the number can take and make calls: able to, and not set to receive faxes.
    #[must_use]
    pub fn is_voice_enabled(&self) -> bool {
        let able = self.capabilities.and_then(|capabilities| capabilities.voice) == Some(true);
        able && self.voice_receive_mode.as_deref() != Some("fax")
    }
}

/// A change of a number's voice routing. `None` leaves a field alone, `Some("")` clears it.
///
/// Setting a trunk makes Twilio drop the application, and the reverse; a fallback URL without a voice URL is refused
/// with code 21405. Message settings have no place here: Callab never changes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberUpdate {
    /// Where Twilio asks what to do with a call.
    pub voice_url: Option<String>,
    /// `GET` or `POST`.
    pub voice_method: Option<String>,
    /// Where Twilio asks when `voice_url` fails.
    pub voice_fallback_url: Option<String>,
    /// `GET` or `POST`.
    pub voice_fallback_method: Option<String>,
    /// What Twilio tells of a call's end.
    pub status_callback: Option<String>,
    /// `GET` or `POST`.
    pub status_callback_method: Option<String>,
    /// The TwiML application that takes the calls.
    pub voice_application_sid: Option<String>,
    /// The SIP trunk that takes the calls.
    pub trunk_sid: Option<String>,
    /// `voice` or `fax`.
    pub voice_receive_mode: Option<String>,
}

impl Listed for Number {
    const KEY: &'static str = "incoming_phone_numbers";

    fn identity(&self) -> Cow<'_, str> {
        self.sid.as_str().into()
    }
}

pub(crate) fn list(account: &AccountSid, page_size: u16) -> Request {
    Request::get("ListIncomingPhoneNumber", account, "/IncomingPhoneNumbers").page_size(page_size)
}

pub(crate) fn find(account: &AccountSid, phone_number: &str) -> Request {
    list(account, MAX_PAGE_SIZE).query("PhoneNumber", phone_number)
}

pub(crate) fn fetch(account: &AccountSid, sid: &NumberSid) -> Request {
    Request::get(
        "FetchIncomingPhoneNumber",
        account,
        &format!("/IncomingPhoneNumbers/{sid}"),
    )
}

pub(crate) fn update(account: &AccountSid, sid: &NumberSid, change: &NumberUpdate) -> Request {
    Request::post(
        "UpdateIncomingPhoneNumber",
        account,
        &format!("/IncomingPhoneNumbers/{sid}"),
    )
    .optional_field("VoiceUrl", change.voice_url.as_ref())
    .optional_field("VoiceMethod", change.voice_method.as_ref())
    .optional_field("VoiceFallbackUrl", change.voice_fallback_url.as_ref())
    .optional_field("VoiceFallbackMethod", change.voice_fallback_method.as_ref())
    .optional_field("StatusCallback", change.status_callback.as_ref())
    .optional_field("StatusCallbackMethod", change.status_callback_method.as_ref())
    .optional_field("VoiceApplicationSid", change.voice_application_sid.as_ref())
    .optional_field("TrunkSid", change.trunk_sid.as_ref())
    .optional_field("VoiceReceiveMode", change.voice_receive_mode.as_ref())
}
