//! What a request is answered that never came to a GraphQL operation, in GraphQL's shape.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::trace_id::TraceId;

/// An answer without data: `{"errors": [{"message", "extensions": {"code", "traceId"}}]}`.
#[derive(Clone, Debug)]
pub struct Failure {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    trace_id: TraceId,
}

impl Failure {
    /// A failure. `code` is stable and for programs, `message` is for people and holds nothing that was sent.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, message: &'static str, trace_id: &TraceId) -> Self {
        Self {
            status,
            code,
            message,
            trace_id: trace_id.clone(),
        }
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
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let extensions = json!({ "code": self.code, "traceId": self.trace_id.as_str() });
        let body = json!({ "errors": [{ "message": self.message, "extensions": extensions }] });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = axum::http::HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(axum::http::header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
