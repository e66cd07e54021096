//! What a request is answered that never came to a GraphQL operation, in GraphQL's shape.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::endpoint::MediaType;
use crate::trace_id::TraceId;

/// An answer without data: `{"errors": [{"message", "extensions": {"code", "traceId"}}]}`.
#[derive(Clone, Debug)]
pub struct Failure {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    trace_id: TraceId,
    media_type: MediaType,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Failure {
    /// A failure. `code` is stable and for programs, `message` is for people and holds nothing that was sent.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, message: &'static str, trace_id: &TraceId) -> Self {
        let mut headers = Vec::new();
        if status == StatusCode::UNAUTHORIZED {
            headers.push((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        Self {
            status,
            code,
            message,
            trace_id: trace_id.clone(),
            media_type: MediaType::Json,
            headers,
        }
    }

    /// The request makes no sense.
    #[must_use]
    pub fn bad_request(message: &'static str, trace_id: &TraceId) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message, trace_id)
    }

    /// Something broke on our side.
    #[must_use]
    pub fn internal(trace_id: &TraceId) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            crate::graphql::INTERNAL,
            trace_id,
        )
    }

    /// The same, with a header that the status asks for.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same, in the media type that the request asked for.
    #[must_use]
    pub(crate) fn written_as(self, media_type: MediaType) -> Self {
        Self { media_type, ..self }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let extensions = json!({ "code": self.code, "traceId": self.trace_id.as_str() });
        let body = json!({ "errors": [{ "message": self.message, "extensions": extensions }] });
        let mut response = (self.status, Json(body)).into_response();
        let content_type = (header::CONTENT_TYPE, self.media_type.content_type());
        // In place of the type that `Json` names: `extend` would add a second one.
        for (name, value) in self.headers.into_iter().chain([content_type]) {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
