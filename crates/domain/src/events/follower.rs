//! Reads numbered events as they come, for the live views of this process.

use std::time::Duration;

use ::entity::event;
use sea_orm::{DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::queries::newest;
use crate::Services;

/// How many events are read at once.
const BATCH: u64 = 1000;

/// How late an event is told whose news got lost between the processes.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Follows the numbered events from the newest one on, until `stop`. To be run in every process that serves live views.
pub async fn follow(services: &Services, stop: CancellationToken) {
    let Some(mut seq) = begin(services, &stop).await else {
        return;
    };
    loop {
        match further(services, seq).await {
            Ok(events) => {
                let is_full = events.len() as u64 == BATCH;
                seq = events.last().and_then(|event| event.seq).unwrap_or(seq);
                services.events.keep(events);
                if is_full && !stop.is_cancelled() {
                    continue;
                }
            }
            Err(error) => cannot_read(&error),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = services.events.numbered() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// Where the order ends now. Tries again while the database is away.
async fn begin(services: &Services, stop: &CancellationToken) -> Option<i64> {
    loop {
        match newest(services).await {
            Ok(seq) => {
                services.events.begin(seq);
                return Some(seq);
            }
            Err(error) => cannot_read(&error),
        }
        stop.run_until_cancelled(tokio::time::sleep(LOOK_AGAIN)).await?;
    }
}

fn cannot_read(error: &DbErr) {
    warn!(
        error = error as &dyn std::error::Error,
        "could not read new events; live views wait"
    );
}

async fn further(services: &Services, seq: i64) -> Result<Vec<event::Model>, DbErr> {
    event::Entity::find()
        .filter(event::COLUMN.seq.gt(seq))
        .order_by_asc(event::COLUMN.seq)
        .limit(BATCH)
        .all(&services.db)
        .await
}
