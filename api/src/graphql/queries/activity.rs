//! Unusual activity.

use ::entity::{AccountId, activity_finding};
use async_graphql::{Context, ID, Object};
use domain::calls::{self, ActivityFilter};

use crate::graphql::context::Asked;
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::types::ActivityFinding;

#[derive(Default)]
pub struct ActivityQueries;

#[Object]
impl ActivityQueries {
    /// What is unusual in accounts' calls, newest first. Looked for whenever Twilio's call log was read, every ten minutes unless
    /// configured otherwise.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn unusual_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this account.")] account_id: Option<ID>,
        #[graphql(desc = "Only what is open, or only what is over; both if not said.")] open: Option<bool>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<ActivityFinding>, ApiError> {
        let after = after.map(|cursor| List::Activity.time(&cursor)).transpose()?;
        let page = page_of(first, after)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let Ok(account) = id::narrowed::<AccountId>(account_id.as_ref()) else {
            return Ok(Connection::empty());
        };
        let filter = ActivityFilter {
            workspace,
            account,
            open,
        };
        let is_first = page.after.is_none();
        let found = calls::list_activity(ctx.services(), &filter, page).await?;
        let cursor = |row: &activity_finding::Model| List::Activity.after_time(row.started_at, row.id.0);
        Ok(Connection::new(found, is_first, cursor, ActivityFinding))
    }
}
