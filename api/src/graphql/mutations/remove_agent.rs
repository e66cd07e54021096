//! Removes an agent.

use ::entity::{AgentId, agent};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, agents, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{Agent, UserError};

/// What `removeAgent` takes.
#[derive(InputObject)]
pub struct RemoveAgentInput {
    /// The agent's global id.
    pub agent_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `removeAgent` answers.
#[derive(SimpleObject)]
pub struct RemoveAgentPayload {
    /// The agent; null if it was refused.
    agent: Option<Agent>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct RemoveAgent;

#[Object]
impl RemoveAgent {
    /// Removes an agent. Refused while it is assigned; the refusal lists the numbers.
    async fn remove_agent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RemoveAgentInput,
    ) -> Result<RemoveAgentPayload, ApiError> {
        let again = |id| agents::find(ctx.services(), ctx.actor(), AgentId(id));
        let (agent, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(RemoveAgentPayload {
            agent: agent.map(Agent),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: RemoveAgentInput) -> Result<agent::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "removeAgent", key, input.to_value()).await?;
    let agent = id::parse(&input.agent_id).ok_or_else(|| Refusal::not_found("agent", "agentId"))?;
    let ended = agents::remove(ctx.services(), &request, agent).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
