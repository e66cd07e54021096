//! Who asks: an account, the secret that proves it, and the region where both are valid.

use secrecy::{ExposeSecret, SecretString};

use crate::sid::kind_of;
use crate::{AccountSid, ApiKeySid, Region};

/// No secret of Twilio's comes near this many bytes; a longer text is a file pasted by mistake.
const MAX_SECRET_BYTES: usize = 256;

/// The characters of the Auth Tokens seen in practice: 32 lower-case hexadecimal digits. Twilio promises no length.
const USUAL_TOKEN_LENGTH: usize = 32;

/// Why a text cannot be a secret of Twilio's. The text itself is left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing was given.
    #[error("{expected} is needed")]
    Empty {
        /// What was asked for.
        expected: &'static str,
    },
    /// A SID was pasted into the field of a secret.
    #[error("{found} where {expected} belongs")]
    OtherKind {
        /// What was asked for.
        expected: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// Longer than any secret, or with blanks or characters outside ASCII inside.
    #[error("{expected} is one word of letters and digits")]
    Unreadable {
        /// What was asked for.
        expected: &'static str,
    },
}

fn parse(text: &str, expected: &'static str) -> Result<SecretString, SecretError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(SecretError::Empty { expected });
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.len() > MAX_SECRET_BYTES {
        return Err(SecretError::Unreadable { expected });
    }
    match kind_of(text) {
        None => Ok(SecretString::from(text)),
        Some(found) => Err(SecretError::OtherKind { expected, found }),
    }
}

/// An account's Auth Token: it proves the account to Twilio, and Twilio's webhooks to us. Prints nothing, wipes itself.
#[derive(Debug, Clone)]
pub struct AuthToken(SecretString);

impl AuthToken {
    /// Reads a token as a person pastes it. Blanks at the ends are dropped: with them Twilio answers "invalid username".
    ///
    /// # Errors
    /// [`SecretError`] when it is empty, a SID, or cannot be a token; a mere unusual length is let through, see
    /// [`AuthToken::is_usual`].
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        parse(text, "an Auth Token").map(Self)
    }

    /// Whether it looks like every token seen so far (32 lower-case hexadecimal digits). Worth a hint when it does not,
    /// never a refusal: Twilio documents no such rule.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        let token = self.expose_secret();
        token.len() == USUAL_TOKEN_LENGTH && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }

    /// The token in clear, to seal it or to check a signature with it.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The secret of an API key. Prints nothing, wipes itself.
#[derive(Debug, Clone)]
pub struct ApiKeySecret(SecretString);

impl ApiKeySecret {
    /// Reads a secret as a person pastes it, blanks at the ends dropped.
    ///
    /// # Errors
    /// [`SecretError`] when it is empty, a SID, or cannot be a secret.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        parse(text, "an API key's secret").map(Self)
    }

    /// The secret in clear, to seal it.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

/// What proves that we may act for an account.
#[derive(Debug, Clone)]
pub enum Secret {
    /// The account's own token, with every right.
    AuthToken(AuthToken),
    /// An API key of the account, perhaps with fewer rights.
    ApiKey {
        /// The key.
        sid: ApiKeySid,
        /// Its secret.
        secret: ApiKeySecret,
    },
}

/// Everything a request needs to act for an account.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The account acted on.
    pub account_sid: AccountSid,
    /// The proof.
    pub secret: Secret,
    /// Where the account's credentials and data live.
    pub region: Region,
}

impl Credentials {
    /// User name and password of HTTP basic authentication.
    pub(crate) fn basic_auth(&self) -> (&str, &str) {
        match &self.secret {
            Secret::AuthToken(token) => (self.account_sid.as_str(), token.expose_secret()),
            Secret::ApiKey { sid, secret } => (sid.as_str(), secret.expose_secret()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

    #[test]
    fn a_pasted_token_is_trimmed() {
        let token = AuthToken::parse(&format!(" {TOKEN}\r\n")).unwrap();
        assert_eq!(token.expose_secret(), TOKEN);
        assert!(token.is_usual());
        assert!(!AuthToken::parse("a_longer_token_of_tomorrow").unwrap().is_usual());
    }

    #[test]
    fn what_cannot_be_a_token_is_refused_without_repeating_it() {
        let sid = format!("AC{TOKEN}");
        let error = AuthToken::parse(&sid).unwrap_err();
        assert_eq!(error.to_string(), "an AC account SID where an Auth Token belongs");
        assert!(matches!(AuthToken::parse("  "), Err(SecretError::Empty { .. })));
        for text in ["two words", "tokén", &"a".repeat(257)] {
            let error = AuthToken::parse(text).unwrap_err();
            assert!(matches!(error, SecretError::Unreadable { .. }));
            assert!(!format!("{error} {error:?}").contains(text));
        }
    }

    #[test]
    fn an_api_key_signs_in_under_its_own_name() {
        let who = Credentials {
            account_sid: AccountSid::parse(&format!("AC{TOKEN}")).unwrap(),
            secret: Secret::ApiKey {
                sid: ApiKeySid::parse(&format!("SK{TOKEN}")).unwrap(),
                secret: ApiKeySecret::parse("keysecret").unwrap(),
            },
            region: Region::Us1,
        };
        assert_eq!(who.basic_auth(), (format!("SK{TOKEN}").as_str(), "keysecret"));
    }

    #[test]
    fn nothing_prints_a_secret() {
        let key = ApiKeySecret::parse(TOKEN).unwrap();
        let sid = ApiKeySid::parse("SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
        let account_sid = AccountSid::parse("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
        let token = AuthToken::parse(TOKEN).unwrap();
        for secret in [Secret::AuthToken(token), Secret::ApiKey { sid, secret: key }] {
            let who = Credentials {
                account_sid: account_sid.clone(),
                secret,
                region: Region::Ie1,
            };
            assert!(!format!("{who:?} {who:#?}").contains(TOKEN));
        }
    }
}
