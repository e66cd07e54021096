//! Removes an agent that is assigned to no number.

use ::entity::{AgentId, agent, agent_assignment, phone_number};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::queries;
use crate::audit::Act;
use crate::{Error, Permission, Refusal, RefusalCode, Request, Services, idempotency};

/// How many numbers a refusal names.
const NAMED_AT_MOST: u64 = 20;

/// Removes an agent. Its row stays for the history of calls.
///
/// # Errors
/// Refused while it is assigned, with the list of the numbers.
pub async fn remove(services: &Services, request: &Request, id: AgentId) -> Result<agent::Model, Error> {
    request.actor.require(Permission::ManageAgents)?;
    if let Some(row) = queries::find(services, &request.actor, id).await? {
        idempotency::check(services, request, row.workspace_id).await?;
    }
    let row = queries::get(services, &request.actor, id).await?;
    let mut tx = services.begin().await?;
    queries::lock(&tx, id).await?;
    let numbers = assigned_numbers(tx.db(), id).await?;
    if !numbers.is_empty() {
        let message = format!(
            "The agent is assigned to {}. Unassign it there first.",
            numbers.join(", ")
        );
        return Err(Refusal::new(RefusalCode::AgentInUse, message).on("agentId").into());
    }
    let removed = agent::ActiveModel {
        id: Unchanged(id),
        removed_at: Set(Some(tx.at())),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let removed = removed.update(tx.db()).await?;
    tx.audit(request, row.workspace_id, Act::on("agent.remove", "agent", id))
        .await?;
    tx.once(request, row.workspace_id, id.0).await?;
    tx.commit().await?;
    Ok(removed)
}

/// The first few numbers that the agent is assigned to.
async fn assigned_numbers(db: &impl ConnectionTrait, agent: AgentId) -> Result<Vec<String>, DbErr> {
    let current = agent_assignment::Entity::find()
        .select_only()
        .column(agent_assignment::Column::PhoneNumberId)
        .filter(agent_assignment::COLUMN.agent_id.eq(agent))
        .filter(agent_assignment::COLUMN.ended_at.is_null());
    let numbers = phone_number::Entity::find()
        .filter(phone_number::Column::Id.in_subquery(current.into_query()))
        .order_by_asc(phone_number::COLUMN.e164)
        .limit(NAMED_AT_MOST)
        .all(db)
        .await?;
    Ok(numbers.into_iter().map(|number| number.e164.to_string()).collect())
}
