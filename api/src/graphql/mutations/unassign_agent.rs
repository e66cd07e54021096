//! Ends an agent's time on a number.

use ::entity::{NumberId, phone_number};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, agents, idempotency, numbers};

use super::assign_agent::wanted_direction;
use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{Direction, PhoneNumber, UserError};

/// What `unassignAgent` takes.
#[derive(InputObject)]
pub struct UnassignAgentInput {
    /// The number's global id.
    pub phone_number_id: ID,
    /// Whether the agent answers or calls.
    pub direction: Direction,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `unassignAgent` answers.
#[derive(SimpleObject)]
pub struct UnassignAgentPayload {
    /// The number; null if it was refused.
    phone_number: Option<PhoneNumber>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct UnassignAgent;

#[Object]
impl UnassignAgent {
    /// Ends the current assignment of a number in a direction. With the inbound one the borrowed routing is given back in the
    /// background.
    async fn unassign_agent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UnassignAgentInput,
    ) -> Result<UnassignAgentPayload, ApiError> {
        let again = |id| numbers::find(ctx.services(), ctx.actor(), NumberId(id));
        let (phone_number, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(UnassignAgentPayload {
            phone_number: phone_number.map(PhoneNumber),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: UnassignAgentInput) -> Result<phone_number::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "unassignAgent", key, input.to_value()).await?;
    let number =
        id::parse(&input.phone_number_id).ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    let direction = wanted_direction(input.direction)?;
    let ended = agents::unassign(ctx.services(), &request, number, direction).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
