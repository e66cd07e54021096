//! Reads of unusual activity.

use ::entity::activity_finding;
use ::entity::{AccountId, ActivityFindingId, WorkspaceId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::Services;
use crate::keyset::beyond;
use crate::page::{Page, PageOf};

/// Where a page of findings begins: after the finding that began then, with this id.
pub type Position = (DateTime<Utc>, Uuid);

/// Which findings are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct ActivityFilter {
    /// Of this workspace; none for staff who name none.
    pub workspace: Option<WorkspaceId>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Those that are open, or those that are over.
    pub open: Option<bool>,
}

/// Findings, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_activity(
    services: &Services,
    filter: &ActivityFilter,
    page: PageOf<Position>,
) -> Result<Page<activity_finding::Model>, DbErr> {
    let column = activity_finding::COLUMN;
    let mut wanted = Condition::all();
    if let Some(workspace) = filter.workspace {
        wanted = wanted.add(column.workspace_id.eq(workspace));
    }
    if let Some(account) = filter.account {
        wanted = wanted.add(column.twilio_account_id.eq(account));
    }
    match filter.open {
        Some(true) => wanted = wanted.add(column.ended_at.is_null()),
        Some(false) => wanted = wanted.add(column.ended_at.is_not_null()),
        None => {}
    }
    if let Some((at, id)) = page.after {
        use activity_finding::Column;
        wanted = wanted.add(beyond(
            &Order::Desc,
            (Column::StartedAt, at),
            (Column::Id, ActivityFindingId(id)),
        ));
    }
    let rows = activity_finding::Entity::find()
        .filter(wanted)
        .order_by_desc(column.started_at)
        .order_by_desc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// The findings with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn activity_by_ids(
    services: &Services,
    ids: &[ActivityFindingId],
) -> Result<Vec<activity_finding::Model>, DbErr> {
    activity_finding::Entity::find()
        .filter(activity_finding::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}
