//! What a person types to connect an account.

use twilio::{AccountSid, ApiKeySecret, ApiKeySid, AuthToken, Credentials, Region, Secret, SidError};

use crate::{Refusal, RefusalCode, text};

/// What is typed to sign in; what is none was left out.
#[derive(Clone, Copy, Default)]
pub struct SignIn<'a> {
    /// The account's Auth Token.
    pub token: Option<&'a str>,
    /// The SID of an API key.
    pub key_sid: Option<&'a str>,
    /// Its secret.
    pub key_secret: Option<&'a str>,
}

impl std::fmt::Debug for SignIn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn")
    }
}

/// What signs in, well-formed: a token, a key, or both.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    pub token: Option<AuthToken>,
    pub key: Option<ApiKey>,
}

/// An API key.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its SID.
    pub sid: ApiKeySid,
    /// Its secret.
    pub secret: ApiKeySecret,
}

impl From<ApiKey> for Secret {
    fn from(ApiKey { sid, secret }: ApiKey) -> Self {
        Self::ApiKey { sid, secret }
    }
}

impl Secrets {
    pub(super) fn parse(typed: SignIn<'_>) -> Result<Self, Vec<Refusal>> {
        let token = typed.token.map(auth_token).transpose();
        let key = api_key(typed.key_sid, typed.key_secret);
        match (token, key) {
            (Ok(token), Ok(key)) => Ok(Self { token, key }),
            (token, key) => Err(token.err().into_iter().chain(key.err()).collect()),
        }
    }
}

/// A Twilio account that is to be connected, every field well-formed.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The customer's own name for it.
    pub label: String,
    /// What signs in to it.
    pub credentials: Credentials,
    /// The token that verifies webhooks where an API key signs in; without one no number of the account can be answered.
    pub webhook_token: Option<AuthToken>,
}

impl NewAccount {
    /// Reads what was typed. Blanks around SIDs and secrets are dropped; the region is `us1` unless said.
    ///
    /// # Errors
    /// Every field that is wrong, each with what to do.
    pub fn parse(sid: &str, typed: SignIn<'_>, region: Option<&str>, label: &str) -> Result<Self, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let sid = account_sid(sid).map_err(|refusal| refusals.push(refusal)).ok();
        let secrets = Secrets::parse(typed).map_err(|wrong| refusals.extend(wrong)).ok();
        let region = region
            .unwrap_or(Region::Us1.as_str())
            .trim()
            .parse::<Region>()
            .map_err(|_| {
                refusals
                    .push(Refusal::new(RefusalCode::WrongRegion, "A Twilio region is us1, ie1 or au1.").on("region"));
            });
        let label = text::name(label, "label")
            .map_err(|refusal| refusals.push(refusal))
            .ok();
        let signs_in = match secrets {
            Some(Secrets { key: Some(key), token }) => Some((key.into(), token)),
            Some(Secrets {
                key: None,
                token: Some(token),
            }) => Some((Secret::AuthToken(token), None)),
            Some(Secrets { key: None, token: None }) => {
                let message = "An Auth Token or an API key is needed.";
                refusals.push(Refusal::new(RefusalCode::AuthTokenMalformed, message).on("authToken"));
                None
            }
            None => None,
        };
        match (sid, signs_in, region, label) {
            (Some(account_sid), Some((secret, webhook_token)), Ok(region), Some(label)) => {
                let credentials = Credentials {
                    account_sid,
                    secret,
                    region,
                };
                Ok(Self {
                    label,
                    credentials,
                    webhook_token,
                })
            }
            _ => Err(refusals),
        }
    }

    /// Whether webhooks can be verified.
    pub(super) fn has_token(&self) -> bool {
        self.webhook_token.is_some() || matches!(self.credentials.secret, Secret::AuthToken(_))
    }
}

fn api_key(sid: Option<&str>, secret: Option<&str>) -> Result<Option<ApiKey>, Refusal> {
    let refused = |message, field| Err(Refusal::new(RefusalCode::ApiKeyMalformed, message).on(field));
    let (sid, secret) = match (sid, secret) {
        (None, None) => return Ok(None),
        (Some(sid), Some(secret)) => (sid, secret),
        (Some(_), None) => return refused("An API key needs its secret.", "apiKeySecret"),
        (None, Some(_)) => return refused("An API key's secret needs the key's SID (SK…).", "apiKeySid"),
    };
    let Ok(sid) = ApiKeySid::parse(sid.trim()) else {
        let message = "An API key's SID is SK and 32 hexadecimal digits. Copy it from the Twilio Console.";
        return refused(message, "apiKeySid");
    };
    let Ok(secret) = ApiKeySecret::parse(secret) else {
        let message = "That cannot be an API key's secret. Twilio shows it once, when the key is made.";
        return refused(message, "apiKeySecret");
    };
    Ok(Some(ApiKey { sid, secret }))
}

