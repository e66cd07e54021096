//! Connected Twilio accounts.

use ::entity::{AccountId, twilio_account};
use async_graphql::{Context, ID, Object};
use domain::accounts::{self, AccountFilter, AccountSearch};

use crate::graphql::context::Asked;
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::page::{Connection, cost, page_up_to};
use crate::graphql::types::TwilioAccount;

#[derive(Default)]
pub struct AccountQueries;

#[Object]
impl AccountQueries {
    /// Connected Twilio accounts, oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn twilio_accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(
            desc = "Only accounts whose label, name at Twilio, workspace's name or its id in the web app holds this text; or whose SID \
                    does, from four characters on. A whole number in E.164, such as `+14155550126`, finds the account that has it; such \
                    a search by Callab's staff is written to the audit log."
        )]
        search: Option<String>,
        #[graphql(desc = "How many rows, 1 to 1,000; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<TwilioAccount>, ApiError> {
        let after = after.map(|cursor| List::Accounts.time(&cursor)).transpose()?;
        let page = page_up_to(accounts::MAX_PAGE, first, after)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let is_first = page.after.is_none();
        let filter = AccountFilter {
            workspace,
            search: search.as_deref().and_then(AccountSearch::of),
        };
        let accounts = accounts::look_up(ctx.services(), &ctx.caller().request, &filter, page).await?;
        let cursor = |row: &twilio_account::Model| List::Accounts.after_time(row.created_at, row.id.0);
        Ok(Connection::new(accounts, is_first, cursor, TwilioAccount::from))
    }

    /// How many Twilio accounts are connected: how far `twilioAccounts` was read is told against it.
    async fn twilio_account_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
    ) -> Result<i32, ApiError> {
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(0);
        };
        let count = accounts::count(ctx.services(), workspace).await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// A Twilio account, disconnected ones too; null if there is none.
    async fn twilio_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account's global id.")] id: ID,
    ) -> Result<Option<TwilioAccount>, ApiError> {
        let viewer = ctx.viewer()?;
        let Some(id) = id::parse::<AccountId>(&id) else {
            return Ok(None);
        };
        Ok(accounts::find(ctx.services(), viewer, id)
            .await?
            .map(TwilioAccount::from))
    }
}
