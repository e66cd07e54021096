//! Gives committed events their place in the order.

use std::time::Duration;

use ::entity::event;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, Statement};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{Services, Unconfined};

/// How many events are numbered in one transaction.
const BATCH: i64 = 1000;

/// How long an event stays unnumbered whose process died between its commit and its wake-up.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// PostgreSQL's advisory lock that makes the sequencer the only one, in whichever process it runs at the moment.
const SEQUENCER_LOCK: i64 = 0x0063_616c_6c61_6231;

/// The newest number is always in the table: pruning leaves that row.
const NUMBER: &str = "UPDATE event SET seq = numbered.seq FROM \
    (SELECT id, (SELECT coalesce(max(seq), 0) FROM event) + row_number() OVER (ORDER BY at, id) AS seq \
     FROM event WHERE seq IS NULL ORDER BY at, id LIMIT $1) AS numbered \
    WHERE event.id = numbered.id";

/// Numbers events as they are committed, until `stop`. To be run in every process that writes events.
pub async fn run_sequencer(services: &Services, stop: CancellationToken) {
    loop {
        match number(services).await {
            Ok(0) => {}
            Ok(numbered) => {
                services.events.were_numbered();
                if numbered >= BATCH.unsigned_abs() && !stop.is_cancelled() {
                    continue;
                }
            }
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "could not number events; live views wait"
            ),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = services.events.committed() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// Gives committed events their place in the order, oldest first. Answers how many.
///
/// # Errors
/// When the database fails; they stay unnumbered then.
pub async fn number(services: &Services) -> Result<u64, DbErr> {
    let services = &services.unconfined(Unconfined::EventOrder);
    let unnumbered = event::Entity::find().filter(event::COLUMN.seq.is_null());
    if unnumbered.one(&services.db).await?.is_none() {
        return Ok(0);
    }
    let tx = services.begin().await?;
    let backend = tx.db().get_database_backend();
    if backend == DbBackend::Postgres {
        // Held until the commit is seen by all: the next one numbers on from there.
        let lock = Statement::from_sql_and_values(backend, "SELECT pg_advisory_xact_lock($1)", [SEQUENCER_LOCK.into()]);
        tx.db().execute_raw(lock).await?;
    }
    let number = Statement::from_sql_and_values(backend, NUMBER, [BATCH.into()]);
    let numbered = tx.db().execute_raw(number).await?.rows_affected();
    tx.commit().await?;
    Ok(numbered)
}
