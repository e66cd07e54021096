//! Voice agents.

use ::entity::{AgentId, agent};
use async_graphql::{Context, ID, Object};
use domain::agents;

use crate::graphql::context::Asked;
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::types::Agent;

#[derive(Default)]
pub struct AgentQueries;

#[Object]
impl AgentQueries {
    /// Registered agents, oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn agents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<Agent>, ApiError> {
        let after = after.map(|cursor| List::Agents.time(&cursor)).transpose()?;
        let page = page_of(first, after)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let is_first = page.after.is_none();
        let agents = agents::list(ctx.services(), workspace, page).await?;
        let cursor = |row: &agent::Model| List::Agents.after_time(row.created_at, row.id.0);
        Ok(Connection::new(agents, is_first, cursor, Agent))
    }

    /// An agent, removed ones too; null if there is none.
    async fn agent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agent's global id.")] id: ID,
    ) -> Result<Option<Agent>, ApiError> {
        let viewer = ctx.viewer()?;
        let Some(id) = id::parse::<AgentId>(&id) else {
            return Ok(None);
        };
        Ok(agents::find(ctx.services(), viewer, id).await?.map(Agent))
    }
}
