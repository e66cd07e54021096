//! Pauses an account.

use ::entity::{AccountId, twilio_account};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, accounts, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{TwilioAccount, UserError};

/// What `pauseTwilioAccount` takes.
#[derive(InputObject)]
pub struct PauseTwilioAccountInput {
    /// The account's global id.
    pub account_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `pauseTwilioAccount` answers.
#[derive(SimpleObject)]
pub struct PauseTwilioAccountPayload {
    /// The account; null if it was refused.
    account: Option<TwilioAccount>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct PauseTwilioAccount;

#[Object]
impl PauseTwilioAccount {
    /// Stops an account's checks, alerts and test calls; its health is `DISABLED` then. Calls go on, and its numbers are still read. An
    /// account that is paused already stays so.
    async fn pause_twilio_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: PauseTwilioAccountInput,
    ) -> Result<PauseTwilioAccountPayload, ApiError> {
        let again = |id| accounts::find(ctx.services(), ctx.actor(), AccountId(id));
        let (account, user_errors) = settled(Box::pin(run(ctx, input)).await, again).await?;
        Ok(PauseTwilioAccountPayload {
            account: account.map(TwilioAccount::from),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: PauseTwilioAccountInput) -> Result<twilio_account::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "pauseTwilioAccount", key, input.to_value()).await?;
    let account = id::parse(&input.account_id).ok_or_else(|| Refusal::not_found("Twilio account", "accountId"))?;
    let ended = accounts::pause(ctx.services(), &request, account).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
