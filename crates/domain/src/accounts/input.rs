//! What a person types to connect an account.

use twilio::{AccountSid, AuthToken, Credentials, Region, Secret, SidError};

use crate::{Refusal, RefusalCode, text};

/// A Twilio account that is to be connected, every field well-formed.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The customer's own name for it.
    pub label: String,
    /// What signs in to it.
    pub credentials: Credentials,
}

impl NewAccount {
    /// Reads what was typed. Blanks around the SID and the token are dropped; the region is `us1` unless said.
    ///
    /// # Errors
    /// Every field that is wrong, each with what to do.
    pub fn parse(sid: &str, token: &str, region: Option<&str>, label: &str) -> Result<Self, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut keep = |refusal: Refusal| refusals.push(refusal);
        let sid = account_sid(sid).map_err(&mut keep).ok();
        let token = auth_token(token).map_err(&mut keep).ok();
        let region = region
            .unwrap_or(Region::Us1.as_str())
            .trim()
            .parse::<Region>()
            .map_err(|_| {
                keep(Refusal::new(RefusalCode::WrongRegion, "A Twilio region is us1, ie1 or au1.").on("region"));
            });
        let label = text::name(label, "label").map_err(&mut keep).ok();
        match (sid, token, region, label) {
            (Some(account_sid), Some(token), Ok(region), Some(label)) => {
                let credentials = Credentials {
                    account_sid,
                    secret: Secret::AuthToken(token),
                    region,
                };
                Ok(Self { label, credentials })
            }
            _ => Err(refusals),
        }
    }
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
pub(crate) fn auth_token(text: &str) -> Result<AuthToken, Refusal> {
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

    fn codes(sid: &str, token: &str, region: Option<&str>, label: &str) -> Vec<(RefusalCode, Option<&'static str>)> {
        let refused = NewAccount::parse(sid, token, region, label).unwrap_err();
        refused.iter().map(|refusal| (refusal.code, refusal.field)).collect()
    }

    #[test]
    fn blanks_around_what_was_pasted_are_dropped() {
        let new = NewAccount::parse(&format!(" {SID}\n"), &format!("\t{TOKEN} "), None, " Main ").unwrap();
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
}
