//! Makes an API key.

use ::entity::{ApiKeyId, api_key};
use async_graphql::{Context, InputObject, InputType, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::api_keys::{self, ApiKeyText, NewApiKey};
use domain::idempotency;

use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::mutations::settled::settled;
use crate::graphql::types::{ApiKey, Permission, UserError};

/// What `createApiKey` takes.
#[derive(InputObject)]
pub struct CreateApiKeyInput {
    /// What people are to call it, 1 to 100 characters. Example: `Nightly CRM export`.
    pub name: String,
    /// What it may do besides looking (`VIEW`), which every key may. Give it no more than it needs. `REVEAL_NUMBERS`, `MANAGE_API_KEYS`
    /// and `REVOKE_API_KEYS` cannot be given to a key.
    pub permissions: Vec<Permission>,
    /// From when on it no longer counts; null for a key without an end.
    pub expires_at: Option<DateTime<Utc>>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `createApiKey` answers.
#[derive(SimpleObject)]
pub struct CreateApiKeyPayload {
    /// The key's row; null if it was refused.
    api_key: Option<ApiKey>,
    /// The key itself: `callab_` and 40 hexadecimal digits, the last eight of which are the CRC-32 of all before them. It is shown in this
    /// answer and never again, not even to a repeat with the same idempotency key. Null if it was refused.
    key: Option<String>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct CreateApiKey;

#[Object]
impl CreateApiKey {
    /// Makes an API key for the caller's workspace, which has a hundred that count at most. Send it as `Authorization: Bearer callab_…`.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateApiKeyInput,
    ) -> Result<CreateApiKeyPayload, ApiError> {
        let again = async |id| {
            Ok(api_keys::find(ctx.services(), ctx.actor(), ApiKeyId(id))
                .await?
                .map(|row| (row, None)))
        };
        let made = run(ctx, input).await.map(|(row, key)| (row, Some(key)));
        let (made, user_errors) = settled(made, again).await?;
        let (row, key) = made.unzip();
        Ok(CreateApiKeyPayload {
            api_key: row.map(ApiKey),
            key: key.flatten().map(|key: ApiKeyText| key.expose().to_owned()),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: CreateApiKeyInput) -> Result<(api_key::Model, ApiKeyText), domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "createApiKey", key, input.to_value()).await?;
    let new = NewApiKey {
        name: &input.name,
        permissions: input.permissions.into_iter().map(Into::into).collect(),
        expires_at: input.expires_at,
    };
    let ended = api_keys::create_key(ctx.services(), &request, new).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
