//! Every address of the API, and what each request passes through on its way.

use std::num::NonZeroU32;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::handler::Handler;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use domain::Services;
use domain::public_url::PublicUrl;
use futures_util::FutureExt;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tower::ServiceBuilder;
use tower_http::classify::ServerErrorsFailureClass;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::{OnFailure, TraceLayer};
use tracing::{Span, debug, error, info_span, warn};

use crate::endpoint::{self, Endpoint};
use crate::failure::Failure;
use crate::health::{self, Health};
use crate::options::ApiOptions;
use crate::trace_id::{self, NewTraceId, TraceId};
use crate::{client_address, graphiql, rates, safe_headers, socket, webhooks};

const GRAPHQL_PATH: &str = "/graphql";
const SOCKET_PATH: &str = "/graphql/ws";

/// What GraphQL's address can be asked by.
const METHODS: &str = "GET, HEAD, POST, OPTIONS";

/// Everything that the public is served: GraphQL, Twilio's webhooks, health, and GraphiQL where introspection is on. What was
/// counted is not among it: [`crate::ops`].
pub fn router(services: Services, options: ApiOptions) -> Router {
    let request_id = HeaderName::from_static(trace_id::HEADER);
    let public_url = services.public_url.as_ref();
    let over_https = public_url.is_some_and(|url| url.base().starts_with("https://"));
    let proxies = options.proxies.clone();
    let layers = ServiceBuilder::new()
        .map_request(move |request| client_address::find_out(&proxies, request))
        .map_response(move |response| safe_headers::add(response, over_https))
        .layer(SetSensitiveRequestHeadersLayer::new([
            header::AUTHORIZATION,
            header::COOKIE,
        ]))
        .map_request(trace_id::drop_odd)
        .layer(SetRequestIdLayer::new(
            request_id.clone(),
            NewTraceId(services.ids.clone()),
        ))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_failure(Failures::default()),
        )
        .layer(PropagateRequestIdLayer::new(request_id))
        .layer(middleware::from_fn(answer_panics));
    let health =
        Health::new(services.clone(), options.lifecycle.clone()).with_dependencies(options.dependencies.clone());
    let mut router = health::routes(health).merge(webhooks::router(services.clone(), &options));
    if options.introspection {
        router = router.merge(graphiql_router());
    }
    router
        .merge(graphql_router(services, options))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(layers)
}

fn graphql_router(services: Services, options: ApiOptions) -> Router {
    let cors = options.origins.cors();
    let count_addresses = middleware::from_fn_with_state(options.rates.clone(), rates::count_addresses);
    let endpoint = Endpoint::new(services, options);
    let sockets = Router::new()
        .route(SOCKET_PATH, get(open_socket))
        .layer(count_addresses.clone())
        .with_state(endpoint.clone());
    let router = Router::new()
        .route(
            GRAPHQL_PATH,
            get(query_or_socket).post(endpoint::graphql).options(methods),
        )
        .layer(count_addresses)
        // Thousands of rows are mostly their fields' names. BREACH has nothing to guess at: the one secret that is
        // ever answered is made anew for each answer, and no browser asks for a page without its token.
        .layer(CompressionLayer::new())
        .with_state(endpoint);
    let Some(cors) = cors else {
        return router.merge(sockets);
    };
    // Panics are answered within CORS, so that a page is allowed to read that something broke, and under which id.
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn(answer_plain_options))
        .layer(cors)
        .layer(middleware::from_fn(answer_panics));
    router.layer(layers).merge(sockets)
}

/// One address is enough for clients that know one only.
async fn query_or_socket(State(endpoint): State<Endpoint>, request: Request) -> Response {
    if asks_for_socket(&request) {
        open_socket(State(endpoint), request).await
    } else {
        endpoint::graphql.call(request, endpoint).await
    }
}

/// Whether the connection is to become a socket. Some programs offer HTTP/2 by the same header.
fn asks_for_socket(request: &Request) -> bool {
    let offers = request.headers().get_all(header::UPGRADE).iter();
    let mut protocols = offers
        .filter_map(|offer| offer.to_str().ok())
        .flat_map(|offer| offer.split(','));
    protocols.any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
}

