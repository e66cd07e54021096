//! `notification_endpoint`: where a customer wants to be told.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::notification::NotificationKind;
use crate::{EndpointId, WorkspaceId};

crate::text_enum! {
    /// How an endpoint is told.
    pub enum ChannelKind {
        /// A signed POST to an `https` address.
        Webhook = "WEBHOOK",
        /// A mail in plain text.
        Email = "EMAIL",
    }
}

crate::text_enum! {
    /// Why an endpoint is told nothing.
    pub enum DisabledReason {
        /// A person wanted it so.
        ByPerson = "BY_PERSON",
        /// It answered 410: it is gone for good.
        Gone = "GONE",
    }
}

/// The kinds of notifications that an endpoint is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Wanted(pub Vec<NotificationKind>);

/// Where a customer wants to be told of what.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_endpoint")]
pub struct Model {
    /// Its id here; the seals of its secrets are bound to it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EndpointId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// How it is told.
    pub kind: ChannelKind,
    /// Where: an `https` address, or an e-mail address. Its path may be a secret of the customer's: not for logs.
    pub address: String,
    /// Of what.
    pub wanted: Wanted,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Why not.
    pub disabled_reason: Option<DisabledReason>,
    /// The key that its secret is sealed to; none for mails, and once it is removed.
    pub secret_key_name: Option<String>,
    /// What its webhooks are signed with, sealed.
    pub secret_sealed: Option<Vec<u8>>,
    /// The key of the secret before.
    pub previous_key_name: Option<String>,
    /// The secret before, sealed; webhooks are signed with it too until `previous_until`.
    pub previous_sealed: Option<Vec<u8>>,
    /// Until when the secret before is used.
    pub previous_until: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// When it was removed. Removed ones are kept for the delivery log.
    pub removed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The endpoints of a workspace that are not removed.
    #[must_use]
    pub fn of_workspace(workspace: WorkspaceId) -> Select<Self> {
        Self::find()
            .filter(COLUMN.workspace_id.eq(workspace))
            .filter(COLUMN.removed_at.is_null())
    }
}
