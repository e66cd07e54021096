//! The guard of every webhook: who is it for, and did Twilio sign it?

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, OriginalUri, Path, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::calls::{self, Target, VoiceFacts};
use domain::diagnosis::Signatures;
use domain::{Fault, OnBehalf, Services};
use entity::call::CallStatus;
use sea_orm::DbErr;
use tracing::{error, warn};
use twilio::{AuthToken, CallSid};

use crate::trace_id::TraceId;

use super::signature::{FormParams, SignedBody, SignedRequest, signature_in, verify};

/// The most characters kept of a caller's name for itself.
const MAX_PARTY: usize = 200;

/// What the address of a webhook stands for, as far as its signature is concerned.
pub(super) trait Address: Sized + Send {
    /// Finds what a reference stands for. None for one that was never given out.
    fn find(services: &Services, reference: &str) -> impl Future<Output = Result<Option<Self>, DbErr>> + Send;

    /// The SID of the account that it was registered with.
    fn account_sid(&self) -> &str;

    /// The public base URLs that a signature may have been made over.
    fn base_urls(&self) -> impl Iterator<Item = &str>;

    /// The tokens that may have signed a webhook of the account with this SID to this address.
    fn tokens(
        &self,
        services: &Services,
        account_sid: &str,
    ) -> impl Future<Output = Result<Vec<AuthToken>, Fault>> + Send;

    /// The number whose calls it is about; none for what is about no number.
    fn of_number(&self) -> Option<&Target> {
        None
    }
}

impl Address for Target {
    async fn find(services: &Services, reference: &str) -> Result<Option<Self>, DbErr> {
        calls::find_target(services, reference).await
    }

    fn account_sid(&self) -> &str {
        &self.account_sid
    }

    fn base_urls(&self) -> impl Iterator<Item = &str> {
        self.base_urls()
    }

    async fn tokens(&self, services: &Services, account_sid: &str) -> Result<Vec<AuthToken>, Fault> {
        calls::tokens(services, self, account_sid).await
    }

    fn of_number(&self) -> Option<&Target> {
        Some(self)
    }
}

/// A webhook whose signature is good.
pub(super) struct Verified<A = Target> {
    /// What its address stands for.
    pub target: A,
    /// What Twilio posted: names and values as they came.
    pub params: FormParams,
}

impl<A: Address> FromRequest<Services> for Verified<A> {
    type Rejection = Response;

    async fn from_request(request: Request, services: &Services) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let path = Path::<String>::from_request_parts(&mut parts, services).await;
        let Path(reference) = path.map_err(IntoResponse::into_response)?;
        let OriginalUri(uri) = OriginalUri::from_request_parts(&mut parts, services)
            .await
            .unwrap_or_else(|never| match never {});
        let signatures = Extension::<Arc<Signatures>>::from_request_parts(&mut parts, services).await;
        let from = Extension::<ConnectInfo<SocketAddr>>::from_request_parts(&mut parts, services).await;
        let trace_id = TraceId::from_request_parts(&mut parts, services)
            .await
            .unwrap_or_else(|never| match never {});
        let services = &services.on_behalf_of(OnBehalf::Twilio {
            request_id: trace_id.as_str().to_owned(),
            address: from.ok().map(|Extension(ConnectInfo(from))| from.ip().to_string()),
        });
        let headers = parts.headers.clone();
        let body = Bytes::from_request(Request::from_parts(parts, body), services)
            .await
            .map_err(BytesRejection::into_response)?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let signatures = signatures.map_or_else(|_| Arc::default(), |Extension(signatures)| signatures);
        let webhook = verified::<A>(services, &signatures, &reference, path, &headers, &body).await;
        if let Ok(Some(target)) = webhook.as_ref().map(|webhook| webhook.target.of_number()) {
            note_accepted(services, &signatures, target);
        }
        webhook.map_err(IntoResponse::into_response)
    }
}

/// What is known of a number's webhooks is written beside the answer: a ringing call does not wait for it.
fn note_accepted(services: &Services, signatures: &Signatures, target: &Target) {
    if !signatures.accepted(services, target) {
        return;
    }
    let (services, target) = (services.clone(), target.clone());
    tokio::spawn(async move {
        if let Err(error) = Signatures::write_accepted(&services, &target).await {
            warn!(
                error = &error as &dyn std::error::Error,
                "could not note that a webhook was signed well"
            );
        }
    });
}

