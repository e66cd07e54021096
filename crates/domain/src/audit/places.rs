//! Places in a chain: where it ends, and the next ones for entries that wait.

use std::time::Duration;

use ::entity::{AuditEntryId, WorkspaceId, audit_entry, audit_head};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use tracing::error;
use vault::WorkspaceKey;

use super::chain::{BEGINNING, Prover};
use super::{DONE, Head, digest};
use crate::sql::Sql;
use crate::{Services, Transaction};

/// The action of the entry that says that a chain's end was lost.
pub(super) const HEAD_LOST: &str = "audit.head_lost";

/// How long one workspace's batch waits for rows that somebody else has locked. Another sequencer has them for some ten
/// milliseconds; whoever else may have them keeps all other workspaces waiting for no longer than this.
const LOCKED_FOR: Duration = Duration::from_millis(200);

/// The end of a chain without entries. It is written together with the workspace's key, so that a workspace that has a key and no end
/// of a chain has lost it.
#[must_use]
pub fn first_end(workspace: WorkspaceId, key: &WorkspaceKey, at: DateTime<Utc>) -> audit_head::ActiveModel {
    beginning(workspace, &Prover::new(workspace, key), at)
}

fn beginning(workspace: WorkspaceId, prover: &Prover, at: DateTime<Utc>) -> audit_head::ActiveModel {
    audit_head::ActiveModel {
        workspace_id: Set(workspace),
        seq: Set(0),
        mac: Set(BEGINNING.to_vec()),
        tag: Set(prover.end(0, &BEGINNING).to_vec()),
        moved_at: Set(at),
    }
}

/// Reads a chain's end and locks it until the commit. Answers whether it was lost: taken away, put there by somebody else, or set back,
/// which is noticed where entries are left behind it, or where the chain does not hold an end that was `seen` before. The chain goes on
/// from its last entry then.
///
/// From here on the transaction waits for other locks for no longer than [`LOCKED_FOR`].
pub(super) async fn lock_head(
    tx: &Transaction<'_>,
    workspace: WorkspaceId,
    prover: &Prover,
    seen: Option<&Head>,
) -> Result<(Head, bool), DbErr> {
    tx.wait_for_locks(LOCKED_FOR).await?;
    let once = OnConflict::column(audit_head::Column::WorkspaceId)
        .do_nothing()
        .to_owned();
    let put_back = audit_head::Entity::insert(beginning(workspace, prover, tx.at()))
        .on_conflict(once)
        .exec_without_returning(tx.db())
        .await?;
    let row = audit_head::Entity::find_by_id(workspace)
        .lock_exclusive()
        .one(tx.db())
        .await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(format!("audit_head/{workspace}")))?;
    let last = last_entry(tx.db(), workspace).await?;
    let is_ours = prover.proves_end(row.seq, &row.mac, &row.tag);
    let head = Head {
        workspace,
        seq: row.seq,
        mac: row.mac,
    };
    let is_last = last.as_ref().is_none_or(|last| last.seq <= head.seq);
    if put_back == 0 && is_ours && is_last && holds(tx.db(), &head, seen).await? {
        return Ok((head, false));
    }
    let beginning = Head {
        workspace,
        seq: 0,
        mac: BEGINNING.to_vec(),
    };
    Ok((last.unwrap_or(beginning), true))
}

/// Whether a chain that ends with `head` holds the end that was `seen` before.
async fn holds(db: &impl ConnectionTrait, head: &Head, seen: Option<&Head>) -> Result<bool, DbErr> {
    let Some(seen) = seen else { return Ok(true) };
    if head.seq <= seen.seq {
        return Ok(head == seen);
    }
    // Another process has moved it on.
    let mac: Option<Option<Vec<u8>>> = audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Mac)
        .filter(audit_entry::COLUMN.workspace_id.eq(seen.workspace))
        .filter(audit_entry::COLUMN.seq.eq(seen.seq))
        .into_tuple()
        .one(db)
        .await?;
    Ok(mac.flatten().is_some_and(|mac| mac == seen.mac))
}

