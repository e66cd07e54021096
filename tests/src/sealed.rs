//! Many workspaces with a sealed token each, for tests and benchmarks of the vault.

use domain::audit::first_end;
use domain::secrets::{SealedToken, TokenCache};
use domain::{Clock as _, Ids as _, Services, SystemClock, SystemIds};
use entity::{AccountId, CredentialId, WorkspaceId, audit_head, workspace, workspace_key};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait as _};
use secrecy::SecretString;
use vault::Vault;

/// Rows of one statement.
const ROWS: usize = 500;

/// Makes workspaces with keys of their own and answers a token of each, sealed. The tokens stand in no row.
///
/// # Errors
/// When the database or the vault fails.
pub async fn tokens(services: &Services, count: usize) -> anyhow::Result<Vec<SealedToken>> {
    tokens_in(&services.db, &services.vault, count).await
}

/// The same, in any database.
///
/// # Errors
/// When the database or the vault fails.
pub async fn tokens_in(db: &impl ConnectionTrait, vault: &Vault, count: usize) -> anyhow::Result<Vec<SealedToken>> {
    let at = SystemClock.now();
    let mut tokens = Vec::new();
    let (mut workspaces, mut keys, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let id = WorkspaceId(SystemIds.new_id());
        let (sealed, key) = vault.new_workspace_key(&format!("workspace_key/{id}"))?;
        workspaces.push(workspace::ActiveModel {
            id: Set(id),
            external_id: Set(format!("sealed-{id}")),
            name: Set("Sealed".to_owned()),
            created_at: Set(at),
        });
        keys.push(workspace_key::ActiveModel {
            workspace_id: Set(id),
            name: Set(key.name().to_string()),
            master_key: Set(sealed.key.to_string()),
            sealed: Set(sealed.bytes),
            created_at: Set(at),
            set_aside_at: Set(None),
            set_aside_because: Set(None),
        });
        ends.push(first_end(id, &key, at));
        let credential = CredentialId(SystemIds.new_id());
        let token = SecretString::from(SystemIds.new_reference());
        let sealed = key.seal(&format!("twilio_credential/{credential}"), &token)?;
        tokens.push(SealedToken {
            id: credential,
            version: 1,
            workspace: id,
            account: AccountId(SystemIds.new_id()),
            key_name: sealed.key.to_string(),
            sealed: sealed.bytes,
        });
    }
    for rows in workspaces.chunks(ROWS) {
        workspace::Entity::insert_many(rows.iter().cloned())
            .exec_without_returning(db)
            .await?;
    }
    for rows in keys.chunks(ROWS) {
        workspace_key::Entity::insert_many(rows.iter().cloned())
            .exec_without_returning(db)
            .await?;
    }
    for rows in ends.chunks(ROWS) {
        audit_head::Entity::insert_many(rows.iter().cloned())
            .exec_without_returning(db)
            .await?;
    }
    Ok(tokens)
}

/// Opens a token as a process does that has not opened it before.
///
/// # Errors
/// As [`domain::secrets::open`].
pub async fn open_anew(services: &Services, token: &SealedToken) -> Result<(), domain::Fault> {
    let forgetful = Services {
        tokens: std::sync::Arc::new(TokenCache::default()),
        ..services.clone()
    };
    domain::secrets::open(&forgetful, token).await.map(drop)
}
