//! Lets a person see whether notifications arrive.

use ::entity::notification::{self, NotificationKind};
use ::entity::{EndpointId, NotificationId};

use super::{Notice, queries};
use crate::audit::Act;
use crate::{Error, Permission, Request, Services, idempotency};

/// Sends an endpoint a test notification, whatever it wants to be told. How it went is in the delivery log.
///
/// # Errors
/// Refused when there is no such endpoint, or it is disabled.
pub async fn send_test(services: &Services, request: &Request, id: EndpointId) -> Result<notification::Model, Error> {
    request.actor.require(Permission::ManageNotifications)?;
    let workspace = queries::get_endpoint(services, &request.actor, id).await?.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let mut tx = services.begin().await?;
    let endpoint = queries::lock_endpoint(&tx, id).await?;
    queries::require_enabled(&endpoint)?;
    let summary = "This is a test: notifications of Callab arrive here.";
    let notice = Notice::new(NotificationKind::Test, id, summary);
    let notification = tx.notify_one(&endpoint, &notice).await?;
    let act = Act::on("notification.test", "notification_endpoint", id);
    tx.audit(request, workspace, act).await?;
    tx.once(request, workspace, notification.0).await?;
    tx.commit().await?;
    written(services, notification).await
}

/// A notification that was written a moment ago.
pub(super) async fn written(services: &Services, id: NotificationId) -> Result<notification::Model, Error> {
    let rows = queries::by_ids(services, &[id]).await?;
    let row = rows.into_iter().next();
    Ok(row.ok_or_else(|| sea_orm::DbErr::RecordNotFound("notification".to_owned()))?)
}
