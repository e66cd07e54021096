//! Puts Callab's routing back on a number that drifted.

use ::entity::phone_number::{self, RoutingState};
use ::entity::{NumberId, agent};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::DbErr;

use super::routing_jobs::is_wanted;
use super::routing_plan::{RoutingPlan, plan_for};
use super::{finish, queries};
use crate::jobs::ConfigureNumber;
use crate::{Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, agents, idempotency};

/// How it ended.
#[derive(Debug)]
pub enum Repaired {
    /// The routing is written in the background.
    Done(Box<phone_number::Model>),
    /// The number's routing is not the one that the person saw. Nothing was done; here is the plan as it is now.
    PlanChanged(Box<RoutingPlan>),
}

/// Writes Callab's routing once more, as the plan says that the person agreed to. What was borrowed stays what it was: the routing
/// from before Callab's first write, never the one that is replaced now.
///
/// # Errors
/// Refused when the number is not in use, no agent answers it, or its calls come to us as they should.
pub async fn repair(services: &Services, request: &Request, id: NumberId, plan: &str) -> Result<Repaired, Error> {
    request.actor.require(Permission::ManageAgents)?;
    if let Some(number) = queries::find(services, &request.actor, id).await? {
        idempotency::check(services, request, number.workspace_id).await?;
    }
    let number = queries::get_added(services, &request.actor, id).await?;
    queries::require_listed(&number)?;
    let agent = answering(services, &number).await?;
    let now = plan_for(services, &number, &agent).await?;
    if now.id != plan {
        return Ok(Repaired::PlanChanged(Box::new(now)));
    }
    if number.routing == RoutingState::Ours && now.writes.is_empty() {
        return Err(not_drifted().into());
    }

    let mut tx = services.begin().await?;
    let number = queries::lock(&tx, id).await?;
    queries::require_added(&number)?;
    queries::require_listed(&number)?;
    if !is_wanted(tx.db(), &number).await? {
        return Err(not_answered().into());
    }
    let applying = have_configured(&mut tx, number).await?;
    finish(tx, request, &applying, "phone_number.repair_routing").await?;
    Ok(Repaired::Done(Box::new(applying)))
}

/// Has our routing written, whatever stands there.
pub(crate) async fn have_configured(
    tx: &mut Transaction<'_>,
    number: phone_number::Model,
) -> Result<phone_number::Model, DbErr> {
    let applying = phone_number::ActiveModel {
        id: Unchanged(number.id),
        routing: Set(RoutingState::Applying),
        routing_problem: Set(None),
        routing_twilio_code: Set(None),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let applying = applying.update(tx.db()).await?;
    tx.enqueue(&applying, &ConfigureNumber { number: applying.id }).await?;
    Ok(applying)
}

/// The agent that answers the number.
///
/// # Errors
/// Refused when none does.
pub(super) async fn answering(services: &Services, number: &phone_number::Model) -> Result<agent::Model, Error> {
    let agent = agents::answering(services, number.id).await?;
    agent.ok_or_else(|| not_answered().into())
}

fn not_answered() -> Refusal {
    let message = "No agent answers the number. Assign one first.";
    Refusal::new(RefusalCode::AgentNotAssigned, message).on("phoneNumberId")
}

/// Refuses to do something about a drift where there is none.
pub(super) fn not_drifted() -> Refusal {
    let message = "The number's routing at Twilio is the one that Callab wrote.";
    Refusal::new(RefusalCode::RoutingNotDrifted, message).on("phoneNumberId")
}
