//! What an endpoint is told, and how the deliveries went.

use ::entity::{notification, notification_attempt};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::NotificationEndpoint;
use super::mirror::mirror;
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::loaders::AttemptsOf;

mirror! {
    /// What a customer is told of. In a delivery the word is the `type`, such as `health.changed`.
    pub enum NotificationKind of ::entity::notification::NotificationKind {
        /// `health.changed`: a Twilio account's connection health changed.
        HealthChanged,
        /// `billing.episode.opened`: a billing alert's rule was crossed.
        BillingEpisodeOpened,
        /// `billing.episode.closed`: it is no longer crossed.
        BillingEpisodeClosed,
        /// `routing.drifted`: a number's routing at Twilio is no longer what Callab wrote.
        RoutingDrifted,
        /// `test_call.failed`: a test call failed.
        TestCallFailed,
        /// `token.rotation_due`: by the account's policy its token should be rotated.
        TokenRotationDue,
        /// `token.rotated`: the account's token was rotated.
        TokenRotated,
        /// `token.failed`: the account's token could not be rotated.
        TokenRotationFailed,
        /// `activity.unusual`: an account's calls are unlike its past.
        ActivityUnusual,
        /// `notification.test`: what `sendTestNotification` sends. An endpoint cannot ask for it.
        Test,
    }
}

mirror! {
    /// What became of a notification.
    pub enum NotificationState of ::entity::notification::NotificationState {
        /// It is to be delivered; `attempts` tell of those that failed so far.
        Waiting,
        /// The endpoint took it.
        Delivered,
        /// It was given up; `failure` says why. `resendNotification` tries again.
        Failed,
    }
}

mirror! {
    /// Why a delivery failed.
    pub enum DeliveryError of ::entity::notification::DeliveryError {
        /// The endpoint answered, and not with a status from 200 to 299.
        Rejected,
        /// The endpoint sent Callab elsewhere, which it does not follow.
        Redirected,
        /// The endpoint answered 410, and was disabled.
        Gone,
        /// The endpoint did not answer within 10 seconds.
        TimedOut,
        /// There was no connection, or it broke.
        NotConnected,
        /// The name of the endpoint's host is not known.
        NotResolved,
        /// The name leads to an address that is not of the public internet.
        AddressNotAllowed,
        /// The mail server refused the mail for good.
        MailRejected,
        /// The mail server could not be reached, or asked to try again later.
        MailUnavailable,
        /// This installation sends no mail any more.
        MailNotSetUp,
        /// The endpoint was disabled meanwhile.
        EndpointDisabled,
        /// The endpoint was deleted meanwhile.
        EndpointRemoved,
        /// The endpoint's secret cannot be opened. `rotateNotificationSecret` makes a new one.
        SecretUnreadable,
    }
}

/// One try to deliver a notification. Of the endpoint's answer its status is kept, and nothing of its body.
#[derive(SimpleObject)]
pub struct NotificationAttempt {
    /// When it ended.
    at: DateTime<Utc>,
    /// The HTTP status of the answer; null where there was none, and for mails. Example: `503`.
    status: Option<i32>,
    /// How long it took, in milliseconds.
    duration_ms: i32,
    /// Why it failed; null when it arrived.
    error: Option<DeliveryError>,
}

impl From<notification_attempt::Model> for NotificationAttempt {
    fn from(row: notification_attempt::Model) -> Self {
        Self {
            at: row.at,
            status: row.status,
            duration_ms: row.duration_ms,
            error: row.error.as_ref().map(Into::into),
        }
    }
}

/// What one endpoint is told.
pub struct Notification(pub notification::Model);

/// What one endpoint is told. All of them are the delivery log, kept for 30 days unless configured otherwise.
#[Object]
impl Notification {
    /// Its global id: the header `webhook-id` of its delivery, the same at each attempt.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// Of what.
    async fn kind(&self) -> NotificationKind {
        (&self.0.kind).into()
    }

    /// Who is told.
    async fn endpoint(&self, ctx: &Context<'_>) -> Result<Option<NotificationEndpoint>, ApiError> {
        let row = ctx.loaders().load_one(self.0.endpoint_id).await?;
        Ok(row.map(NotificationEndpoint))
    }

    /// The body of its delivery: `type`, `timestamp` and `data`. It may name the customer's own numbers; null for Callab's staff.
    async fn payload(&self, ctx: &Context<'_>) -> Option<&Value> {
        (!ctx.actor().role.is_staff()).then_some(&self.0.payload)
    }

    /// What became of it.
    async fn state(&self) -> NotificationState {
        (&self.0.state).into()
    }

    /// Why it was given up; null otherwise.
    async fn failure(&self) -> Option<DeliveryError> {
        self.0.failure.as_ref().map(Into::into)
    }

    /// The tries to deliver it, oldest first; at most the last 20.
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<NotificationAttempt>, ApiError> {
        let rows = ctx.loaders().load_one(AttemptsOf(self.0.id)).await?;
        Ok(rows.unwrap_or_default().into_iter().map(Into::into).collect())
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the endpoint took it.
    async fn delivered_at(&self) -> Option<DateTime<Utc>> {
        self.0.delivered_at
    }
}
