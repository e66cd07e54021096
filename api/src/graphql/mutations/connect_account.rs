//! Connects a Twilio account.

use ::entity::{AccountId, twilio_account};
use async_graphql::{Context, InputObject, InputType, Object, SimpleObject};
use domain::Permission;
use domain::accounts::{self, NewAccount, SignIn};
use domain::idempotency;

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::types::{Secret, TwilioAccount, UserError};

/// What `connectTwilioAccount` takes.
#[derive(InputObject)]
pub struct ConnectTwilioAccountInput {
    /// The account SID: `AC` and 32 hexadecimal digits. Blanks around it are dropped.
    pub account_sid: String,
    /// The account's Auth Token. Blanks around it are dropped. May be left out with an API key; then no agent can answer the account's
    /// numbers (`AUTH_TOKEN_NEEDED`), since webhooks are verified with the token alone.
    pub auth_token: Option<Secret>,
    /// The SID of an API key, `SK` and 32 hexadecimal digits, to sign in with in the place of the token. A standard key will do; then
    /// Twilio does not tell the account's status, which is `UNKNOWN`.
    pub api_key_sid: Option<String>,
    /// The secret of that API key.
    pub api_key_secret: Option<Secret>,
    /// Twilio's region: `us1` if not said, `ie1` or `au1`.
    pub region: Option<String>,
    /// The customer's own name for it, 1 to 100 characters. Example: `Main account`.
    pub label: String,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `connectTwilioAccount` answers.
#[derive(SimpleObject)]
pub struct ConnectTwilioAccountPayload {
    /// The account; null if it was refused.
    account: Option<TwilioAccount>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct ConnectTwilioAccount;

#[Object]
impl ConnectTwilioAccount {
    /// Connects a Twilio account that the customer owns. Twilio is asked whether the credentials work before anything is stored;
    /// its numbers are then read in the background. Nothing is changed at Twilio. An account that was disconnected before is
    /// found again.
    async fn connect_twilio_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ConnectTwilioAccountInput,
    ) -> Result<ConnectTwilioAccountPayload, ApiError> {
        let again = |id| accounts::find(ctx.services(), ctx.actor(), AccountId(id));
        let (account, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(ConnectTwilioAccountPayload {
            account: account.map(TwilioAccount::from),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: ConnectTwilioAccountInput) -> Result<twilio_account::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "connectTwilioAccount", key, input.to_value()).await?;
    request.actor.require(Permission::ManageAccounts)?;
    let typed = SignIn {
        token: input.auth_token.as_ref().map(Secret::expose),
        key_sid: input.api_key_sid.as_deref(),
        key_secret: input.api_key_secret.as_ref().map(Secret::expose),
    };
    let new = NewAccount::parse(&input.account_sid, typed, input.region.as_deref(), &input.label);
    let new = new.map_err(domain::Error::Refused)?;
    let ended = accounts::connect(ctx.services(), &request, new).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
