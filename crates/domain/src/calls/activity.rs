//! Unusual activity of an account: found at the end of `sync-calls`, open until it has been quiet for a while.

use ::entity::activity_finding::{self, Figures};
use ::entity::{AccountId, ActivityFindingId, WorkspaceId, twilio_account};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::{counted, unusual};
use crate::events::{Event, kind};
use crate::page::{Page, PageOf};
use crate::{Services, Transaction};

/// How long nothing may be seen of a finding before it is over.
const QUIET_FOR: TimeDelta = TimeDelta::minutes(30);

/// What a look came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looked {
    /// Findings that are new.
    pub opened: usize,
    /// Findings that are over.
    pub ended: usize,
}

/// Judges the account's calls, opens what is new and ends what is over.
///
/// # Errors
/// When the database fails.
pub(super) async fn look(services: &Services, account: &twilio_account::Model) -> Result<Looked, DbErr> {
    let now = services.clock.now();
    let counted = counted::count(services, account.id, now).await?;
    let found = unusual::find(&counted, &services.limits.unusual);
    let open = activity_finding::Entity::find()
        .filter(activity_finding::COLUMN.twilio_account_id.eq(account.id))
        .filter(activity_finding::COLUMN.ended_at.is_null())
        .all(&services.db)
        .await?;
    let mut looked = Looked::default();
    if found.is_empty() && open.is_empty() {
        return Ok(looked);
    }
    let mut tx = services.begin().await?;
    for finding in &found {
        let known = open
            .iter()
            .find(|row| row.kind == finding.kind && row.phone_number_id == finding.number);
        if let Some(row) = known {
            seen_again(&tx, row, finding).await?;
        } else {
            begin(services, &mut tx, account, finding).await?;
            looked.opened += 1;
        }
    }
    for row in open {
        let is_found = found
            .iter()
            .any(|finding| row.kind == finding.kind && row.phone_number_id == finding.number);
        if !is_found && now >= row.newest_at + QUIET_FOR {
            end(&mut tx, &row).await?;
            looked.ended += 1;
        }
    }
    tx.commit().await?;
    Ok(looked)
}

async fn begin(
    services: &Services,
    tx: &mut Transaction<'_>,
    account: &twilio_account::Model,
    finding: &unusual::Finding,
) -> Result<(), DbErr> {
    let row = activity_finding::Model {
        id: ActivityFindingId(services.ids.new_id()),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        phone_number_id: finding.number,
        kind: finding.kind.clone(),
        figures: Figures(finding.figures.clone()),
        started_at: tx.at(),
        newest_at: tx.at(),
        ended_at: None,
    };
    let row = activity_finding::ActiveModel::from(row).reset_all();
    let row = row.insert(tx.db()).await?;
    tx.record(row.workspace_id, finding_event(&row)).await
}

async fn seen_again(
    tx: &Transaction<'_>,
    row: &activity_finding::Model,
    finding: &unusual::Finding,
) -> Result<(), DbErr> {
    let seen = activity_finding::ActiveModel {
        id: Unchanged(row.id),
        figures: Set(Figures(finding.figures.clone())),
        newest_at: Set(tx.at()),
        ..Default::default()
    };
    activity_finding::Entity::update(seen).exec(tx.db()).await?;
    Ok(())
}

async fn end(tx: &mut Transaction<'_>, row: &activity_finding::Model) -> Result<(), DbErr> {
    let ended = activity_finding::ActiveModel {
        id: Unchanged(row.id),
        ended_at: Set(Some(tx.at())),
        ..Default::default()
    };
    let row = activity_finding::Entity::update(ended).exec(tx.db()).await?;
    tx.record(row.workspace_id, finding_event(&row)).await
}

fn finding_event(row: &activity_finding::Model) -> Event {
    let data = json!({
        "account": row.twilio_account_id,
        "number": row.phone_number_id,
        "kind": row.kind,
        "isOpen": row.ended_at.is_none(),
    });
    Event {
        kind: kind::ACTIVITY,
        subject: row.id.0,
        data,
    }
}

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
        let earlier = Condition::any().add(column.started_at.lt(at)).add(
            Condition::all()
                .add(column.started_at.eq(at))
                .add(column.id.lt(ActivityFindingId(id))),
        );
        wanted = wanted.add(earlier);
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
