//! Has an account's Auth Token changed.

use ::entity::{AccountId, twilio_account};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::accounts::{self, rotation};
use domain::{Refusal, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{TwilioAccount, UserError};

/// What `rotateAuthToken` takes.
#[derive(InputObject)]
pub struct RotateAuthTokenInput {
    /// The account's global id.
    pub account_id: ID,
    /// That the old token may stop working wherever else it is used. Without it the mutation is refused with
    /// `CONFIRMATION_NEEDED`, whose message is the warning to show.
    pub confirmed: bool,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `rotateAuthToken` answers.
#[derive(SimpleObject)]
pub struct RotateAuthTokenPayload {
    /// The account; null if it was refused.
    account: Option<TwilioAccount>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct RotateAuthToken;

#[Object]
impl RotateAuthToken {
    /// Has Callab change the account's Auth Token, in the background: a second token is made, sealed, tested on the account and every
    /// number in use, and only then takes the place of the first one. For a few minutes webhooks signed with either are accepted.
    /// Follow it in `credentials { rotation }`. Not offered for subaccounts, nor for accounts without a token
    /// (`ROTATION_NOT_OFFERED`).
    async fn rotate_auth_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RotateAuthTokenInput,
    ) -> Result<RotateAuthTokenPayload, ApiError> {
        let again = |id| accounts::find(ctx.services(), ctx.actor(), AccountId(id));
        let (account, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(RotateAuthTokenPayload {
            account: account.map(TwilioAccount::from),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: RotateAuthTokenInput) -> Result<twilio_account::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "rotateAuthToken", key, input.to_value()).await?;
    let account = id::parse(&input.account_id).ok_or_else(|| Refusal::not_found("Twilio account", "accountId"))?;
    let ended = rotation::start(ctx.services(), &request, account, input.confirmed).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
