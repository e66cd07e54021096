//! Delivers a notification once more, at a person's wish.

use ::entity::NotificationId;
use ::entity::notification::{self, NotificationState};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::{Set, Unchanged};

use super::queries;
use crate::audit::Act;
use crate::jobs::DeliverNotification;
use crate::{Error, Permission, Refusal, Request, Services, idempotency};

/// Delivers a notification now, with all its attempts before it, whether it was delivered, given up or waits. It keeps its id, by which
/// an endpoint tells one that it has.
///
/// # Errors
/// Refused when there is no such notification, or its endpoint is removed or disabled.
pub async fn resend(services: &Services, request: &Request, id: NotificationId) -> Result<notification::Model, Error> {
    request.actor.require(Permission::ManageNotifications)?;
    let row = queries::find(services, &request.actor, id).await?;
    let row = row.ok_or_else(|| Refusal::not_found("notification", "notificationId"))?;
    idempotency::check(services, request, row.workspace_id).await?;
    let mut tx = services.begin().await?;
    let endpoint = queries::lock_endpoint(&tx, row.endpoint_id).await?;
    queries::require_enabled(&endpoint)?;
    let again = notification::ActiveModel {
        id: Unchanged(id),
        state: Set(NotificationState::Waiting),
        failure: Set(None),
        attempts: Set(0),
        delivered_at: Set(None),
        ..Default::default()
    };
    let again = again.update(tx.db()).await?;
    tx.enqueue(row.workspace_id, &DeliverNotification { notification: id })
        .await?;
    let act = Act::on("notification.resend", "notification", id);
    tx.audit(request, row.workspace_id, act).await?;
    tx.once(request, row.workspace_id, id.0).await?;
    tx.commit().await?;
    Ok(again)
}
