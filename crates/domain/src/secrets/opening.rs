//! Opening credentials. Each opening is told to the audit log.

use ::entity::{AccountId, twilio_credential, workspace_key};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use secrecy::{ExposeSecret, SecretString};
use twilio::AuthToken;
use twilio_credential::{CredentialKind, CredentialSlot};
use vault::{KeyName, Sealed, VaultError, WorkspaceKey};

use super::sealed::{SealedToken, credential_binding};
use super::workspace_keys::{open_by, open_workspace_key};
use crate::{Fault, Services, audit};

/// Opens a token; one opened a moment ago costs neither a read nor a decryption, and is not told to the audit log again.
///
/// # Errors
/// When the database fails, or the vault cannot open it.
pub async fn open(services: &Services, credential: &SealedToken) -> Result<AuthToken, Fault> {
    let secret = open_text(services, credential).await?;
    Ok(AuthToken::parse(secret.expose_secret()).map_err(|_| VaultError::Damaged)?)
}

/// The same, as text. Not to be called in a transaction: what is kept open here has its entry in the audit log for good.
pub(super) async fn open_text(services: &Services, credential: &SealedToken) -> Result<SecretString, Fault> {
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
