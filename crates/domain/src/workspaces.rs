//! Workspaces: made when a token first names them.

use ::entity::{WorkspaceId, workspace};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::{Database, Services, Transaction};

/// Finds the workspace that a token names; makes it the first time, and keeps its name current.
///
/// # Errors
/// When the database fails.
pub async fn of_token(services: &Services, external_id: &str, name: Option<&str>) -> Result<workspace::Model, DbErr> {
    let find = || {
        workspace::Entity::find()
            .filter(workspace::COLUMN.external_id.eq(external_id))
            .one(&services.db)
    };
    let name_is_current = |row: &workspace::Model| name.is_none_or(|name| name == row.name);
    match find().await? {
        Some(row) if name_is_current(&row) => return Ok(row),
        _ => {}
    }
    let row = workspace::ActiveModel {
        id: Set(WorkspaceId(services.ids.new_id())),
        external_id: Set(external_id.to_owned()),
        name: Set(name.unwrap_or(external_id).to_owned()),
        created_at: Set(services.clock.now()),
    };
    let renamed = OnConflict::column("external_id").update_column("name").to_owned();
    workspace::Entity::insert(row)
        .on_conflict(renamed)
        .exec_without_returning(&services.db)
        .await?;
    find()
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("workspace".to_owned()))
}

/// The workspace that the web app calls so, if it was ever named by a token. For operators' commands.
///
/// # Errors
/// When the database fails.
pub async fn find_by_external_id(db: &Database, external_id: &str) -> Result<Option<WorkspaceId>, DbErr> {
    let found = workspace::Entity::find().filter(workspace::COLUMN.external_id.eq(external_id));
    Ok(found.one(db).await?.map(|row| row.id))
}

/// Whether there is such a workspace. For operators' commands.
///
/// # Errors
/// When the database fails.
pub async fn exists(db: &Database, id: WorkspaceId) -> Result<bool, DbErr> {
    Ok(workspace::Entity::find_by_id(id).one(db).await?.is_some())
}

/// Locks a workspace's row until the transaction ends, so that two at once do not both find room for one more of something. On SQLite the
/// transaction itself does that.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock(tx: &Transaction<'_>, id: WorkspaceId) -> Result<(), DbErr> {
    let row = workspace::Entity::find_by_id(id).lock_exclusive();
    row.one(tx.db()).await?;
    Ok(())
}

/// The workspaces with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(services: &Services, ids: &[WorkspaceId]) -> Result<Vec<workspace::Model>, DbErr> {
    workspace::Entity::find()
        .filter(workspace::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}
