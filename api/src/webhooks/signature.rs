//! Did this request come from Twilio? The `X-Twilio-Signature` scheme, as the official Python library verifies it.
//!
//! The signature is base64(HMAC-SHA1(auth token, URL ‖ name ‖ value ‖ name ‖ value …)). Twilio signs the URL as it was
//! registered, so that URL is verified, never one put together from `Host` or `X-Forwarded-*`.
//!
//! The scheme has no time stamp: a repeated request verifies again, and the handlers have to bear it.
//!
//! Source: <https://www.twilio.com/docs/usage/security>, twilio-python 9.13.0 `twilio/request_validator.py`

mod form;
mod url;

use axum::http::HeaderMap;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use twilio::AuthToken;

pub use form::{FormParams, TooManyParams};

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-twilio-signature";

/// The query parameter in which Twilio signs the hash of a body that is not a form.
const BODY_HASH_PARAMETER: &str = "bodySHA256";

/// What Twilio signed.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'a> {
    /// The URL as registered with Twilio, with the query string as it arrived, byte for byte. May hold a fragment (where
    /// Twilio reads its connection settings) and `user:password@`; neither is signed.
    pub url: &'a str,
    /// What came after the headers.
    pub body: SignedBody<'a>,
}

/// The two kinds of body that Twilio signs differently.
#[derive(Debug, Clone, Copy)]
pub enum SignedBody<'a> {
    /// A form (`application/x-www-form-urlencoded`): every name and value is part of the signature.
    Form(&'a FormParams),
    /// Anything else, in the bytes that arrived; empty for a GET. Its hash is signed as part of the URL.
    Other(&'a [u8]),
}

/// The signature a request carries: `None` without one, and with several, of which no one knows which to believe.
///
/// Twilio's newer scheme (public beta; shared keys, HMAC-SHA256) announces itself in
/// `X-Twilio-Webhooks-Signature-Settings`. That header is not signed by this scheme and is not looked at: it can neither
/// replace the signature read here nor weaken it.
#[must_use]
pub fn signature_in(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(SIGNATURE_HEADER).iter();
    let only = values.next()?;
    if values.next().is_some() {
        return None;
    }
    only.to_str().ok()
}

/// Whether `signature` is what the holder of this auth token signs for the request. Takes the same time for every
/// signature of the right length.
///
/// While a token is exchanged, ask once for each token that may have signed: current, next, previous.
///
/// Tries the URL without a port and with one (its own, or the scheme's default), since Twilio signs voice requests over
/// HTTPS without and others with it; and a `wss://` URL also with a `/` at its end.
#[must_use]
pub fn verify(token: &AuthToken, request: &SignedRequest<'_>, signature: &str) -> bool {
    let params = match request.body {
        SignedBody::Form(params) => params.signed_order(),
        SignedBody::Other(_) => Vec::new(),
    };
    let mut genuine = Choice::from(0);
    for url in url::signed_forms(request.url) {
        genuine |= sign(token, &url, &params).as_bytes().ct_eq(signature.as_bytes());
    }
    (genuine & body_is_covered(request)).into()
}

/// Base64 of the HMAC over a URL and the parameters in signed order.
fn sign(token: &AuthToken, url: &str, params: &[(&str, &str)]) -> String {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(token.expose_secret().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(url.as_bytes());
    for (name, value) in params {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// Whether the signature, if genuine, also speaks for the body.
fn body_is_covered(request: &SignedRequest<'_>) -> Choice {
    let SignedBody::Other(body) = request.body else {
        return Choice::from(1);
    };
    match url::query_value(request.url, BODY_HASH_PARAMETER) {
        Some(claimed) => format!("{:x}", Sha256::digest(body))
            .as_bytes()
            .ct_eq(claimed.as_bytes()),
        // Nothing was signed but the URL.
        None => Choice::from(u8::from(body.is_empty())),
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
