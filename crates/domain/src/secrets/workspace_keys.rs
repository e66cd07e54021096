//! The workspaces' keys, which their credentials are sealed to.

use std::time::Duration;

use ::entity::{WorkspaceId, audit_head, workspace_key};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait};
use tracing::warn;
use vault::{KeyName, Sealed, Vault, VaultError, WorkspaceKey};

use crate::{Fault, Services, audit};

/// How long the making of a workspace's key waits for others who make the same, or have its workspace locked. They need
/// milliseconds.
const LOCKED_FOR: Duration = Duration::from_secs(1);

/// What a workspace's key is sealed for.
pub(crate) fn workspace_binding(id: WorkspaceId) -> String {
    format!("workspace_key/{id}")
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
    tx.wait_for_locks(LOCKED_FOR).await?;
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

pub(super) async fn open_workspace_key(
    services: &Services,
    row: workspace_key::Model,
) -> Result<WorkspaceKey, VaultError> {
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
