//! Forgets a person: what tells of them goes from the entries, and the chain still holds.

use ::entity::{WorkspaceId, audit_entry};
use sea_orm::sea_query::{BinOper, Expr};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value, json};
use vault::Vault;

use super::chain::Prover;
use super::{Act, Operator};
use crate::secrets;
use crate::{Clock, Database, Fault, Ids};

/// How many entries are erased in one transaction.
const BATCH: u64 = 500;

/// The action of the entry that says so.
const ACTION: &str = "audit.erase";

/// The action of entries whose details name a person by the `sub` of their tokens: one was signed for them.
pub const SIGNED: &str = "token.sign";

/// Whose entries are erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// In this workspace.
    pub workspace: WorkspaceId,
    /// Entries of acts of this person: the token's `sub`, exactly.
    pub actor: String,
}

/// Erases who acted, by which request, from where, and the detail, from every chained entry of a person in a workspace, and of tokens
/// that were signed for them. What was done to what, when and how it ended stays, and so do digest and proof. Leaves an entry of its own for each batch, in its transaction, by
/// `operator`, which does not say whom. Answers how many entries were erased; entries that still wait for their places are left, so run it again
/// moments later.
///
/// # Errors
/// When the database fails, or the workspace's key is not there or cannot be opened.
pub async fn erase(
    (db, vault): (&Database, &Vault),
    (clock, ids): (&dyn Clock, &dyn Ids),
    operator: &Operator,
    whom: &Forgotten,
) -> Result<u64, Fault> {
    let key = secrets::open_by(vault, &secrets::stored_workspace_key(db, whom.workspace).await?)?;
    let prover = Prover::new(whom.workspace, &key);
    let mut erased = 0;
    loop {
        let (tx, _turn) = db.begin().await?;
        let batch = erase_batch(&tx, &prover, clock, whom).await?;
        if batch > 0 || erased == 0 {
            let act = Act::on(ACTION, "workspace", whom.workspace).with(json!({ "entries": batch }));
            super::by_operator(&tx, (clock, ids), operator, whom.workspace, act).await?;
        }
        tx.commit().await?;
        erased += batch;
        if batch < BATCH {
            return Ok(erased);
        }
    }
}

/// Whether an entry tells of this person. `->>` answers a field of an object as text on both databases.
fn tells_of(person: &str) -> Condition {
    let column = audit_entry::COLUMN;
    let signed_for = Expr::col(audit_entry::Column::Detail).binary(BinOper::Custom("->>"), Expr::val("subject"));
    Condition::any().add(column.actor.eq(person)).add(
        Condition::all()
            .add(column.action.eq(SIGNED))
            .add(signed_for.eq(person)),
    )
}

async fn erase_batch(
    tx: &DatabaseTransaction,
    prover: &Prover,
    clock: &dyn Clock,
    whom: &Forgotten,
) -> Result<u64, DbErr> {
    let column = audit_entry::COLUMN;
    let entries = audit_entry::Entity::find()
        .filter(column.workspace_id.eq(whom.workspace))
        .filter(tells_of(&whom.actor))
        .filter(column.seq.is_not_null())
        .filter(column.erased_at.is_null())
        .order_by_asc(column.seq)
        .limit(BATCH)
        .all(tx)
        .await?;
    let at = clock.now();
    for entry in &entries {
        let proof = prover.erasure(entry.mac.as_deref().unwrap_or_default(), at);
        audit_entry::Entity::update_many()
            .col_expr(audit_entry::Column::Actor, Expr::value(""))
            .col_expr(audit_entry::Column::RequestId, Expr::value(None::<String>))
            .col_expr(audit_entry::Column::Address, Expr::value(None::<String>))
            .col_expr(
                audit_entry::Column::Detail,
                Expr::value(Value::Object(serde_json::Map::new())),
            )
            .col_expr(audit_entry::Column::Salt, Expr::value(None::<Vec<u8>>))
            .col_expr(audit_entry::Column::ErasedAt, Expr::value(at))
            .col_expr(audit_entry::Column::ErasedMac, Expr::value(proof.to_vec()))
            .filter(column.id.eq(entry.id))
            .exec(tx)
            .await?;
    }
    Ok(entries.len() as u64)
}
