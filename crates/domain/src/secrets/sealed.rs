//! Sealed credentials: how they are sealed, and the versions of those that are stored.

use ::entity::{AccountId, CredentialId, WorkspaceId, twilio_account, twilio_credential};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use secrecy::SecretString;
use twilio::Secret;
use twilio_credential::{CredentialKind, CredentialSlot};
use vault::WorkspaceKey;

use crate::{Fault, Services};

/// A sealed credential as it stands in its row: what is needed to open it.
#[derive(Clone, Debug)]
pub struct SealedToken {
    /// The row's id; the seal is bound to it.
    pub id: CredentialId,
    /// The row's version.
    pub version: i32,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The account that it is a credential of.
    pub account: AccountId,
    /// The key it is sealed to.
    pub key_name: String,
    /// The secret, sealed.
    pub sealed: Vec<u8>,
}

impl From<twilio_credential::Model> for SealedToken {
    fn from(row: twilio_credential::Model) -> Self {
        Self {
            id: row.id,
            version: row.version,
            workspace: row.workspace_id,
            account: row.twilio_account_id,
            key_name: row.key_name,
            sealed: row.sealed,
        }
    }
}

/// What a credential is sealed for.
pub(crate) fn credential_binding(id: CredentialId) -> String {
    format!("twilio_credential/{id}")
}

/// Seals an account's new token or key as its `CURRENT` credential of that kind and answers the row, not yet inserted. `key` is
/// the [key of its workspace](workspace_key).
///
/// # Errors
/// When the vault fails.
pub(crate) fn seal(
    services: &Services,
    key: &WorkspaceKey,
    account: &twilio_account::Model,
    version: i32,
    secret: &Secret,
    at: DateTime<Utc>,
) -> Result<twilio_credential::ActiveModel, Fault> {
    let id = CredentialId(services.ids.new_id());
    let (kind, public_sid, text) = match secret {
        Secret::AuthToken(token) => (CredentialKind::AuthToken, None, token.expose_secret()),
        Secret::ApiKey { sid, secret } => (CredentialKind::ApiKey, Some(sid.to_string()), secret.expose_secret()),
    };
    let sealed = key.seal(&credential_binding(id), &SecretString::from(text))?;
    Ok(twilio_credential::ActiveModel {
        id: Set(id),
        workspace_id: Set(account.workspace_id),
        twilio_account_id: Set(account.id),
        kind: Set(kind),
        public_sid: Set(public_sid),
        slot: Set(CredentialSlot::Current),
        version: Set(version),
        key_name: Set(sealed.key.to_string()),
        sealed: Set(sealed.bytes),
        valid_until: Set(None),
        created_at: Set(at),
    })
}

/// The version of an account's current credentials. It changes with each new token or key.
///
/// # Errors
/// When the database fails.
pub(crate) async fn current_version(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<i32>, DbErr> {
    let row = twilio_credential::Entity::find()
        .filter(twilio_credential::COLUMN.twilio_account_id.eq(account))
        .filter(twilio_credential::COLUMN.slot.eq(CredentialSlot::Current))
        .order_by_desc(twilio_credential::COLUMN.version)
        .one(db)
        .await?;
    Ok(row.map(|row| row.version))
}

/// The newest version of an account's credentials, in any slot; 0 where it has none.
///
/// # Errors
/// When the database fails.
pub(crate) async fn newest_version(db: &impl ConnectionTrait, account: AccountId) -> Result<i32, DbErr> {
    let newest: Option<Option<i32>> = twilio_credential::Entity::find()
        .select_only()
        .column_as(twilio_credential::COLUMN.version.max(), "newest")
        .filter(twilio_credential::COLUMN.twilio_account_id.eq(account))
        .into_tuple()
        .one(db)
        .await?;
    Ok(newest.flatten().unwrap_or(0))
}
