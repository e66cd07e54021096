//! Gives a webhook a new secret.

use ::entity::{EndpointId, notification_endpoint};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::notifications::{self, SigningSecret};
use domain::{Refusal, idempotency};

use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::mutations::settled::settled;
use crate::graphql::types::{NotificationEndpoint, UserError};

/// What `rotateNotificationSecret` takes.
#[derive(InputObject)]
pub struct RotateNotificationSecretInput {
    /// The endpoint's global id.
    pub endpoint_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `rotateNotificationSecret` answers.
#[derive(SimpleObject)]
pub struct RotateNotificationSecretPayload {
    /// The endpoint; null if it was refused.
    endpoint: Option<NotificationEndpoint>,
    /// What its deliveries are signed with: `whsec_` and base64. It is shown in this answer and never again, not even to a repeat with
    /// the same idempotency key. Null for mails, and if it was refused.
    signing_secret: Option<String>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct RotateNotificationSecret;

#[Object]
impl RotateNotificationSecret {
    /// Gives a webhook a new secret. For a day, unless configured otherwise, deliveries carry a signature of each, so that the receiver can
    /// change over without losing one.
    async fn rotate_notification_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RotateNotificationSecretInput,
    ) -> Result<RotateNotificationSecretPayload, ApiError> {
        let again = async |id| {
            Ok(
                notifications::find_endpoint(ctx.services(), ctx.actor(), EndpointId(id))
                    .await?
                    .map(|row| (row, None)),
            )
        };
        let (made, user_errors) = settled(run(ctx, input).await, again).await?;
        let (endpoint, secret) = made.unzip();
        Ok(RotateNotificationSecretPayload {
            endpoint: endpoint.map(NotificationEndpoint),
            signing_secret: secret.flatten().map(|secret: SigningSecret| secret.expose().to_owned()),
            user_errors,
        })
    }
}

async fn run(
    ctx: &Context<'_>,
    input: RotateNotificationSecretInput,
) -> Result<(notification_endpoint::Model, Option<SigningSecret>), domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "rotateNotificationSecret", key, input.to_value()).await?;
    let endpoint =
        id::parse(&input.endpoint_id).ok_or_else(|| Refusal::not_found("notification endpoint", "endpointId"))?;
    let ended = notifications::rotate_secret(ctx.services(), &request, endpoint).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
