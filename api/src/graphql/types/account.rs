//! A connected Twilio account.

use ::entity::{balance_reading, configuration_change, health_change, twilio_account};
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use domain::calls::MAX_MINUTES;
use domain::{accounts, billing};

use super::call_figures::{CallFigures, CallMinute, SignalMinute};
use super::configuration::ConfigurationChange;
use super::credentials::Credentials;
use super::health::{AccountRight, ConnectionHealth, HealthChange};
use super::mirror::mirror;
use super::money::Balance;
use super::told::Told;
use super::usage::{BalanceReading, Spend};
use super::{NumberState, PhoneNumber, Workspace};
use crate::graphql::context::Asked;
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::loaders::{
    BalancesOf, CallFiguresOf, ConfigurationOf, HealthChangesOf, MinutesOf, MoneyOf, NumbersInUseOf, NumbersOf,
    ParentOf, SignalsOf, SubaccountsOf,
};
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::queries::numbers::{NumberArguments, after, cursor};

mirror! {
    /// Whether Callab uses the account.
    pub enum TwilioAccountState of ::entity::twilio_account::AccountState {
        /// In use.
        Connected,
        /// No longer used. Kept, and found again when the same account is connected once more.
        Disconnected,
    }
}

mirror! {
    /// What Twilio says of the account itself.
    pub enum TwilioAccountStatus of ::entity::twilio_account::TwilioStatus {
        /// In order.
        Active,
        /// Suspended by Twilio: no calls.
        Suspended,
        /// Closed for good.
        Closed,
        /// Twilio does not tell: the API key may not read the account.
        #[graphql(name = "UNKNOWN")]
        Undetermined,
    }
}

mirror! {
    /// The kind of account at Twilio.
    pub enum TwilioAccountKind of ::entity::twilio_account::AccountKind {
        /// A trial account: it can call verified numbers only, and callers hear a notice first.
        Trial,
        /// A paid account.
        Full,
        /// Twilio does not tell: the API key may not read the account.
        #[graphql(name = "UNKNOWN")]
        Undetermined,
    }
}

/// A Twilio account that a workspace connected.
pub struct TwilioAccount {
    row: twilio_account::Model,
    told: Option<Told>,
}

impl From<twilio_account::Model> for TwilioAccount {
    fn from(row: twilio_account::Model) -> Self {
        Self { row, told: None }
    }
}

impl TwilioAccount {
    /// The account as a live view tells of it.
    pub fn told(row: twilio_account::Model, told: Option<Told>) -> Self {
        Self { row, told }
    }

    /// The parent of a subaccount. Nothing is read for other accounts.
    async fn parent_row(&self, ctx: &Context<'_>) -> Result<Option<twilio_account::Model>, ApiError> {
        if billing::is_subaccount(&self.row) {
            ctx.loaders().load_one(ParentOf(self.row.id)).await
        } else {
            Ok(None)
        }
    }
}

