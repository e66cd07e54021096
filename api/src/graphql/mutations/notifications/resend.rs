//! Delivers a notification once more.

use ::entity::{NotificationId, notification};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, idempotency, notifications};

use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::mutations::settled::settled;
use crate::graphql::types::{Notification, UserError};

/// What `resendNotification` takes.
#[derive(InputObject)]
pub struct ResendNotificationInput {
    /// The notification's global id.
    pub notification_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `resendNotification` answers.
#[derive(SimpleObject)]
pub struct ResendNotificationPayload {
    /// The notification, which waits to be delivered; null if it was refused.
    notification: Option<Notification>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct ResendNotification;

#[Object]
impl ResendNotification {
    /// Delivers a notification once more, now, whatever became of it. It keeps its `webhook-id`, by which a receiver tells one that it has
    /// already.
    async fn resend_notification(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ResendNotificationInput,
    ) -> Result<ResendNotificationPayload, ApiError> {
        let again = |id| notifications::find(ctx.services(), ctx.actor(), NotificationId(id));
        let (notification, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(ResendNotificationPayload {
            notification: notification.map(Notification),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: ResendNotificationInput) -> Result<notification::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "resendNotification", key, input.to_value()).await?;
    let notification =
        id::parse(&input.notification_id).ok_or_else(|| Refusal::not_found("notification", "notificationId"))?;
    let ended = notifications::resend(ctx.services(), &request, notification).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
