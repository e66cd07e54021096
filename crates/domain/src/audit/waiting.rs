//! Entries that have no place in a chain yet.

use ::entity::{AuditEntryId, WorkspaceId, audit_entry};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

/// How long an entry may wait for its place before that is a fault. A second is normal while any process runs.
const WAITS_AT_MOST: TimeDelta = TimeDelta::minutes(5);

/// An entry that waits.
pub(super) struct Waiting {
    pub id: AuditEntryId,
    /// The moment of its act.
    pub at: DateTime<Utc>,
}

fn all(workspace: WorkspaceId) -> Select<audit_entry::Entity> {
    audit_entry::Entity::find()
        .filter(audit_entry::COLUMN.workspace_id.eq(workspace))
        .filter(audit_entry::COLUMN.seq.is_null())
}

/// How many entries of a workspace wait for their places.
pub(super) async fn waiting(db: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<u64, DbErr> {
    all(workspace).count(db).await
}

/// The entry that is to have the next place.
pub(super) async fn oldest_waiting(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
) -> Result<Option<Waiting>, DbErr> {
    at_the_end(db, workspace, Order::Asc).await
}

/// An entry that has waited for too long at `now`. One from the future is as much of a fault: it would not seem to wait for as
/// long as somebody likes.
pub(super) async fn overdue(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
    now: DateTime<Utc>,
) -> Result<Option<Waiting>, DbErr> {
    let oldest = oldest_waiting(db, workspace).await?;
    if let Some(oldest) = oldest.filter(|oldest| now - oldest.at > WAITS_AT_MOST) {
        return Ok(Some(oldest));
    }
    let newest = at_the_end(db, workspace, Order::Desc).await?;
    Ok(newest.filter(|newest| newest.at - now > WAITS_AT_MOST))
}

async fn at_the_end(db: &impl ConnectionTrait, workspace: WorkspaceId, order: Order) -> Result<Option<Waiting>, DbErr> {
    let found: Option<(AuditEntryId, DateTime<Utc>)> = all(workspace)
        .select_only()
        .column(audit_entry::Column::Id)
        .column(audit_entry::Column::At)
        .order_by(audit_entry::COLUMN.at, order.clone())
        .order_by(audit_entry::COLUMN.id, order)
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.map(|(id, at)| Waiting { id, at }))
}
