//! Finds what was changed, taken out, moved, put in or cut off in a chain of audit entries.
//!
//! It reads a batch at a time and keeps nothing, while the product runs: entries that come meanwhile are left for the next time.

use ::entity::{AuditEntryId, WorkspaceId, audit_entry, audit_head, workspace, workspace_key};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use vault::Vault;

use super::chain::{BEGINNING, Prover};
use super::found::{Fault, FaultKind, Known, Verified};
use super::places::{HEAD_LOST, last_entry};
use super::waiting::{Waiting, overdue, waiting};
use super::{Head, digest};
use crate::{Clock, Database, secrets};

/// How many entries are read at a time.
const BATCH: u64 = 500;

/// The workspaces after `after`, a batch of them in the order of their ids: what [`verify`] is to be called for.
///
/// # Errors
/// When the database fails.
pub async fn workspaces(db: &Database, after: Option<WorkspaceId>) -> Result<Vec<WorkspaceId>, DbErr> {
    let mut all = workspace::Entity::find()
        .select_only()
        .column(workspace::Column::Id)
        .order_by_asc(workspace::COLUMN.id)
        .limit(BATCH);
    if let Some(after) = after {
        all = all.filter(workspace::COLUMN.id.gt(after));
    }
    all.into_tuple().all(db).await
}

/// Verifies one workspace's chain. Each head that is known of it has to lie on it.
///
/// That an end was lost once and the chain went on is a fault too, until somebody has looked into the entry that says so. A head behind
/// it is no sign of that: the product writes heads to its log after a loss as before.
///
/// An entry that has no place after five minutes by the database's clock, which is the one that its moment was taken from, is a
/// fault of a chain that has no other: something keeps it away, and until then it is as safe as the database is.
///
/// # Errors
/// When the database fails.
pub async fn verify(
    (db, vault): (&Database, &Vault),
    clock: &dyn Clock,
    workspace: WorkspaceId,
    known: &Known,
) -> Result<Verified, DbErr> {
    let key_row = async || workspace_key::Entity::find_by_id(workspace).one(db).await;
    // In this order: the end is written with the key, and is at least as far as the entry that is read before it.
    let last = last_entry(db, workspace).await?;
    let mut key = key_row().await?;
    let end = audit_head::Entity::find_by_id(workspace).one(db).await?;
    let is_empty = last.is_none() && end.is_none();
    if key.is_none() && !is_empty {
        key = key_row().await?; // Both were made just now.
    }
    let mut walk = Walk {
        verified: Verified {
            workspace,
            entries: 0,
            erased: 0,
            waiting: waiting(db, workspace).await?,
            head: None,
            fault: None,
        },
        mac: BEGINNING.to_vec(),
        lost_at: None,
        overdue: overdue(db, workspace, clock.database_now(db.into()).await?).await?,
    };
    let key = key.and_then(|row| secrets::open_by(vault, &row).ok());
    let Some(key) = key else {
        if !is_empty {
            walk.fault(1, FaultKind::NoKey, None);
        }
        return Ok(walk.against(known));
    };
    let prover = Prover::new(workspace, &key);
    let known_end = end.filter(|end| {
        prover.proves_end(end.seq, &end.mac, &end.tag) && last.as_ref().is_none_or(|last| last.seq <= end.seq)
    });
    let up_to = match (&known_end, &last) {
        (Some(end), _) => end.seq,
        (None, Some(last)) => last.seq,
        (None, None) => 0,
    };
    walk.through(db, &prover, up_to, known).await?;
    if walk.verified.fault.is_none() && walk.verified.entries < up_to {
        walk.fault(walk.verified.entries + 1, FaultKind::CutTail, None);
    }
    // An end was written with the key: also where there is no entry, there is one.
    let has_forked = known_end.as_ref().is_none_or(|end| end.mac != walk.mac);
    if walk.verified.fault.is_none() && has_forked {
        walk.fault(walk.verified.entries + 1, FaultKind::HeadLost, None);
    }
    Ok(walk.against(known))
}

/// On the way along a chain.
struct Walk {
    verified: Verified,
    /// What proves the last entry.
    mac: Vec<u8>,
    /// The first entry that says that the end before it was lost, and that nobody has looked into.
    lost_at: Option<(i64, AuditEntryId)>,
    /// An entry that has waited for its place for too long.
    overdue: Option<Waiting>,
}

