//! Who asks: reads the web app's tokens.

use ::entity::workspace;
use axum::http::{HeaderMap, header};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Actor, Role, Services, text, workspaces};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use sea_orm::DbErr;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};

/// How far the web app's clock may be from ours.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// The most characters of a token's `sub`.
const LONGEST_SUBJECT: usize = 200;

/// What a token claims, besides `aud` and `iss`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who: the web app's id of the person.
    pub sub: String,
    /// In which role: `owner`, `member`, `viewer`, or `staff_viewer`, `support`, `lead`.
    pub role: String,
    /// The web app's id of the workspace; none for staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The workspace's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_name: Option<String>,
    /// From when it counts, in seconds since 1970.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "optional_seconds"
    )]
    pub nbf: Option<i64>,
    /// Until when it counts, in seconds since 1970.
    #[serde(deserialize_with = "seconds")]
    pub exp: i64,
}

/// RFC 7519, section 2, allows fractions of a second.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the fraction is what is to go; a cast of what is out of range saturates"
)]
fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<i64, D::Error> {
    let number = serde_json::Number::deserialize(value)?;
    let whole = number
        .as_i64()
        .or_else(|| number.as_f64().map(|seconds| seconds as i64));
    whole.ok_or_else(|| serde::de::Error::custom("not a time"))
}

fn optional_seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    seconds(value).map(Some)
}

/// The secret that the web app signs tokens with, and what else they must say.
#[derive(Clone, Debug)]
pub struct Hs256 {
    /// The shared secret.
    pub secret: SecretString,
    /// The `aud` that tokens must name.
    pub audience: Option<String>,
    /// The `iss` that tokens must name.
    pub issuer: Option<String>,
}

impl Hs256 {
    /// Signs a token, for development and tests: the web app signs its own.
    ///
    /// # Errors
    /// When the claims cannot be written as JSON.
    pub fn sign(&self, claims: &Claims) -> Result<SecretString, jsonwebtoken::errors::Error> {
        #[derive(Serialize)]
        struct Signed<'a> {
            #[serde(flatten)]
            claims: &'a Claims,
            #[serde(skip_serializing_if = "Option::is_none")]
            aud: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            iss: Option<&'a str>,
        }
        let signed = Signed {
            claims,
            aud: self.audience.as_deref(),
            iss: self.issuer.as_deref(),
        };
        let key = EncodingKey::from_secret(self.secret.expose_secret().as_bytes());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &signed, &key).map(SecretString::from)
    }
}

/// Verifies tokens.
#[derive(Clone)]
pub struct TokenVerifier {
    key: DecodingKey,
    validation: Validation,
}

impl std::fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenVerifier")
    }
}

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum Unauthenticated {
    /// There is no token.
    NoToken,
    /// It is no token, another signed it, or it is meant for another service.
    NotValid,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYet,
    /// Its role, workspace or subject makes no sense.
    Claims,
}

impl Unauthenticated {
    /// The sentence for the one who asks.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::NoToken => "Sign in: send a token as `Authorization: Bearer …`.",
            Self::NotValid => "The token is not valid here.",
            Self::Expired => "The token has expired. Sign in again.",
            Self::NotYet => "The token is not valid yet.",
            Self::Claims => {
                "The token's claims are not usable: it names a role in a workspace, or a role of Callab's staff and none."
            }
        }
    }
}

/// Who a token names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The token's `sub`.
    pub subject: String,
    /// In which role.
    pub role: Role,
    /// The web app's id of the workspace, and its name if the token tells it; none for staff.
    pub workspace: Option<(String, Option<String>)>,
    /// From when on the token no longer counts, leeway included; none if it has no end.
    pub expires_at: Option<DateTime<Utc>>,
}

impl TokenVerifier {
    /// Verifies tokens that are signed with a shared secret. No other algorithm is accepted, whatever a token says of itself.
    #[must_use]
    pub fn hs256(signed: &Hs256) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // Times are compared in `verify`, with our own clock.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        validation.validate_aud = signed.audience.is_some();
        if let Some(audience) = &signed.audience {
            validation.set_audience(&[audience]);
            validation.required_spec_claims.insert("aud".into());
        }
        if let Some(issuer) = &signed.issuer {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".into());
        }
        let key = DecodingKey::from_secret(signed.secret.expose_secret().as_bytes());
        Self { key, validation }
    }

    /// Reads a token.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Identity, Unauthenticated> {
        let read = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation);
        let claims = read.map_err(|_| Unauthenticated::NotValid)?.claims;
        let leeway = LEEWAY.num_seconds();
        if claims.exp.saturating_add(leeway) <= now.timestamp() {
            return Err(Unauthenticated::Expired);
        }
        if claims
            .nbf
            .is_some_and(|from| from.saturating_sub(leeway) > now.timestamp())
        {
            return Err(Unauthenticated::NotYet);
        }
        identity(claims).ok_or(Unauthenticated::Claims)
    }
}

/// A role of staff names no workspace, and every other role names one.
fn identity(claims: Claims) -> Option<Identity> {
    let role = Role::parse(&claims.role)?;
    let subject = claims.sub;
    let usable = !subject.is_empty() && subject.len() <= LONGEST_SUBJECT && !subject.contains(char::is_control);
    if !usable || role.is_staff() == claims.workspace.is_some() {
        return None;
    }
    let workspace = match claims.workspace {
        Some(id) => {
            let id = text::external_id(&id, "workspace").ok()?;
            let name = claims.workspace_name;
            Some((id, name.and_then(|name| text::name(&name, "workspace_name").ok())))
        }
        None => None,
    };
    // No end is what comes out of one beyond all calendars, too.
    let expires_at = DateTime::from_timestamp(claims.exp.saturating_add(LEEWAY.num_seconds()), 0);
    Some(Identity {
        subject,
        role,
        workspace,
        expires_at,
    })
}

/// The token in `Authorization: Bearer …`.
///
/// # Errors
/// When there is none.
pub fn bearer(headers: &HeaderMap) -> Result<&str, Unauthenticated> {
    let value = headers.get(header::AUTHORIZATION).ok_or(Unauthenticated::NoToken)?;
    after_bearer(value.to_str().map_err(|_| Unauthenticated::NotValid)?)
}

/// The token after the word `Bearer`.
///
/// # Errors
/// When the text is something else.
pub fn after_bearer(text: &str) -> Result<&str, Unauthenticated> {
    match text.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Unauthenticated::NoToken),
    }
}

/// Finds the rows behind an identity. A workspace that a token names for the first time is made.
///
/// # Errors
/// When the database fails.
pub async fn actor(services: &Services, identity: Identity) -> Result<(Actor, Option<workspace::Model>), DbErr> {
    let workspace = match identity.workspace {
        Some((id, name)) => Some(workspaces::of_token(services, &id, name.as_deref()).await?),
        None => None,
    };
    let actor = Actor {
        subject: identity.subject,
        role: identity.role,
        workspace: workspace.as_ref().map(|workspace| workspace.id),
    };
    Ok((actor, workspace))
}

#[cfg(test)]
mod tests;
