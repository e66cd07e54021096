//! The guard of every webhook: who is it for, and did Twilio sign it?
//!
//! From the cheap to the dear, so that a stranger costs little: a signature at all, a form, a reference that could be one, then the body,
//! one read (of which so many may find nothing: `made_up.rs`), the signature, and last how often. What is signed is the address as it
//! was registered, put together from what we know and from nothing that came along, be it a host, a query or another spelling of the path.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use chrono::{DateTime, Utc};
use domain::calls::{self, Target, VoiceFacts};
use domain::diagnosis::Signatures;
use domain::{Fault, Services};
use entity::call::CallStatus;
use sea_orm::DbErr;
use tracing::{error, warn};
use twilio::{AccountSid, AuthToken, CallSid};
use uuid::Uuid;

use super::asked::Asked;
use super::guard::Guard;
use super::refused::Refused;
use super::shared_keys::Settings;
use super::signature::{FormParams, SignedBody, SignedRequest, signature_in, verify, verify_shared};

/// The most characters kept of a caller's name for itself.
const MAX_PARTY: usize = 200;

/// The most characters kept of a word of Twilio's, such as a status or a SID.
const MAX_WORD: usize = 64;

/// How long looking an address and its tokens up may take. A caller hears silence meanwhile: without an answer from the database the
/// fallback is better.
const FOUND_WITHIN: Duration = Duration::from_secs(3);

/// How long noting that a webhook was refused may take.
const NOTED_WITHIN: Duration = Duration::from_millis(500);

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

    /// The id of what its webhooks are counted under.
    fn counted_as(&self) -> Uuid;

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

    fn counted_as(&self) -> Uuid {
        self.number.0
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
    type Rejection = Refused;

    async fn from_request(request: Request, services: &Services) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let asked = Asked::read(&mut parts, services).await?;
        let body = asked.body(body).await?;
        let services = &services.on_behalf_of(asked.on_behalf.clone());
        let (target, params) = verified::<A>(services, &asked, &body).await?;
        if let Some(target) = target.of_number() {
            note_accepted(services, &asked.guard, target);
        }
        let too_soon = asked.guard.rates.count_webhook(asked.webhook, target.counted_as());
        too_soon.map_err(Refused::TooSoon)?;
        Ok(Self { target, params })
    }
}

