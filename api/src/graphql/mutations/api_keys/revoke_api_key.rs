//! Revokes an API key.

use ::entity::{ApiKeyId, api_key};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, api_keys, idempotency};

use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::mutations::settled::settled;
use crate::graphql::types::{ApiKey, UserError};

/// What `revokeApiKey` takes.
#[derive(InputObject)]
pub struct RevokeApiKeyInput {
    /// The key's global id.
    pub api_key_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `revokeApiKey` answers.
#[derive(SimpleObject)]
pub struct RevokeApiKeyPayload {
    /// The key as it is now; null if it was refused.
    api_key: Option<ApiKey>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct RevokeApiKey;

#[Object]
impl RevokeApiKey {
    /// Revokes an API key for good. The next request with it is refused, and within five seconds its open sockets are closed. One that is
    /// revoked already stays as it is. Needs the permission `REVOKE_API_KEYS`.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RevokeApiKeyInput,
    ) -> Result<RevokeApiKeyPayload, ApiError> {
        let again = |id| api_keys::find(ctx.services(), ctx.actor(), ApiKeyId(id));
        let (api_key, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(RevokeApiKeyPayload {
            api_key: api_key.map(ApiKey),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: RevokeApiKeyInput) -> Result<api_key::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "revokeApiKey", key, input.to_value()).await?;
    let api_key = id::parse(&input.api_key_id).ok_or_else(|| Refusal::not_found("API key", "apiKeyId"))?;
    let ended = api_keys::revoke_key(ctx.services(), &request, api_key).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
