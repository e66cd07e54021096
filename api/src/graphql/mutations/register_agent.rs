//! Registers an agent.

use ::entity::{AgentId, agent};
use async_graphql::{Context, InputObject, InputType, Object, SimpleObject};
use domain::agents;
use domain::idempotency;

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::types::{Agent, UserError};

/// What `registerAgent` takes.
#[derive(InputObject)]
pub struct RegisterAgentInput {
    /// The agent's id in the web app: 1 to 100 characters without blanks.
    pub external_id: String,
    /// The agent's name, 1 to 100 characters. Example: `Front desk`.
    pub name: String,
    /// Where it is reached: `wss://host/path` (a media stream; no query string) or `sip:user@host`.
    pub endpoint: String,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `registerAgent` answers.
#[derive(SimpleObject)]
pub struct RegisterAgentPayload {
    /// The agent; null if it was refused.
    agent: Option<Agent>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct RegisterAgent;

#[Object]
impl RegisterAgent {
    /// Registers an agent of the web app. One with the same `externalId` is changed in its place, and a removed one is back.
    async fn register_agent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RegisterAgentInput,
    ) -> Result<RegisterAgentPayload, ApiError> {
        let again = |id| agents::find(ctx.services(), ctx.actor(), AgentId(id));
        let (agent, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(RegisterAgentPayload {
            agent: agent.map(Agent),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: RegisterAgentInput) -> Result<agent::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "registerAgent", key, input.to_value()).await?;
    let ended = agents::register(
        ctx.services(),
        &request,
        &input.external_id,
        &input.name,
        &input.endpoint,
    )
    .await;
    idempotency::settle(ctx.services(), &request, ended).await
}
