//! `/graphql` over HTTP.

use std::net::SocketAddr;

use async_graphql::Executor;
use async_graphql_axum::rejection::GraphQLRejection;
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, FromRequest, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Request, Services};
use sea_orm::DbErr;
use tokio::time::Instant;
use tracing::error;

use crate::auth::{self, TokenVerifier, Unauthenticated};
use crate::failure::Failure;
use crate::graphql::guard::{TOO_MANY_VALUES, is_too_much};
use crate::graphql::{Api, Caller, Refused};
use crate::metrics;
use crate::options::ApiOptions;
use crate::trace_id::TraceId;

/// The most bytes of a GraphQL request, 1 MiB.
pub const MAX_BODY: usize = 1024 * 1024;

/// What answers GraphQL requests and sockets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(crate) api: Api,
    pub(crate) services: Services,
    pub(crate) options: ApiOptions,
}

impl Endpoint {
    /// Builds the schema.
    #[must_use]
    pub fn new(services: Services, options: ApiOptions) -> Self {
        Self {
            api: Api::new(services.clone(), options.introspection)
                .with_rates(options.rates.clone())
                .with_allowed_documents(options.allowed_documents.clone()),
            services,
            options,
        }
    }
}

/// Why nobody could be signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The token does not count.
    #[error(transparent)]
    Unauthenticated(#[from] Unauthenticated),
    /// The database could not be asked for the token's workspace.
    #[error("could not read the token's workspace")]
    Database(#[from] DbErr),
}

/// Signs in with a token.
///
/// # Errors
/// Why nobody could be signed in.
pub async fn sign_in(
    services: &Services,
    verifier: &TokenVerifier,
    token: &str,
    trace_id: &TraceId,
    address: Option<SocketAddr>,
) -> Result<Caller, SignInError> {
    let identity = verifier.verify(token, services.clock.now())?;
    let (actor, workspace) = auth::actor(services, identity).await?;
    let request = Request {
        actor,
        request_id: trace_id.as_str().to_owned(),
        address: address.map(|address| address.ip().to_string()),
        once: None,
    };
    Ok(Caller { request, workspace })
}

/// Answers a GraphQL operation.
pub(crate) async fn graphql(
    State(endpoint): State<Endpoint>,
    trace_id: TraceId,
    address: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let address = address.map(|connected| connected.0.0);
    let caller = caller(&endpoint, &headers, &trace_id, address).await?;
    let request = read(&headers, body, &trace_id).await?.data(caller);
    let (executor, begun) = (endpoint.api.executor(trace_id.clone()), Instant::now());
    let (mut request, _) = match executor.admit(request) {
        Ok(admitted) => admitted,
        Err(refused) => {
            metrics::graphql_answered("other", "errors", begun.elapsed());
            return Ok(not_admitted(refused));
        }
    };
    let operation = metrics::operation_of(&mut request);
    let response = tokio::time::timeout(endpoint.options.request_timeout, executor.execute(request)).await;
    let outcome = match &response {
        Ok(response) if response.errors.is_empty() => "ok",
        Ok(_) => "errors",
        Err(_) => "timeout",
    };
    metrics::graphql_answered(operation, outcome, begun.elapsed());
    let response = response.map_err(|_| {
        error!(
            trace_id = trace_id.as_str(),
            "a GraphQL request was cut off at its time limit"
        );
        let message = "The request took too long and was cut off. Read what it was to change before you repeat it.";
        Failure::new(StatusCode::GATEWAY_TIMEOUT, "TIMEOUT", message, &trace_id)
    })?;
    Ok(GraphQLResponse::from(response).into_response())
}

/// Too soon is a status of its own, for clients and proxies that know when to come again.
fn not_admitted(refused: Refused) -> Response {
    let mut response = GraphQLResponse::from(*refused.response).into_response();
    if let Some(too_soon) = refused.too_soon {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(too_soon.seconds()));
    }
    response
}

async fn caller(
    endpoint: &Endpoint,
    headers: &HeaderMap,
    trace_id: &TraceId,
    address: Option<SocketAddr>,
) -> Result<Caller, Failure> {
    let unauthenticated =
        |why: Unauthenticated| Failure::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", why.message(), trace_id);
    let token = auth::bearer(headers).map_err(unauthenticated)?;
    let signed_in = sign_in(&endpoint.services, &endpoint.options.verifier, token, trace_id, address).await;
    signed_in.map_err(|error| match error {
        SignInError::Unauthenticated(why) => unauthenticated(why),
        SignInError::Database(error) => {
            error!(
                trace_id = trace_id.as_str(),
                error = &error as &dyn std::error::Error,
                "could not sign a request in"
            );
            Failure::internal(trace_id)
        }
    })
}

/// Reads the operation. What was sent is never repeated: it may hold a secret.
async fn read(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    trace_id: &TraceId,
) -> Result<async_graphql::Request, Failure> {
    let bad = |status, message| Failure::new(status, "BAD_REQUEST", message, trace_id);
    // A page of another site can send forms and plain text without being asked, and this only with our consent.
    if !is_json(headers) {
        let message = "Send GraphQL requests as `Content-Type: application/json`.";
        return Err(bad(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => bad(StatusCode::PAYLOAD_TOO_LARGE, "A request has at most 1 MiB."),
        _ => bad(StatusCode::BAD_REQUEST, "The request was cut off."),
    })?;
    if is_too_much(&body) {
        return Err(Failure::new(
            StatusCode::BAD_REQUEST,
            "VARIABLES_TOO_LARGE",
            TOO_MANY_VALUES,
            trace_id,
        ));
    }
    let mut request = axum::http::Request::post("/graphql").body(Body::from(body));
    if let Ok(request) = &mut request {
        *request.headers_mut() = headers.clone();
    }
    let request = request.map_err(|_| Failure::internal(trace_id))?;
    let request = GraphQLRequest::<GraphQLRejection>::from_request(request, &()).await;
    let not_graphql = |_| {
        bad(
            StatusCode::BAD_REQUEST,
            "The body is not a GraphQL request: {\"query\", \"variables\", \"operationName\"}.",
        )
    };
    request.map(GraphQLRequest::into_inner).map_err(not_graphql)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}
