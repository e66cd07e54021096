//! Reads of agents and assignments.

use ::entity::agent_assignment::Direction;
use ::entity::{AgentId, AssignmentId, NumberId, WorkspaceId, agent, agent_assignment};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::keyset::beyond;
use crate::page::{Page, PageOf};
use crate::{Actor, Error, Refusal, Services, Transaction};

/// Where a page of agents begins: after the agent registered then, with this id.
pub type Position = (DateTime<Utc>, Uuid);

/// An agent that the actor may see, removed ones too.
///
/// # Errors
/// When the database fails.
pub async fn find(services: &Services, actor: &Actor, id: AgentId) -> Result<Option<agent::Model>, DbErr> {
    let row = agent::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// A registered agent that the actor wants to do something with.
pub(super) async fn get(services: &Services, actor: &Actor, id: AgentId) -> Result<agent::Model, Error> {
    let row = find(services, actor, id).await?.filter(|row| row.removed_at.is_none());
    row.ok_or_else(|| Refusal::not_found("agent", "agentId").into())
}

/// A registered agent of a workspace.
pub(crate) async fn get_in(services: &Services, workspace: WorkspaceId, id: AgentId) -> Result<agent::Model, Error> {
    let row = agent::Entity::of_workspace(workspace)
        .filter(agent::COLUMN.id.eq(id))
        .one(&services.db)
        .await?;
    row.ok_or_else(|| Refusal::not_found("agent", "agentId").into())
}

/// Reads a registered agent's row and keeps others from removing it until the transaction ends. On SQLite the transaction itself
/// does that.
pub(super) async fn lock(tx: &Transaction<'_>, id: AgentId) -> Result<agent::Model, Error> {
    let row = agent::Entity::find_by_id(id).lock_exclusive().one(tx.db()).await?;
    row.filter(|row| row.removed_at.is_none())
        .ok_or_else(|| Refusal::not_found("agent", "agentId").into())
}

/// Registered agents, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    services: &Services,
    workspace: Option<WorkspaceId>,
    page: PageOf<Position>,
) -> Result<Page<agent::Model>, DbErr> {
    let column = agent::COLUMN;
    let mut rows = agent::Entity::find().filter(column.removed_at.is_null());
    if let Some(workspace) = workspace {
        rows = rows.filter(column.workspace_id.eq(workspace));
    }
    if let Some((at, id)) = page.after {
        use agent::Column;
        rows = rows.filter(beyond(&Order::Asc, (Column::CreatedAt, at), (Column::Id, AgentId(id))));
    }
    let rows = rows
        .order_by_asc(column.created_at)
        .order_by_asc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// The agents with these ids, removed ones too, in no order.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(services: &Services, ids: &[AgentId]) -> Result<Vec<agent::Model>, DbErr> {
    agent::Entity::find()
        .filter(agent::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}

/// The current assignments of these numbers, in no order.
///
/// # Errors
/// When the database fails.
pub async fn current_assignments(
    services: &Services,
    numbers: &[NumberId],
) -> Result<Vec<agent_assignment::Model>, DbErr> {
    agent_assignment::Entity::find()
        .filter(agent_assignment::COLUMN.phone_number_id.is_in(numbers.iter().copied()))
        .filter(agent_assignment::COLUMN.ended_at.is_null())
        .all(&services.db)
        .await
}

/// The agent that answers a number now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn answering(services: &Services, number: NumberId) -> Result<Option<agent::Model>, DbErr> {
    let current = current_assignments(services, &[number]).await?;
    let inbound = current.into_iter().find(|row| row.direction == Direction::Inbound);
    match inbound {
        Some(assignment) => agent::Entity::find_by_id(assignment.agent_id).one(&services.db).await,
        None => Ok(None),
    }
}

/// The current assignments of these agents, in no order.
///
/// # Errors
/// When the database fails.
pub async fn assignments_of(services: &Services, agents: &[AgentId]) -> Result<Vec<agent_assignment::Model>, DbErr> {
    agent_assignment::Entity::find()
        .filter(agent_assignment::COLUMN.agent_id.is_in(agents.iter().copied()))
        .filter(agent_assignment::COLUMN.ended_at.is_null())
        .all(&services.db)
        .await
}

/// An assignment that the actor may see, ended ones too.
///
/// # Errors
/// When the database fails.
pub async fn find_assignment(
    services: &Services,
    actor: &Actor,
    id: AssignmentId,
) -> Result<Option<agent_assignment::Model>, DbErr> {
    let row = agent_assignment::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// The assignments with these ids, ended ones too, in no order.
///
/// # Errors
/// When the database fails.
pub async fn assignments_by_ids(
    services: &Services,
    ids: &[AssignmentId],
) -> Result<Vec<agent_assignment::Model>, DbErr> {
    agent_assignment::Entity::find()
        .filter(agent_assignment::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}
