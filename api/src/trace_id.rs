//! Every request has an id: in the log, in its answer's header, and in what it is told when something breaks.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderValue};
use domain::Ids;
use tower_http::request_id::{MakeRequestId, RequestId};

/// The header that carries it, in both directions.
pub const HEADER: &str = "x-request-id";

/// The most characters of an id that comes from outside.
const LONGEST: usize = 64;

/// A request's id. The one the caller sent, if it is harmless; else a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(Arc<str>);

impl TraceId {
    /// An id that is known already.
    #[cfg(test)]
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of a request that has passed through the layers of [`crate::router`].
    #[must_use]
    pub fn of<B>(request: &axum::http::Request<B>) -> Self {
        Self::within(request.extensions())
    }

    fn within(extensions: &Extensions) -> Self {
        let id = extensions.get::<RequestId>();
        let text = id.and_then(|id| id.header_value().to_str().ok());
        Self(text.unwrap_or("none").into())
    }
}

impl<S: Sync> FromRequestParts<S> for TraceId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::within(&parts.extensions))
    }
}

/// Makes new ids.
#[derive(Clone, Debug)]
pub struct NewTraceId(pub Arc<dyn Ids>);

impl MakeRequestId for NewTraceId {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        let id = self.0.new_id().simple().to_string();
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}

/// Drops an id from outside that could do harm in a log, and both of two.
#[must_use]
pub fn drop_odd(mut request: Request) -> Request {
    let is_plain = |id: &HeaderValue| {
        let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (1..=LONGEST).contains(&id.len()) && id.as_bytes().iter().all(harmless)
    };
    let mut sent = request.headers().get_all(HEADER).iter();
    let first = sent.next().is_some_and(is_plain);
    if !first || sent.next().is_some() {
        request.headers_mut().remove(HEADER);
    }
    request
}
