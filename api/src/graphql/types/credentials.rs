//! An account's credentials, as far as they are shown, and the changes of its token.

use ::entity::twilio_account;
use ::entity::{token_rotation, twilio_account::RotationPolicy as Policy};
use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};

use super::mirror::mirror;
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::loaders::{ApiKeyOf, RotationOf};

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

mirror! {
    /// What becomes of an Auth Token that grows old.
    pub enum RotationPolicy of ::entity::twilio_account::RotationPolicy {
        /// Nothing.
        None,
        /// The customer is reminded, once a week.
        Remind,
        /// Callab changes it.
        Rotate,
    }
}

mirror! {
    /// How far a change of an Auth Token is. The way leads down this list, never up.
    pub enum TokenRotationState of ::entity::token_rotation::RotationState {
        /// Twilio is asked for a second token, which is valid beside the first one.
        Started,
        /// The second token is sealed here.
        SecondaryStored,
        /// With it the account and every number in use can be reached.
        Tested,
        /// Twilio is asked to make it the only one.
        Promoting,
        /// It is the current token. For a few minutes webhooks that were signed with the one before are accepted.
        Done,
        /// Something went wrong; the token before is the current one still. `reason` says why.
        Failed,
        /// Called off before it took effect. `reason` says why.
        Abandoned,
    }
}

/// A change of an account's Auth Token that Callab makes itself.
#[derive(SimpleObject)]
pub struct TokenRotation {
    /// How far it is.
    state: TokenRotationState,
    /// Why it failed or was called off, as a stable code. Examples: `NUMBERS_OUT_OF_REACH`, `CREDENTIALS_REJECTED`,
    /// `SECONDARY_LOST` (someone deleted the second token), `SECONDARY_REJECTED`, `TOKEN_REPLACED` (another token was entered
    /// meanwhile), `ACCOUNT_DISCONNECTED`. Null while it is under way, and when it is done.
    reason: Option<String>,
    /// Twilio's error code behind the reason. Example: `20003`.
    twilio_code: Option<i32>,
    /// Whether the account's rotation policy started it, and no person.
    by_policy: bool,
    /// When it was started.
    started_at: DateTime<Utc>,
    /// When it was over; null while it is under way.
    finished_at: Option<DateTime<Utc>>,
}

impl From<token_rotation::Model> for TokenRotation {
    fn from(row: token_rotation::Model) -> Self {
        Self {
            state: (&row.state).into(),
            reason: row.reason,
            twilio_code: row.twilio_code,
            by_policy: row.started_by == "policy",
            started_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

/// What becomes of the account's Auth Token when it grows old.
#[derive(SimpleObject)]
pub struct TokenPolicy {
    /// What happens.
    policy: RotationPolicy,
    /// After how many days with the same token, 1 to 3650; null without a policy.
    days: Option<i32>,
    /// When the token reaches that age; null without a policy.
    due_at: Option<DateTime<Utc>>,
}

/// The credentials of an account.
pub struct Credentials(pub twilio_account::Model);

/// The credentials of an account. They themselves are never shown, not even in part.
#[Object]
impl Credentials {
    /// What Twilio last said of them.
    async fn state(&self) -> CredentialState {
        (&self.0.credential_state).into()
    }

    /// The SID of the API key with which Callab signs in; null where it signs in with the Auth Token. Example:
    /// `SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`. Not a secret.
    async fn api_key_sid(&self, ctx: &Context<'_>) -> Result<Option<String>, ApiError> {
        ctx.loaders().load_one(ApiKeyOf(self.0.id)).await
    }

    /// Since when Callab has the current Auth Token. It may be older at Twilio. Null for an account without a token.
    async fn token_set_at(&self) -> Option<DateTime<Utc>> {
        self.0.token_set_at
    }

    /// The newest change of the token by Callab, over or under way; null if there was none.
    async fn rotation(&self, ctx: &Context<'_>) -> Result<Option<TokenRotation>, ApiError> {
        let newest = ctx.loaders().load_one(RotationOf(self.0.id)).await?;
        Ok(newest.map(TokenRotation::from))
    }

    /// What becomes of the token when it grows old.
    async fn policy(&self) -> TokenPolicy {
        let days = self.0.rotation_days.filter(|_| self.0.rotation_policy != Policy::None);
        let age = days.map(|days| TimeDelta::days(days.into()));
        TokenPolicy {
            policy: (&self.0.rotation_policy).into(),
            days,
            due_at: self.0.token_set_at.zip(age).map(|(since, age)| since + age),
        }
    }
}
