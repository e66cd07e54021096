//! An agent's time on a number.

use ::entity::agent_assignment;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use super::{Agent, Direction, PhoneNumber};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id;

/// An agent's time on a number.
pub struct AgentAssignment(pub agent_assignment::Model);

/// Which agent answers (inbound) or calls from (outbound) a number, from when to when. A number has at most one current
/// assignment a direction.
#[Object]
impl AgentAssignment {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// Whether the agent answers or calls.
    async fn direction(&self) -> Direction {
        (&self.0.direction).into()
    }

    /// The agent.
    async fn agent(&self, ctx: &Context<'_>) -> Result<Option<Agent>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.agent_id).await?.map(Agent))
    }

    /// The number.
    async fn phone_number(&self, ctx: &Context<'_>) -> Result<Option<PhoneNumber>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.phone_number_id).await?.map(PhoneNumber))
    }

    /// Since when.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// Until when; null while it is current.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }
}
