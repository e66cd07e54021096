//! Resumes a paused account.

use ::entity::{AccountId, twilio_account};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, accounts, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{TwilioAccount, UserError};

/// What `resumeTwilioAccount` takes.
#[derive(InputObject)]
pub struct ResumeTwilioAccountInput {
    /// The account's global id.
    pub account_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `resumeTwilioAccount` answers.
#[derive(SimpleObject)]
pub struct ResumeTwilioAccountPayload {
    /// The account; null if it was refused.
    account: Option<TwilioAccount>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct ResumeTwilioAccount;

#[Object]
impl ResumeTwilioAccount {
    /// Takes a paused account's checks, alerts and test calls up again, with a check at once. An account that is not paused stays so.
    async fn resume_twilio_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ResumeTwilioAccountInput,
    ) -> Result<ResumeTwilioAccountPayload, ApiError> {
        let again = |id| accounts::find(ctx.services(), ctx.actor(), AccountId(id));
        let (account, user_errors) = settled(Box::pin(run(ctx, input)).await, again).await?;
        Ok(ResumeTwilioAccountPayload {
            account: account.map(TwilioAccount::from),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: ResumeTwilioAccountInput) -> Result<twilio_account::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "resumeTwilioAccount", key, input.to_value()).await?;
    let account = id::parse(&input.account_id).ok_or_else(|| Refusal::not_found("Twilio account", "accountId"))?;
    let ended = accounts::resume(ctx.services(), &request, account).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
