//! Gives committed audit entries their places in the chains.
//!
//! An entry's digest is made here, not when the entry is written: of what the database gives back, so that nothing a database
//! rounds or reorders ever looks like a change. Until then, moments after the commit, an entry is as safe as the database is:
//! whoever may write there can change it, or add one, unnoticed. From then on they cannot.

use std::collections::HashMap;
use std::time::Duration;

use ::entity::{WorkspaceId, audit_entry};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::chain::Prover;
use super::held_up::HeldUp;
use super::places::{give_places, lock_head, note_lost};
use super::waiting::oldest_waiting;
use super::{Head, LOG_TARGET};
use crate::error::is_locked;
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

/// How many provers are kept in memory.
const KEPT: usize = 10_000;

/// How many chains' ends are kept in memory.
const SEEN: usize = 100_000;

/// What one process's sequencer knows.
#[derive(Debug, Default)]
pub struct Sequencer {
    provers: HashMap<WorkspaceId, Prover>,
    held_up: HeldUp,
    heads: HashMap<WorkspaceId, Told>,
    /// Where this process left each chain: one that does not hold that end any more was cut, whatever the database notes. Each process
    /// that has seen the end says so once.
    seen: HashMap<WorkspaceId, Head>,
}

/// A chain's end, and when one was last written to the log.
#[derive(Debug)]
struct Told {
    head: Head,
    is_news: bool,
    at: Option<Instant>,
}

/// What came of one turn.
struct Turn {
    chained: u64,
    /// Whether some workspace's rows were locked by somebody else.
    met_locks: bool,
}

/// Chains audit entries as they are committed, until `stop`, and writes the ends of the chains to the log. To be run in every
/// process that writes entries.
pub async fn run_sequencer(services: &Services, stop: CancellationToken) {
    let mut sequencer = Sequencer::default();
    loop {
        match sequencer.chain_all(services).await {
            Ok(turn) if turn.chained >= BATCH && !stop.is_cancelled() => {
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

/// Chains every entry that waits. Answers how many. Where somebody else has rows locked, it tries again, until the lock has
/// lasted.
///
/// # Errors
/// When the database fails, or a workspace's key cannot be opened; the other workspaces' entries are chained all the same.
pub async fn chain(services: &Services) -> Result<u64, Fault> {
    let mut sequencer = Sequencer::default();
    let mut all = 0;
    loop {
        let turn = sequencer.chain_all(services).await?;
        all += turn.chained;
        if turn.chained == 0 && !turn.met_locks {
            return Ok(all);
        }
    }
}

impl Sequencer {
    /// Chains a batch of each workspace that has entries waiting.
    async fn chain_all(&mut self, services: &Services) -> Result<Turn, Fault> {
        let waiting: Vec<WorkspaceId> = audit_entry::Entity::find()
            .select_only()
            .column(audit_entry::Column::WorkspaceId)
            .distinct()
            .filter(audit_entry::COLUMN.seq.is_null())
            .filter(
                audit_entry::COLUMN
                    .workspace_id
                    .is_not_in(self.held_up.left_alone(Instant::now())),
            )
            .limit(WORKSPACES)
            .into_tuple()
            .all(&services.db)
            .await?;
        self.held_up.only(&waiting);
        let (mut chained, mut met_locks, mut failed) = (0, false, None);
        for workspace in waiting {
            match self.chain_of(services, workspace).await {
                Ok(more) => chained += more,
                Err(Fault::Database(error)) if is_locked(&error) => {
                    let next = oldest_waiting(&services.db, workspace).await?;
                    self.held_up.locked(workspace, next.map(|next| next.id), Instant::now());
                    met_locks = true;
                }
                Err(fault) => {
                    self.provers.remove(&workspace);
                    self.held_up.failed(workspace, Instant::now());
                    failed = Some(fault);
                }
            }
        }
        failed.map_or(Ok(Turn { chained, met_locks }), Err)
    }

    /// Chains a batch of one workspace. Its head is locked meanwhile: two sequencers never give the same place.
    async fn chain_of(&mut self, services: &Services, workspace: WorkspaceId) -> Result<u64, Fault> {
        let (tx, prover, (head, is_lost)) = self.locked(services, workspace).await?;
        let noted = if is_lost {
            Some(note_lost(services, &tx, &head).await?)
        } else {
            None
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

    /// Locks a chain's end, and answers what proves the chain, and where it ends and whether that was lost.
    async fn locked<'a>(
        &self,
        services: &'a Services,
        workspace: WorkspaceId,
    ) -> Result<(Transaction<'a>, Prover, (Head, bool)), Fault> {
        let seen = self.seen.get(&workspace);
        if let Some(prover) = self.provers.get(&workspace) {
            let tx = services.begin().await?;
            let (head, is_lost) = lock_head(&tx, workspace, prover, seen).await?;
            if !is_lost {
                return Ok((tx, prover.clone(), (head, false)));
            }
            // The workspace may have another key by now: the one that is stored decides.
        }
        let prover = Prover::new(workspace, &secrets::workspace_key(services, workspace).await?);
        let tx = services.begin().await?;
        let found = lock_head(&tx, workspace, &prover, seen).await?;
        Ok((tx, prover, found))
    }

    fn moved(&mut self, head: Head) {
        if self.seen.len() >= SEEN {
            self.seen.clear();
        }
        self.seen.insert(head.workspace, head.clone());
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
                info!(target: LOG_TARGET, { workspace.id = %head.workspace, audit.seq = head.seq, audit.head = %head },
                    "the audit log of workspace {} has {} entries", head.workspace, head.seq);
                (told.is_news, told.at) = (false, Some(now));
            }
        }
        self.heads
            .retain(|_, told| told.is_news || told.at.is_some_and(|at| now.duration_since(at) < TELL_EVERY));
    }
}
