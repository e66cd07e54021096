//! Every address of the API, and what each request passes through on its way.

use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use domain::Services;
use futures_util::FutureExt;
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use tracing::{Span, error, info_span};

use crate::endpoint::{self, Endpoint, MAX_BODY};
use crate::failure::Failure;
use crate::health::{self, Health};
use crate::options::ApiOptions;
use crate::trace_id::{self, NewTraceId, TraceId};
use crate::{graphiql, rates, socket, webhooks};

const GRAPHQL_PATH: &str = "/graphql";
const SOCKET_PATH: &str = "/graphql/ws";

/// Everything that the public is served: GraphQL, Twilio's webhooks, health, and GraphiQL where introspection is on. What was
/// counted is not among it: [`crate::ops`].
pub fn router(services: Services, options: ApiOptions) -> Router {
    let request_id = HeaderName::from_static(trace_id::HEADER);
    let layers = ServiceBuilder::new()
        .layer(SetSensitiveRequestHeadersLayer::new([
            header::AUTHORIZATION,
            header::COOKIE,
        ]))
        .map_request(trace_id::drop_odd)
        .layer(SetRequestIdLayer::new(
            request_id.clone(),
            NewTraceId(services.ids.clone()),
        ))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(request_id))
        .layer(middleware::from_fn(answer_panics));
    let health =
        Health::new(services.clone(), options.lifecycle.clone()).with_dependencies(options.dependencies.clone());
    let mut router = health::routes(health).merge(webhooks::router(services.clone()));
    if options.introspection {
        router = router.merge(graphiql_router());
    }
    router.merge(graphql_router(services, options)).layer(layers)
}

fn graphql_router(services: Services, options: ApiOptions) -> Router {
    let count_addresses = middleware::from_fn_with_state(options.rates.clone(), rates::count_addresses);
    Router::new()
        .route(GRAPHQL_PATH, post(endpoint::graphql).get(socket::open))
        .route(SOCKET_PATH, get(socket::open))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(count_addresses)
        // Thousands of rows are mostly their fields' names. No answer holds a secret beside what the asker sent (BREACH).
        .layer(CompressionLayer::new())
        .with_state(Endpoint::new(services, options))
}

fn graphiql_router() -> Router {
    let policy = HeaderValue::from_static(graphiql::CONTENT_SECURITY_POLICY);
    let asset = |Path(name): Path<String>| async move {
        match graphiql::asset(&name) {
            Some((content_type, content)) => ([(header::CONTENT_TYPE, content_type)], content).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    };
    Router::new()
        .route(
            "/graphiql",
            get(async || Html(graphiql::page(GRAPHQL_PATH, SOCKET_PATH))),
        )
        .route(&format!("{}{{name}}", graphiql::ASSETS_PATH), get(asset))
        .layer(SetResponseHeaderLayer::overriding(
            header::CONTENT_SECURITY_POLICY,
            policy,
        ))
}

/// The span of a request in the log. Without its query string, headers and body.
fn span<B>(request: &axum::http::Request<B>) -> Span {
    let trace_id = TraceId::of(request);
    info_span!("request", http.method = %request.method(), http.path = request.uri().path(), trace_id = trace_id.as_str())
}

/// Answers a request whose handler panicked; the server goes on.
async fn answer_panics(request: Request, next: Next) -> Response {
    let trace_id = TraceId::of(&request);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answered.unwrap_or_else(|_| {
        // The panic's text is not repeated here: it may hold what was sent.
        error!(trace_id = trace_id.as_str(), "a request's handler panicked");
        Failure::internal(&trace_id).into_response()
    })
}

#[cfg(test)]
mod tests;
