//! Ends an agent's time on a number.

use ::entity::agent_assignment::{self, Direction};
use ::entity::configuration_change::ConfigurationKind;
use ::entity::{NumberId, phone_number};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::json;

use super::assign::end;
use crate::audit::Act;
use crate::configuration::Change;
use crate::{Error, Permission, Refusal, RefusalCode, Request, Services, idempotency, numbers};

/// Ends the current assignment in a direction. The last inbound one has the borrowed routing given back.
///
/// # Errors
/// Refused when no agent is assigned in that direction.
pub async fn unassign(
    services: &Services,
    request: &Request,
    number: NumberId,
    direction: Direction,
) -> Result<phone_number::Model, Error> {
    request.actor.require(Permission::ManageAgents)?;
    let number = numbers::find(services, &request.actor, number).await?;
    let number = number.ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    let workspace = number.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let mut tx = services.begin().await?;
    let mut number = numbers::lock(&tx, number.id).await?;
    let current = agent_assignment::Entity::current_of(number.id)
        .filter(agent_assignment::COLUMN.direction.eq(direction.clone()))
        .one(tx.db())
        .await?;
    let Some(current) = current else {
        let message = "No agent is assigned to the number in that direction.";
        return Err(Refusal::new(RefusalCode::AgentNotAssigned, message)
            .on("direction")
            .into());
    };
    end(tx.db(), current.id, tx.at()).await?;
    let change = Change::of_number(ConfigurationKind::AgentUnassigned, &number);
    tx.note(change.with_agent(current.agent_id, direction.clone())).await?;
    if direction == Direction::Inbound {
        number = numbers::have_returned(&mut tx, number).await?;
    }
    tx.record(workspace, numbers::changed(&number)).await?;
    let what = json!({ "agent": current.agent_id, "direction": direction });
    tx.audit(
        request,
        workspace,
        Act::on("agent.unassign", "phone_number", number.id)
            .of(number.twilio_account_id)
            .with(what),
    )
    .await?;
    tx.once(request, workspace, number.id.0).await?;
    tx.commit().await?;
    Ok(number)
}
