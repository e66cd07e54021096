//! `/graphql` over HTTP, by the specification GraphQL over HTTP: who asks, what is asked, how it is answered.
//!
//! `async-graphql-axum` reads bodies and writes results. What it leaves open is around it: `accept` chooses the media type, `read`
//! refuses what is no request, `answer` tells by the status whether anything was carried out.
//!
//! Source: <https://graphql.github.io/graphql-over-http/draft/>

mod accept;
mod answer;
mod read;

use std::net::IpAddr;

use async_graphql::Executor;
use async_graphql::parser::types::OperationType;
use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Services;
use tokio::time::Instant;
use tracing::error;

use crate::auth::{self, SignInError, Unauthenticated};
use crate::client_address::ClientAddress;
use crate::failure::Failure;
use crate::graphql::{Api, ApiExecutor, Caller, RETRY_AFTER_S, Refused, is_busy};
use crate::metrics;
use crate::options::ApiOptions;
use crate::trace_id::TraceId;

pub(crate) use accept::MediaType;

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
                .with_results_within(options.request_timeout)
                .with_allowed_documents(options.allowed_documents.clone()),
            services,
            options,
        }
    }
}

/// Answers a GraphQL operation: of a POST, or a query of a GET or HEAD.
pub(crate) async fn graphql(
    State(endpoint): State<Endpoint>,
    trace_id: TraceId,
    ClientAddress(address): ClientAddress,
    request: HttpRequest,
) -> Response {
    let media_type = MediaType::accepted(request.headers());
    let answered = serve(&endpoint, &trace_id, address, media_type, request).await;
    let mut response = answered.unwrap_or_else(|failure| {
        let media_type = media_type.unwrap_or(MediaType::Json);
        failure.written_as(media_type).into_response()
    });
    response
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static("accept"));
    response
}

async fn serve(
    endpoint: &Endpoint,
    trace_id: &TraceId,
    address: Option<IpAddr>,
    media_type: Option<MediaType>,
    request: HttpRequest,
) -> Result<Response, Failure> {
    // First of all: strangers are answered before a byte of their body is read.
    let caller = caller(endpoint, request.headers(), trace_id, address).await?;
    let media_type = media_type.ok_or_else(|| {
        let message = "Answers are application/graphql-response+json or application/json, in UTF-8.";
        Failure::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message, trace_id)
    })?;
    let (executor, begun) = (endpoint.api.executor(trace_id.clone()), Instant::now());
    let refused = |refused| {
        metrics::graphql_answered("other", "errors", begun.elapsed());
        Ok(not_admitted(refused, media_type))
    };
    // Before their body, too: who asks too often is not read.
    let counted = match executor.count(&caller) {
        Ok(counted) => counted,
        Err(too_soon) => return refused(too_soon),
    };
    let is_post = request.method() == Method::POST;
    let operation = if is_post {
        read::from_body(endpoint, &caller, request, trace_id).await?
    } else {
        read::from_address(request.uri().query().unwrap_or_default(), trace_id)?
    };
    let (operation, admitted) = match executor.admit(operation.data(caller).data(counted)) {
        Ok(admitted) => admitted,
        Err(not_admitted) => return refused(not_admitted),
    };
    if !is_post && admitted.operation == Some(OperationType::Mutation) {
        let message = "Send mutations by POST: a GET only looks.";
        let failure = Failure::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message, trace_id);
        return Err(failure.with_header(header::ALLOW, HeaderValue::from_static("POST")));
    }
    if admitted.operation == Some(OperationType::Subscription) {
        let message =
            "Subscriptions are followed over WebSocket: at /graphql/ws, in the protocol graphql-transport-ws.";
        let status = StatusCode::BAD_REQUEST;
        return Err(Failure::new(status, "SUBSCRIPTION_NOT_SUPPORTED", message, trace_id));
    }
    let carried_out = async |operation| execute(endpoint, &executor, operation, trace_id).await;
    executor
        .answer(operation, carried_out, |response| written(response, media_type))
        .await
}

fn written(response: async_graphql::Response, media_type: MediaType) -> Response {
    let is_busy = is_busy(&response);
    let answer = answer::written(response, media_type);
    if is_busy {
        come_again(answer, StatusCode::SERVICE_UNAVAILABLE, RETRY_AFTER_S)
    } else {
        answer
    }
}

/// Carries an operation out, within the time that a request has.
async fn execute(
    endpoint: &Endpoint,
    executor: &ApiExecutor,
    mut operation: async_graphql::Request,
    trace_id: &TraceId,
) -> Result<async_graphql::Response, Failure> {
    let (kind, begun) = (metrics::operation_of(&mut operation), Instant::now());
    let response = tokio::time::timeout(endpoint.options.request_timeout, executor.execute(operation)).await;
    let outcome = match &response {
        Ok(response) if response.errors.is_empty() => "ok",
        Ok(_) => "errors",
        Err(_) => "timeout",
    };
    metrics::graphql_answered(kind, outcome, begun.elapsed());
    response.map_err(|late| {
        error!(
            trace_id = trace_id.as_str(),
            error = &late as &dyn std::error::Error,
            "a GraphQL request was cut off at its time limit"
        );
        let message = "The request took too long and was cut off. Read what it was to change before you repeat it.";
        Failure::new(StatusCode::GATEWAY_TIMEOUT, "TIMEOUT", message, trace_id)
    })
}

fn not_admitted(refused: Refused, media_type: MediaType) -> Response {
    let answer = answer::written(*refused.response, media_type);
    match refused.too_soon {
        Some(too_soon) => come_again(answer, StatusCode::TOO_MANY_REQUESTS, too_soon.seconds()),
        None => answer,
    }
}

/// With a status of its own, for clients and proxies that know when to come again.
fn come_again(mut answer: Response, status: StatusCode, seconds: u64) -> Response {
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

async fn caller(
    endpoint: &Endpoint,
    headers: &HeaderMap,
    trace_id: &TraceId,
    address: Option<IpAddr>,
) -> Result<Caller, Failure> {
    let unauthenticated =
        |why: Unauthenticated| Failure::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", why.message(), trace_id);
    // Which of two would count is a matter of taste, and a proxy in between may have another.
    if headers.get_all(header::AUTHORIZATION).iter().count() > 1 {
        return Err(Failure::bad_request("Send one `Authorization` header.", trace_id));
    }
    let token = auth::bearer(headers).map_err(unauthenticated)?;
    let signed_in = auth::sign_in(&endpoint.services, &endpoint.options.verifier, token, trace_id, address).await;
    signed_in.map_err(|error| match error {
        SignInError::Unauthenticated(why) => unauthenticated(why),
        // Not 401: a client would throw away a token that may be good.
        SignInError::KeysUnavailable(_) => {
            let message = "Nobody can be signed in at the moment. Try again in a few seconds.";
            let failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message, trace_id);
            failure.with_header(header::RETRY_AFTER, HeaderValue::from_static("5"))
        }
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

#[cfg(test)]
mod audits;
#[cfg(test)]
mod tests;
