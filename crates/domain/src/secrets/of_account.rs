//! With which credentials an account signs in at Twilio.

use ::entity::{AccountId, twilio_account, twilio_credential};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use secrecy::ExposeSecret;
use twilio::{AccountSid, ApiKeySecret, ApiKeySid, Credentials, Region, Secret};
use twilio_credential::{CredentialKind, CredentialSlot};
use vault::VaultError;

use super::opening::{open, open_text};
use crate::{Fault, Services};

/// An account's current credentials: its API key if it has one, else its token; none once they were deleted.
///
/// # Errors
/// When the database fails, the row is unreadable, or the vault cannot open it.
pub async fn credentials(services: &Services, account: &twilio_account::Model) -> Result<Option<Credentials>, Fault> {
    match api_key_of(&services.db, account.id).await? {
        Some(key) => key_credentials(services, account, key).await.map(Some),
        None => token_in(services, account, CredentialSlot::Current).await,
    }
}

async fn key_credentials(
    services: &Services,
    account: &twilio_account::Model,
    row: twilio_credential::Model,
) -> Result<Credentials, Fault> {
    let sid = row.public_sid.as_deref().unwrap_or_default();
    let sid = ApiKeySid::parse(sid).map_err(|_| Fault::Unreadable {
        row: format!("twilio_credential/{}", row.id),
        what: "the API key's SID",
    })?;
    let secret = open_text(services, &row.into()).await?;
    let secret = ApiKeySecret::parse(secret.expose_secret()).map_err(|_| VaultError::Damaged)?;
    Ok(Credentials {
        account_sid: account_sid(account)?,
        secret: Secret::ApiKey { sid, secret },
        region: region(account)?,
    })
}

/// The row of the API key with which an account signs in; none for one that signs in with its token.
///
/// # Errors
/// When the database fails.
pub(crate) async fn api_key_of(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<twilio_credential::Model>, DbErr> {
    twilio_credential::Entity::find()
        .filter(twilio_credential::COLUMN.twilio_account_id.eq(account))
        .filter(twilio_credential::COLUMN.kind.eq(CredentialKind::ApiKey))
        .one(db)
        .await
}

/// The SIDs of the API keys with which these accounts sign in, in no order.
///
/// # Errors
/// When the database fails.
pub async fn api_key_sids(services: &Services, accounts: &[AccountId]) -> Result<Vec<(AccountId, String)>, DbErr> {
    let rows: Vec<(AccountId, Option<String>)> = twilio_credential::Entity::find()
        .select_only()
        .column(twilio_credential::Column::TwilioAccountId)
        .column(twilio_credential::Column::PublicSid)
        .filter(
            twilio_credential::COLUMN
                .twilio_account_id
                .is_in(accounts.iter().copied()),
        )
        .filter(twilio_credential::COLUMN.kind.eq(CredentialKind::ApiKey))
        .into_tuple()
        .all(&services.db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(account, sid)| Some((account, sid?)))
        .collect())
}

/// The credentials of an account with the Auth Token in that slot; none where there is none.
///
/// # Errors
/// When the database fails, the row is unreadable, or the vault cannot open it.
pub(crate) async fn token_in(
    services: &Services,
    account: &twilio_account::Model,
    slot: CredentialSlot,
) -> Result<Option<Credentials>, Fault> {
    let row = twilio_credential::Entity::find()
        .filter(twilio_credential::COLUMN.twilio_account_id.eq(account.id))
        .filter(twilio_credential::COLUMN.kind.eq(CredentialKind::AuthToken))
        .filter(twilio_credential::COLUMN.slot.eq(slot))
        .order_by_desc(twilio_credential::COLUMN.version)
        .one(&services.db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let token = open(services, &row.into()).await?;
    Ok(Some(Credentials {
        account_sid: account_sid(account)?,
        secret: Secret::AuthToken(token),
        region: region(account)?,
    }))
}

pub(crate) fn account_sid(account: &twilio_account::Model) -> Result<AccountSid, Fault> {
    AccountSid::parse(&account.sid).map_err(|_| unreadable(account, "its SID"))
}

pub(crate) fn region(account: &twilio_account::Model) -> Result<Region, Fault> {
    account.region.parse().map_err(|_| unreadable(account, "its region"))
}

fn unreadable(account: &twilio_account::Model, what: &'static str) -> Fault {
    Fault::Unreadable {
        row: format!("twilio_account/{}", account.id),
        what,
    }
}
