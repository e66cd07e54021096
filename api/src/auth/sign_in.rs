//! From what is in `Authorization` to the one who asks.

use std::net::IpAddr;

use ::entity::{ApiKeyId, workspace};
use chrono::{DateTime, Utc};
use domain::api_keys::{self, NotSignedIn};
use domain::{Actor, Request, Services, workspaces};
use sea_orm::DbErr;

use super::{Identity, KeysUnavailable, NotVerified, TokenVerifier, Unauthenticated};
use crate::graphql::Caller;
use crate::metrics;
use crate::trace_id::TraceId;

/// Why nobody could be signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The token or the key does not count.
    #[error(transparent)]
    Unauthenticated(#[from] Unauthenticated),
    /// Nobody can say whether the token counts.
    #[error(transparent)]
    KeysUnavailable(#[from] KeysUnavailable),
    /// The database could not be asked for the workspace or the key.
    #[error("could not read who asks")]
    Database(#[from] DbErr),
}

impl From<NotVerified> for SignInError {
    fn from(why: NotVerified) -> Self {
        match why {
            NotVerified::Unauthenticated(why) => why.into(),
            NotVerified::KeysUnavailable(why) => why.into(),
        }
    }
}

impl From<NotSignedIn> for SignInError {
    fn from(why: NotSignedIn) -> Self {
        match why {
            NotSignedIn::Unknown => Unauthenticated::KeyNotValid.into(),
            NotSignedIn::Expired => Unauthenticated::KeyExpired.into(),
            NotSignedIn::Revoked => Unauthenticated::KeyRevoked.into(),
            NotSignedIn::Database(error) => error.into(),
        }
    }
}

/// Signs in with a token, or with an API key.
///
/// # Errors
/// Why nobody could be signed in.
pub async fn sign_in(
    services: &Services,
    verifier: &TokenVerifier,
    token: &str,
    trace_id: &TraceId,
    address: Option<IpAddr>,
) -> Result<Caller, SignInError> {
    let signed_in = if token.starts_with(api_keys::PREFIX) {
        with_key(services, token).await
    } else {
        with_token(services, verifier, token).await
    };
    if let Err(SignInError::Unauthenticated(why)) = &signed_in {
        metrics::not_signed_in(why.code());
    }
    let who = signed_in?;
    Ok(Caller {
        request: Request {
            actor: who.actor,
            request_id: trace_id.as_str().to_owned(),
            address: address.map(|address| address.to_string()),
            once: None,
        },
        workspace: who.workspace,
        expires_at: who.expires_at,
        api_key: who.api_key,
    })
}

/// Who has signed in, by whichever way.
struct SignedIn {
    actor: Actor,
    workspace: Option<workspace::Model>,
    expires_at: Option<DateTime<Utc>>,
    api_key: Option<ApiKeyId>,
}

async fn with_key(services: &Services, text: &str) -> Result<SignedIn, SignInError> {
    let signed_in = api_keys::sign_in(services, text).await?;
    Ok(SignedIn {
        actor: signed_in.actor,
        workspace: Some(signed_in.workspace),
        expires_at: signed_in.key.expires_at,
        api_key: Some(signed_in.key.id),
    })
}

async fn with_token(services: &Services, verifier: &TokenVerifier, token: &str) -> Result<SignedIn, SignInError> {
    let identity = verifier.verify(token, services.clock.now()).await?;
    let expires_at = identity.expires_at;
    let (actor, workspace) = actor(services, identity).await?;
    Ok(SignedIn {
        actor,
        workspace,
        expires_at,
        api_key: None,
    })
}

/// Finds the rows behind an identity. A workspace that a token names for the first time is made.
pub(super) async fn actor(services: &Services, identity: Identity) -> Result<(Actor, Option<workspace::Model>), DbErr> {
    let workspace = match identity.workspace {
        Some((id, name)) => Some(workspaces::of_token(services, &id, name.as_deref()).await?),
        None => None,
    };
    let own = workspace.as_ref().map(|workspace| workspace.id);
    Ok((Actor::new(identity.subject, identity.role, own), workspace))
}
