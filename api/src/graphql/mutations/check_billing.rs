//! Has an account's balance and usage read.

use ::entity::{AccountId, twilio_account};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, accounts, billing, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{TwilioAccount, UserError};

/// What `checkBilling` takes.
#[derive(InputObject)]
pub struct CheckBillingInput {
    /// The account's global id.
    pub account_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `checkBilling` answers.
#[derive(SimpleObject)]
pub struct CheckBillingPayload {
    /// The account; null if it was refused.
    account: Option<TwilioAccount>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct CheckBilling;

#[Object]
impl CheckBilling {
    /// Has the account's balance and usage read from Twilio now, in the background, and its billing alerts judged, for instance after a
    /// top-up. `billingReadAt` moves when it is done.
    async fn check_billing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CheckBillingInput,
    ) -> Result<CheckBillingPayload, ApiError> {
        let again = |id| accounts::find(ctx.services(), ctx.actor(), AccountId(id));
        let (account, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(CheckBillingPayload {
            account: account.map(TwilioAccount::from),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: CheckBillingInput) -> Result<twilio_account::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "checkBilling", key, input.to_value()).await?;
    let account = id::parse(&input.account_id).ok_or_else(|| Refusal::not_found("Twilio account", "accountId"))?;
    let ended = billing::request_check(ctx.services(), &request, account).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
