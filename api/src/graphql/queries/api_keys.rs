//! API keys.

use ::entity::api_key;
use async_graphql::{Context, ID, Object};
use domain::{Permission, api_keys};

use crate::graphql::context::Asked;
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::types::ApiKey;

#[derive(Default)]
pub struct ApiKeyQueries;

#[Object]
impl ApiKeyQueries {
    /// API keys, the newest first; those that were revoked or have expired too. Needs the permission `REVOKE_API_KEYS`.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<ApiKey>, ApiError> {
        ctx.actor().require(Permission::RevokeApiKeys)?;
        let after = after.map(|cursor| List::ApiKeys.time(&cursor)).transpose()?;
        let page = page_of(first, after)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let is_first = page.after.is_none();
        let keys = api_keys::list(ctx.services(), ctx.actor(), workspace, page).await?;
        let cursor = |row: &api_key::Model| List::ApiKeys.after_time(row.created_at, row.id.0);
        Ok(Connection::new(keys, is_first, cursor, ApiKey))
    }
}
