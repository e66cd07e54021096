//! Disconnects a Twilio account.

use ::entity::{AccountId, twilio_account};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, accounts, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{TwilioAccount, UserError};

/// What `disconnectTwilioAccount` takes.
#[derive(InputObject)]
pub struct DisconnectTwilioAccountInput {
    /// The account's global id.
    pub account_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `disconnectTwilioAccount` answers.
#[derive(SimpleObject)]
pub struct DisconnectTwilioAccountPayload {
    /// The account; null if it was refused.
    account: Option<TwilioAccount>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct DisconnectTwilioAccount;

#[Object]
impl DisconnectTwilioAccount {
    /// Stops using an account. It always works, with dead credentials too: every number is removed, and its routing given back in
    /// the background. No number is released at Twilio, and the stored credentials are deleted once nothing is left to give back.
    async fn disconnect_twilio_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: DisconnectTwilioAccountInput,
    ) -> Result<DisconnectTwilioAccountPayload, ApiError> {
        let again = |id| accounts::find(ctx.services(), ctx.actor(), AccountId(id));
        let (account, user_errors) = settled(Box::pin(run(ctx, input)).await, again).await?;
        Ok(DisconnectTwilioAccountPayload {
            account: account.map(TwilioAccount::from),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: DisconnectTwilioAccountInput) -> Result<twilio_account::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "disconnectTwilioAccount", key, input.to_value()).await?;
    let account = id::parse(&input.account_id).ok_or_else(|| Refusal::not_found("Twilio account", "accountId"))?;
    let ended = accounts::disconnect(ctx.services(), &request, account).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
