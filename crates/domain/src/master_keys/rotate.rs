//! Sealing the workspaces' keys to the current master key.

use std::sync::Arc;

use ::entity::workspace_key::SetAside;
use ::entity::{AuditEntryId, WorkspaceId, audit_entry, workspace_key};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use vault::{Sealed, Vault};

use super::{reason_of, sealed_of};
use crate::audit::{self, Act, DONE, Operator};
use crate::secrets::workspace_binding;
use crate::{Clock, Database, Ids};

/// The word in the audit log.
const ACTION: &str = "workspace_key.reseal";

/// How many rows are taken at a time: some 20 ms of sealing, then one short transaction.
const BATCH: u64 = 100;

/// What a rotation did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Keys that are sealed to the current master key now.
    pub resealed: u64,
    /// Keys that could not be opened and were set aside. They are tried again by the next rotation.
    pub set_aside: u64,
    /// Keys that somebody else changed at the same moment: another rotation.
    pub overtaken: u64,
}

/// What becomes of one row.
enum Change {
    Sealed(Sealed),
    SetAside(SetAside),
    Good,
}

/// Seals each workspace's key that is not sealed to the current master key to that key, at an operator's command, and tries again what
/// was set aside. Each leaves an entry in its workspace's audit log, whether it could be opened or not. `tell` hears of each batch.
///
/// # Errors
/// When the database fails. What was done until then stands, and the next rotation goes on from there.
pub async fn rotate(
    (db, vault): (&Database, &Arc<Vault>),
    tools: (&dyn Clock, &dyn Ids),
    operator: &Operator,
    mut tell: impl FnMut(Rotated),
) -> Result<Rotated, DbErr> {
    let mut done = Rotated::default();
    let mut after = None;
    loop {
        let rows = next_rows(db, vault, after).await?;
        let Some(last) = rows.last() else { return Ok(done) };
        after = Some(last.workspace_id);
        let changes = judge(vault.clone(), rows).await;
        write(db, changes, tools, operator, &mut done).await?;
        tell(done);
    }
}

/// The next rows that are not as they should be, by the workspace's id.
async fn next_rows(
    db: &Database,
    vault: &Vault,
    after: Option<WorkspaceId>,
) -> Result<Vec<workspace_key::Model>, DbErr> {
    let column = workspace_key::COLUMN;
    let wanting = Condition::any()
        .add(column.master_key.ne(vault.current_key().as_str()))
        .add(column.set_aside_at.is_not_null());
    workspace_key::Entity::find()
        .filter(wanting)
        .filter(Condition::all().add_option(after.map(|after| column.workspace_id.gt(after))))
        .order_by_asc(column.workspace_id)
        .limit(BATCH)
        .all(db)
        .await
}

/// Opens and seals on a thread of its own: it is the processor's work, and others wait for this one.
async fn judge(vault: Arc<Vault>, rows: Vec<workspace_key::Model>) -> Vec<(workspace_key::Model, Change)> {
    let judged = tokio::task::spawn_blocking(move || {
        let change = |row: &workspace_key::Model| change_of(&vault, row);
        rows.into_iter()
            .map(|row| (change(&row), row))
            .map(|(change, row)| (row, change))
            .collect()
    });
    // It cannot be cancelled, and a panic in it is one here.
    judged
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

fn change_of(vault: &Vault, row: &workspace_key::Model) -> Change {
    match vault.reseal_workspace_key(&workspace_binding(row.workspace_id), &sealed_of(row)) {
        Ok(Some(sealed)) => Change::Sealed(sealed),
        Ok(None) => Change::Good,
        Err(error) => Change::SetAside(reason_of(&error)),
    }
}

/// Writes a batch and what the audit log keeps of it. A row that is not any more what was read is left to whoever changed it.
async fn write(
    db: &Database,
    changes: Vec<(workspace_key::Model, Change)>,
    (clock, ids): (&dyn Clock, &dyn Ids),
    operator: &Operator,
    done: &mut Rotated,
) -> Result<(), DbErr> {
    let column = workspace_key::COLUMN;
    let (tx, _turn) = db.begin().await?;
    let at = clock.now();
    let mut batch = *done;
    let mut told = Vec::new();
    for (row, change) in changes {
        use workspace_key::Column;
        let act = Act::on(ACTION, "workspace", row.workspace_id);
        let update = workspace_key::Entity::update_many()
            .filter(column.workspace_id.eq(row.workspace_id))
            .filter(column.sealed.eq(row.sealed));
        let (sealed, because) = match change {
            Change::Sealed(sealed) => (Some(sealed), None),
            Change::Good => (None, None),
            Change::SetAside(reason) => (None, Some(reason)),
        };
        let (from, to) = (row.master_key, sealed.as_ref().map(|sealed| sealed.key.to_string()));
        let act = act.with(json!({ "from": from, "to": to }));
        let outcome = because.as_ref().map(|reason| reason.as_str().to_owned());
        let update = match sealed {
            Some(sealed) => update
                .col_expr(Column::MasterKey, Expr::value(sealed.key.as_str()))
                .col_expr(Column::Sealed, Expr::value(sealed.bytes)),
            None => update,
        };
        let since = because.as_ref().map(|_| row.set_aside_at.unwrap_or(at));
        let counted = if because.is_some() {
            &mut batch.set_aside
        } else {
            &mut batch.resealed
        };
        let updated = update
            .col_expr(Column::SetAsideAt, Expr::value(since))
            .col_expr(Column::SetAsideBecause, Expr::value(because))
            .exec(&tx)
            .await?;
        if updated.rows_affected == 1 {
            *counted += 1;
            let outcome = outcome.as_deref().unwrap_or(DONE);
            let id = AuditEntryId(ids.new_id());
            told.push(audit::row(id, at, operator, row.workspace_id, act, outcome));
        } else {
            batch.overtaken += 1;
        }
    }
    if !told.is_empty() {
        audit_entry::Entity::insert_many(told)
            .exec_without_returning(&tx)
            .await?;
    }
    tx.commit().await?;
    *done = batch;
    Ok(())
}
