//! Reads of calls and test calls.

use ::entity::agent_assignment::Direction;
use ::entity::{
    AccountId, CallId, CallIntentId, NumberId, TestCallId, WorkspaceId, call, call_intent, call_step, test_call,
};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::CallResult;
use crate::keyset::beyond;
use crate::page::{Page, PageOf};
use crate::{Actor, Services};

/// Where a page of calls begins: after the call that was first heard of then, with this id.
pub type Position = (DateTime<Utc>, Uuid);

/// Which calls are wanted.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    /// Of this workspace; none for staff who name none.
    pub workspace: Option<WorkspaceId>,
    /// Of this number.
    pub number: Option<NumberId>,
    /// In this direction.
    pub direction: Option<Direction>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// That came out like this.
    pub result: Option<CallResult>,
    /// With this error code of Twilio's.
    pub error_code: Option<i32>,
    /// That began then or later.
    pub from: Option<DateTime<Utc>>,
    /// That began before then.
    pub to: Option<DateTime<Utc>>,
}

/// Calls, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    services: &Services,
    filter: &CallFilter,
    page: PageOf<Position>,
) -> Result<Page<call::Model>, DbErr> {
    let column = call::COLUMN;
    let mut wanted = Condition::all();
    if let Some(workspace) = filter.workspace {
        wanted = wanted.add(column.workspace_id.eq(workspace));
    }
    if let Some(number) = filter.number {
        wanted = wanted.add(column.phone_number_id.eq(number));
    }
    if let Some(direction) = &filter.direction {
        wanted = wanted.add(column.direction.eq(direction.clone()));
    }
    if let Some(account) = filter.account {
        wanted = wanted.add(column.twilio_account_id.eq(account));
    }
    if let Some(result) = filter.result {
        wanted = wanted.add(column.status.is_in(result.statuses().iter().cloned()));
    }
    if let Some(code) = filter.error_code {
        wanted = wanted.add(column.error_code.eq(code));
    }
    if let Some(from) = filter.from {
        wanted = wanted.add(column.started_at.gte(from));
    }
    if let Some(to) = filter.to {
        wanted = wanted.add(column.started_at.lt(to));
    }
    if let Some((at, id)) = page.after {
        use call::Column;
        wanted = wanted.add(beyond(&Order::Desc, (Column::StartedAt, at), (Column::Id, CallId(id))));
    }
    let rows = call::Entity::find()
        .filter(wanted)
        .order_by_desc(column.started_at)
        .order_by_desc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// A call that the actor may see.
///
/// # Errors
/// When the database fails.
pub async fn find(services: &Services, actor: &Actor, id: CallId) -> Result<Option<call::Model>, DbErr> {
    let row = call::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// The calls with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(services: &Services, ids: &[CallId]) -> Result<Vec<call::Model>, DbErr> {
    call::Entity::find()
        .filter(call::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}

/// The steps of these calls, in the order they happened.
///
/// Twilio tells whole seconds: within one second, steps are in the order in which they were heard of.
///
/// # Errors
/// When the database fails.
pub async fn steps_of(services: &Services, calls: &[CallId]) -> Result<Vec<call_step::Model>, DbErr> {
    let mut steps = call_step::Entity::find()
        .filter(call_step::COLUMN.call_id.is_in(calls.iter().copied()))
        .all(&services.db)
        .await?;
    steps.sort_by_key(|step| (step.at.timestamp(), step.noted_at, step.id));
    Ok(steps)
}

/// A test call that the actor may see.
///
/// # Errors
/// When the database fails.
pub async fn find_test(services: &Services, actor: &Actor, id: TestCallId) -> Result<Option<test_call::Model>, DbErr> {
    let row = test_call::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// The test calls with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn tests_by_ids(services: &Services, ids: &[TestCallId]) -> Result<Vec<test_call::Model>, DbErr> {
    test_call::Entity::find()
        .filter(test_call::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}

/// A call intent that the actor may see.
///
/// # Errors
/// When the database fails.
pub async fn find_intent(
    services: &Services,
    actor: &Actor,
    id: CallIntentId,
) -> Result<Option<call_intent::Model>, DbErr> {
    let row = call_intent::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// The call intents with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn intents_by_ids(services: &Services, ids: &[CallIntentId]) -> Result<Vec<call_intent::Model>, DbErr> {
    call_intent::Entity::find()
        .filter(call_intent::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}

/// The calls of these intents, in no order.
///
/// # Errors
/// When the database fails.
pub async fn calls_of_intents(services: &Services, ids: &[CallIntentId]) -> Result<Vec<call::Model>, DbErr> {
    call::Entity::find()
        .filter(call::COLUMN.call_intent_id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}
