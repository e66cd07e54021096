//! Sealing and opening the tokens and keys of Twilio accounts.

use std::collections::HashMap;
use std::sync::Mutex;

use ::entity::{AccountId, CredentialId, WorkspaceId, audit_head, twilio_account, twilio_credential, workspace_key};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use secrecy::{ExposeSecret, SecretString};
use tracing::warn;
use twilio::{AccountSid, ApiKeySecret, ApiKeySid, AuthToken, Credentials, Region, Secret};
use twilio_credential::{CredentialKind, CredentialSlot};
use vault::{KeyName, Sealed, Vault, VaultError, WorkspaceKey};

use crate::{Fault, Services, audit};

/// How long an opened token is kept.
const KEPT_FOR: TimeDelta = TimeDelta::seconds(60);

/// How many opened tokens are kept.
const KEPT: usize = 10_000;

/// Tokens opened a moment ago, by credential and version: a new token has a new version, so nothing has to be emptied when one
/// changes, in this process or another.
#[derive(Default)]
pub struct TokenCache {
    opened: Mutex<Opened>,
    told: audit::Told,
}

/// Opened tokens, and until when each is kept.
type Opened = HashMap<(CredentialId, i32), (SecretString, DateTime<Utc>)>;

impl std::fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenCache")
    }
}

impl TokenCache {
    /// Which unsealings this process has told the audit log of.
    pub(crate) fn told(&self) -> &audit::Told {
        &self.told
    }

    fn get(&self, key: (CredentialId, i32), now: DateTime<Utc>) -> Option<SecretString> {
        let kept = self.opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.get(&key)
            .filter(|(_, until)| now < *until)
            .map(|(secret, _)| secret.clone())
    }

