//! Changes an account's label or credentials.

use ::entity::{AccountId, twilio_account};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::accounts::{self, AccountChange, SignIn};
use domain::{Permission, Refusal, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{Secret, TwilioAccount, UserError};

/// What `updateTwilioAccount` takes.
#[derive(InputObject)]
pub struct UpdateTwilioAccountInput {
    /// The account's global id.
    pub account_id: ID,
    /// The customer's own name for it, 1 to 100 characters.
    pub label: Option<String>,
    /// The account's new Auth Token. Beside an API key it verifies webhooks.
    pub auth_token: Option<Secret>,
    /// The SID of the API key that is to sign in from now on, `SK` and 32 hexadecimal digits.
    pub api_key_sid: Option<String>,
    /// The secret of that API key.
    pub api_key_secret: Option<Secret>,
    /// True to sign in with the Auth Token from now on, and forget the API key.
    pub remove_api_key: Option<bool>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `updateTwilioAccount` answers.
#[derive(SimpleObject)]
pub struct UpdateTwilioAccountPayload {
    /// The account; null if it was refused.
    account: Option<TwilioAccount>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct UpdateTwilioAccount;

#[Object]
impl UpdateTwilioAccount {
    /// Changes an account's label, its credentials, or both; what is not given stays. New credentials are tried at Twilio before they
    /// take the place of the old ones.
    async fn update_twilio_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UpdateTwilioAccountInput,
    ) -> Result<UpdateTwilioAccountPayload, ApiError> {
        let again = |id| accounts::find(ctx.services(), ctx.actor(), AccountId(id));
        let (account, user_errors) = settled(Box::pin(run(ctx, input)).await, again).await?;
        Ok(UpdateTwilioAccountPayload {
            account: account.map(TwilioAccount::from),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: UpdateTwilioAccountInput) -> Result<twilio_account::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "updateTwilioAccount", key, input.to_value()).await?;
    request.actor.require(Permission::ManageAccounts)?;
    let account = id::parse(&input.account_id).ok_or_else(|| Refusal::not_found("Twilio account", "accountId"))?;
    let typed = SignIn {
        token: input.auth_token.as_ref().map(Secret::expose),
        key_sid: input.api_key_sid.as_deref(),
        key_secret: input.api_key_secret.as_ref().map(Secret::expose),
    };
    let change = AccountChange::parse(input.label.as_deref(), typed, input.remove_api_key.unwrap_or(false));
    let ended = Box::pin(accounts::update(
        ctx.services(),
        &request,
        account,
        change.map_err(domain::Error::Refused)?,
    ))
    .await;
    idempotency::settle(ctx.services(), &request, ended).await
}
