//! Changes a notification endpoint.

use ::entity::{EndpointId, notification_endpoint};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::notifications::{self, EndpointChange};
use domain::{Refusal, RefusalCode, idempotency};

use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::mutations::settled::settled;
use crate::graphql::types::{NotificationEndpoint, NotificationKind, UserError};

/// What `updateNotificationEndpoint` takes.
#[derive(InputObject)]
pub struct UpdateNotificationEndpointInput {
    /// The endpoint's global id.
    pub endpoint_id: ID,
    /// Where it is, as on making it.
    pub address: Option<String>,
    /// Of what it is told, at least one kind. They take the place of those before.
    pub kinds: Option<Vec<NotificationKind>>,
    /// Whether it is told anything. What waits for a disabled endpoint is given up; `resendNotification` takes it up again.
    pub enabled: Option<bool>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `updateNotificationEndpoint` answers.
#[derive(SimpleObject)]
pub struct UpdateEndpointPayload {
    /// The endpoint; null if it was refused.
    endpoint: Option<NotificationEndpoint>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct UpdateNotificationEndpoint;

#[Object]
impl UpdateNotificationEndpoint {
    /// Changes an endpoint; what is not given stays. What waits for it is delivered as it is then.
    async fn update_notification_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UpdateNotificationEndpointInput,
    ) -> Result<UpdateEndpointPayload, ApiError> {
        let again = |id| notifications::find_endpoint(ctx.services(), ctx.actor(), EndpointId(id));
        let (endpoint, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(UpdateEndpointPayload {
            endpoint: endpoint.map(NotificationEndpoint),
            user_errors,
        })
    }
}

async fn run(
    ctx: &Context<'_>,
    input: UpdateNotificationEndpointInput,
) -> Result<notification_endpoint::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "updateNotificationEndpoint", key, input.to_value()).await?;
    let endpoint =
        id::parse(&input.endpoint_id).ok_or_else(|| Refusal::not_found("notification endpoint", "endpointId"))?;
    let kinds = input
        .kinds
        .map(|kinds| kinds.into_iter().map(TryInto::try_into).collect::<Result<_, _>>())
        .transpose()
        .map_err(|_| Refusal::new(RefusalCode::Malformed, "OTHER is for answers only.").on("kinds"))?;
    let change = EndpointChange {
        address: input.address.as_deref(),
        kinds,
        enabled: input.enabled,
    };
    let ended = notifications::update_endpoint(ctx.services(), &request, endpoint, change).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
