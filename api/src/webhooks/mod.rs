//! What Twilio calls, and what it is answered. One file a webhook; `verified.rs` guards them all.
//!
//! Addresses live for years: `/twilio/v1/{voice,status,stream,after,usage}/{reference}`. A reference that was never given out is not
//! found, a bad signature is forbidden, and when the database is away Twilio is told 503, so that it takes the number's fallback:
//! a constant answer that needs neither.

mod after;
mod asked;
mod fallback;
mod guard;
mod made_up;
mod nonce;
mod refused;
mod shared_keys;
pub mod signature;
mod status;
mod stream;
pub mod twiml;
mod usage;
mod verified;
mod voice;

use std::sync::Arc;

use axum::Extension;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, post};
use domain::Services;
use domain::calls::Answer;
use tokio::time::Instant;
use tracing::error;

use crate::metrics;
use crate::options::ApiOptions;
use guard::Guard;
use refused::Refused;
pub use shared_keys::{BadSharedKeys, SharedKeys};
use twiml::{ConnectStream, DialNumber, DialSip, Method, Say, Verb};

/// The most bytes of a webhook's body. Twilio's are a few kilobytes.
const MAX_BODY: usize = 64 * 1024;

/// How long an agent's SIP address, or the backup number, rings.
const RINGS_FOR: std::time::Duration = std::time::Duration::from_secs(30);

/// The routes below `/twilio/v1`.
pub fn router(services: Services, options: &ApiOptions) -> Router {
    routes(services, Arc::new(Guard::new(options)))
}

fn routes(services: Services, guard: Arc<Guard>) -> Router {
    let signed = |posted: MethodRouter<Services>| posted.fallback(refused::other_method);
    Router::new()
        .route("/twilio/v1/voice/{reference}", signed(post(voice::handle)))
        .route("/twilio/v1/after/{reference}", signed(post(after::handle)))
        .route("/twilio/v1/status/{reference}", signed(post(status::handle)))
        .route("/twilio/v1/stream/{reference}", signed(post(stream::handle)))
        .route("/twilio/v1/usage/{reference}", signed(post(usage::handle)))
        .route("/twilio/v1/fallback", any(fallback::handle))
        .route("/twilio/v1/nonce/{challenge}", get(nonce::handle))
        .layer(Extension(guard.clone()))
        .route_layer(middleware::from_fn_with_state(guard, observed))
        .with_state(services)
}

/// Measures how long a webhook takes, and counts those that are not taken. Its name is taken from the route and never from the address,
/// which is a stranger's text.
async fn observed(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let webhook = webhook_of(route.map_or("", MatchedPath::as_str));
    let path = request.uri().path();
    let reference = path.rsplit('/').next().unwrap_or_default().to_owned();
    let begun = Instant::now();
    let response = next.run(request).await;
    metrics::webhook_answered(webhook, response.status(), begun.elapsed());
    if let Some(refused) = response.extensions().get::<Refused>() {
        guard.note(*refused, webhook, &reference);
    }
    response
}

/// The name of the webhook behind a route of [`router`].
fn webhook_of(route: &str) -> &'static str {
    let name = route
        .strip_prefix("/twilio/v1/")
        .and_then(|rest| rest.split('/').next());
    let known = ["voice", "after", "status", "stream", "usage", "fallback", "nonce"];
    known.into_iter().find(|known| Some(*known) == name).unwrap_or("other")
}

/// Writes an answer as TwiML.
fn twiml_of(answer: &Answer) -> Response {
    let hangup = Verb::Hangup;
    let document = match answer {
        Answer::Stream {
            url,
            parameters,
            status_callback,
            action,
        } => {
            let parameters: Vec<(&str, &str)> =
                parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
            twiml::document(&[Verb::ConnectStream(ConnectStream {
                url,
                parameters: &parameters,
                status_callback,
                action,
            })])
        }
        Answer::Sip { uri, action } => twiml::document(&[Verb::DialSip(DialSip {
            uri,
            timeout: RINGS_FOR,
            action,
            caller_id: None,
        })]),
        Answer::Backup(number) => {
            let dial = DialNumber {
                number: number.as_str(),
                timeout: RINGS_FOR,
                action: None,
                caller_id: None,
            };
            twiml::document(&[Verb::DialNumber(dial), hangup])
        }
        Answer::Say(text) => twiml::document(&[
            Verb::Say(Say {
                text,
                voice: None,
                language: "en-US",
            }),
            hangup,
        ]),
        Answer::Redirect { url, method } => {
            let method = if method.eq_ignore_ascii_case("GET") {
                Method::Get
            } else {
                Method::Post
            };
            twiml::document(&[Verb::Redirect { url, method }])
        }
        Answer::HangUp => twiml::document(&[hangup]),
    };
    match document {
        Ok(document) => ([(header::CONTENT_TYPE, twiml::CONTENT_TYPE)], document).into_response(),
        Err(error) => {
            error!(
                error = &error as &dyn std::error::Error,
                "could not write an answer to Twilio"
            );
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

#[cfg(test)]
mod tests;
