//! Verifies tokens: by one algorithm, which is configured and never taken from the token.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::ExposeSecret;

use super::published_keys::KeysUnavailable;
use super::{Claims, Hs256, Identity, PublishedKeys, Unauthenticated};

/// The most bytes of a token. One with a handful of claims has less than a thousand.
const LONGEST_TOKEN: usize = 8 * 1024;

/// Verifies tokens. Cheap to clone.
#[derive(Clone)]
pub struct TokenVerifier {
    keys: Keys,
    algorithm: Algorithm,
    validation: Validation,
}

#[derive(Clone)]
enum Keys {
    /// The web app's secret.
    Shared(Arc<DecodingKey>),
    /// Those that an identity provider publishes.
    Published(Arc<PublishedKeys>),
}

impl std::fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenVerifier")
    }
}

/// Why a token was not accepted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotVerified {
    /// It does not count.
    #[error(transparent)]
    Unauthenticated(#[from] Unauthenticated),
    /// Nobody can say whether it counts.
    #[error(transparent)]
    KeysUnavailable(#[from] KeysUnavailable),
}

impl TokenVerifier {
    /// Verifies tokens that are signed with a shared secret, by HS256.
    #[must_use]
    pub fn hs256(signed: &Hs256) -> Self {
        let key = DecodingKey::from_secret(signed.secret.expose_secret().as_bytes());
        let validation = validation(Algorithm::HS256, signed.audience.as_deref(), signed.issuer.as_deref());
        Self {
            keys: Keys::Shared(Arc::new(key)),
            algorithm: Algorithm::HS256,
            validation,
        }
    }

    /// Verifies tokens that are signed with one of the keys that an identity provider publishes. Such keys sign for other services
    /// too, so that tokens have to name this audience and this issuer.
    #[must_use]
    pub fn published(keys: Arc<PublishedKeys>, audience: &str, issuer: &str) -> Self {
        let algorithm = keys.algorithm();
        Self {
            validation: validation(algorithm, Some(audience), Some(issuer)),
            keys: Keys::Published(keys),
            algorithm,
        }
    }

    /// Reads a token.
    ///
    /// # Errors
    /// Why it does not count, or that nobody can say so now.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Identity, NotVerified> {
        let claims = self.claims(token).await?;
        Ok(claims.identity(now)?)
    }

    async fn claims(&self, token: &str) -> Result<Claims, NotVerified> {
        let not_valid = NotVerified::Unauthenticated(Unauthenticated::NotValid);
        if token.len() > LONGEST_TOKEN {
            return Err(not_valid);
        }
        let Ok(header) = jsonwebtoken::decode_header(token) else {
            return Err(not_valid);
        };
        // Before any key is looked for. `crit` names what has to be understood, and nothing of it is here (RFC 7515, section 4.1.11).
        if header.crit.is_some() {
            return Err(not_valid);
        }
        if header.alg != self.algorithm {
            return Err(Unauthenticated::Algorithm.into());
        }
        let keys = match &self.keys {
            Keys::Shared(key) => return self.signed_by(token, key)?.ok_or(not_valid),
            Keys::Published(keys) => keys,
        };
        let id = header.kid.as_deref();
        let fit = keys.fit(id);
        if let Some(claims) = self.signed_by_one(token, &fit)? {
            return Ok(claims);
        }
        // The key that it names is known, and did not sign it.
        if id.is_some() && !fit.is_empty() {
            return Err(not_valid);
        }
        // Signed with a key that was published a moment ago, perhaps.
        keys.read_again().await?;
        self.signed_by_one(token, &keys.fit(id))?.ok_or(not_valid)
    }

    /// The claims, if one of the keys signed them.
    fn signed_by_one(&self, token: &str, keys: &[Arc<DecodingKey>]) -> Result<Option<Claims>, Unauthenticated> {
        for key in keys {
            if let Some(claims) = self.signed_by(token, key)? {
                return Ok(Some(claims));
            }
        }
        Ok(None)
    }

    /// The claims, if the key signed them; an error if it did and they are not for us.
    fn signed_by(&self, token: &str, key: &DecodingKey) -> Result<Option<Claims>, Unauthenticated> {
        match jsonwebtoken::decode::<Claims>(token, key, &self.validation) {
            Ok(read) => Ok(Some(read.claims)),
            Err(error) if *error.kind() == ErrorKind::InvalidSignature => Ok(None),
            Err(error) => Err(match error.kind() {
                ErrorKind::InvalidAudience => Unauthenticated::Audience,
                ErrorKind::InvalidIssuer => Unauthenticated::Issuer,
                ErrorKind::MissingRequiredClaim(claim) if claim == "aud" => Unauthenticated::Audience,
                ErrorKind::MissingRequiredClaim(claim) if claim == "iss" => Unauthenticated::Issuer,
                _ => Unauthenticated::NotValid,
            }),
        }
    }
}

fn validation(algorithm: Algorithm, audience: Option<&str>, issuer: Option<&str>) -> Validation {
    let mut validation = Validation::new(algorithm);
    // Times are compared in `Claims::identity`, with our own clock.
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    validation.validate_aud = audience.is_some();
    if let Some(audience) = audience {
        validation.set_audience(&[audience]);
        validation.required_spec_claims.insert("aud".into());
    }
    if let Some(issuer) = issuer {
        validation.set_issuer(&[issuer]);
        validation.required_spec_claims.insert("iss".into());
    }
    validation
}