/// The entry with the highest number.
pub(super) async fn last_entry(db: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<Option<Head>, DbErr> {
    let last: Option<(Option<i64>, Option<Vec<u8>>)> = audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Seq)
        .column(audit_entry::Column::Mac)
        .filter(audit_entry::COLUMN.workspace_id.eq(workspace))
        .filter(audit_entry::COLUMN.seq.is_not_null())
        .order_by_desc(audit_entry::COLUMN.seq)
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.and_then(|(seq, mac)| {
        Some(Head {
            workspace,
            seq: seq?,
            mac: mac.unwrap_or_default(),
        })
    }))
}

/// The chain itself says from then on that its end was lost: who took it away cannot take that away.
pub(super) async fn note_lost(
    services: &Services,
    tx: &Transaction<'_>,
    last: &Head,
) -> Result<audit_entry::Model, DbErr> {
    let workspace = last.workspace;
    error!(workspace.id = %workspace, audit.seq = last.seq,
        "the end of the audit log of workspace {workspace} was lost: entries after number {} may be missing", last.seq);
    let noted = audit_entry::ActiveModel {
        id: Set(AuditEntryId(services.ids.new_id())),
        workspace_id: Set(workspace),
        twilio_account_id: Set(None),
        actor: Set("callab".to_owned()),
        role: Set("system".to_owned()),
        action: Set(HEAD_LOST.to_owned()),
        subject: Set(format!("workspace/{workspace}")),
        outcome: Set(DONE.to_owned()),
        detail: Set(json!({ "lastEntry": last.seq })),
        at: Set(tx.at()),
        ..Default::default()
    };
    audit_entry::Entity::insert(noted).exec_with_returning(tx.db()).await
}

/// Gives these entries the places after `head` and moves the head to the last. Answers where it is then; none without entries.
pub(super) async fn give_places(
    services: &Services,
    tx: &Transaction<'_>,
    prover: &Prover,
    head: &Head,
    waiting: &[audit_entry::Model],
) -> Result<Option<Head>, DbErr> {
    let mut given_out = Vec::with_capacity(waiting.len());
    let mut end = head.clone();
    for entry in waiting {
        let salt = services.ids.new_reference().into_bytes();
        let personal = digest::personal(entry, &salt);
        let digest = digest::whole(entry, &personal);
        end.seq += 1;
        end.mac = prover.link(end.seq, &end.mac, &digest).to_vec();
        given_out.push((entry.id, end.seq, salt, personal, digest, end.mac.clone()));
    }
    if given_out.is_empty() {
        return Ok(None);
    }
    let backend = tx.db().get_database_backend();
    let values = Sql::new(backend)
        .text("WITH placed (id, seq, salt, personal_digest, digest, mac) AS (VALUES ")
        .each(given_out, ", ", |sql, (id, seq, salt, personal, digest, mac)| {
            let sql = sql.text("(").typed(id, "uuid").text(", ").typed(seq, "bigint");
            [salt, personal.to_vec(), digest.to_vec(), mac]
                .into_iter()
                .fold(sql, |sql, bytes| sql.text(", ").typed(bytes, "bytea"))
                .text(")")
        });
    let update = values.text(
        ") UPDATE audit_entry SET seq = placed.seq, salt = placed.salt, personal_digest = placed.personal_digest, \
         digest = placed.digest, mac = placed.mac FROM placed WHERE audit_entry.id = placed.id AND audit_entry.seq IS NULL",
    );
    let given = tx.db().execute_raw(update.statement()).await?.rows_affected();
    if given != waiting.len() as u64 {
        let problem = format!("{given} of {} audit entries took their places", waiting.len());
        return Err(DbErr::Custom(problem));
    }
    let moved = Sql::new(backend)
        .text("UPDATE audit_head SET seq = ")
        .value(end.seq)
        .text(", mac = ")
        .value(end.mac.clone())
        .text(", tag = ")
        .value(prover.end(end.seq, &end.mac).to_vec())
        .text(", moved_at = ")
        .value(tx.at())
        .text(" WHERE workspace_id = ")
        .value(end.workspace);
    tx.db().execute_raw(moved.statement()).await?;
    Ok(Some(end))
}
