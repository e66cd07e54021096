//! What every answer tells a browser, so that no page can make more of it than data.

use axum::http::{HeaderName, HeaderValue, Response, header};

/// Nothing in an answer is loaded, run or shown within another page. GraphiQL has a policy of its own.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// What is added where an answer does not say it itself.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    // For browsers that do not know `frame-ancestors`.
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // Answers are one person's, and Twilio is to ask each time.
    (header::CACHE_CONTROL, "no-store"),
];

/// A year of https alone, for browsers that came by https. Source: RFC 6797
const TRANSPORT_SECURITY: &str = "max-age=31536000";

/// Adds the headers. `over_https` says whether the public is served by https.
pub(crate) fn add<B>(mut response: Response<B>, over_https: bool) -> Response<B> {
    let headers = response.headers_mut();
    let transport = over_https.then_some((header::STRICT_TRANSPORT_SECURITY, TRANSPORT_SECURITY));
    for (name, value) in HEADERS.into_iter().chain(transport) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