impl Walk {
    /// Proves one entry after the other, up to number `up_to` or the first that is wrong.
    async fn through(&mut self, db: &Database, prover: &Prover, up_to: i64, known: &Known) -> Result<(), DbErr> {
        // Rows, not numbers, are counted on: two may claim the same, should somebody have taken the index away.
        let mut after: Option<(i64, AuditEntryId)> = None;
        loop {
            let batch = entries(db, self.verified.workspace, after, up_to).await?;
            for (n, entry) in batch.iter().enumerate() {
                let expected = self.verified.entries + 1;
                let seq = entry.seq.unwrap_or_default();
                if let Some(kind) = self.wrong(db, prover, entry, batch.get(n + 1)).await? {
                    self.fault(expected, kind, (kind != FaultKind::Removed).then_some(entry.id));
                    return Ok(());
                }
                self.mac = entry.mac.clone().unwrap_or_default();
                self.verified.entries = seq;
                self.verified.erased += u64::from(entry.erased_at.is_some());
                if entry.action == HEAD_LOST && !known.looked_into.contains(&entry.id) {
                    self.lost_at.get_or_insert((seq, entry.id));
                }
                if known.contradicts(self.verified.workspace, seq, &self.mac) {
                    self.fault(seq, FaultKind::Rewritten, Some(entry.id));
                    return Ok(());
                }
            }
            after = behind(&batch);
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// What is wrong with the entry that stands where the next is expected. `next` is the one behind it, if that was read.
    async fn wrong(
        &self,
        db: &Database,
        prover: &Prover,
        entry: &audit_entry::Model,
        next: Option<&audit_entry::Model>,
    ) -> Result<Option<FaultKind>, DbErr> {
        let expected = self.verified.entries + 1;
        let seq = entry.seq.unwrap_or_default();
        if seq > expected {
            return Ok(Some(FaultKind::Removed));
        }
        let (Some(digest), Some(mac)) = (&entry.digest, &entry.mac) else {
            return Ok(Some(FaultKind::Forged));
        };
        if seq == expected && prover.proves_link(seq, &self.mac, digest, mac) {
            return Ok((!tells_the_same(prover, entry, digest, mac)).then_some(FaultKind::Changed));
        }
        if stands_elsewhere(db, prover, (expected, &self.mac), entry).await? {
            return Ok(Some(FaultKind::Reordered));
        }
        // Its mac is the right one if the next entry follows from it; so its digest is not.
        let is_followed = next.is_some_and(|next| {
            let (Some(digest), Some(proof)) = (&next.digest, &next.mac) else {
                return false;
            };
            prover.proves_link(seq + 1, mac, digest, proof)
        });
        Ok(Some(if seq == expected && is_followed {
            FaultKind::Changed
        } else {
            FaultKind::Forged
        }))
    }

    fn fault(&mut self, seq: i64, kind: FaultKind, entry: Option<AuditEntryId>) {
        self.verified.fault = Some(Fault { seq, kind, entry });
    }

    /// Holds what was found against what is known, and finishes.
    fn against(mut self, known: &Known) -> Verified {
        if self.verified.entries > 0 {
            self.verified.head = Some(Head {
                workspace: self.verified.workspace,
                seq: self.verified.entries,
                mac: self.mac.clone(),
            });
        }
        if self.verified.fault.is_none() && known.up_to(self.verified.workspace) > self.verified.entries {
            self.fault(self.verified.entries + 1, FaultKind::CutTail, None);
        }
        if self.verified.fault.is_none()
            && let Some((seq, entry)) = self.lost_at
        {
            self.fault(seq, FaultKind::HeadLost, Some(entry));
        }
        if self.verified.fault.is_none()
            && let Some(overdue) = &self.overdue
        {
            self.fault(self.verified.entries + 1, FaultKind::Waiting, Some(overdue.id));
        }
        self.verified
    }
}

/// Whether what the entry tells is what its digest is of, and what was erased was erased by us.
fn tells_the_same(prover: &Prover, entry: &audit_entry::Model, expected: &[u8], mac: &[u8]) -> bool {
    let Some(personal) = &entry.personal_digest else {
        return false;
    };
    let personal_holds = match (entry.erased_at, &entry.erased_mac, &entry.salt) {
        (Some(at), Some(proof), None) => is_blank(entry) && prover.proves_erasure(mac, at, proof),
        (None, None, Some(salt)) => digest::personal(entry, salt).as_slice() == personal,
        _ => false,
    };
    personal_holds && digest::whole(entry, personal).as_slice() == expected
}

fn is_blank(entry: &audit_entry::Model) -> bool {
    entry.actor.is_empty()
        && entry.request_id.is_none()
        && entry.address.is_none()
        && entry.detail == Value::Object(serde_json::Map::new())
}

/// Whether it is another entry of this chain that belongs in this place, after `previous`, and this one belongs elsewhere.
/// Searches the whole chain: once, for the first fault.
async fn stands_elsewhere(
    db: &Database,
    prover: &Prover,
    (seq, previous): (i64, &[u8]),
    found: &audit_entry::Model,
) -> Result<bool, DbErr> {
    let found_mac = found.mac.clone().unwrap_or_default();
    let mut after: Option<(i64, AuditEntryId)> = None;
    loop {
        let batch = entries(db, found.workspace_id, after, i64::MAX).await?;
        for entry in &batch {
            let (Some(digest), Some(mac)) = (&entry.digest, &entry.mac) else {
                continue;
            };
            let belongs = prover.proves_link(seq, previous, digest, mac)
                || entry.id != found.id && prover.proves_link(seq, previous, digest, &found_mac);
            if belongs {
                return Ok(true);
            }
        }
        after = behind(&batch);
        if after.is_none() {
            return Ok(false);
        }
    }
}

/// Where the next batch begins, if this one is full.
fn behind(batch: &[audit_entry::Model]) -> Option<(i64, AuditEntryId)> {
    let last = batch.last().filter(|_| batch.len() as u64 == BATCH)?;
    Some((last.seq?, last.id))
}

/// The next entries of a chain, by their numbers.
async fn entries(
    db: &Database,
    workspace: WorkspaceId,
    after: Option<(i64, AuditEntryId)>,
    up_to: i64,
) -> Result<Vec<audit_entry::Model>, DbErr> {
    let column = audit_entry::COLUMN;
    let mut entries = audit_entry::Entity::find()
        .filter(column.workspace_id.eq(workspace))
        .filter(column.seq.lte(up_to));
    if let Some((seq, id)) = after {
        entries = entries.filter(column.seq.gt(seq).or(column.seq.eq(seq).and(column.id.gt(id))));
    }
    entries
        .order_by_asc(column.seq)
        .order_by_asc(column.id)
        .limit(BATCH)
        .all(db)
        .await
}
