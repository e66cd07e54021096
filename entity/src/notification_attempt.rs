//! `notification_attempt`: one try to deliver a notification.

use sea_orm::entity::prelude::*;

use crate::notification::DeliveryError;
use crate::{NotificationAttemptId, NotificationId};

/// One try to deliver a notification. Of the answer its status is kept, and nothing of its body.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_attempt")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NotificationAttemptId,
    /// What was to be delivered.
    pub notification_id: NotificationId,
    /// The HTTP status of the answer; none where there was none, and for mails.
    pub status: Option<i32>,
    /// How long it took, in milliseconds.
    pub duration_ms: i32,
    /// Why it failed; none when it arrived.
    pub error: Option<DeliveryError>,
    /// When it ended.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
