//! Reads of endpoints and of the delivery log.

use ::entity::notification::{self, NotificationKind, NotificationState};
use ::entity::{EndpointId, NotificationId, WorkspaceId, notification_attempt, notification_endpoint};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::keyset::beyond;
use crate::page::{Page, PageOf};
use crate::{Actor, Error, Refusal, RefusalCode, Services, Transaction};

/// Where a page of endpoints begins: after the one made then, with this id.
pub type EndpointPosition = (DateTime<Utc>, Uuid);

/// Which notifications are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotificationFilter {
    /// Of this workspace; none for staff who name none.
    pub workspace: Option<WorkspaceId>,
    /// To this endpoint.
    pub endpoint: Option<EndpointId>,
    /// Of one of these kinds; of any if there are none.
    pub kinds: Vec<NotificationKind>,
    /// In one of these states; in any if there are none.
    pub states: Vec<NotificationState>,
}

/// An endpoint that the actor may see, removed ones too.
///
/// # Errors
/// When the database fails.
pub async fn find_endpoint(
    services: &Services,
    actor: &Actor,
    id: EndpointId,
) -> Result<Option<notification_endpoint::Model>, DbErr> {
    let row = notification_endpoint::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// An endpoint that the actor wants to do something with.
pub(super) async fn get_endpoint(
    services: &Services,
    actor: &Actor,
    id: EndpointId,
) -> Result<notification_endpoint::Model, Error> {
    let row = find_endpoint(services, actor, id).await?;
    existing(row)
}

/// Reads an endpoint's row and keeps others from changing it until the transaction ends. On SQLite the transaction itself does that.
pub(super) async fn lock_endpoint(tx: &Transaction<'_>, id: EndpointId) -> Result<notification_endpoint::Model, Error> {
    let row = notification_endpoint::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.db())
        .await?;
    existing(row)
}

fn existing(row: Option<notification_endpoint::Model>) -> Result<notification_endpoint::Model, Error> {
    row.filter(|row| row.removed_at.is_none())
        .ok_or_else(|| Refusal::not_found("notification endpoint", "endpointId").into())
}

/// Refuses to send anything to an endpoint that is told nothing.
pub(super) fn require_enabled(endpoint: &notification_endpoint::Model) -> Result<(), Refusal> {
    if endpoint.enabled {
        return Ok(());
    }
    let message = "The endpoint is disabled. Enable it first.";
    Err(Refusal::new(RefusalCode::EndpointDisabled, message))
}

/// Endpoints, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_endpoints(
    services: &Services,
    workspace: Option<WorkspaceId>,
    page: PageOf<EndpointPosition>,
) -> Result<Page<notification_endpoint::Model>, DbErr> {
    let column = notification_endpoint::COLUMN;
    let later = page.after.map(|(at, id)| {
        use notification_endpoint::Column;
        beyond(&Order::Asc, (Column::CreatedAt, at), (Column::Id, EndpointId(id)))
    });
    let wanted = Condition::all()
        .add(column.removed_at.is_null())
        .add_option(workspace.map(|workspace| column.workspace_id.eq(workspace)))
        .add_option(later);
    let rows = notification_endpoint::Entity::find()
        .filter(wanted)
        .order_by_asc(column.created_at)
        .order_by_asc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// The endpoints with these ids, removed ones too, in no order.
///
/// # Errors
/// When the database fails.
pub async fn endpoints_by_ids(
    services: &Services,
    ids: &[EndpointId],
) -> Result<Vec<notification_endpoint::Model>, DbErr> {
    notification_endpoint::Entity::find()
        .filter(notification_endpoint::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}

/// A notification that the actor may see.
///
/// # Errors
/// When the database fails.
pub async fn find(
    services: &Services,
    actor: &Actor,
    id: NotificationId,
) -> Result<Option<notification::Model>, DbErr> {
    let row = notification::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// Notifications, the newest first. Their ids begin with the time they were made.
///
/// # Errors
/// When the database fails.
pub async fn list(
    services: &Services,
    filter: &NotificationFilter,
    page: PageOf<NotificationId>,
) -> Result<Page<notification::Model>, DbErr> {
    let column = notification::COLUMN;
    let wanted = Condition::all()
        .add_option(filter.workspace.map(|workspace| column.workspace_id.eq(workspace)))
        .add_option(filter.endpoint.map(|endpoint| column.endpoint_id.eq(endpoint)))
        .add_option((!filter.kinds.is_empty()).then(|| column.kind.is_in(filter.kinds.iter().cloned())))
        .add_option((!filter.states.is_empty()).then(|| column.state.is_in(filter.states.iter().cloned())))
        .add_option(page.after.map(|id| column.id.lt(id)));
    let rows = notification::Entity::find()
        .filter(wanted)
        .order_by_desc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// The notifications with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(services: &Services, ids: &[NotificationId]) -> Result<Vec<notification::Model>, DbErr> {
    notification::Entity::find()
        .filter(notification::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}

/// The attempts of these notifications, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn attempts_of(
    services: &Services,
    notifications: &[NotificationId],
) -> Result<Vec<notification_attempt::Model>, DbErr> {
    let column = notification_attempt::COLUMN;
    notification_attempt::Entity::find()
        .filter(column.notification_id.is_in(notifications.iter().copied()))
        .order_by_asc(column.id)
        .all(&services.db)
        .await
}
