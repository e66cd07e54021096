//! Sends a test notification.

use ::entity::{NotificationId, notification};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, idempotency, notifications};

use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::mutations::settled::settled;
use crate::graphql::types::{Notification, UserError};

/// What `sendTestNotification` takes.
#[derive(InputObject)]
pub struct SendTestNotificationInput {
    /// The endpoint's global id.
    pub endpoint_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `sendTestNotification` answers.
#[derive(SimpleObject)]
pub struct SendTestNotificationPayload {
    /// The notification, which waits to be delivered; null if it was refused.
    notification: Option<Notification>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct SendTestNotification;

#[Object]
impl SendTestNotification {
    /// Sends an endpoint a notification of the kind `TEST`, whatever it asks for. How it went is in the notification's `attempts`.
    async fn send_test_notification(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SendTestNotificationInput,
    ) -> Result<SendTestNotificationPayload, ApiError> {
        let again = |id| notifications::find(ctx.services(), ctx.actor(), NotificationId(id));
        let (notification, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(SendTestNotificationPayload {
            notification: notification.map(Notification),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: SendTestNotificationInput) -> Result<notification::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "sendTestNotification", key, input.to_value()).await?;
    let endpoint =
        id::parse(&input.endpoint_id).ok_or_else(|| Refusal::not_found("notification endpoint", "endpointId"))?;
    let ended = notifications::send_test(ctx.services(), &request, endpoint).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