/// What is known of a number's webhooks is written beside the answer: a ringing call does not wait for it.
fn note_accepted(services: &Services, guard: &Guard, target: &Target) {
    if !guard.signatures.accepted(services, target) {
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

/// A caller may be waiting for the fallback: no longer than [`NOTED_WITHIN`] is spent on it.
async fn note_refused(services: &Services, guard: &Guard, target: &Target, other_account: bool) {
    let noting = guard.signatures.refused(services, target, other_account);
    match tokio::time::timeout(NOTED_WITHIN, noting).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => warn!(
            error = &error as &dyn std::error::Error,
            "could not note that a webhook was refused"
        ),
        Err(late) => warn!(
            error = &late as &dyn std::error::Error,
            "could not note in time that a webhook was refused"
        ),
    }
}

/// What the address stands for, and what was posted, if it is Twilio that posted it.
async fn verified<A: Address>(services: &Services, asked: &Asked, body: &[u8]) -> Result<(A, FormParams), Refused> {
    let params = FormParams::parse(body).map_err(|_| Refused::Malformed)?;
    let found = tokio::time::timeout(FOUND_WITHIN, found::<A>(services, asked, &params)).await;
    let (target, tokens) = found.unwrap_or_else(|late| {
        error!(
            error = &late as &dyn std::error::Error,
            "could not look a webhook's address up in time"
        );
        Err(Refused::Unavailable)
    })?;
    let refused = match is_signed(asked, &target, &tokens, &params) {
        Ok(()) => return Ok((target, params)),
        Err(refused) => refused,
    };
    if let Some(target) = target.of_number() {
        note_refused(services, &asked.guard, target, refused == Refused::Account).await;
    }
    Err(refused)
}

/// What the address stands for, and the tokens that may have signed for it: none for an account that is not its own.
async fn found<A: Address>(
    services: &Services,
    asked: &Asked,
    params: &FormParams,
) -> Result<(A, Vec<AuthToken>), Refused> {
    let made_up = &asked.guard.made_up;
    let read = made_up.admit(&asked.reference).ok_or(Refused::Crowded)?;
    let target = A::find(services, &asked.reference).await.map_err(|error| {
        error!(
            error = &error as &dyn std::error::Error,
            "could not look a webhook's address up"
        );
        Refused::Unavailable
    })?;
    let Some(target) = target else {
        made_up.found_nothing(&asked.reference, read);
        return Err(Refused::Unknown);
    };
    made_up.found(&asked.reference, read);
    // What is no SID is no account's, and no question for the database.
    let Some(account) = account_in(params) else {
        return Ok((target, Vec::new()));
    };
    let tokens = target.tokens(services, account.as_str()).await.map_err(|error| {
        error!(
            error = &error as &dyn std::error::Error,
            "could not open the token of a webhook's account"
        );
        Refused::Unavailable
    })?;
    Ok((target, tokens))
}

fn account_in(params: &FormParams) -> Option<AccountSid> {
    AccountSid::parse(params.get("AccountSid")?).ok()
}

/// Whether it is signed for the address as it was registered: with a token of the account, or with a shared key of its that the headers
/// name and that is configured. The headers are nobody's word: they choose a key, and a request that a token signed stays signed.
fn is_signed(asked: &Asked, target: &impl Address, tokens: &[AuthToken], params: &FormParams) -> Result<(), Refused> {
    let account = account_in(params).filter(|sid| !tokens.is_empty() || sid.as_str() == target.account_sid());
    let account = account.ok_or(Refused::Account)?;
    let settings = Settings::of(&asked.headers);
    let shared = settings.and_then(|settings| asked.guard.shared_keys.find(&account, &settings));
    if tokens.is_empty() && shared.is_none() {
        return Err(Refused::Account);
    }
    let signature = signature_in(&asked.headers).filter(|_| !asked.has_query);
    let is_signed = signature.is_some_and(|signature| {
        target.base_urls().any(|base| {
            let (url, body) = (asked.registered(base), SignedBody::Form(params));
            let request = SignedRequest { url: &url, body };
            tokens.iter().any(|token| verify(token, &request, signature))
                || shared.is_some_and(|secret| verify_shared(secret, &request, signature))
        })
    });
    match (is_signed, settings) {
        (true, _) => Ok(()),
        (false, None) => Err(Refused::Signature),
        (false, Some(_)) => Err(Refused::SharedKey),
    }
}

impl Verified {
    /// What every webhook about a call tells.
    pub(super) fn voice_facts(&self) -> Result<VoiceFacts, Refused> {
        Ok(VoiceFacts {
            call_sid: self.call_sid()?,
            from: self.party("From"),
            to: self.party("To"),
            status: self
                .word("CallStatus")
                .map_or(CallStatus::Ringing, |status| status.as_str().into()),
        })
    }

    /// The call's SID.
    pub(super) fn call_sid(&self) -> Result<String, Refused> {
        let sid = self.params.get("CallSid").and_then(|sid| CallSid::parse(sid).ok());
        sid.map(|sid| sid.to_string()).ok_or(Refused::Malformed)
    }

    /// A word of Twilio's, as it may be kept: no database keeps a NUL, and none is to keep a novel.
    pub(super) fn word(&self, name: &str) -> Option<String> {
        let word = kept(self.params.get(name)?, MAX_WORD);
        Some(word).filter(|word| !word.is_empty())
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
        kept(self.params.get(name).unwrap_or_default(), MAX_PARTY)
    }
}

/// No more of a text from outside than this, and no control characters.
pub(super) fn kept(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}
