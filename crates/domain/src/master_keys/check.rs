//! Opening everything once, to see that it can be opened.

use std::collections::HashMap;

use ::entity::{WorkspaceId, notification_endpoint, twilio_credential, workspace_key};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use vault::{KeyName, Sealed, Vault, VaultError, WorkspaceKey};

use crate::notifications::endpoint_binding;
use crate::secrets::{credential_binding, open_by, workspace_binding};

/// How many workspaces are looked at at a time.
const BATCH: u64 = 200;

/// A sealed value that cannot be opened.
#[derive(Debug)]
pub struct Unopened {
    /// Table and id.
    pub row: String,
    /// Why not.
    pub error: VaultError,
}

/// What was opened, and what could not be.
#[derive(Debug, Default)]
pub struct Checked {
    /// How many sealed values were opened: workspaces' keys, credentials, notification endpoints' secrets.
    pub opened: u64,
    /// What could not be opened.
    pub unopened: Vec<Unopened>,
}

impl Checked {
    fn note<T>(&mut self, row: String, opened: Result<T, VaultError>) -> Option<T> {
        match opened {
            Ok(value) => {
                self.opened += 1;
                Some(value)
            }
            Err(error) => {
                self.unopened.push(Unopened { row, error });
                None
            }
        }
    }
}

/// Opens every sealed value once. Shows none, keeps none.
///
/// # Errors
/// When the database fails.
pub async fn check(db: &impl ConnectionTrait, vault: &Vault) -> Result<Checked, DbErr> {
    let column = workspace_key::COLUMN;
    let mut checked = Checked::default();
    let mut after: Option<WorkspaceId> = None;
    loop {
        let rows = workspace_key::Entity::find()
            .filter(Condition::all().add_option(after.map(|after| column.workspace_id.gt(after))))
            .order_by_asc(column.workspace_id)
            .limit(BATCH)
            .all(db)
            .await?;
        let Some(last) = rows.last() else { return Ok(checked) };
        after = Some(last.workspace_id);
        let mut keys = HashMap::new();
        for row in &rows {
            let opened = open_by(vault, row);
            if let Some(key) = checked.note(workspace_binding(row.workspace_id), opened) {
                keys.insert(row.workspace_id, key);
            }
        }
        // What lies under a key that cannot be opened is not counted once more.
        check_credentials(db, &keys, &mut checked).await?;
        check_endpoints(db, &keys, &mut checked).await?;
    }
}

async fn check_credentials(
    db: &impl ConnectionTrait,
    keys: &HashMap<WorkspaceId, WorkspaceKey>,
    checked: &mut Checked,
) -> Result<(), DbErr> {
    let rows = twilio_credential::Entity::find()
        .filter(twilio_credential::COLUMN.workspace_id.is_in(keys.keys().copied()))
        .all(db)
        .await?;
    for row in rows {
        let Some(key) = keys.get(&row.workspace_id) else {
            continue;
        };
        let binding = credential_binding(row.id);
        let sealed = Sealed {
            key: KeyName::from(row.key_name),
            bytes: row.sealed,
        };
        let opened = key.open(&binding, &sealed);
        checked.note(binding, opened);
    }
    Ok(())
}

async fn check_endpoints(
    db: &impl ConnectionTrait,
    keys: &HashMap<WorkspaceId, WorkspaceKey>,
    checked: &mut Checked,
) -> Result<(), DbErr> {
    let rows = notification_endpoint::Entity::find()
        .filter(notification_endpoint::COLUMN.workspace_id.is_in(keys.keys().copied()))
        .all(db)
        .await?;
    for row in rows {
        let Some(key) = keys.get(&row.workspace_id) else {
            continue;
        };
        let binding = endpoint_binding(row.id);
        let secrets = [
            (row.secret_key_name, row.secret_sealed),
            (row.previous_key_name, row.previous_sealed),
        ];
        for (name, bytes) in secrets {
            let (Some(name), Some(bytes)) = (name, bytes) else {
                continue;
            };
            let sealed = Sealed {
                key: KeyName::from(name),
                bytes,
            };
            let opened = key.open(&binding, &sealed);
            checked.note(binding.clone(), opened);
        }
    }
    Ok(())
}
