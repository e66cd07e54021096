//! Measures how much waits, for the metrics. Every worker measures the whole system: watch the largest figure, not their sum.

use std::time::Duration;

use domain::jobs::{self, Depth};
use domain::metrics::{
    ACCOUNT_CHECKS_LATE_SECONDS, AUDIT_UNCHAINED, EVENTS_UNNUMBERED, JOB_OLDEST_DUE_SECONDS, JOBS_RUNNING,
    JOBS_UNKNOWN, JOBS_WAITING,
};
use domain::{Services, accounts};
use entity::{audit_entry, event};
use metrics::gauge;
use sea_orm::{DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use crate::Handlers;

/// How often it is measured.
pub(crate) const EVERY: Duration = Duration::from_secs(10);

/// Reads how much waits and sets the gauges.
///
/// # Errors
/// When the database fails; the gauges keep what was measured last.
pub async fn measure(services: &Services, handlers: &Handlers) -> Result<Depth, DbErr> {
    let depth = jobs::depth(services, &handlers.known()).await?;
    for queue in &depth.queues {
        let name = queue.queue.as_str();
        gauge!(JOBS_WAITING, "queue" => name).set(figure(queue.waiting));
        let oldest = queue.oldest_due.unwrap_or_default();
        gauge!(JOB_OLDEST_DUE_SECONDS, "queue" => name).set(oldest.as_secs_f64());
    }
    gauge!(JOBS_RUNNING).set(figure(depth.running));
    gauge!(JOBS_UNKNOWN).set(figure(depth.unknown));
    let late = accounts::checks_late(services).await?;
    gauge!(ACCOUNT_CHECKS_LATE_SECONDS).set(late.as_secs_f64());
    gauge!(EVENTS_UNNUMBERED).set(figure(unnumbered_events(services).await?));
    gauge!(AUDIT_UNCHAINED).set(figure(unchained_audit(services).await?));
    Ok(depth)
}

/// Audit entries that the sequencer has still to chain, counted likewise.
async fn unchained_audit(services: &Services) -> Result<u64, DbErr> {
    audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Id)
        .filter(audit_entry::COLUMN.seq.is_null())
        .limit(jobs::COUNTED)
        .count(&services.db)
        .await
}

/// Events that the sequencer has still to number, counted up to as many as jobs are.
async fn unnumbered_events(services: &Services) -> Result<u64, DbErr> {
    event::Entity::find()
        .select_only()
        .column(event::Column::Id)
        .filter(event::COLUMN.seq.is_null())
        .limit(jobs::COUNTED)
        .count(&services.db)
        .await
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float, and exact up to 2^53")]
fn figure(count: u64) -> f64 {
    count as f64
}
