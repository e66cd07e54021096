//! Reads of API keys.

use ::entity::{ApiKeyId, WorkspaceId, api_key};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::keyset::beyond;
use crate::page::{Page, PageOf};
use crate::{Actor, Error, Permission, Services};

/// Where a page of keys begins: after the one made then, with this id.
pub type KeyPosition = (DateTime<Utc>, Uuid);

/// A key that the actor may see.
///
/// # Errors
/// When the database fails.
pub async fn find(services: &Services, actor: &Actor, id: ApiKeyId) -> Result<Option<api_key::Model>, DbErr> {
    let row = api_key::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// The keys with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(services: &Services, ids: &[ApiKeyId]) -> Result<Vec<api_key::Model>, DbErr> {
    api_key::Entity::find()
        .filter(api_key::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}

/// Keys, newest first, revoked ones too.
///
/// # Errors
/// When the actor may not see them, or the database fails.
pub async fn list(
    services: &Services,
    actor: &Actor,
    workspace: Option<WorkspaceId>,
    page: PageOf<KeyPosition>,
) -> Result<Page<api_key::Model>, Error> {
    actor.require(Permission::RevokeApiKeys)?;
    let column = api_key::COLUMN;
    let earlier = page.after.map(|(at, id)| {
        use api_key::Column;
        beyond(&Order::Desc, (Column::CreatedAt, at), (Column::Id, ApiKeyId(id)))
    });
    let wanted = Condition::all()
        .add_option(workspace.map(|workspace| column.workspace_id.eq(workspace)))
        .add_option(earlier);
    let rows = api_key::Entity::find()
        .filter(wanted)
        .order_by_desc(column.created_at)
        .order_by_desc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// Which of these keys were revoked, or are gone with their workspace, for the sake of those that signed in a while ago.
///
/// # Errors
/// When the database fails.
pub async fn revoked(services: &Services, ids: &[ApiKeyId]) -> Result<Vec<ApiKeyId>, DbErr> {
    let column = api_key::COLUMN;
    let count: Vec<ApiKeyId> = api_key::Entity::find()
        .select_only()
        .column(api_key::Column::Id)
        .filter(column.id.is_in(ids.iter().copied()))
        .filter(column.revoked_at.is_null())
        .into_tuple()
        .all(&services.db)
        .await?;
    Ok(ids.iter().filter(|id| !count.contains(id)).copied().collect())
}
