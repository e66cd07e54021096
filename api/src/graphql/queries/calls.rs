//! Calls and test calls.

use ::entity::{AccountId, CallId, CallIntentId, NumberId, TestCallId, call};
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use domain::calls::{self, CallFilter};

use crate::graphql::context::Asked;
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::types::{Call, CallIntent, CallResult, Direction, TestCall, TestCallPlan};

#[derive(Default)]
pub struct CallQueries;

#[Object]
impl CallQueries {
    /// Calls, newest first.
    #[expect(clippy::too_many_arguments, reason = "each is an argument in the schema")]
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn calls(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only calls of this number.")] phone_number_id: Option<ID>,
        #[graphql(desc = "Only calls in this direction.")] direction: Option<Direction>,
        #[graphql(desc = "Only calls that ran through this account.")] account_id: Option<ID>,
        #[graphql(desc = "Only calls that came out like this.")] result: Option<CallResult>,
        #[graphql(desc = "Only calls with this error code of Twilio's. Example: `11200`.")] error_code: Option<i32>,
        #[graphql(desc = "Only calls that began then or later.")] from: Option<DateTime<Utc>>,
        #[graphql(desc = "Only calls that began before then.")] to: Option<DateTime<Utc>>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<Call>, ApiError> {
        let after = after.map(|cursor| List::Calls.time(&cursor)).transpose()?;
        let page = page_of(first, after)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let Ok(number) = id::narrowed::<NumberId>(phone_number_id.as_ref()) else {
            return Ok(Connection::empty());
        };
        let Ok(account) = id::narrowed::<AccountId>(account_id.as_ref()) else {
            return Ok(Connection::empty());
        };
        let filter = CallFilter {
            workspace,
            number,
            direction: direction.map(TryInto::try_into).transpose()?,
            account,
            result: result.map(Into::into),
            error_code,
            from,
            to,
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

    /// A call that is to be placed; null if there is none.
    async fn call_intent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The call intent's global id.")] id: ID,
    ) -> Result<Option<CallIntent>, ApiError> {
        let viewer = ctx.viewer()?;
        let Some(id) = id::parse::<CallIntentId>(&id) else {
            return Ok(None);
        };
        Ok(calls::find_intent(ctx.services(), viewer, id).await?.map(CallIntent))
    }

    /// What an outbound test call of a number would be; null if there is no such number. Asks Twilio for the price, and changes
    /// nothing.
    async fn test_call_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number's global id.")] phone_number_id: ID,
    ) -> Result<Option<TestCallPlan>, ApiError> {
        let viewer = ctx.viewer()?;
        let Some(id) = id::parse::<NumberId>(&phone_number_id) else {
            return Ok(None);
        };
        Ok(calls::test_plan(ctx.services(), viewer, id).await?.map(Into::into))
    }
}
