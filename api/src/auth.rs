//! Who asks: reads the web app's tokens, and workspaces' API keys.

mod claims;
mod hs256;
mod key_set;
mod published_keys;
mod sign_in;
mod verifier;

use axum::http::{HeaderMap, header};

pub use claims::{Claims, Identity};
pub use hs256::Hs256;
pub use published_keys::{FetchKeys, KeysUnavailable, NotPublic, PublicAlgorithm, PublishedKeys};
pub use sign_in::{SignInError, sign_in};
pub use verifier::{NotVerified, TokenVerifier};

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum Unauthenticated {
    /// There is no token.
    NoToken,
    /// It is no token, or another signed it.
    NotValid,
    /// It is signed by another algorithm than the configured one.
    Algorithm,
    /// It is meant for another service.
    Audience,
    /// It comes from another issuer.
    Issuer,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYet,
    /// Its role, workspace or subject makes no sense.
    Claims,
    /// There is no such API key.
    KeyNotValid,
    /// The API key's time is over.
    KeyExpired,
    /// The API key was revoked.
    KeyRevoked,
}

impl Unauthenticated {
    /// The sentence for the one who asks.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::NoToken => "Sign in: send a token or an API key as `Authorization: Bearer …`.",
            // Which of them it is, is for whoever runs the service.
            Self::NotValid | Self::Algorithm | Self::Audience | Self::Issuer => "The token is not valid here.",
            Self::Expired => "The token has expired. Sign in again.",
            Self::NotYet => "The token is not valid yet.",
            Self::Claims => {
                "The token's claims are not usable: it names whom it is for, and a role in a workspace, or a role of Callab's staff and none."
            }
            Self::KeyNotValid => "The API key is not valid here.",
            Self::KeyExpired => "The API key has expired. Make another.",
            Self::KeyRevoked => "The API key was revoked. Make another.",
        }
    }

    /// The reason in a word, for metrics.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::NotValid => "not_valid",
            Self::Algorithm => "algorithm",
            Self::Audience => "audience",
            Self::Issuer => "issuer",
            Self::Expired => "expired",
            Self::NotYet => "not_yet",
            Self::Claims => "claims",
            Self::KeyNotValid => "key_not_valid",
            Self::KeyExpired => "key_expired",
            Self::KeyRevoked => "key_revoked",
        }
    }
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

#[cfg(test)]
mod tests;
