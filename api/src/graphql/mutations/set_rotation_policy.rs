//! Chooses what becomes of an account's token that grows old.

use ::entity::{AccountId, twilio_account};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::accounts::rotation::{self, RotationPlan};
use domain::{Refusal, RefusalCode, accounts, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{RotationPolicy, TwilioAccount, UserError};

/// What `setRotationPolicy` takes.
#[derive(InputObject)]
pub struct SetRotationPolicyInput {
    /// The account's global id.
    pub account_id: ID,
    /// What is to happen.
    pub policy: RotationPolicy,
    /// After how many days with the same token, 1 to 3650. Not given for `NONE`. Example: `90`.
    pub days: Option<i32>,
    /// For `ROTATE`: that the old token may stop working wherever else it is used, each time. Without it the mutation is refused with
    /// `CONFIRMATION_NEEDED`.
    pub confirmed: Option<bool>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `setRotationPolicy` answers.
#[derive(SimpleObject)]
pub struct SetRotationPolicyPayload {
    /// The account; null if it was refused.
    account: Option<TwilioAccount>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct SetRotationPolicy;

#[Object]
impl SetRotationPolicy {
    /// Chooses what becomes of the account's Auth Token when it grows old: nothing, a reminder (the event `TOKEN_ROTATION_DUE`), or a
    /// change by Callab as with `rotateAuthToken`. The age is looked at once a day.
    async fn set_rotation_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SetRotationPolicyInput,
    ) -> Result<SetRotationPolicyPayload, ApiError> {
        let again = |id| accounts::find(ctx.services(), ctx.actor(), AccountId(id));
        let (account, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(SetRotationPolicyPayload {
            account: account.map(TwilioAccount::from),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: SetRotationPolicyInput) -> Result<twilio_account::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "setRotationPolicy", key, input.to_value()).await?;
    let account = id::parse(&input.account_id).ok_or_else(|| Refusal::not_found("Twilio account", "accountId"))?;
    let plan = RotationPlan {
        policy: wanted(input.policy)?,
        days: input.days,
        confirmed: input.confirmed.unwrap_or(false),
    };
    let ended = rotation::set_policy(ctx.services(), &request, account, plan).await;
    idempotency::settle(ctx.services(), &request, ended).await
}

/// The policy that was asked for; `OTHER` is none.
fn wanted(policy: RotationPolicy) -> Result<twilio_account::RotationPolicy, Refusal> {
    let message = "A policy is NONE, REMIND or ROTATE.";
    policy
        .try_into()
        .map_err(|_| Refusal::new(RefusalCode::Malformed, message).on("policy"))
}
