//! Gives committed audit entries their places in the chains.
//!
//! An entry's digest is made here, not when the entry is written: of what the database gives back, so that nothing a database
//! rounds or reorders ever looks like a change. Until then, moments after the commit, an entry is as safe as the database is:
//! whoever may write there can change it, or add one, unnoticed. From then on they cannot.

use std::collections::HashMap;
use std::time::Duration;

use ::entity::{AuditEntryId, WorkspaceId, audit_entry, audit_head};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::chain::{BEGINNING, Prover};
use super::{Head, digest};
use crate::sql::Sql;
use crate::{Fault, Services, Transaction, secrets};

/// How many entries get their places in one transaction.
const BATCH: u64 = 500;

/// How many workspaces are looked after in one turn.
const WORKSPACES: u64 = 500;

/// How long entries are gathered after a commit: one transaction serves all that come meanwhile.
const GATHER: Duration = Duration::from_millis(100);

/// How long an entry waits whose process died between its commit and its wake-up.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How often one process writes a chain's end to the log, while it moves.
const TELL_EVERY: Duration = Duration::from_mins(1);

/// How long a workspace is left alone whose key could not be opened, or whose entries did not take their places.
const HELD_UP_FOR: Duration = Duration::from_secs(10);

/// How many provers are kept in memory.
const KEPT: usize = 10_000;

/// The action of the entry that says that a chain's end was lost.
pub(super) const HEAD_LOST: &str = "audit.head_lost";

/// What one process's sequencer knows.
#[derive(Debug, Default)]
pub struct Sequencer {
    provers: HashMap<WorkspaceId, Prover>,
    /// Workspaces that are left alone, and until when.
    held_up: HashMap<WorkspaceId, Instant>,
    heads: HashMap<WorkspaceId, Told>,
}

/// A chain's end, and when one was last written to the log.
#[derive(Debug)]
struct Told {
    head: Head,
    is_news: bool,
    at: Option<Instant>,
}

