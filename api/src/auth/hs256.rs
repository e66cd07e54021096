//! Tokens that are signed with a secret which the web app and Callab share.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::Claims;

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
