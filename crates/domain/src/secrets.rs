//! Sealing and opening the tokens of Twilio accounts.

use std::collections::HashMap;
use std::sync::Mutex;

use ::entity::{AccountId, CredentialId, WorkspaceId, twilio_account, twilio_credential, workspace_key};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use secrecy::{ExposeSecret, SecretString};
use twilio::{AccountSid, AuthToken, Credentials, Region, Secret};
use twilio_credential::{CredentialKind, CredentialSlot};
use vault::{KeyName, Sealed, VaultError, WorkspaceKey};

use crate::{Fault, Services};

/// How long an opened token is kept.
const KEPT_FOR: TimeDelta = TimeDelta::seconds(60);

/// How many opened tokens are kept.
const KEPT: usize = 10_000;

/// Tokens opened a moment ago, by credential and version: a new token has a new version, so nothing has to be emptied when one
/// changes, in this process or another.
#[derive(Default)]
pub struct TokenCache(Mutex<Opened>);

/// Opened tokens, and until when each is kept.
type Opened = HashMap<(CredentialId, i32), (AuthToken, DateTime<Utc>)>;

impl std::fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenCache")
    }
}

impl TokenCache {
    fn get(&self, key: (CredentialId, i32), now: DateTime<Utc>) -> Option<AuthToken> {
        let kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.get(&key)
            .filter(|(_, until)| now < *until)
            .map(|(token, _)| token.clone())
    }

    fn put(&self, key: (CredentialId, i32), token: AuthToken, now: DateTime<Utc>) {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.retain(|_, (_, until)| now < *until);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, (token, now + KEPT_FOR));
    }
}

/// A sealed credential as it stands in its row: what is needed to open it.
#[derive(Clone, Debug)]
pub struct SealedToken {
    /// The row's id; the seal is bound to it.
    pub id: CredentialId,
    /// The row's version.
    pub version: i32,
    /// Whose it is.
    pub workspace: WorkspaceId,
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
            key_name: row.key_name,
            sealed: row.sealed,
        }
    }
}

fn credential_binding(id: CredentialId) -> String {
    format!("twilio_credential/{id}")
}

fn workspace_binding(id: WorkspaceId) -> String {
    format!("workspace_key/{id}")
}

/// Seals an account's new token as its `CURRENT` credential and answers the row, not yet inserted.
///
/// # Errors
/// When the database or the vault fails.
pub async fn seal(
    db: &impl ConnectionTrait,
    services: &Services,
    account: &twilio_account::Model,
    version: i32,
    token: &AuthToken,
    at: DateTime<Utc>,
) -> Result<twilio_credential::ActiveModel, Fault> {
    let workspace = account.workspace_id;
    let key = workspace_key(db, services, workspace, at).await?;
    let id = CredentialId(services.ids.new_id());
    let sealed = key.seal(&credential_binding(id), &SecretString::from(token.expose_secret()))?;
    Ok(twilio_credential::ActiveModel {
        id: Set(id),
        workspace_id: Set(workspace),
        twilio_account_id: Set(account.id),
        kind: Set(CredentialKind::AuthToken),
        slot: Set(CredentialSlot::Current),
        version: Set(version),
        key_name: Set(sealed.key.to_string()),
        sealed: Set(sealed.bytes),
        valid_until: Set(None),
        created_at: Set(at),
    })
}

/// The workspace's key, made the first time.
pub(crate) async fn workspace_key(
    db: &impl ConnectionTrait,
    services: &Services,
    workspace: WorkspaceId,
    at: DateTime<Utc>,
) -> Result<WorkspaceKey, Fault> {
    if let Some(row) = workspace_key::Entity::find_by_id(workspace).one(db).await? {
        return open_workspace_key(services, row);
    }
    let (sealed, key) = services.vault.new_workspace_key(&workspace_binding(workspace))?;
    let row = workspace_key::ActiveModel {
        workspace_id: Set(workspace),
        name: Set(key.name().to_string()),
        master_key: Set(sealed.key.to_string()),
        sealed: Set(sealed.bytes),
        created_at: Set(at),
    };
    let once = OnConflict::column("workspace_id").do_nothing().to_owned();
    workspace_key::Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(db)
        .await?;
    match workspace_key::Entity::find_by_id(workspace).one(db).await? {
        Some(row) => open_workspace_key(services, row),
        None => Ok(key),
    }
}

/// The workspace's key.
///
/// # Errors
/// When the database fails, or the vault has no such key or cannot open it.
pub(crate) async fn find_workspace_key(services: &Services, workspace: WorkspaceId) -> Result<WorkspaceKey, Fault> {
    match workspace_key::Entity::find_by_id(workspace).one(&services.db).await? {
        Some(row) => open_workspace_key(services, row),
        None => Err(VaultError::UnknownKey {
            key: KeyName::from(workspace_binding(workspace)),
        }
        .into()),
    }
}

fn open_workspace_key(services: &Services, row: workspace_key::Model) -> Result<WorkspaceKey, Fault> {
    let binding = workspace_binding(row.workspace_id);
    let sealed = Sealed {
        key: KeyName::from(row.master_key),
        bytes: row.sealed,
    };
    Ok(services.vault.open_workspace_key(&binding, &sealed)?)
}

/// Opens a token; one opened a moment ago costs neither a read nor a decryption.
///
/// # Errors
/// When the database fails, or the vault cannot open it.
pub async fn open(services: &Services, credential: &SealedToken) -> Result<AuthToken, Fault> {
    let cached = (credential.id, credential.version);
    if let Some(token) = services.tokens.get(cached, services.clock.now()) {
        return Ok(token);
    }
    let key = workspace_key::Entity::find_by_id(credential.workspace)
        .one(&services.db)
        .await?;
    let key = key.ok_or_else(|| VaultError::UnknownKey {
        key: KeyName::from(credential.key_name.clone()),
    })?;
    let key = open_workspace_key(services, key)?;
    let sealed = Sealed {
        key: KeyName::from(credential.key_name.clone()),
        bytes: credential.sealed.clone(),
    };
    let secret = key.open(&credential_binding(credential.id), &sealed)?;
    let token = AuthToken::parse(secret.expose_secret()).map_err(|_| VaultError::Damaged)?;
    services.tokens.put(cached, token.clone(), services.clock.now());
    Ok(token)
}

/// Whether a stored credential is this token. One that cannot be opened is not.
pub(crate) async fn is(services: &Services, credential: &twilio_credential::Model, token: &AuthToken) -> bool {
    match open(services, &credential.clone().into()).await {
        Ok(stored) => stored.expose_secret() == token.expose_secret(),
        Err(_) => false,
    }
}

/// The version of an account's current credential. It changes with each new token.
///
/// # Errors
/// When the database fails.
pub(crate) async fn current_version(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<i32>, DbErr> {
    let row = twilio_credential::Entity::find()
        .filter(twilio_credential::COLUMN.twilio_account_id.eq(account))
        .filter(twilio_credential::COLUMN.slot.eq(CredentialSlot::Current))
        .one(db)
        .await?;
    Ok(row.map(|row| row.version))
}

/// An account's current credentials; none once they were deleted.
///
/// # Errors
/// When the database fails, the row is unreadable, or the vault cannot open it.
pub async fn credentials(services: &Services, account: &twilio_account::Model) -> Result<Option<Credentials>, Fault> {
    let row = twilio_credential::Entity::find()
        .filter(twilio_credential::COLUMN.twilio_account_id.eq(account.id))
        .filter(twilio_credential::COLUMN.slot.eq(CredentialSlot::Current))
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
