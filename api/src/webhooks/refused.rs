//! Why a webhook is not taken: what Twilio, or whoever it was, is told of it, and how it is counted.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::rates::TooSoon;
use crate::router;
use crate::trace_id::TraceId;

/// Why a webhook is not taken. None of them has an effect, or a word of TwiML in its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It carries no signature, or several.
    Unsigned,
    /// It is of an account that is not the address's.
    Account,
    /// Its signature is not that of a token of the account, made for the registered address.
    Signature,
    /// The same, and it says that it is signed with a shared key that is not configured.
    SharedKey,
    /// The reference in its address was never given out.
    Unknown,
    /// It is asked by a method that Twilio was not told to use.
    Method,
    /// Its body is none of a form.
    ContentType,
    /// Its body is larger than any of Twilio's.
    TooLarge,
    /// Its body does not come to an end.
    Slow,
    /// It does not say what every webhook of its kind says.
    Malformed,
    /// The reference in its address was not found before, and too many lead nowhere at the moment: it is not looked up. Worth another try.
    Crowded,
    /// There are too many of its number.
    TooSoon(TooSoon),
    /// It could not be looked at, and is worth another try: of a voice address, at the number's fallback.
    Unavailable,
}

impl Refused {
    /// In a word, for figures and logs; none for what is not the asker's fault.
    pub(super) fn reason(self) -> Option<&'static str> {
        Some(match self {
            Self::Unsigned => "unsigned",
            Self::Account => "account",
            Self::Signature => "signature",
            Self::SharedKey => "shared_key",
            Self::Unknown => "unknown",
            Self::Method => "method",
            Self::ContentType => "content_type",
            Self::TooLarge => "too_large",
            Self::Slow => "slow",
            Self::Malformed => "malformed",
            Self::Crowded => "crowded",
            Self::TooSoon(_) => "rate",
            Self::Unavailable => return None,
        })
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Unsigned | Self::Account | Self::Signature | Self::SharedKey => StatusCode::FORBIDDEN,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooSoon(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable | Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The status alone. The reason goes along to who counts it ([`super::observed`]).
impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Self::TooSoon(too_soon) = self {
            let seconds = HeaderValue::from(too_soon.seconds());
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Answers what is asked by another method, in the words of all other addresses.
pub(super) async fn other_method(trace_id: TraceId) -> Response {
    let mut response = router::method_not_allowed(trace_id).await.into_response();
    response.extensions_mut().insert(Refused::Method);
    response
}