/// Chains audit entries as they are committed, until `stop`, and writes the ends of the chains to the log. To be run in every
/// process that writes entries.
pub async fn run_sequencer(services: &Services, stop: CancellationToken) {
    let mut sequencer = Sequencer::default();
    loop {
        match sequencer.chain_all(services).await {
            Ok(chained) if chained >= BATCH && !stop.is_cancelled() => {
                sequencer.tell(TELL_EVERY);
                continue;
            }
            Ok(_) => {}
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "could not chain audit entries; they wait"
            ),
        }
        sequencer.tell(TELL_EVERY);
        if stop.is_cancelled() {
            sequencer.tell(Duration::ZERO);
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {} // What was committed last is chained, too.
            () = services.events.audited() => {
                stop.run_until_cancelled(tokio::time::sleep(GATHER)).await;
            }
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// Chains every entry that waits. Answers how many.
///
/// # Errors
/// When the database fails, or a workspace's key cannot be opened; the other workspaces' entries are chained all the same.
pub async fn chain(services: &Services) -> Result<u64, Fault> {
    let mut sequencer = Sequencer::default();
    let mut all = 0;
    loop {
        let chained = sequencer.chain_all(services).await?;
        all += chained;
        if chained == 0 {
            return Ok(all);
        }
    }
}

impl Sequencer {
    /// Chains a batch of each workspace that has entries waiting.
    async fn chain_all(&mut self, services: &Services) -> Result<u64, Fault> {
        let now = Instant::now();
        self.held_up.retain(|_, until| now < *until);
        let waiting: Vec<WorkspaceId> = audit_entry::Entity::find()
            .select_only()
            .column(audit_entry::Column::WorkspaceId)
            .distinct()
            .filter(audit_entry::COLUMN.seq.is_null())
            .filter(audit_entry::COLUMN.workspace_id.is_not_in(self.held_up.keys().copied()))
            .limit(WORKSPACES)
            .into_tuple()
            .all(&services.db)
            .await?;
        let (mut chained, mut failed) = (0, None);
        for workspace in waiting {
            match self.chain_of(services, workspace).await {
                Ok(more) => chained += more,
                Err(fault) => {
                    self.provers.remove(&workspace);
                    self.held_up.insert(workspace, now + HELD_UP_FOR);
                    failed = Some(fault);
                }
            }
        }
        failed.map_or(Ok(chained), Err)
    }

    /// Chains a batch of one workspace. Its head is locked meanwhile: two sequencers never give the same place.
    async fn chain_of(&mut self, services: &Services, workspace: WorkspaceId) -> Result<u64, Fault> {
        let tx = services.begin().await?;
        let prover = match self.provers.get(&workspace) {
            Some(prover) => prover.clone(),
            None => {
                let key = secrets::workspace_key(tx.db(), services, workspace, tx.at()).await?;
                Prover::new(workspace, &key)
            }
        };
        let (head, is_lost) = lock_head(&tx, workspace, &prover).await?;
        let noted = match is_lost {
            true => Some(note_lost(services, &tx, &head).await?),
            false => None,
        };
        let others = noted.as_ref().map(|noted| audit_entry::COLUMN.id.ne(noted.id));
        let waiting = audit_entry::Entity::find()
            .filter(audit_entry::COLUMN.workspace_id.eq(workspace))
            .filter(audit_entry::COLUMN.seq.is_null())
            .filter(Condition::all().add_option(others))
            .order_by_asc(audit_entry::COLUMN.at)
            .order_by_asc(audit_entry::COLUMN.id)
            .limit(BATCH)
            .all(tx.db())
            .await?;
        let waiting: Vec<audit_entry::Model> = noted.into_iter().chain(waiting).collect();
        let Some(end) = give_places(services, &tx, &prover, &head, &waiting).await? else {
            return Ok(0);
        };
        tx.commit().await?;
        if self.provers.len() >= KEPT {
            self.provers.clear();
        }
        self.provers.insert(workspace, prover);
        self.moved(end);
        Ok(waiting.len() as u64)
    }

    fn moved(&mut self, head: Head) {
        let told = self.heads.entry(head.workspace).or_insert_with(|| Told {
            head: head.clone(),
            is_news: true,
            at: None,
        });
        told.head = head;
        told.is_news = true;
    }

    /// Writes to the log the ends that moved since they were last written, and not more often than that.
    fn tell(&mut self, every: Duration) {
        let now = Instant::now();
        for told in self.heads.values_mut() {
            let is_due = told.at.is_none_or(|at| now.duration_since(at) >= every);
            if told.is_news && is_due {
                let head = &told.head;
                info!(workspace.id = %head.workspace, audit.seq = head.seq, audit.head = %head,
                    "the audit log of workspace {} has {} entries", head.workspace, head.seq);
                (told.is_news, told.at) = (false, Some(now));
            }
        }
        self.heads
            .retain(|_, told| told.is_news || told.at.is_some_and(|at| now.duration_since(at) < TELL_EVERY));
    }
}

/// Reads a chain's end and locks it until the commit; made the first time. Answers whether it was lost: taken away, set back, or put
/// there by somebody else. The chain goes on from its last entry then.
async fn lock_head(tx: &Transaction<'_>, workspace: WorkspaceId, prover: &Prover) -> Result<(Head, bool), DbErr> {
    let first = audit_head::ActiveModel {
        workspace_id: Set(workspace),
        seq: Set(0),
        mac: Set(BEGINNING.to_vec()),
        tag: Set(prover.end(0, &BEGINNING).to_vec()),
        moved_at: Set(tx.at()),
    };
    let once = OnConflict::column(audit_head::Column::WorkspaceId)
        .do_nothing()
        .to_owned();
    audit_head::Entity::insert(first)
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
    if is_ours && last.as_ref().is_none_or(|last| last.seq <= row.seq) {
        let head = Head {
            workspace,
            seq: row.seq,
            mac: row.mac,
        };
        return Ok((head, false));
    }
    let beginning = Head {
        workspace,
        seq: 0,
        mac: BEGINNING.to_vec(),
    };
    Ok((last.unwrap_or(beginning), true))
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
async fn note_lost(services: &Services, tx: &Transaction<'_>, last: &Head) -> Result<audit_entry::Model, DbErr> {
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
        outcome: Set(super::DONE.to_owned()),
        detail: Set(json!({ "lastEntry": last.seq })),
        at: Set(tx.at()),
        ..Default::default()
    };
    audit_entry::Entity::insert(noted).exec_with_returning(tx.db()).await
}

/// Gives these entries the places after `head` and moves the head to the last. Answers where it is then; none without entries.
async fn give_places(
    services: &Services,
    tx: &Transaction<'_>,
    prover: &Prover,
    head: &Head,
    waiting: &[audit_entry::Model],
) -> Result<Option<Head>, DbErr> {
    let mut placed = Vec::with_capacity(waiting.len());
    let mut end = head.clone();
    for entry in waiting {
        let salt = services.ids.new_reference().into_bytes();
        let personal = digest::personal(entry, &salt);
        let digest = digest::whole(entry, &personal);
        end.seq += 1;
        end.mac = prover.link(end.seq, &end.mac, &digest).to_vec();
        placed.push((entry.id, end.seq, salt, personal, digest, end.mac.clone()));
    }
    if placed.is_empty() {
        return Ok(None);
    }
    let backend = tx.db().get_database_backend();
    let values = Sql::new(backend)
        .text("WITH placed (id, seq, salt, personal_digest, digest, mac) AS (VALUES ")
        .each(placed, ", ", |sql, (id, seq, salt, personal, digest, mac)| {
            let sql = sql.text("(").typed(id, "uuid").text(", ").typed(seq, "bigint");
            [salt, personal.to_vec(), digest.to_vec(), mac]
                .into_iter()
                .fold(sql, |sql, bytes| sql.text(", ").typed(bytes, "bytea"))
                .text(")")
        });
    let places = values.text(
        ") UPDATE audit_entry SET seq = placed.seq, salt = placed.salt, personal_digest = placed.personal_digest, \
         digest = placed.digest, mac = placed.mac FROM placed WHERE audit_entry.id = placed.id AND audit_entry.seq IS NULL",
    );
    let given = tx.db().execute_raw(places.statement()).await?.rows_affected();
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

/// How many entries wait for their places.
pub(super) async fn waiting(db: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<u64, DbErr> {
    audit_entry::Entity::find()
        .filter(audit_entry::COLUMN.workspace_id.eq(workspace))
        .filter(audit_entry::COLUMN.seq.is_null())
        .count(db)
        .await
}
