//! Makes a notification endpoint.

use ::entity::{EndpointId, notification_endpoint};
use async_graphql::{Context, InputObject, InputType, Object, SimpleObject};
use domain::notifications::{self, NewEndpoint, SigningSecret};
use domain::{Refusal, RefusalCode, idempotency};

use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::mutations::settled::settled;
use crate::graphql::types::{NotificationChannel, NotificationEndpoint, NotificationKind, UserError};

/// What `createNotificationEndpoint` takes.
#[derive(InputObject)]
pub struct CreateNotificationEndpointInput {
    /// How it is told. `EMAIL` where this installation sends mails.
    pub channel: NotificationChannel,
    /// Where: an `https` address of the public internet without user and password, or an e-mail address. Example:
    /// `https://hooks.shop.example/callab`.
    pub address: String,
    /// Of what, at least one kind. `EMAIL` takes the two of billing alerts alone.
    pub kinds: Vec<NotificationKind>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `createNotificationEndpoint` answers.
#[derive(SimpleObject)]
pub struct CreateEndpointPayload {
    /// The endpoint; null if it was refused.
    endpoint: Option<NotificationEndpoint>,
    /// What its deliveries are signed with: `whsec_` and base64. It is shown in this answer and never again, not even to a repeat with
    /// the same idempotency key. Null for mails, and if it was refused.
    signing_secret: Option<String>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct CreateNotificationEndpoint;

#[Object]
impl CreateNotificationEndpoint {
    /// Makes an endpoint in the caller's workspace, which has ten at most. Deliveries to a webhook carry the headers `webhook-id`,
    /// `webhook-timestamp` and `webhook-signature` of the Standard Webhooks scheme: verify them with one of its libraries.
    async fn create_notification_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateNotificationEndpointInput,
    ) -> Result<CreateEndpointPayload, ApiError> {
        let again = async |id| {
            Ok(
                notifications::find_endpoint(ctx.services(), ctx.actor(), EndpointId(id))
                    .await?
                    .map(|row| (row, None)),
            )
        };
        let (made, user_errors) = settled(run(ctx, input).await, again).await?;
        let (endpoint, secret) = made.unzip();
        Ok(CreateEndpointPayload {
            endpoint: endpoint.map(NotificationEndpoint),
            signing_secret: secret.flatten().map(|secret: SigningSecret| secret.expose().to_owned()),
            user_errors,
        })
    }
}

async fn run(
    ctx: &Context<'_>,
    input: CreateNotificationEndpointInput,
) -> Result<(notification_endpoint::Model, Option<SigningSecret>), domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "createNotificationEndpoint", key, input.to_value()).await?;
    let other = |_| Refusal::new(RefusalCode::Malformed, "OTHER is for answers only.");
    let kinds = input.kinds.into_iter().map(TryInto::try_into).collect::<Result<_, _>>();
    let new = NewEndpoint {
        kind: input.channel.try_into().map_err(|word| other(word).on("channel"))?,
        address: &input.address,
        kinds: kinds.map_err(|word| other(word).on("kinds"))?,
    };
    let ended = notifications::create_endpoint(ctx.services(), &request, new).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
