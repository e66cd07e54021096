//! Reads of events.

use ::entity::{WorkspaceId, event};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::page::{Page, PageOf};
use crate::{Services, Unconfined};

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
    Ok(ends(services).await?.1)
}

/// Where a reader of one workspace, or of all, has seen everything: its newest event, or the end of what was removed by age. It
/// moves with the reader's own events alone: how much happens in other workspaces is nobody's to see.
///
/// # Errors
/// When the database fails.
pub async fn newest_of(services: &Services, workspace: Option<WorkspaceId>) -> Result<i64, DbErr> {
    let Some(workspace) = workspace else {
        return newest(services).await;
    };
    let own: Option<Option<i64>> = event::Entity::find()
        .select_only()
        .column_as(event::COLUMN.seq.max(), "newest")
        .filter(event::COLUMN.workspace_id.eq(workspace))
        .into_tuple()
        .one(&services.db)
        .await?;
    match own.flatten() {
        Some(seq) => Ok(seq),
        None => Ok(ends(services).await?.0 - 1),
    }
}

/// How many events of one workspace, or of all, come after number `seq`; counts no further than `at_most`.
///
/// # Errors
/// When the database fails.
pub async fn count_after(
    services: &Services,
    workspace: Option<WorkspaceId>,
    seq: i64,
    at_most: u64,
) -> Result<u64, DbErr> {
    let column = event::COLUMN;
    let of_workspace = workspace.map(|workspace| column.workspace_id.eq(workspace));
    event::Entity::find()
        .select_only()
        .column(event::Column::Seq)
        .filter(Condition::all().add(column.seq.gt(seq)).add_option(of_workspace))
        .limit(at_most)
        .count(&services.db)
        .await
}

/// The number of the last event about a row. `None` when all of them were removed by age.
///
/// # Errors
/// When the database fails.
pub async fn last_about(services: &Services, subject: Uuid) -> Result<Option<i64>, DbErr> {
    super::number(services).await?; // One that is just committed counts, too.
    let last: Option<Option<i64>> = event::Entity::find()
        .select_only()
        .column_as(event::COLUMN.seq.max(), "last")
        .filter(event::COLUMN.subject.eq(subject))
        .into_tuple()
        .one(&services.db)
        .await?;
    Ok(last.flatten())
}

/// The numbers of the oldest event that is kept and of the newest.
async fn ends(services: &Services) -> Result<(i64, i64), DbErr> {
    let services = services.unconfined(Unconfined::EventOrder);
    let ends: Option<(Option<i64>, Option<i64>)> = event::Entity::find()
        .select_only()
        .column_as(event::COLUMN.seq.min(), "oldest")
        .column_as(event::COLUMN.seq.max(), "newest")
        .into_tuple()
        .one(&services.db)
        .await?;
    let (oldest, newest) = ends.unwrap_or_default();
    Ok((oldest.unwrap_or(1), newest.unwrap_or(0)))
}

/// Where `seq` lies: whether a reader can go on from there.
///
/// # Errors
/// When the database fails.
pub async fn place(services: &Services, seq: i64) -> Result<Place, DbErr> {
    let (oldest, newest) = ends(services).await?;
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

/// The same events with the newest first: those before number `page.after`; from the newest that is numbered if there is none.
///
/// # Errors
/// When the database fails.
pub async fn list_newest_first(
    services: &Services,
    workspace: Option<WorkspaceId>,
    page: &PageOf<i64>,
) -> Result<Page<event::Model>, DbErr> {
    let column = event::COLUMN;
    let of_workspace = workspace.map(|workspace| column.workspace_id.eq(workspace));
    let before = column.seq.lt(page.after.unwrap_or(i64::MAX));
    let rows = event::Entity::find()
        .filter(Condition::all().add(before).add_option(of_workspace))
        .order_by_desc(column.seq)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}