/// A Twilio account that a workspace connected. One for each workspace, account SID and region.
#[Object]
impl TwilioAccount {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.row.id)
    }

    /// In a live view, the place in the order of events up to which everything was told: give it as `after` to go on from there.
    /// Null elsewhere, and for all but the last of the accounts that a view begins with.
    async fn cursor(&self) -> Option<String> {
        self.told.as_ref().map(Told::cursor)
    }

    /// Its SID at Twilio. Example: `ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`. Not a secret.
    async fn sid(&self) -> &str {
        &self.row.sid
    }

    /// The customer's own name for it, 1 to 100 characters.
    async fn label(&self) -> &str {
        &self.row.label
    }

    /// Twilio's region: `us1`, `ie1` or `au1`. Credentials and data are per region.
    async fn region(&self) -> &str {
        &self.row.region
    }

    /// Whether Callab uses the account.
    async fn state(&self) -> TwilioAccountState {
        (&self.row.state).into()
    }

    /// Trial or full.
    async fn kind(&self) -> TwilioAccountKind {
        (&self.row.kind).into()
    }

    /// What Twilio says of the account itself.
    async fn twilio_status(&self) -> TwilioAccountStatus {
        (&self.row.twilio_status).into()
    }

    /// Whether it belongs to another Twilio account, which then pays for it and holds its balance.
    async fn is_subaccount(&self) -> bool {
        billing::is_subaccount(&self.row)
    }

    /// The accounts that it owns and that are connected in the same workspace and region, oldest first; at most 100.
    async fn subaccounts(&self, ctx: &Context<'_>) -> Result<Vec<TwilioAccount>, ApiError> {
        let owned = ctx
            .loaders()
            .load_one(SubaccountsOf(self.row.id))
            .await?
            .unwrap_or_default();
        Ok(owned.into_iter().map(Self::from).collect())
    }

    /// Its name at Twilio.
    async fn friendly_name(&self) -> Option<&str> {
        self.row.friendly_name.as_deref()
    }

    /// Its credentials, as far as they are shown.
    async fn credentials(&self) -> Credentials {
        Credentials(self.row.clone())
    }

    /// Can calls work through it?
    async fn health(&self, ctx: &Context<'_>) -> ConnectionHealth {
        ConnectionHealth::of(&self.row, ctx.services())
    }

    /// The changes of its health, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn health_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(name = "after", desc = "Rows after this cursor.")] after_cursor: Option<String>,
    ) -> Result<Connection<HealthChange>, ApiError> {
        let after = after_cursor.map(|cursor| List::Health.time(&cursor)).transpose()?;
        let page = page_of(first, after)?;
        let is_first = page.after.is_none();
        let key = HealthChangesOf {
            account: self.row.id,
            page,
        };
        let changes = ctx.loaders().load_one(key).await?.unwrap_or_default();
        let cursor = |row: &health_change::Model| List::Health.after_time(row.at, row.id.0);
        Ok(Connection::new(changes, is_first, cursor, HealthChange::from))
    }

    /// The changes of how its calls are set up, newest first: credentials, numbers, agents and routing, made here or seen at Twilio.
    /// Kept for 90 days, unless configured otherwise.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn configuration_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(name = "after", desc = "Rows after this cursor.")] after_cursor: Option<String>,
    ) -> Result<Connection<ConfigurationChange>, ApiError> {
        let after = after_cursor
            .map(|cursor| List::Configuration.time(&cursor))
            .transpose()?;
        let page = page_of(first, after)?;
        let is_first = page.after.is_none();
        let key = ConfigurationOf {
            account: self.row.id,
            page,
        };
        let changes = ctx.loaders().load_one(key).await?.unwrap_or_default();
        let cursor = |row: &configuration_change::Model| List::Configuration.after_time(row.at, row.id.0);
        Ok(Connection::new(changes, is_first, cursor, ConfigurationChange))
    }

    /// What Twilio last answered to each right that Callab needs; rights that were never asked are missing.
    async fn rights(&self) -> Vec<AccountRight> {
        self.row.rights.0.iter().map(AccountRight::from).collect()
    }

    /// Since when its checks, alerts and test calls are stopped; null while they go on.
    async fn paused_at(&self) -> Option<DateTime<Utc>> {
        self.row.paused_at
    }

    /// What is left of the credit that it uses: its own or, of a subaccount, its parent's, which then says so. Null before it was read,
    /// and for a subaccount whose parent is not connected in the same workspace: nothing is guessed.
    async fn balance(&self, ctx: &Context<'_>) -> Result<Option<Balance>, ApiError> {
        if let Some(own) = billing::own_balance(&self.row) {
            return Ok(Some(Balance::of(own, false)));
        }
        let parent = self.parent_row(ctx).await?;
        Ok(parent
            .and_then(|parent| billing::own_balance(&parent))
            .map(|balance| Balance::of(balance, true)))
    }

    /// The account that it is a subaccount of; null where it is none, or that account is not connected in the same workspace and region.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<TwilioAccount>, ApiError> {
        Ok(self.parent_row(ctx).await?.map(Self::from))
    }

    /// Its past balances, newest first. A subaccount has none: look at its parent's.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn balance_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(name = "after", desc = "Rows after this cursor.")] after_cursor: Option<String>,
    ) -> Result<Connection<BalanceReading>, ApiError> {
        let after = after_cursor.map(|cursor| List::Balances.time(&cursor)).transpose()?;
        let page = page_of(first, after)?;
        let is_first = page.after.is_none();
        let key = BalancesOf {
            account: self.row.id,
            page,
        };
        let balances = ctx.loaders().load_one(key).await?.unwrap_or_default();
        let cursor = |row: &balance_reading::Model| List::Balances.after_time(row.at, row.id.0);
        Ok(Connection::new(balances, is_first, cursor, BalanceReading))
    }

    /// What it spends, and how long the balance lasts; null of an account that is gone.
    async fn spend(&self, ctx: &Context<'_>) -> Result<Option<Spend>, ApiError> {
        let money = ctx.loaders().load_one(MoneyOf(self.row.id)).await?;
        Ok(money.as_ref().map(Into::into))
    }

    /// When its balance and usage were last read whole; null before the first time.
    async fn billing_read_at(&self) -> Option<DateTime<Utc>> {
        self.row.billing_read_at
    }

    /// How many of its numbers Callab uses.
    async fn numbers_in_use(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
        let numbers = ctx.loaders().load_one(NumbersInUseOf(self.row.id)).await?;
        Ok(i32::try_from(numbers.unwrap_or_default()).unwrap_or(i32::MAX))
    }

    /// How its calls went in the last 15 minutes: what its health is judged by.
    #[graphql(complexity = "1 + child_complexity")]
    async fn call_figures(&self, ctx: &Context<'_>) -> Result<CallFigures, ApiError> {
        let figures = ctx.loaders().load_one(CallFiguresOf(self.row.id)).await?;
        let figures = figures.ok_or(ApiError::NotFound("Twilio account"))?;
        Ok(figures.into())
    }

    /// How its calls went minute by minute: oldest first, the running minute last; minutes without calls are there with zeros.
    #[graphql(complexity = "cost(minutes, child_complexity)")]
    async fn calls_by_minute(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many minutes, 1 to 60.", default_with = "Some(60)")] minutes: Option<i32>,
    ) -> Result<Vec<CallMinute>, ApiError> {
        let (account, minutes) = (self.row.id, minutes_of(minutes)?);
        let told = ctx.loaders().load_one(MinutesOf { account, minutes }).await?;
        Ok(told.unwrap_or_default().into_iter().map(Into::into).collect())
    }

    /// How fast its calls were set up and how Twilio's questions about them went, minute by minute: oldest first, the running minute
    /// last; minutes without calls are there, too.
    #[graphql(complexity = "cost(minutes, child_complexity)")]
    async fn signals_by_minute(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many minutes, 1 to 60.", default_with = "Some(60)")] minutes: Option<i32>,
    ) -> Result<Vec<SignalMinute>, ApiError> {
        let (account, minutes) = (self.row.id, minutes_of(minutes)?);
        let told = ctx.loaders().load_one(SignalsOf { account, minutes }).await?;
        Ok(told.unwrap_or_default().into_iter().map(Into::into).collect())
    }

    /// The workspace that connected it.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Option<Workspace>, ApiError> {
        Ok(ctx.loaders().load_one(self.row.workspace_id).await?.map(Workspace))
    }

    /// Its numbers, in the order of their digits.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn phone_numbers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only numbers that can be added or used for calls now: with voice, and still listed by Twilio."
        )]
        usable_for_voice: Option<bool>,
        #[graphql(desc = "Only numbers in this state.")] state: Option<NumberState>,
        #[graphql(
            desc = "Only numbers whose digits, nickname or name at Twilio hold this text. Staff: the whole number, or \
                          part of a name."
        )]
        search: Option<String>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(name = "after", desc = "Rows after this cursor.")] after_cursor: Option<String>,
    ) -> Result<Connection<PhoneNumber>, ApiError> {
        let wanted = NumberArguments {
            usable_for_voice,
            state,
            search,
        };
        let filter = wanted.filter(ctx.actor(), Some(self.row.workspace_id), None)?;
        let page = after(ctx, first, after_cursor.as_deref()).await?;
        let is_first = page.after.is_none();
        let key = NumbersOf {
            account: self.row.id,
            filter,
            page,
        };
        let numbers = ctx.loaders().load_one(key).await?.unwrap_or_default();
        Ok(Connection::new(numbers, is_first, cursor, PhoneNumber))
    }

    /// When its numbers were last read whole; null before the first time.
    async fn synced_at(&self) -> Option<DateTime<Utc>> {
        self.row.synced_at
    }

    /// When Twilio last accepted the credentials.
    async fn verified_at(&self) -> Option<DateTime<Utc>> {
        self.row.verified_at
    }

    /// When its credentials and rights are checked next by themselves; in the past where that waits for a worker. Null while its checks
    /// are paused, and of an account that is disconnected.
    async fn next_check_at(&self) -> Option<DateTime<Utc>> {
        accounts::next_check(&self.row)
    }

    /// When it was first connected.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it was disconnected; null while it is connected.
    async fn disconnected_at(&self) -> Option<DateTime<Utc>> {
        self.row.disconnected_at
    }
}

/// Reads how many minutes are asked for.
fn minutes_of(minutes: Option<i32>) -> Result<u32, ApiError> {
    let minutes = minutes.map_or(Ok(MAX_MINUTES), u32::try_from).unwrap_or(0);
    if !(1..=MAX_MINUTES).contains(&minutes) {
        return Err(ApiError::BadInput(format!("`minutes` is 1 to {MAX_MINUTES}.")));
    }
    Ok(minutes)
}
