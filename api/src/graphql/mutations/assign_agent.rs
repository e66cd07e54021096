//! Assigns an agent to a number.

use ::entity::{AssignmentId, agent_assignment};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::agents::{self, Assigned, Assignment};
use domain::{Refusal, RefusalCode, idempotency};

use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{AgentAssignment, Direction, PhoneNumber, RoutingPlan, UserError};

/// What `assignAgent` takes.
#[derive(InputObject)]
pub struct AssignAgentInput {
    /// The number's global id.
    pub phone_number_id: ID,
    /// The agent's global id.
    pub agent_id: ID,
    /// Whether the agent answers or calls.
    pub direction: Direction,
    /// The `planId` of the routing plan that the person saw and agreed to, for an inbound assignment. Not given: whatever it takes.
    pub plan_id: Option<String>,
    /// That Callab's public address is right, although it could not be proved from here. False if not given.
    pub public_url_confirmed: Option<bool>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `assignAgent` answers.
#[derive(SimpleObject, Default)]
pub struct AssignAgentPayload {
    /// The assignment; null if it was refused.
    assignment: Option<AgentAssignment>,
    /// The number; null if it was refused. Its `routing` tells how far the change at Twilio is.
    phone_number: Option<PhoneNumber>,
    /// The plan as it is now, with the refusal `ROUTING_CHANGED`: show it, and assign again with its `planId`.
    new_plan: Option<RoutingPlan>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AssignAgent;

#[Object]
impl AssignAgent {
    /// Assigns an agent to a number, in the place of the one that was assigned in that direction. The first inbound assignment
    /// borrows the number's routing at Twilio, in the background; an outbound one changes nothing there.
    async fn assign_agent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: AssignAgentInput,
    ) -> Result<AssignAgentPayload, ApiError> {
        match run(ctx, input).await {
            Ok(Assigned::Done(assignment)) => done(ctx, assignment).await,
            Ok(Assigned::PlanChanged(plan)) => {
                let message = "The number's routing at Twilio changed since the plan was shown. Look at the new plan and confirm it.";
                Ok(AssignAgentPayload {
                    new_plan: Some(RoutingPlan(*plan)),
                    user_errors: vec![Refusal::new(RefusalCode::RoutingChanged, message).on("planId").into()],
                    ..Default::default()
                })
            }
            Err(domain::Error::DoneBefore(id)) => {
                match agents::find_assignment(ctx.services(), ctx.actor(), AssignmentId(id)).await? {
                    Some(assignment) => done(ctx, assignment).await,
                    None => Ok(AssignAgentPayload::default()),
                }
            }
            Err(domain::Error::Refused(refusals)) => Ok(AssignAgentPayload {
                user_errors: refusals.into_iter().map(Into::into).collect(),
                ..Default::default()
            }),
            Err(error) => Err(error.into()),
        }
    }
}

async fn done(ctx: &Context<'_>, assignment: agent_assignment::Model) -> Result<AssignAgentPayload, ApiError> {
    let number = ctx.loaders().load_one(assignment.phone_number_id).await?;
    Ok(AssignAgentPayload {
        assignment: Some(AgentAssignment(assignment)),
        phone_number: number.map(PhoneNumber),
        ..Default::default()
    })
}

async fn run(ctx: &Context<'_>, input: AssignAgentInput) -> Result<Assigned, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "assignAgent", key, input.to_value()).await?;
    let number = id::parse(&input.phone_number_id);
    let agent = id::parse(&input.agent_id);
    let wanted = Assignment {
        number: number.ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?,
        agent: agent.ok_or_else(|| Refusal::not_found("agent", "agentId"))?,
        direction: wanted_direction(input.direction)?,
        plan: input.plan_id,
        public_url_confirmed: input.public_url_confirmed.unwrap_or(false),
    };
    let ended = agents::assign(ctx.services(), &request, wanted).await;
    idempotency::settle(ctx.services(), &request, ended).await
}

/// The direction that was asked for; `OTHER` is none.
pub(super) fn wanted_direction(direction: Direction) -> Result<agent_assignment::Direction, Refusal> {
    let message = "A direction is INBOUND or OUTBOUND.";
    direction
        .try_into()
        .map_err(|_| Refusal::new(RefusalCode::NotFound, message).on("direction"))
}