async fn note_refused(services: &Services, signatures: &Signatures, target: &Target, other_account: bool) {
    if let Err(error) = signatures.refused(services, target, other_account).await {
        warn!(
            error = &error as &dyn std::error::Error,
            "could not note that a webhook was refused"
        );
    }
}

async fn verified<A: Address>(
    services: &Services,
    signatures: &Signatures,
    reference: &str,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Verified<A>, StatusCode> {
    let Some(signature) = signature_in(headers) else {
        return Err(rejected(reference, "unsigned"));
    };
    let target = A::find(services, reference).await.map_err(|error| {
        error!(
            error = &error as &dyn std::error::Error,
            "could not look a webhook's address up"
        );
        StatusCode::SERVICE_UNAVAILABLE
    })?;
    let target = target.ok_or(StatusCode::NOT_FOUND)?;
    let params = if is_form(headers) {
        FormParams::parse(body).map_err(|_| StatusCode::BAD_REQUEST)?
    } else {
        FormParams::default()
    };
    // In a body that is no form the account cannot be read before it is trusted: it has to be the one of the address.
    let account_sid = if is_form(headers) {
        params.get("AccountSid").unwrap_or_default()
    } else {
        target.account_sid()
    };
    let tokens = target.tokens(services, account_sid).await.map_err(|error| {
        error!(
            error = &error as &dyn std::error::Error,
            "could not open the token of a webhook's account"
        );
        StatusCode::SERVICE_UNAVAILABLE
    })?;
    let body = if is_form(headers) {
        SignedBody::Form(&params)
    } else {
        SignedBody::Other(body)
    };
    if signed_by_any(&tokens, &target, path, body, signature) {
        return Ok(Verified { target, params });
    }
    if let Some(target) = target.of_number() {
        note_refused(services, signatures, target, tokens.is_empty()).await;
    }
    Err(rejected(
        reference,
        if tokens.is_empty() { "account" } else { "signature" },
    ))
}

/// Counts a webhook that is not Twilio's, and says so in the log. The path is the stranger's: no more of it than a reference is kept.
fn rejected(reference: &str, reason: &'static str) -> StatusCode {
    crate::metrics::webhook_refused(reason);
    let reference: String = reference.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    warn!(webhook.reference = reference, reason, "refused a webhook: {reason}");
    StatusCode::FORBIDDEN
}

fn signed_by_any(
    tokens: &[AuthToken],
    target: &impl Address,
    path: &str,
    body: SignedBody<'_>,
    signature: &str,
) -> bool {
    target.base_urls().any(|base| {
        let url = format!("{base}{path}");
        tokens
            .iter()
            .any(|token| verify(token, &SignedRequest { url: &url, body }, signature))
    })
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

impl Verified {
    /// What every webhook about a call tells.
    pub(super) fn voice_facts(&self) -> Result<VoiceFacts, StatusCode> {
        Ok(VoiceFacts {
            call_sid: self.call_sid()?,
            from: self.party("From"),
            to: self.party("To"),
            status: CallStatus::from(self.params.get("CallStatus").unwrap_or("ringing")),
        })
    }

    /// The call's SID.
    pub(super) fn call_sid(&self) -> Result<String, StatusCode> {
        let sid = self.params.get("CallSid").and_then(|sid| CallSid::parse(sid).ok());
        sid.map(|sid| sid.to_string()).ok_or(StatusCode::BAD_REQUEST)
    }

    /// A whole number, where there is one.
    pub(super) fn number(&self, name: &str) -> Option<i32> {
        self.params.get(name).and_then(|text| text.trim().parse().ok())
    }

    /// When it happened, by Twilio's word (RFC 2822).
    pub(super) fn at(&self) -> Option<DateTime<Utc>> {
        let text = self.params.get("Timestamp")?;
        let at = DateTime::parse_from_rfc2822(text)
            .or_else(|_| DateTime::parse_from_rfc3339(text))
            .ok()?;
        Some(at.with_timezone(&Utc))
    }

    fn party(&self, name: &str) -> String {
        self.params
            .get(name)
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_PARTY)
            .collect()
    }
}
