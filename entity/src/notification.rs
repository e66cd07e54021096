//! `notification`: what one endpoint is told. Kept for a time, as the delivery log.

use sea_orm::entity::prelude::*;

use crate::{EndpointId, NotificationId, WorkspaceId};

crate::text_enum! {
    /// What a customer is told of.
    pub enum NotificationKind {
        /// A Twilio account's connection health changed. Subject: the account.
        HealthChanged = "health.changed",
        /// A billing alert's rule was crossed. Subject: the episode.
        BillingEpisodeOpened = "billing.episode.opened",
        /// It is no longer crossed. Subject: the episode.
        BillingEpisodeClosed = "billing.episode.closed",
        /// A number's routing at Twilio is no longer what Callab wrote. Subject: the number.
        RoutingDrifted = "routing.drifted",
        /// A test call failed. Subject: the test call.
        TestCallFailed = "test_call.failed",
        /// By the account's policy its token should be rotated. Subject: the account.
        TokenRotationDue = "token.rotation_due",
        /// The account's token was rotated. Subject: the account.
        TokenRotated = "token.rotated",
        /// The account's token could not be rotated. Subject: the account.
        TokenRotationFailed = "token.failed",
        /// The account's calls are unlike its past. Subject: the account.
        ActivityUnusual = "activity.unusual",
        /// A person wanted to see whether notifications arrive. Subject: the endpoint.
        Test = "notification.test",
    }
}

crate::text_enum! {
    /// What became of a notification.
    pub enum NotificationState {
        /// It is to be delivered.
        Waiting = "WAITING",
        /// The endpoint took it.
        Delivered = "DELIVERED",
        /// It was given up.
        Failed = "FAILED",
    }
}

crate::text_enum! {
    /// Why a delivery failed.
    pub enum DeliveryError {
        /// The endpoint answered, and not with success.
        Rejected = "REJECTED",
        /// The endpoint sent us elsewhere, which we do not follow.
        Redirected = "REDIRECTED",
        /// The endpoint answered 410: it is gone for good.
        Gone = "GONE",
        /// The endpoint did not answer in time.
        TimedOut = "TIMED_OUT",
        /// There was no connection, or it broke.
        NotConnected = "NOT_CONNECTED",
        /// The name of the endpoint's host is not known.
        NotResolved = "NOT_RESOLVED",
        /// The endpoint's address may not be asked: it is not of the public internet.
        AddressNotAllowed = "ADDRESS_NOT_ALLOWED",
        /// The mail server refused the mail for good.
        MailRejected = "MAIL_REJECTED",
        /// The mail server could not be reached, or asked to try again later.
        MailUnavailable = "MAIL_UNAVAILABLE",
        /// There is no mail server here.
        MailNotSetUp = "MAIL_NOT_SET_UP",
        /// The endpoint was disabled meanwhile.
        EndpointDisabled = "ENDPOINT_DISABLED",
        /// The endpoint was removed meanwhile.
        EndpointRemoved = "ENDPOINT_REMOVED",
        /// The endpoint's secret cannot be opened: rotate it.
        SecretUnreadable = "SECRET_UNREADABLE",
    }
}

/// What one endpoint is told.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// Its id: the `webhook-id`, the same at each attempt.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NotificationId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// Who is told.
    pub endpoint_id: EndpointId,
    /// Of what.
    pub kind: NotificationKind,
    /// The id of the row that it is about.
    pub subject: Uuid,
    /// The body: `type`, `timestamp`, `data`. Words, figures and ids as clients know them; of phone numbers the customer's own.
    pub payload: Json,
    /// What became of it.
    pub state: NotificationState,
    /// Why it was given up.
    pub failure: Option<DeliveryError>,
    /// Attempts since it was made, or last asked for again.
    pub attempts: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When the endpoint took it.
    pub delivered_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
