//! From a connection to an endpoint and back: reading, faults, the record of requests, Twilio's headers.

use std::time::Duration;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::cut::Cut;
use crate::errors::Refusal;
use crate::faults::{FaultKind, Strike};
use crate::form::Pairs;
use crate::requests::SimRequest;
use crate::rest::{self, Answer, Credentials, RestRequest};
use crate::sim::Sim;
use crate::target::Target;

const MAX_BODY_BYTES: usize = 1024 * 1024;

type CutInfo = Option<Extension<ConnectInfo<Cut>>>;

/// Answers everything outside `/_sim`.
pub(crate) async fn answer(State(sim): State<Sim>, cut: CutInfo, request: Request) -> Response {
    let sent_path = request.uri().path().to_owned();
    let Some(target) = Target::read(request.uri(), request.headers()) else {
        return json_response(404, &Refusal::not_found(&sent_path).body());
    };
    let Some(mut request) = read(request, target).await else {
        return json_response(400, &Refusal::invalid(20422, "The body could not be read").body());
    };
    let account = account_meant(&sim, &request);
    let fault = sim.take_fault(Strike::Rest, request.method.as_str(), &request.target.path, &account);
    if let Some(FaultKind::Late { delay }) = fault {
        // On a task of its own: what is under way arrives whatever becomes of the client.
        let late = arrive(sim, request, sent_path, delay);
        return tokio::spawn(late).await.unwrap_or_else(|_| cut_off(cut));
    }
    let delay = if let Some(FaultKind::Slow { delay }) = &fault {
        *delay
    } else {
        Duration::ZERO
    };
    let by_proxy = matches!(fault, Some(FaultKind::Html { .. }));
    let outcome = respond(&sim, &mut request, fault).await;
    record(&sim, &request, sent_path, outcome.as_ref());
    // Last, so that a client that gives up waiting takes neither the effect nor its record with it.
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match outcome {
        Some(response) if by_proxy => response,
        Some(response) => with_headers(&sim, response, &request.target),
        None => cut_off(cut),
    }
}

/// The account a request is about: the one its path names, or the one that asks where paths name none.
fn account_meant(sim: &Sim, request: &RestRequest) -> String {
    if let Some(sid) = request.target.account_sid() {
        return sid.to_owned();
    }
    let user = request.credentials.as_ref().map(|credentials| credentials.user.clone());
    let user = user.unwrap_or_default();
    let state = sim.state();
    state.account_of_key(&user).map_or(user, |account| account.sid.clone())
}

async fn arrive(sim: Sim, request: RestRequest, sent_path: String, after: Duration) -> Response {
    tokio::time::sleep(after).await;
    let response = perform(&sim, &request).await;
    record(&sim, &request, sent_path, Some(&response));
    with_headers(&sim, response, &request.target)
}

async fn read(request: Request, target: Target) -> Option<RestRequest> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.ok()?;
    let content_type = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let is_form = content_type.starts_with("application/x-www-form-urlencoded");
    Some(RestRequest {
        query: Pairs::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        form: if is_form { Pairs::parse(&body) } else { Pairs::default() },
        credentials: Credentials::read(&parts.headers),
        method: parts.method,
        target,
        as_suspended: None,
    })
}

/// The answer, or `None` when the connection is to be cut off.
async fn respond(sim: &Sim, request: &mut RestRequest, fault: Option<FaultKind>) -> Option<Response> {
    match fault {
        Some(FaultKind::CutOff) => None,
        Some(FaultKind::CutOffAfterEffect) => {
            let _ = rest::answer(sim, request);
            None
        }
        Some(FaultKind::Status { status, code, message }) => Some(refuse(&Refusal::new(status, code, message))),
        Some(FaultKind::RateLimited { retry_after }) => Some(rate_limited(retry_after)),
        Some(FaultKind::Html { status }) => Some(html(status)),
        Some(FaultKind::EmptyBody) => Some(StatusCode::OK.into_response()),
        Some(FaultKind::BrokenJson) => Some(change_body(sim, request, |text| text[..text.len() / 2].to_owned())),
        Some(FaultKind::EmptyPage) => Some(change_page(sim, request, empty_lists)),
        Some(FaultKind::RepeatedPage) => Some(change_page(sim, request, repeat)),
        Some(FaultKind::SuspendedAs { form }) => {
            request.as_suspended = Some(form);
            Some(perform(sim, request).await)
        }
        None
        | Some(
            FaultKind::Slow { .. }
            | FaultKind::Late { .. }
            | FaultKind::DuplicateCallbacks
            | FaultKind::ReorderCallbacks
            | FaultKind::DropWebhookSignature
            | FaultKind::WrongSignature,
        ) => Some(perform(sim, request).await),
    }
}

