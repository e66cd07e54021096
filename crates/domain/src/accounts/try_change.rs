//! Tries new credentials at Twilio before they take the place of the stored ones.

use ::entity::twilio_credential::CredentialSlot;
use ::entity::{E164, twilio_account};
use twilio::{Credentials, Secret};

use super::probe::{self, Probed};
use super::{AccountChange, reach};
use crate::audit::{self, Act};
use crate::{Error, Refusal, RefusalCode, Request, Services, secrets, twilio_refusal};

/// Tries every new credential of a change. Answers what Twilio said to the one that signs in from then on; none when that one is not
/// new.
pub(super) async fn try_change(
    services: &Services,
    request: &Request,
    account: &twilio_account::Model,
    change: &AccountChange,
) -> Result<Option<Probed>, Error> {
    let tried = try_each(services, account, change).await;
    if let Err(Error::Refused(refusals)) = &tried
        && let Some(first) = refusals.first()
    {
        let act = Act::on_account("twilio_account.update", account.id);
        audit::refused(services, request, account.workspace_id, act, first.code.as_str()).await?;
    }
    tried
}

async fn try_each(
    services: &Services,
    account: &twilio_account::Model,
    change: &AccountChange,
) -> Result<Option<Probed>, Error> {
    let with_key = match &change.key {
        Some(key) => Some(signing_in(services, account, key.clone().into(), "apiKeySid").await?),
        None => None,
    };
    let keeps_key = !change.remove_key && secrets::api_key_of(&services.db, account.id).await?.is_some();
    let token_signs_in = change.key.is_none() && !keeps_key;
    let token = match &change.token {
        Some(token) => Some(Secret::AuthToken(token.clone())),
        None if change.remove_key => Some(stored_token(services, account).await?),
        None => None,
    };
    let with_token = match token {
        Some(token) if token_signs_in => Some(signing_in(services, account, token, "authToken").await?),
        Some(token) => {
            probe::usable(services, &credentials(account, token)?).await?; // For webhooks alone.
            None
        }
        None => None,
    };
    Ok(with_key.or(with_token))
}

/// The token that is to sign in once the key is gone.
async fn stored_token(services: &Services, account: &twilio_account::Model) -> Result<Secret, Error> {
    let who = secrets::token_in(services, account, CredentialSlot::Current).await?;
    let needed = || {
        let message = "Without the API key an Auth Token is needed. Enter it too.";
        Refusal::new(RefusalCode::AuthTokenNeeded, message).on("authToken")
    };
    Ok(who.ok_or_else(needed)?.secret)
}

fn credentials(account: &twilio_account::Model, secret: Secret) -> Result<Credentials, Error> {
    Ok(Credentials {
        account_sid: secrets::account_sid(account)?,
        secret,
        region: secrets::region(account)?,
    })
}

/// What is to sign in has to reach the account and the numbers in use.
async fn signing_in(
    services: &Services,
    account: &twilio_account::Model,
    secret: Secret,
    field: &'static str,
) -> Result<Probed, Error> {
    let who = credentials(account, secret)?;
    let probed = probe::usable(services, &who).await?;
    let missing = reach::out_of_reach(services, account, &who).await?;
    let missing = missing.map_err(|error| twilio_refusal::refusal(&error).on(field))?;
    if missing.is_empty() {
        return Ok(probed);
    }
    let missing: Vec<&str> = missing.iter().map(E164::as_str).collect();
    let message = format!(
        "With these credentials these numbers in use cannot be reached: {}. Remove them first.",
        missing.join(", ")
    );
    Err(Refusal::new(RefusalCode::NumbersOutOfReach, message).on(field).into())
}
