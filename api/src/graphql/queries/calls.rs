//! Calls and test calls.

use ::entity::{CallId, NumberId, TestCallId, call};
use async_graphql::{Context, ID, Object};
use domain::calls::{self, CallFilter};

use crate::graphql::context::{Asked, Scope};
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::types::{Call, Direction, TestCall};

#[derive(Default)]
pub struct CallQueries;

#[Object]
impl CallQueries {
    /// Calls, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn calls(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only calls of this number.")] phone_number_id: Option<ID>,
        #[graphql(desc = "Only calls in this direction.")] direction: Option<Direction>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<Call>, ApiError> {
        let after = after.map(|cursor| List::Calls.time(&cursor)).transpose()?;
        let page = page_of(first, after)?;
        let workspace = match ctx.scope(workspace_id.as_ref())? {
            Scope::Workspace(workspace) => Some(workspace),
            Scope::EveryWorkspace => None,
            Scope::Nothing => return Ok(Connection::empty()),
        };
        let number = match phone_number_id.as_ref().map(id::parse::<NumberId>) {
            Some(None) => return Ok(Connection::empty()),
            Some(number) => number,
            None => None,
        };
        let filter = CallFilter {
            workspace,
            number,
            direction: direction.map(TryInto::try_into).transpose()?,
        };
        let is_first = page.after.is_none();
        let calls = calls::list(ctx.services(), &filter, page).await?;
        let cursor = |row: &call::Model| List::Calls.after_time(row.started_at, row.id.0);
        Ok(Connection::new(calls, is_first, cursor, Call))
    }

    /// A call; null if there is none.
    async fn call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The call's global id.")] id: ID,
    ) -> Result<Option<Call>, ApiError> {
        let viewer = ctx.viewer()?;
        let Some(id) = id::parse::<CallId>(&id) else {
            return Ok(None);
        };
        Ok(calls::find(ctx.services(), viewer, id).await?.map(Call))
    }

    /// A test call; null if there is none.
    async fn test_call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The test call's global id.")] id: ID,
    ) -> Result<Option<TestCall>, ApiError> {
        let viewer = ctx.viewer()?;
        let Some(id) = id::parse::<TestCallId>(&id) else {
            return Ok(None);
        };
        Ok(calls::find_test(ctx.services(), viewer, id).await?.map(TestCall::from))
    }
}
