//! What accounts cost and have left.

use ::entity::{AccountId, billing_alert, billing_episode};
use async_graphql::{Context, ID, Object};
use chrono::NaiveDate;
use domain::billing::{self, EpisodeFilter, UsageFilter, pricing};
use domain::{Refusal, accounts};

use crate::graphql::context::Asked;
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::types::{BillingAlert, BillingEpisode, PricingPayload, Usage, UsageBy, UsagePayload};

#[derive(Default)]
pub struct BillingQueries;

#[Object]
impl BillingQueries {
    /// What an account used and what that cost, by day or month and category, from what Callab read of Twilio.
    #[graphql(complexity = "400 + child_complexity * 40")]
    async fn usage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account's global id.")] account_id: ID,
        #[graphql(desc = "The first day, in UTC; 29 days before the last if not said. At most 400 days in all.")] from: Option<
            NaiveDate,
        >,
        #[graphql(desc = "The last day, in UTC; today if not said.")] to: Option<NaiveDate>,
        #[graphql(desc = "By day or by month; by day if not said.")] by: Option<UsageBy>,
        #[graphql(
            desc = "Only this category of Twilio's, with what is within it; every category if not said. Example: `calls`."
        )]
        category: Option<String>,
    ) -> Result<UsagePayload, ApiError> {
        let viewer = ctx.viewer()?;
        let refused = |refusals: Vec<Refusal>| UsagePayload {
            usage: None,
            user_errors: refusals.into_iter().map(Into::into).collect(),
        };
        let missing = || refused(vec![Refusal::not_found("Twilio account", "accountId")]);
        let Some(id) = id::parse::<AccountId>(&account_id) else {
            return Ok(missing());
        };
        let Some(account) = accounts::find(ctx.services(), viewer, id).await? else {
            return Ok(missing());
        };
        let filter = UsageFilter {
            from,
            to,
            cut: by.unwrap_or(UsageBy::Day).into(),
            category,
        };
        match billing::usage(ctx.services(), &account, &filter).await {
            Ok(report) => Ok(UsagePayload {
                usage: Some(Usage {
                    account,
                    report,
                    now: ctx.services().clock.now(),
                }),
                user_errors: Vec::new(),
            }),
            Err(domain::Error::Refused(refusals)) => Ok(refused(refusals)),
            Err(error) => Err(error.into()),
        }
    }

    /// What a call will cost a minute and numbers cost a month, in the account's currency. Twilio is asked, and its answers are kept for
    /// a few minutes.
    #[graphql(complexity = "400 + child_complexity * 10")]
    async fn pricing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account's global id.")] account_id: ID,
        #[graphql(desc = "The number to be called, as `+14155550123`.")] to: Option<String>,
        #[graphql(desc = "The number to call from, which may decide the price, as `+14155550123`.")] from: Option<
            String,
        >,
        #[graphql(
            desc = "The countries to tell the rental of numbers for, by their codes of two letters, at most 10; those that the \
                    account has numbers in if not said. Example: `[\"DE\"]`."
        )]
        countries: Option<Vec<String>>,
    ) -> Result<PricingPayload, ApiError> {
        let viewer = ctx.viewer()?;
        let wanted = pricing::Wanted { to, from, countries };
        let told = match id::parse::<AccountId>(&account_id) {
            Some(account) => pricing::pricing(ctx.services(), viewer, account, wanted).await,
            None => Err(Refusal::not_found("Twilio account", "accountId").into()),
        };
        match told {
            Ok(prices) => Ok(PricingPayload {
                pricing: Some(prices.into()),
                user_errors: Vec::new(),
            }),
            Err(domain::Error::Refused(refusals)) => Ok(PricingPayload {
                pricing: None,
                user_errors: refusals.into_iter().map(Into::into).collect(),
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// Billing alerts, oldest first; deleted ones are left out.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn billing_alerts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only alerts of this account.")] account_id: Option<ID>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<BillingAlert>, ApiError> {
        let after = after.map(|cursor| List::BillingAlerts.time(&cursor)).transpose()?;
        let page = page_of(first, after)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let Ok(account) = id::narrowed::<AccountId>(account_id.as_ref()) else {
            return Ok(Connection::empty());
        };
        let is_first = page.after.is_none();
        let alerts = billing::list_alerts(ctx.services(), workspace, account, page).await?;
        let cursor = |row: &billing_alert::Model| List::BillingAlerts.after_time(row.created_at, row.id.0);
        Ok(Connection::new(alerts, is_first, cursor, BillingAlert))
    }

    /// Episodes of billing alerts, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn billing_episodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that are open, or those that are over; all if not said.")] open: Option<bool>,
        #[graphql(desc = "Only episodes of this account.")] account_id: Option<ID>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<BillingEpisode>, ApiError> {
        let after = after.map(|cursor| List::BillingEpisodes.time(&cursor)).transpose()?;
        let page = page_of(first, after)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let Ok(account) = id::narrowed::<AccountId>(account_id.as_ref()) else {
            return Ok(Connection::empty());
        };
        let filter = EpisodeFilter {
            workspace,
            account,
            open,
        };
        let is_first = page.after.is_none();
        let episodes = billing::list_episodes(ctx.services(), &filter, page).await?;
        let cursor = |row: &billing_episode::Model| List::BillingEpisodes.after_time(row.opened_at, row.id.0);
        Ok(Connection::new(episodes, is_first, cursor, BillingEpisode))
    }
}
