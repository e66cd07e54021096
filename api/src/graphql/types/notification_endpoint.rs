//! Where a customer wants to be told.

use ::entity::notification_endpoint;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use domain::Permission;

use super::mirror::mirror;
use super::{NotificationKind, Workspace};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::{id, masking};

mirror! {
    /// How an endpoint is told.
    pub enum NotificationChannel of ::entity::notification_endpoint::ChannelKind {
        /// A POST to an `https` address, signed by the Standard Webhooks scheme.
        Webhook,
        /// A mail in plain text, about billing alerts alone.
        Email,
    }
}

mirror! {
    /// Why an endpoint is told nothing.
    pub enum EndpointDisabledReason of ::entity::notification_endpoint::DisabledReason {
        /// A person wanted it so.
        ByPerson,
        /// It answered 410: it is gone for good. Enable it again once it is back.
        Gone,
    }
}

/// Where a customer wants to be told.
pub struct NotificationEndpoint(pub notification_endpoint::Model);

/// Where a customer wants to be told of what: a webhook, or a mail address.
#[Object]
impl NotificationEndpoint {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// How it is told.
    async fn channel(&self) -> NotificationChannel {
        (&self.0.kind).into()
    }

    /// Where: an `https` address, or an e-mail address. Whoever may not manage notifications sees the host alone, since the rest of such
    /// an address is often a secret. Examples: `https://hooks.shop.example/callab/5fa1`, `anna@shop.example`; `https://hooks.shop.example/•••`.
    async fn address(&self, ctx: &Context<'_>) -> String {
        if ctx.actor().may(Permission::ManageNotifications) {
            self.0.address.clone()
        } else {
            masking::endpoint(&self.0.address)
        }
    }

    /// The kinds that it is told of.
    async fn kinds(&self) -> Vec<NotificationKind> {
        self.0.wanted.0.iter().map(Into::into).collect()
    }

    /// Whether it is told anything.
    async fn enabled(&self) -> bool {
        self.0.enabled
    }

    /// Why it is told nothing; null while it is enabled.
    async fn disabled_reason(&self) -> Option<EndpointDisabledReason> {
        self.0.disabled_reason.as_ref().map(Into::into)
    }

    /// After a rotation of its secret: until when deliveries are signed with the secret before, too. Null if there is none.
    async fn previous_secret_until(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        let now = ctx.services().clock.now();
        self.0.previous_until.filter(|until| now < *until)
    }

    /// Whose it is.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Option<Workspace>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.workspace_id).await?.map(Workspace))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was deleted; null while it is there. Deleted ones are shown in the delivery log.
    async fn removed_at(&self) -> Option<DateTime<Utc>> {
        self.0.removed_at
    }
}
