//! Opening everything once, to see that it can be opened.

use std::collections::HashMap;

use ::entity::{AccountId, WorkspaceId, audit_entry, notification_endpoint, twilio_credential, workspace_key};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vault::{KeyName, Sealed, Vault, VaultError, WorkspaceKey};

use crate::audit::{self, Operator};
use crate::notifications::endpoint_binding;
use crate::secrets::{credential_binding, open_by, workspace_binding};
use crate::{Clock, Database, Ids};

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

/// The word in the audit log for what a credential was opened for.
const PURPOSE: &str = "vault-status";

/// How many audit entries one statement inserts.
const ENTRIES: usize = 500;

/// Opens every sealed value once, at an operator's request. Shows none, keeps none. Each credential leaves an entry in its
/// workspace's audit log, whether it could be opened or not; the keys of workspaces are no credentials and leave none.
///
/// # Errors
/// When the database fails.
pub async fn check(
    (db, vault): (&Database, &Vault),
    (clock, ids): (&dyn Clock, &dyn Ids),
    operator: &Operator,
) -> Result<Checked, DbErr> {
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
        let mut told = Vec::new();
        for credential in credentials(db, &keys)
            .await?
            .into_iter()
            .chain(endpoints(db, &keys).await?)
        {
            let Some(key) = keys.get(&credential.workspace) else {
                continue;
            };
            let opened = key.open(&credential.binding, &credential.sealed);
            told.push(
                credential
                    .as_told()
                    .by_operator((clock, ids), operator, PURPOSE, &opened),
            );
            checked.note(credential.binding, opened);
        }
        for entries in told.chunks(ENTRIES) {
            audit_entry::Entity::insert_many(entries.iter().cloned())
                .exec_without_returning(db)
                .await?;
        }
    }
}

/// A sealed credential.
struct Credential {
    binding: String,
    table: &'static str,
    id: Uuid,
    workspace: WorkspaceId,
    account: Option<AccountId>,
    sealed: Sealed,
}

impl Credential {
    fn as_told(&self) -> audit::Opened<'_> {
        audit::Opened {
            table: self.table,
            id: self.id,
            workspace: self.workspace,
            account: self.account,
            sealed: &self.sealed.bytes,
        }
    }
}

async fn credentials(db: &Database, keys: &HashMap<WorkspaceId, WorkspaceKey>) -> Result<Vec<Credential>, DbErr> {
    let rows = twilio_credential::Entity::find()
        .filter(twilio_credential::COLUMN.workspace_id.is_in(keys.keys().copied()))
        .all(db)
        .await?;
    let sealed = rows.into_iter().map(|row| Credential {
        binding: credential_binding(row.id),
        table: "twilio_credential",
        id: row.id.0,
        workspace: row.workspace_id,
        account: Some(row.twilio_account_id),
        sealed: Sealed {
            key: KeyName::from(row.key_name),
            bytes: row.sealed,
        },
    });
    Ok(sealed.collect())
}

async fn endpoints(db: &Database, keys: &HashMap<WorkspaceId, WorkspaceKey>) -> Result<Vec<Credential>, DbErr> {
    let rows = notification_endpoint::Entity::find()
        .filter(notification_endpoint::COLUMN.workspace_id.is_in(keys.keys().copied()))
        .all(db)
        .await?;
    let sealed = rows.into_iter().flat_map(|row| {
        let secrets = [
            row.secret_key_name.zip(row.secret_sealed),
            row.previous_key_name.zip(row.previous_sealed),
        ];
        secrets.into_iter().flatten().map(move |(name, bytes)| Credential {
            binding: endpoint_binding(row.id),
            table: "notification_endpoint",
            id: row.id.0,
            workspace: row.workspace_id,
            account: None,
            sealed: Sealed {
                key: KeyName::from(name),
                bytes,
            },
        })
    });
    Ok(sealed.collect())
}
