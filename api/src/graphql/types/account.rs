//! A connected Twilio account.

use ::entity::twilio_account;
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::page::Page;

use super::health::ConnectionHealth;
use super::mirror::mirror;
use super::money::Balance;
use super::{NumberState, PhoneNumber, Workspace};
use crate::graphql::context::{Asked, Scope};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::loaders::NumbersOf;
use crate::graphql::page::{Connection, cost};
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
    }
}

mirror! {
    /// The kind of account at Twilio.
    pub enum TwilioAccountKind of ::entity::twilio_account::AccountKind {
        /// A trial account: it can call verified numbers only, and callers hear a notice first.
        Trial,
        /// A paid account.
        Full,
    }
}

mirror! {
    /// What Twilio last said of the credentials.
    pub enum CredentialState of ::entity::twilio_account::CredentialState {
        /// Accepted.
        Accepted,
        /// Rejected once; asked again before anything is concluded.
        RejectedOnce,
        /// Rejected, and rejected again. Enter the current Auth Token.
        Rejected,
    }
}

/// The credentials of an account. They themselves are never shown, not even in part.
#[derive(SimpleObject)]
pub struct Credentials {
    /// What Twilio last said of them.
    state: CredentialState,
}

/// A Twilio account that a workspace connected.
pub struct TwilioAccount(pub twilio_account::Model);

/// A Twilio account that a workspace connected. One for each workspace, account SID and region.
#[Object]
impl TwilioAccount {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// Its SID at Twilio. Example: `ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`. Not a secret.
    async fn sid(&self) -> &str {
        &self.0.sid
    }

    /// The customer's own name for it, 1 to 100 characters.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// Twilio's region: `us1`, `ie1` or `au1`. Credentials and data are per region.
    async fn region(&self) -> &str {
        &self.0.region
    }

    /// Whether Callab uses the account.
    async fn state(&self) -> TwilioAccountState {
        (&self.0.state).into()
    }

    /// Trial or full.
    async fn kind(&self) -> TwilioAccountKind {
        (&self.0.kind).into()
    }

    /// What Twilio says of the account itself.
    async fn twilio_status(&self) -> TwilioAccountStatus {
        (&self.0.twilio_status).into()
    }

    /// Whether it belongs to another Twilio account, which then pays for it and holds its balance.
    async fn is_subaccount(&self) -> bool {
        self.0.owner_sid.as_ref().is_some_and(|owner| *owner != self.0.sid)
    }

    /// Its name at Twilio.
    async fn friendly_name(&self) -> Option<&str> {
        self.0.friendly_name.as_deref()
    }

    /// Its credentials, as far as they are shown.
    async fn credentials(&self) -> Credentials {
        Credentials {
            state: (&self.0.credential_state).into(),
        }
    }

    /// Can calls work through it?
    async fn health(&self) -> ConnectionHealth {
        (&self.0).into()
    }

    /// What is left of its credit; null for a subaccount, or before it was read.
    async fn balance(&self) -> Option<Balance> {
        Balance::known(self.0.balance, self.0.balance_currency.as_deref(), self.0.balance_at)
    }

    /// The workspace that connected it.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Option<Workspace>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.workspace_id).await?.map(Workspace))
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
        let Some(filter) = wanted.filter(ctx.actor(), Scope::Workspace(self.0.workspace_id), None)? else {
            return Ok(Connection::empty());
        };
        let page = after(ctx, first, after_cursor.as_deref()).await?;
        let is_first = page.after.is_none();
        let key = NumbersOf {
            account: self.0.id,
            filter,
            page,
        };
        let none = Page {
            rows: Vec::new(),
            has_next: false,
        };
        let numbers = ctx.loaders().load_one(key).await?.unwrap_or(none);
        Ok(Connection::new(numbers, is_first, cursor, PhoneNumber))
    }

    /// When its numbers were last read whole; null before the first time.
    async fn synced_at(&self) -> Option<DateTime<Utc>> {
        self.0.synced_at
    }

    /// When Twilio last accepted the credentials.
    async fn verified_at(&self) -> Option<DateTime<Utc>> {
        self.0.verified_at
    }

    /// When it was first connected.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was disconnected; null while it is connected.
    async fn disconnected_at(&self) -> Option<DateTime<Utc>> {
        self.0.disconnected_at
    }
}