    fn put(&self, key: (CredentialId, i32), secret: SecretString, now: DateTime<Utc>) {
        let mut kept = self.opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.retain(|_, (_, until)| now < *until);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, (secret, now + KEPT_FOR));
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

/// What a workspace's key is sealed for.
pub(crate) fn workspace_binding(id: WorkspaceId) -> String {
    format!("workspace_key/{id}")
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

/// The workspace's key, made the first time.
///
/// To be asked for before a transaction begins: a master key that is not known yet is read from its source, and a command that
/// prints it may take its time while others wait for the rows. The key itself stays the same for good.
///
/// # Errors
/// When the database or the vault fails.
pub(crate) async fn workspace_key(services: &Services, workspace: WorkspaceId) -> Result<WorkspaceKey, Fault> {
    let db = &services.db;
    if let Some(row) = workspace_key::Entity::find_by_id(workspace).one(db).await? {
        return Ok(open_workspace_key(services, row).await?);
    }
    // A key that was put in front of the others meanwhile is the one to seal to.
    read_master_keys_again(services).await;
    let (sealed, key) = services.vault.new_workspace_key(&workspace_binding(workspace))?;
    let row = workspace_key::ActiveModel {
        workspace_id: Set(workspace),
        name: Set(key.name().to_string()),
        master_key: Set(sealed.key.to_string()),
        sealed: Set(sealed.bytes),
        created_at: Set(services.clock.now()),
        set_aside_at: Set(None),
        set_aside_because: Set(None),
    };
    let tx = services.begin().await?;
    let once = OnConflict::column("workspace_id").do_nothing().to_owned();
    let made = workspace_key::Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(tx.db())
        .await?;
    if made == 1 {
        // The end of a chain outlives the key that proved it: that it is lost then is noticed with the next entry. No column is named,
        // since a customer's request may not read the table.
        let end = audit::first_end(workspace, &key, tx.at());
        audit_head::Entity::insert(end)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(tx.db())
            .await?;
    }
    tx.commit().await?;
    match workspace_key::Entity::find_by_id(workspace).one(db).await? {
        Some(row) => Ok(open_workspace_key(services, row).await?),
        None => Ok(key),
    }
}

/// The workspace's key.
///
/// # Errors
/// When the database fails, or the vault has no such key or cannot open it.
pub(crate) async fn find_workspace_key(services: &Services, workspace: WorkspaceId) -> Result<WorkspaceKey, Fault> {
    let row = stored_workspace_key(&services.db, workspace).await?;
    Ok(open_workspace_key(services, row).await?)
}

/// The row of a workspace's key.
///
/// # Errors
/// When the database fails, or there is none.
pub(crate) async fn stored_workspace_key(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
) -> Result<workspace_key::Model, Fault> {
    let row = workspace_key::Entity::find_by_id(workspace).one(db).await?;
    let none = || VaultError::UnknownKey {
        key: KeyName::from(workspace_binding(workspace)),
    };
    Ok(row.ok_or_else(none)?)
}

async fn open_workspace_key(services: &Services, row: workspace_key::Model) -> Result<WorkspaceKey, VaultError> {
    match open_by(&services.vault, &row) {
        // A rotation under way: the new master key came after this process began.
        Err(VaultError::UnknownKey { .. }) => {
            read_master_keys_again(services).await;
            open_by(&services.vault, &row)
        }
        opened => opened,
    }
}

/// Opens a workspace's key with the master keys as they were read last.
///
/// # Errors
/// When the vault has no such key or cannot open it.
pub(crate) fn open_by(vault: &Vault, row: &workspace_key::Model) -> Result<WorkspaceKey, VaultError> {
    let sealed = Sealed {
        key: KeyName::from(row.master_key.clone()),
        bytes: row.sealed.clone(),
    };
    vault.open_workspace_key(&workspace_binding(row.workspace_id), &sealed)
}

/// Has the vault look at its source again. When that fails it goes on with the keys that it has.
async fn read_master_keys_again(services: &Services) {
    let vault = services.vault.clone();
    let read = tokio::task::spawn_blocking(move || vault.read_again()).await;
    if let Ok(Err(error)) = read {
        warn!(
            error = &error as &dyn std::error::Error,
            "could not read the master keys again; going on with those read before"
        );
    }
}

/// Opens a token; one opened a moment ago costs neither a read nor a decryption, and is not told to the audit log again.
///
/// # Errors
/// When the database fails, or the vault cannot open it.
pub async fn open(services: &Services, credential: &SealedToken) -> Result<AuthToken, Fault> {
    let secret = open_text(services, credential).await?;
    Ok(AuthToken::parse(secret.expose_secret()).map_err(|_| VaultError::Damaged)?)
}

/// Not to be called in a transaction: what is kept open here has its entry in the audit log for good.
async fn open_text(services: &Services, credential: &SealedToken) -> Result<SecretString, Fault> {
    let cached = (credential.id, credential.version);
    if let Some(secret) = services.tokens.get(cached, services.clock.now()) {
        return Ok(secret);
    }
    let key = workspace_key::Entity::find_by_id(credential.workspace)
        .one(&services.db)
        .await?;
    let key = match key {
        Some(row) => open_workspace_key(services, row).await,
        None => Err(unknown_key_of(credential)),
    };
    let opened = key.and_then(|key| unseal(&key, credential));
    audit::unsealed(services, credential.into(), &opened).await?;
    let secret = opened?;
    services.tokens.put(cached, secret.clone(), services.clock.now());
    Ok(secret)
}

fn unseal(key: &WorkspaceKey, credential: &SealedToken) -> Result<SecretString, VaultError> {
    let sealed = Sealed {
        key: KeyName::from(credential.key_name.clone()),
        bytes: credential.sealed.clone(),
    };
    key.open(&credential_binding(credential.id), &sealed)
}

fn unknown_key_of(credential: &SealedToken) -> VaultError {
    VaultError::UnknownKey {
        key: KeyName::from(credential.key_name.clone()),
    }
}

impl<'a> From<&'a SealedToken> for audit::Opened<'a> {
    fn from(credential: &'a SealedToken) -> Self {
        Self {
            table: "twilio_credential",
            id: credential.id.0,
            workspace: credential.workspace,
            account: Some(credential.account),
            sealed: &credential.sealed,
        }
    }
}

/// Opens an account's tokens before a transaction in which [`is`] looks at them: the audit log keeps that they were opened,
/// whatever becomes of the transaction, and no key is read while it is open. What cannot be opened is told as well, and is no
/// reason to stop.
///
/// # Errors
/// When the database fails.
pub(crate) async fn open_ahead(services: &Services, account: AccountId) -> Result<(), Fault> {
    let tokens = twilio_credential::Entity::find()
        .filter(twilio_credential::COLUMN.twilio_account_id.eq(account))
        .filter(twilio_credential::COLUMN.kind.eq(CredentialKind::AuthToken))
        .filter(
            twilio_credential::COLUMN
                .slot
                .is_in([CredentialSlot::Current, CredentialSlot::Next]),
        )
        .all(&services.db)
        .await?;
    for token in tokens {
        match open_text(services, &token.into()).await {
            Ok(_) | Err(Fault::Vault(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

/// Whether a stored credential is this token. One that cannot be opened is not.
///
/// `db` is the transaction under way. A credential that came since [`open_ahead`] is opened in it and kept nowhere: should the
/// transaction fail, its entry in the audit log goes with it, and so does all that was known of the token.
pub(crate) async fn is(
    db: &impl ConnectionTrait,
    services: &Services,
    credential: &twilio_credential::Model,
    token: &AuthToken,
) -> bool {
    let cached = services
        .tokens
        .get((credential.id, credential.version), services.clock.now());
    let stored = match cached {
        Some(stored) => Ok(stored),
        None => open_within(db, services, &credential.clone().into()).await,
    };
    stored.is_ok_and(|stored| stored.expose_secret() == token.expose_secret())
}

/// Opens a token in a transaction, with the master keys that are known.
async fn open_within(
    db: &impl ConnectionTrait,
    services: &Services,
    credential: &SealedToken,
) -> Result<SecretString, Fault> {
    let key = workspace_key::Entity::find_by_id(credential.workspace).one(db).await?;
    let key = key.map_or_else(|| Err(unknown_key_of(credential)), |row| open_by(&services.vault, &row));
    let opened = key.and_then(|key| unseal(&key, credential));
    audit::unsealed_within(db, services, &credential.into(), &opened).await?;
    Ok(opened?)
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
