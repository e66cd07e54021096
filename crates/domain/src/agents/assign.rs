//! Assigns an agent to a number, for calls that come in or go out.

use ::entity::agent_assignment::{self, Direction};
use ::entity::configuration_change::ConfigurationKind;
use ::entity::phone_number::{self, RoutingState};
use ::entity::{AgentId, AssignmentId, NumberId, agent};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::json;

use super::queries;
use crate::audit::Act;
use crate::configuration::Change;
use crate::error::is_duplicate;
use crate::numbers::{self, RoutingPlan};
use crate::{Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, idempotency, public_url};

/// What is to be assigned.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The number.
    pub number: NumberId,
    /// The agent.
    pub agent: AgentId,
    /// Whether it answers or calls.
    pub direction: Direction,
    /// The routing plan that the person agreed to; none to agree to whatever it takes.
    pub plan: Option<String>,
    /// Whether the person says that our public address is right, although it could not be proved from here.
    pub public_url_confirmed: bool,
}

/// How it ended.
#[derive(Debug)]
pub enum Assigned {
    /// Assigned. The routing is written in the background.
    Done(agent_assignment::Model),
    /// The number's routing changed since the plan was shown. Nothing was done; here is the new plan.
    PlanChanged(Box<RoutingPlan>),
}

/// Assigns the agent, in the place of the one that was assigned in that direction.
///
/// The first inbound assignment borrows the number's routing; an outbound one writes nothing at Twilio.
///
/// # Errors
/// Refused when the number is not in use, there is no such agent, or Twilio could not reach us.
pub async fn assign(services: &Services, request: &Request, wanted: Assignment) -> Result<Assigned, Error> {
    request.actor.require(Permission::ManageAgents)?;
    if let Some(number) = numbers::find(services, &request.actor, wanted.number).await? {
        idempotency::check(services, request, number.workspace_id).await?;
    }
    let number = numbers::get_added(services, &request.actor, wanted.number).await?;
    numbers::require_listed(&number)?;
    let agent = queries::get_in(services, number.workspace_id, wanted.agent).await?;
    let leads_to_us = number.routing == RoutingState::Ours;
    let mut to_be_routed = wanted.direction == Direction::Inbound && !leads_to_us;
    if wanted.direction == Direction::Inbound && (!leads_to_us || wanted.plan.is_some()) {
        let plan = numbers::plan_for(services, &number, &agent).await?;
        if wanted.plan.as_ref().is_some_and(|agreed| *agreed != plan.id) {
            return Ok(Assigned::PlanChanged(Box::new(plan)));
        }
        to_be_routed |= !plan.writes.is_empty(); // What the person agreed to is done, whatever our row says.
    }
    if to_be_routed && !wanted.public_url_confirmed {
        public_url::required(services)?.prove(services).await?;
    }

    let mut tx = services.begin().await?;
    let number = numbers::lock(&tx, number.id).await?;
    numbers::require_added(&number)?;
    numbers::require_listed(&number)?;
    let agent = queries::lock(&tx, agent.id).await?;
    let to_be_routed = to_be_routed || (wanted.direction == Direction::Inbound && number.routing != RoutingState::Ours);
    let (assignment, is_new) = write(services, &tx, &number, &agent, &wanted).await?;
    if is_new {
        let change = Change::of_number(ConfigurationKind::AgentAssigned, &number);
        tx.note(change.with_agent(agent.id, wanted.direction.clone())).await?;
    }
    if to_be_routed {
        let applying = numbers::have_configured(&mut tx, number.clone()).await?;
        tx.record(number.workspace_id, numbers::changed(&applying)).await?;
    }
    let what = json!({ "agent": agent.id, "direction": wanted.direction });
    tx.audit(
        request,
        number.workspace_id,
        Act::on("agent.assign", "phone_number", number.id)
            .of(number.twilio_account_id)
            .with(what),
    )
    .await?;
    tx.once(request, number.workspace_id, assignment.id.0).await?;
    tx.commit().await?;
    Ok(Assigned::Done(assignment))
}

/// Ends the assignment there was and writes the new one; the same agent again keeps its assignment. Answers whether it is new.
async fn write(
    services: &Services,
    tx: &Transaction<'_>,
    number: &phone_number::Model,
    agent: &agent::Model,
    wanted: &Assignment,
) -> Result<(agent_assignment::Model, bool), Error> {
    let current = agent_assignment::Entity::current_of(number.id)
        .filter(agent_assignment::COLUMN.direction.eq(wanted.direction.clone()))
        .one(tx.db())
        .await?;
    if let Some(current) = current {
        if current.agent_id == agent.id {
            return Ok((current, false));
        }
        end(tx.db(), current.id, tx.at()).await?;
    }
    let row = agent_assignment::Model {
        id: AssignmentId(services.ids.new_id()),
        workspace_id: number.workspace_id,
        phone_number_id: number.id,
        agent_id: agent.id,
        direction: wanted.direction.clone(),
        started_at: tx.at(),
        ended_at: None,
    };
    match agent_assignment::ActiveModel::from(row.clone())
        .reset_all()
        .insert(tx.db())
        .await
    {
        Ok(row) => Ok((row, true)),
        Err(error) if is_duplicate(&error) => {
            let message = "Another agent was assigned at the same moment. Read the number again and repeat.";
            Err(Refusal::new(RefusalCode::Conflict, message).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Ends an assignment.
pub(super) async fn end(
    db: &impl ConnectionTrait,
    id: AssignmentId,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<(), DbErr> {
    agent_assignment::Entity::update_many()
        .col_expr(agent_assignment::Column::EndedAt, Expr::value(at))
        .filter(agent_assignment::COLUMN.id.eq(id))
        .filter(agent_assignment::COLUMN.ended_at.is_null())
        .exec(db)
        .await?;
    Ok(())
}
