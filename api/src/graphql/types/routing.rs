//! The fields of a number at Twilio that decide who gets its calls.

use ::entity::Routing as Fields;
use async_graphql::Object;
use chrono::{DateTime, Utc};

/// A number's routing at one moment.
pub struct Routing {
    fields: Fields,
    seen_at: DateTime<Utc>,
}

impl Routing {
    /// The routing as it was seen then.
    pub fn new(fields: Fields, seen_at: DateTime<Utc>) -> Self {
        Self { fields, seen_at }
    }
}

/// The fields of a number at Twilio that decide who gets its calls, at one moment. Twilio follows the trunk before the
/// application before the voice URL. Null where a field is not set.
#[Object]
impl Routing {
    /// Where Twilio asks for instructions when the number rings.
    async fn voice_url(&self) -> Option<&str> {
        self.fields.voice_url.as_deref()
    }

    /// The HTTP method of that request: `GET` or `POST`.
    async fn voice_method(&self) -> Option<&str> {
        self.fields.voice_method.as_deref()
    }

    /// The SID of the application that answers in the place of the voice URL. Example: `APaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`.
    async fn voice_application_sid(&self) -> Option<&str> {
        self.fields.voice_application_sid.as_deref()
    }

    /// The SID of the SIP trunk that takes the calls before anything else. Example: `TKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`.
    async fn trunk_sid(&self) -> Option<&str> {
        self.fields.trunk_sid.as_deref()
    }

    /// What the number takes: `voice` or `fax`.
    async fn voice_receive_mode(&self) -> Option<&str> {
        self.fields.voice_receive_mode.as_deref()
    }

    /// Where Twilio asks when the voice URL fails.
    async fn voice_fallback_url(&self) -> Option<&str> {
        self.fields.voice_fallback_url.as_deref()
    }

    /// The HTTP method of that request: `GET` or `POST`.
    async fn voice_fallback_method(&self) -> Option<&str> {
        self.fields.voice_fallback_method.as_deref()
    }

    /// Where Twilio reports the end of a call.
    async fn status_callback(&self) -> Option<&str> {
        self.fields.status_callback.as_deref()
    }

    /// The HTTP method of that report: `GET` or `POST`.
    async fn status_callback_method(&self) -> Option<&str> {
        self.fields.status_callback_method.as_deref()
    }

    /// The moment: when it was read from Twilio, or when it was borrowed.
    async fn seen_at(&self) -> DateTime<Utc> {
        self.seen_at
    }
}
