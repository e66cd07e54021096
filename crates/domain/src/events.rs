//! What happened, in order: written with the change, numbered after the commit, told to live views.
//!
//! An event is a row written in the transaction that brought it about. Transactions commit in another order than they began, so
//! the row gets its place in the order (`seq`) only afterwards, from one sequencer: a reader that has seen number 7 will never
//! be surprised by a late number 6.

use std::sync::Arc;
use std::time::Duration;

use ::entity::event;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};
use serde_json::Value;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use tracing::error;
use uuid::Uuid;

use crate::Services;

/// Something that happened, before it is a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What, such as `account.health`.
    pub kind: &'static str,
    /// The id of the row it happened to.
    pub subject: Uuid,
    /// Ids, codes and words; other people's numbers masked.
    pub data: Value,
}

/// The kinds of events.
pub mod kind {
    /// An account was connected, changed or disconnected, or its health did. Subject: the account.
    pub const ACCOUNT: &str = "account.changed";
    /// A number's state, routing or nickname changed. Subject: the number.
    pub const NUMBER: &str = "phone_number.changed";
    /// A step of a call was noted. Subject: the call.
    pub const CALL: &str = "call.step";
    /// A test call started, moved on or ended. Subject: the test call.
    pub const TEST_CALL: &str = "test_call.changed";
}

/// How many numbered events a slow reader may be behind before it is cut off.
const LIVE_BUFFER: usize = 4096;

/// How many events are numbered in one transaction.
const BATCH: usize = 500;

/// How long an event whose wake-up was lost stays unnumbered.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// PostgreSQL's advisory lock that makes the sequencer the only one.
const SEQUENCER_LOCK: i64 = 0x0063_616c_6c61_6231;

/// The way from a commit to live views. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Events {
    wake: Arc<Notify>,
    live: broadcast::Sender<Arc<event::Model>>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            wake: Arc::new(Notify::new()),
            live: broadcast::channel(LIVE_BUFFER).0,
        }
    }
}

impl Events {
    /// Every event from now on, in order. A reader that falls too far behind gets an error and starts afresh.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<event::Model>> {
        self.live.subscribe()
    }

    pub(crate) fn wake_sequencer(&self) {
        self.wake.notify_one();
    }

    /// Numbers events as they are committed and tells live views, until `stop`.
    pub async fn run_sequencer(&self, services: &Services, stop: CancellationToken) {
        loop {
            match number(services).await {
                Ok(numbered) => {
                    let more_wait = numbered.len() >= BATCH;
                    for event in numbered {
                        let _ = self.live.send(Arc::new(event)); // Nobody listens: nothing to tell.
                    }
                    if more_wait && !stop.is_cancelled() {
                        continue;
                    }
                }
                Err(error) => error!(error = &error as &dyn std::error::Error, "could not number events"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }
}

/// Gives committed events their place in the order, oldest first, and answers them.
///
/// # Errors
/// When the database fails; they stay unnumbered then.
pub async fn number(services: &Services) -> Result<Vec<event::Model>, DbErr> {
    let unnumbered = || event::Entity::find().filter(event::COLUMN.seq.is_null());
    let mut numbered = Vec::new();
    if unnumbered().one(&services.db).await?.is_none() {
        return Ok(numbered);
    }
    let tx = services.begin().await?;
    if tx.db().get_database_backend() == DbBackend::Postgres {
        let lock = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [SEQUENCER_LOCK.into()],
        );
        tx.db().execute_raw(lock).await?;
    }
    let newest: Option<Option<i64>> = event::Entity::find()
        .select_only()
        .column_as(event::COLUMN.seq.max(), "newest")
        .into_tuple()
        .one(tx.db())
        .await?;
    let mut seq = newest.flatten().unwrap_or(0);
    let batch = unnumbered()
        .order_by_asc(event::COLUMN.at)
        .order_by_asc(event::COLUMN.id)
        .limit(BATCH as u64)
        .all(tx.db())
        .await?;
    for mut row in batch {
        seq += 1;
        row.seq = Some(seq);
        let change = event::ActiveModel {
            id: Unchanged(row.id),
            seq: Set(row.seq),
            ..Default::default()
        };
        event::Entity::update(change).exec(tx.db()).await?;
        numbered.push(row);
    }
    tx.commit().await?;
    Ok(numbered)
}
