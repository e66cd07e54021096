//! Reads of events.

use ::entity::{WorkspaceId, event};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::Services;
use crate::page::{Page, PageOf};

/// Where a number lies in the order of the events that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Every event after it is there.
    Kept,
    /// Events after it were removed by age.
    TooOld,
    /// No event has come that far: the number is not of this database.
    NotYet,
}

/// The number of the newest event; 0 before the first.
///
/// # Errors
/// When the database fails.
pub async fn newest(services: &Services) -> Result<i64, DbErr> {
    Ok(ends(&services.db).await?.1)
}

/// The numbers of the oldest event that is kept and of the newest.
async fn ends(db: &impl ConnectionTrait) -> Result<(i64, i64), DbErr> {
    let ends: Option<(Option<i64>, Option<i64>)> = event::Entity::find()
        .select_only()
        .column_as(event::COLUMN.seq.min(), "oldest")
        .column_as(event::COLUMN.seq.max(), "newest")
        .into_tuple()
        .one(db)
        .await?;
    let (oldest, newest) = ends.unwrap_or_default();
    Ok((oldest.unwrap_or(1), newest.unwrap_or(0)))
}

/// Where `seq` lies: whether a reader can go on from there.
///
/// # Errors
/// When the database fails.
pub async fn place(services: &Services, seq: i64) -> Result<Place, DbErr> {
    let (oldest, newest) = ends(&services.db).await?;
    Ok(if seq > newest {
        Place::NotYet
    } else if seq < oldest - 1 {
        Place::TooOld
    } else {
        Place::Kept
    })
}

/// Events in order, of one workspace or of all, after number `page.after` and up to number `up_to`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    services: &Services,
    workspace: Option<WorkspaceId>,
    up_to: i64,
    page: &PageOf<i64>,
) -> Result<Page<event::Model>, DbErr> {
    let column = event::COLUMN;
    let mut events = event::Entity::find()
        .filter(column.seq.gt(page.after.unwrap_or(0)))
        .filter(column.seq.lte(up_to));
    if let Some(workspace) = workspace {
        events = events.filter(column.workspace_id.eq(workspace));
    }
    let rows = events
        .order_by_asc(column.seq)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}