fn account_sid(text: &str) -> Result<AccountSid, Refusal> {
    AccountSid::parse(text.trim()).map_err(|error| match error {
        SidError::OtherKind { found, .. } if found.contains("API key") => {
            let message = "That is an API key (SK…), not an account SID (AC…). The account SID stands at the top of the Twilio Console.";
            Refusal::new(RefusalCode::AccountSidIsApiKey, message).on("accountSid")
        }
        _ => {
            let message = "An account SID is AC and 32 hexadecimal digits. Copy it from the top of the Twilio Console.";
            Refusal::new(RefusalCode::AccountSidMalformed, message).on("accountSid")
        }
    })
}

/// Reads an Auth Token, blanks around it dropped.
///
/// # Errors
/// A refusal on `authToken`; the text is never repeated.
fn auth_token(text: &str) -> Result<AuthToken, Refusal> {
    AuthToken::parse(text).map_err(|_| {
        let message = "That cannot be an Auth Token. Copy it from the Twilio Console, next to the account SID.";
        Refusal::new(RefusalCode::AuthTokenMalformed, message).on("authToken")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn typed(token: &str) -> SignIn<'_> {
        SignIn {
            token: Some(token),
            ..SignIn::default()
        }
    }

    fn codes(sid: &str, token: &str, region: Option<&str>, label: &str) -> Vec<(RefusalCode, Option<&'static str>)> {
        let refused = NewAccount::parse(sid, typed(token), region, label).unwrap_err();
        refused.iter().map(|refusal| (refusal.code, refusal.field)).collect()
    }

    #[test]
    fn blanks_around_what_was_pasted_are_dropped() {
        let new = NewAccount::parse(&format!(" {SID}\n"), typed(&format!("\t{TOKEN} ")), None, " Main ").unwrap();
        assert_eq!(
            (new.credentials.account_sid.as_str(), new.label.as_str()),
            (SID, "Main")
        );
        assert_eq!(new.credentials.region, Region::Us1);
    }

    #[test]
    fn every_wrong_field_is_told_at_once() {
        assert_eq!(
            codes("AC12", "", Some("mars1"), " "),
            [
                (RefusalCode::AccountSidMalformed, Some("accountSid")),
                (RefusalCode::AuthTokenMalformed, Some("authToken")),
                (RefusalCode::WrongRegion, Some("region")),
                (RefusalCode::Empty, Some("label")),
            ]
        );
    }

    #[test]
    fn an_api_key_in_the_sids_field_is_recognised() {
        let key = SID.replace("AC", "SK");
        assert_eq!(
            codes(&key, TOKEN, None, "x"),
            [(RefusalCode::AccountSidIsApiKey, Some("accountSid"))]
        );
    }

    #[test]
    fn a_key_signs_in_and_a_token_beside_it_verifies() {
        let key = SID.replace("AC", "SK");
        let typed = |token, key_secret| SignIn {
            token,
            key_sid: Some(&key),
            key_secret,
        };
        let new = NewAccount::parse(SID, typed(None, Some("s3cret")), None, "x").unwrap();
        assert!(matches!(new.credentials.secret, Secret::ApiKey { .. }) && !new.has_token());
        let new = NewAccount::parse(SID, typed(Some(TOKEN), Some("s3cret")), None, "x").unwrap();
        assert!(matches!(new.credentials.secret, Secret::ApiKey { .. }) && new.has_token());
        let refused = NewAccount::parse(SID, typed(None, None), None, "x").unwrap_err();
        assert_eq!(
            (refused[0].code, refused[0].field),
            (RefusalCode::ApiKeyMalformed, Some("apiKeySecret"))
        );
        let nothing = NewAccount::parse(SID, SignIn::default(), None, "x").unwrap_err();
        assert_eq!(nothing[0].field, Some("authToken"));
    }
}
