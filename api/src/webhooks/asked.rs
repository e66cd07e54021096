//! What a webhook says before anything of it is believed: as much as is read of a stranger.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::{OnBehalf, Services};

use super::guard::Guard;
use super::refused::Refused;
use super::signature::signature_in;
use super::{MAX_BODY, webhook_of};
use crate::bodies::{self, Unread};
use crate::client_address::{ClientAddress, counted};
use crate::rates::TooSoon;
use crate::trace_id::TraceId;

/// The digits of a reference: 128 bits.
const REFERENCE_DIGITS: usize = 32;

/// What a webhook says before its body is read.
pub(super) struct Asked {
    pub(super) guard: Arc<Guard>,
    pub(super) webhook: &'static str,
    /// Digits alone: what else was sent is no reference, and looked up nowhere.
    pub(super) reference: String,
    pub(super) headers: HeaderMap,
    /// Whether the address was asked with a query. None was registered with one.
    pub(super) has_query: bool,
    address: Option<IpAddr>,
    pub(super) on_behalf: OnBehalf,
}

impl Asked {
    pub(super) async fn read(parts: &mut Parts, services: &Services) -> Result<Self, Refused> {
        if signature_in(&parts.headers).is_none() {
            return Err(Refused::Unsigned);
        }
        if !is_form(&parts.headers) {
            return Err(Refused::ContentType);
        }
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, services)
            .await
            .unwrap_or_else(|never| match never {});
        let trace_id = TraceId::from_request_parts(parts, services)
            .await
            .unwrap_or_else(|never| match never {});
        let guard = parts.extensions.get::<Arc<Guard>>().cloned();
        let route = parts.extensions.get::<MatchedPath>();
        Ok(Self {
            guard: guard.ok_or(Refused::Unavailable)?,
            webhook: webhook_of(route.map_or("", MatchedPath::as_str)),
            // As it was sent: another spelling of the same digits is another address.
            reference: reference_in(parts.uri.path()).ok_or(Refused::Unknown)?.to_owned(),
            headers: std::mem::take(&mut parts.headers),
            has_query: parts.uri.query().is_some(),
            address,
            on_behalf: OnBehalf::Webhook {
                request_id: trace_id.as_str().to_owned(),
                address: address.map(|address| address.to_string()),
            },
        })
    }

    /// The whole body, if it comes in time and is no larger than webhooks are.
    pub(super) async fn body(&self, body: Body) -> Result<Bytes, Refused> {
        let read = self
            .guard
            .bodies
            .read(self.address.map(counted), body, MAX_BODY, bodies::WITHIN);
        read.await.map_err(|unread| match unread {
            Unread::TooLarge => Refused::TooLarge,
            Unread::Slow => Refused::Slow,
            Unread::CutOff => Refused::Malformed,
            Unread::TooMany => Refused::TooSoon(TooSoon {
                wait: Duration::from_secs(1),
            }),
        })
    }

    /// The address as it was registered with this public base URL.
    pub(super) fn registered(&self, base: &str) -> String {
        format!("{base}/twilio/v1/{}/{}", self.webhook, self.reference)
    }
}

/// The reference at the end of a path, if that could be one.
fn reference_in(path: &str) -> Option<&str> {
    let (_, reference) = path.rsplit_once('/')?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (reference.len() == REFERENCE_DIGITS && reference.bytes().all(is_digit)).then_some(reference)
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_one_spelling() {
        let digits = "0123456789abcdef0123456789abcdef";
        assert_eq!(reference_in(&format!("/twilio/v1/voice/{digits}")), Some(digits));
        for path in [
            "",
            "/twilio/v1/voice/",
            "/twilio/v1/voice/0123456789ABCDEF0123456789ABCDEF",
            "/twilio/v1/voice/%30123456789abcdef0123456789abcdef",
            "/twilio/v1/voice/%00",
            "/twilio/v1/voice/0123456789abcdef0123456789abcde",
            "/twilio/v1/voice/0123456789abcdef0123456789abcdef0",
            "/twilio/v1/voice/0123456789abcdef0123456789abcdeg",
        ] {
            assert_eq!(reference_in(path), None, "{path}");
        }
    }
}