/// Opens a socket for programs, and for pages of allowed origins: a browser opens one for any page and tells only whose it is.
async fn open_socket(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let trace_id = TraceId::of(&request);
    if !asks_for_socket(&request) {
        let message = "This address speaks WebSocket, in the protocol graphql-transport-ws.";
        return Failure::new(StatusCode::UPGRADE_REQUIRED, "UPGRADE_REQUIRED", message, &trace_id)
            .with_header(header::UPGRADE, HeaderValue::from_static("websocket"))
            .into_response();
    }
    let public_url = endpoint.services.public_url.as_ref().map(PublicUrl::base);
    if !endpoint.options.origins.origin_allowed(request.headers(), public_url) {
        let message = "Pages of this origin may not use the API.";
        return Failure::new(StatusCode::FORBIDDEN, "ORIGIN_NOT_ALLOWED", message, &trace_id).into_response();
    }
    socket::open.call(request, endpoint).await
}

/// Tells by which methods GraphQL's address can be asked.
async fn methods() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(header::ALLOW, METHODS)])
}

/// Answers an `OPTIONS` that is no browser's question before a request: the layer of CORS would take it for one.
async fn answer_plain_options(request: Request, next: Next) -> Response {
    let asks_first = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() == Method::OPTIONS && !asks_first {
        methods().await.into_response()
    } else {
        next.run(request).await
    }
}

async fn not_found(trace_id: TraceId) -> Failure {
    let message = "There is nothing at this address.";
    Failure::new(StatusCode::NOT_FOUND, "NOT_FOUND", message, &trace_id)
}

/// `Allow` is added on the way out, by who knows the methods.
pub(crate) async fn method_not_allowed(trace_id: TraceId) -> Failure {
    let message = "This address is not asked by this method.";
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message, &trace_id)
}

fn graphiql_router() -> Router {
    let policy = HeaderValue::from_static(graphiql::CONTENT_SECURITY_POLICY);
    let kept_a_while = HeaderValue::from_static("private, max-age=300");
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
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, kept_a_while))
}

/// The span of a request in the log. Without its query string, headers and body; the address is the client's, where a trusted proxy
/// named it.
fn span<B>(request: &axum::http::Request<B>) -> Span {
    let trace_id = TraceId::of(request);
    let client = client_address::of(request.extensions()).map(tracing::field::display);
    info_span!("request", http.method = %request.method(), http.path = request.uri().path(), http.client = client, trace_id = trace_id.as_str())
}

/// How many answers of a kind that the server is to blame for are told loudly in a minute. Why each came about is told where it did.
const LOUD_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// Notes answers that the server is to blame for. "Not now" is said on purpose, so that many of them are no news to be woken for.
#[derive(Clone)]
struct Failures {
    not_now: Arc<DefaultDirectRateLimiter>,
    failed: Arc<DefaultDirectRateLimiter>,
}

impl Default for Failures {
    fn default() -> Self {
        let loud = || Arc::new(RateLimiter::direct(Quota::per_minute(LOUD_PER_MINUTE)));
        Self {
            not_now: loud(),
            failed: loud(),
        }
    }
}

impl OnFailure<ServerErrorsFailureClass> for Failures {
    fn on_failure(&mut self, failure: ServerErrorsFailureClass, latency: Duration, _: &Span) {
        let latency_ms = latency.as_millis();
        match failure {
            ServerErrorsFailureClass::StatusCode(StatusCode::SERVICE_UNAVAILABLE) => {
                if self.not_now.check().is_ok() {
                    warn!(latency_ms, "a request was answered with 503: not now");
                } else {
                    debug!(latency_ms, "a request was answered with 503: not now");
                }
            }
            ServerErrorsFailureClass::StatusCode(status) => {
                let status = status.as_u16();
                if self.failed.check().is_ok() {
                    error!(status, latency_ms, "a request failed");
                } else {
                    debug!(status, latency_ms, "a request failed");
                }
            }
            ServerErrorsFailureClass::Error(cause) => error!(cause, latency_ms, "a request failed"),
        }
    }
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
mod browsers;
#[cfg(test)]
mod tests;