async fn perform(sim: &Sim, request: &RestRequest) -> Response {
    let (status, body) = rest_answer(sim, request);
    let is_page = body.as_ref().is_some_and(is_list_page);
    let page_delay = sim.options().page_delay;
    if is_page && !page_delay.is_zero() {
        tokio::time::sleep(page_delay).await;
    }
    body.map_or_else(
        || StatusCode::NO_CONTENT.into_response(),
        |body| json_response(status, &body),
    )
}

fn rest_answer(sim: &Sim, request: &RestRequest) -> (u16, Option<Value>) {
    match rest::answer(sim, request) {
        Ok(Answer::Json(status, body)) => (status, Some(body)),
        Ok(Answer::NoContent) => (204, None),
        Err(refusal) => (refusal.status, Some(refusal.body())),
    }
}

fn change_body(sim: &Sim, request: &RestRequest, change: impl FnOnce(&str) -> String) -> Response {
    let (status, body) = rest_answer(sim, request);
    text_response(
        status,
        "application/json",
        change(&body.unwrap_or_default().to_string()),
    )
}

fn change_page(sim: &Sim, request: &RestRequest, change: impl FnOnce(&mut Value)) -> Response {
    let (status, body) = rest_answer(sim, request);
    let mut body = body.unwrap_or_default();
    if is_list_page(&body) {
        change(&mut body);
    }
    json_response(status, &body)
}

fn is_list_page(body: &Value) -> bool {
    body.get("next_page_uri").is_some() || body.get("meta").is_some()
}

fn repeat(page: &mut Value) {
    if let Some(meta) = page.get_mut("meta") {
        meta["next_page_url"] = meta["url"].clone();
    } else {
        page["next_page_uri"] = page["uri"].clone();
    }
}

fn empty_lists(page: &mut Value) {
    let Some(properties) = page.as_object_mut() else { return };
    properties
        .values_mut()
        .filter(|value| value.is_array())
        .for_each(|value| *value = json!([]));
}

fn refuse(refusal: &Refusal) -> Response {
    json_response(refusal.status, &refusal.body())
}

fn rate_limited(retry_after: Option<Duration>) -> Response {
    let mut response = refuse(&Refusal::too_many_requests());
    if let Some(wait) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
    response
}

fn html(status: u16) -> Response {
    text_response(
        status,
        "text/html",
        "<html><body><h1>Bad Gateway</h1></body></html>".to_owned(),
    )
}

fn json_response(status: u16, body: &Value) -> Response {
    text_response(status, "application/json", body.to_string())
}

fn text_response(status: u16, content_type: &'static str, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, content_type)], Body::from(body)).into_response()
}

fn record(sim: &Sim, request: &RestRequest, path: String, outcome: Option<&Response>) {
    let entry = SimRequest {
        at: sim.now(),
        method: request.method.to_string(),
        path,
        query: request.query.clone(),
        account_sid: request.target.account_sid().map(str::to_owned),
        user: request.credentials.as_ref().map(|credentials| credentials.user.clone()),
        form: request.form.clone(),
        status: outcome.map(|response| response.status().as_u16()),
    };
    sim.state().requests.push(entry);
    sim.touch();
}

/// The headers that come with every answer of Twilio's, and with none of a proxy's.
fn with_headers(sim: &Sim, mut response: Response, target: &Target) -> Response {
    let request_id = sim.state().sids.next("RQ");
    let domain = format!("{}.twilio.com", target.product);
    let headers = response.headers_mut();
    for (name, value) in [
        ("twilio-request-id", request_id.as_str()),
        ("twilio-request-duration", "0.010"),
        ("twilio-concurrent-requests", "1"),
        ("x-home-region", target.region.as_str()),
        ("x-api-domain", domain.as_str()),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}

fn cut_off(cut: CutInfo) -> Response {
    if let Some(Extension(ConnectInfo(cut))) = cut {
        cut.off();
    }
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
