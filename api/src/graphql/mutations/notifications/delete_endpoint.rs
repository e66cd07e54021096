//! Deletes a notification endpoint.

use ::entity::{EndpointId, notification_endpoint};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, idempotency, notifications};

use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::mutations::settled::settled;
use crate::graphql::types::{NotificationEndpoint, UserError};

/// What `deleteNotificationEndpoint` takes.
#[derive(InputObject)]
pub struct DeleteNotificationEndpointInput {
    /// The endpoint's global id.
    pub endpoint_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `deleteNotificationEndpoint` answers.
#[derive(SimpleObject)]
pub struct DeleteEndpointPayload {
    /// The endpoint as it was; null if it was refused.
    endpoint: Option<NotificationEndpoint>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct DeleteNotificationEndpoint;

#[Object]
impl DeleteNotificationEndpoint {
    /// Deletes an endpoint and its secret. What waits for it is given up; its delivery log stays for its time.
    async fn delete_notification_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: DeleteNotificationEndpointInput,
    ) -> Result<DeleteEndpointPayload, ApiError> {
        let again = |id| notifications::find_endpoint(ctx.services(), ctx.actor(), EndpointId(id));
        let (endpoint, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(DeleteEndpointPayload {
            endpoint: endpoint.map(NotificationEndpoint),
            user_errors,
        })
    }
}

async fn run(
    ctx: &Context<'_>,
    input: DeleteNotificationEndpointInput,
) -> Result<notification_endpoint::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "deleteNotificationEndpoint", key, input.to_value()).await?;
    let endpoint =
        id::parse(&input.endpoint_id).ok_or_else(|| Refusal::not_found("notification endpoint", "endpointId"))?;
    let ended = notifications::delete_endpoint(ctx.services(), &request, endpoint).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
