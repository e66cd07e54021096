//! A voice agent.

use ::entity::agent;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use super::AgentAssignment;
use super::mirror::mirror;
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::loaders::AssignmentsOfAgent;

mirror! {
    /// How an agent is reached.
    pub enum EndpointKind of ::entity::agent::EndpointKind {
        /// A media stream: `wss://…`.
        Stream,
        /// A SIP address: `sip:…`.
        Sip,
    }
}

/// A voice agent: a name and where it is reached.
pub struct Agent(pub agent::Model);

/// A Callab voice agent, registered by the web app: a name and where it is reached.
#[Object]
impl Agent {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// Its id in the web app. Unique in its workspace.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// Its name, for people. Example: `Front desk`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// How it is reached.
    async fn endpoint_kind(&self) -> EndpointKind {
        (&self.0.endpoint_kind).into()
    }

    /// Where it is reached. Examples: `wss://media.example/agents/7`, `sip:agent@pbx.example`.
    async fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    /// Its current assignments: the numbers it answers or calls from.
    async fn assignments(&self, ctx: &Context<'_>) -> Result<Vec<AgentAssignment>, ApiError> {
        let rows = ctx.loaders().load_one(AssignmentsOfAgent(self.0.id)).await?;
        Ok(rows.unwrap_or_default().into_iter().map(AgentAssignment).collect())
    }

    /// When it was first registered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was removed; null while it is registered. Removed agents are shown in the history of calls.
    async fn removed_at(&self) -> Option<DateTime<Utc>> {
        self.0.removed_at
    }
}
