//! Changes of notification endpoints, and notifications at a person's wish.

mod create_endpoint;
mod delete_endpoint;
mod resend;
mod rotate_secret;
mod send_test;
mod update_endpoint;

use async_graphql::MergedObject;

/// Those about notifications.
#[derive(MergedObject, Default)]
pub(in crate::graphql) struct NotificationMutations(
    create_endpoint::CreateNotificationEndpoint,
    update_endpoint::UpdateNotificationEndpoint,
    delete_endpoint::DeleteNotificationEndpoint,
    rotate_secret::RotateNotificationSecret,
    send_test::SendTestNotification,
    resend::ResendNotification,
);
