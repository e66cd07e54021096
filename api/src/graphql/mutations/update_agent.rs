//! Changes an agent.

use ::entity::{AgentId, agent};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, agents, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{Agent, UserError};

/// What `updateAgent` takes.
#[derive(InputObject)]
pub struct UpdateAgentInput {
    /// The agent's global id.
    pub agent_id: ID,
    /// The agent's name, 1 to 100 characters.
    pub name: Option<String>,
    /// Where it is reached: `wss://host/path` or `sip:user@host`.
    pub endpoint: Option<String>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `updateAgent` answers.
#[derive(SimpleObject)]
pub struct UpdateAgentPayload {
    /// The agent; null if it was refused.
    agent: Option<Agent>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct UpdateAgent;

#[Object]
impl UpdateAgent {
    /// Changes an agent's name or endpoint; what is not given stays. Calls that begin afterwards use the new one.
    async fn update_agent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UpdateAgentInput,
    ) -> Result<UpdateAgentPayload, ApiError> {
        let again = |id| agents::find(ctx.services(), ctx.actor(), AgentId(id));
        let (agent, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(UpdateAgentPayload {
            agent: agent.map(Agent),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: UpdateAgentInput) -> Result<agent::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "updateAgent", key, input.to_value()).await?;
    let agent = id::parse(&input.agent_id).ok_or_else(|| Refusal::not_found("agent", "agentId"))?;
    let (name, endpoint) = (input.name.as_deref(), input.endpoint.as_deref());
    let ended = agents::update(ctx.services(), &request, agent, name, endpoint).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
