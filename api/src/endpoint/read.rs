//! Reads the operation out of an HTTP request. What was sent is never repeated: it may hold a secret.
//!
//! Source: <https://graphql.github.io/graphql-over-http/draft/#sec-Request>

use std::time::Duration;

use async_graphql_axum::GraphQLRequest;
use async_graphql_axum::rejection::GraphQLRejection;
use axum::body::{Body, Bytes};
use axum::extract::FromRequest;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use mime::Mime;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::accept::is_utf8;
use super::{Endpoint, MAX_BODY};
use crate::bodies::{self, Unread};
use crate::failure::Failure;
use crate::graphql::Caller;
use crate::graphql::guard::{TOO_MANY_VALUES, is_too_much};
use crate::person::person;
use crate::rates::{self, TooSoon};
use crate::trace_id::TraceId;

const NOT_GRAPHQL: &str =
    "The body is not a GraphQL request: {\"query\", \"operationName\", \"variables\", \"extensions\"}.";

/// An operation that came in the address: `?query=…&operationName=…&variables=…&extensions=…`, the last two as JSON.
pub(super) fn from_address(query: &str, trace_id: &TraceId) -> Result<async_graphql::Request, Failure> {
    let bad = |message| Failure::bad_request(message, trace_id);
    let mut document = None;
    let mut operation_name = None;
    let mut variables = None;
    let mut extensions = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let parameter = match name.as_ref() {
            "query" => &mut document,
            "operationName" => &mut operation_name,
            "variables" => &mut variables,
            "extensions" => &mut extensions,
            _ => continue,
        };
        if parameter.replace(value.into_owned()).is_some() {
            return Err(bad("The address names a parameter twice."));
        }
    }
    let given = [&variables, &extensions].into_iter().flatten();
    if given.into_iter().any(|json| is_too_much(json.as_bytes())) {
        return Err(too_many_values(trace_id));
    }
    let (Some(variables), Some(extensions)) = (map(variables.as_deref()), map(extensions.as_deref())) else {
        return Err(bad("`variables` and `extensions` in the address are JSON objects."));
    };
    let mut request = async_graphql::Request::new(document.unwrap_or_default());
    request.operation_name = operation_name.filter(|name| !name.is_empty());
    request.variables = variables;
    request.extensions = extensions;
    if request.query.is_empty() && !names_a_persisted_query(&request) {
        return Err(bad("Name the document in the address: ?query=…"));
    }
    Ok(request)
}

/// A JSON object, or none at all; `None` where the text is something else.
fn map<T: DeserializeOwned + Default>(text: Option<&str>) -> Option<T> {
    match text.map(str::trim) {
        None | Some("") => Some(T::default()),
        Some(text) => serde_json::from_str(text).ok(),
    }
}

/// An operation that came as the body of a POST.
pub(super) async fn from_body(
    endpoint: &Endpoint,
    caller: &Caller,
    request: Request<Body>,
    trace_id: &TraceId,
) -> Result<async_graphql::Request, Failure> {
    let headers = request.headers().clone();
    fits(&headers, trace_id)?;
    let too_large = || {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        Failure::new(status, "PAYLOAD_TOO_LARGE", "A request has at most 1 MiB.", trace_id)
    };
    // Without a look at a body that its own header calls too large: who asks `Expect: 100-continue` need not send it.
    if declared_length(&headers).is_some_and(|length| length > MAX_BODY) {
        return Err(too_large());
    }
    let within = bodies::WITHIN.min(endpoint.options.request_timeout);
    let places = &endpoint.options.bodies;
    let read = places.read(person(&caller.request.actor), request.into_body(), MAX_BODY, within);
    let body = read.await.map_err(|unread| match unread {
        Unread::TooLarge => too_large(),
        Unread::CutOff => Failure::bad_request("The request was cut off.", trace_id),
        Unread::TooMany => {
            let message = "Too many large requests of yours are on their way. Send them one after another.";
            let wait = Duration::from_secs(1);
            rates::refused("bodies", message, TooSoon { wait }, trace_id)
        }
        Unread::Slow => {
            let message = "The request came in too slowly and was cut off.";
            Failure::new(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", message, trace_id)
        }
    })?;
    match body.trim_ascii_start().first() {
        Some(b'{') => {}
        // One by one they can be bounded, repeated and found in the log.
        Some(b'[') => {
            let message = "Send one operation in a request: batches are not served.";
            return Err(Failure::new(
                StatusCode::BAD_REQUEST,
                "BATCH_NOT_SUPPORTED",
                message,
                trace_id,
            ));
        }
        _ => return Err(Failure::bad_request(NOT_GRAPHQL, trace_id)),
    }
    if is_too_much(&body) {
        return Err(too_many_values(trace_id));
    }
    let names_a_document = serde_json::from_slice::<Parameters>(&body).is_ok_and(|named| named.query.is_some());
    let request = parsed(body).await;
    let request = request.filter(|request| names_a_document || names_a_persisted_query(request));
    request.ok_or_else(|| Failure::bad_request(NOT_GRAPHQL, trace_id))
}

fn too_many_values(trace_id: &TraceId) -> Failure {
    let (status, code) = (StatusCode::BAD_REQUEST, "VARIABLES_TOO_LARGE");
    Failure::new(status, code, TOO_MANY_VALUES, trace_id)
}

/// Refuses a body that is not JSON in UTF-8. Forms and plain text can be sent by a page of any other site without being asked.
fn fits(headers: &HeaderMap, trace_id: &TraceId) -> Result<(), Failure> {
    let refused = |message| {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Failure::new(status, "UNSUPPORTED_MEDIA_TYPE", message, trace_id)
    };
    if !is_json(headers) {
        let message = "Send GraphQL requests as `Content-Type: application/json`, in UTF-8.";
        return Err(refused(message).with_header(header::ACCEPT, HeaderValue::from_static("application/json")));
    }
    if headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|coding| coding != "identity")
    {
        let identity = HeaderValue::from_static("identity");
        return Err(refused("Send the body as it is, not packed.").with_header(header::ACCEPT_ENCODING, identity));
    }
    Ok(())
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut content_types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(content_type), None) = (content_types.next(), content_types.next()) else {
        return false;
    };
    let content_type = content_type.to_str().ok().and_then(|text| text.parse::<Mime>().ok());
    content_type.is_some_and(|content_type| {
        let utf8 = content_type
            .params()
            .all(|(name, value)| name != mime::CHARSET || is_utf8(value.as_str()));
        content_type.essence_str().eq_ignore_ascii_case("application/json") && utf8
    })
}

fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether a document is named at all: `async-graphql` takes an empty one where there is none.
#[derive(Deserialize)]
struct Parameters {
    query: Option<IgnoredAny>,
}

/// A persisted query is named by its digest, and its document may be left out.
fn names_a_persisted_query(request: &async_graphql::Request) -> bool {
    request.extensions.0.contains_key("persistedQuery")
}

async fn parsed(body: Bytes) -> Option<async_graphql::Request> {
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, mime::APPLICATION_JSON.as_ref());
    let request = request.body(Body::from(body)).ok()?;
    let request = GraphQLRequest::<GraphQLRejection>::from_request(request, &()).await;
    request.ok().map(GraphQLRequest::into_inner)
}
