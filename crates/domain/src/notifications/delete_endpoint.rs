//! Removes an endpoint. Its delivery log stays for its time.

use ::entity::notification::{self, DeliveryError, NotificationState};
use ::entity::{EndpointId, notification_endpoint};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};

use super::queries;
use crate::audit::Act;
use crate::{Error, Permission, Refusal, Request, Services, idempotency};

/// Removes an endpoint and its secrets. What waits for it is given up.
///
/// # Errors
/// Refused when there is no such endpoint.
pub async fn delete_endpoint(
    services: &Services,
    request: &Request,
    id: EndpointId,
) -> Result<notification_endpoint::Model, Error> {
    request.actor.require(Permission::ManageNotifications)?;
    let endpoint = queries::find_endpoint(services, &request.actor, id).await?;
    let workspace = endpoint
        .ok_or_else(|| Refusal::not_found("notification endpoint", "endpointId"))?
        .workspace_id;
    idempotency::check(services, request, workspace).await?;
    let mut tx = services.begin().await?;
    queries::lock_endpoint(&tx, id).await?;
    let removed = notification_endpoint::ActiveModel {
        id: Unchanged(id),
        enabled: Set(false),
        disabled_reason: Set(None),
        secret_key_name: Set(None),
        secret_sealed: Set(None),
        previous_key_name: Set(None),
        previous_sealed: Set(None),
        previous_until: Set(None),
        updated_at: Set(tx.at()),
        removed_at: Set(Some(tx.at())),
        ..Default::default()
    };
    let removed = removed.update(tx.db()).await?;
    let given_up = notification::ActiveModel {
        state: Set(NotificationState::Failed),
        failure: Set(Some(DeliveryError::EndpointRemoved)),
        ..Default::default()
    };
    notification::Entity::update_many()
        .set(given_up)
        .filter(notification::COLUMN.endpoint_id.eq(id))
        .filter(notification::COLUMN.state.eq(NotificationState::Waiting))
        .exec(tx.db())
        .await?;
    let act = Act::on("notification_endpoint.delete", "notification_endpoint", id);
    tx.audit(request, workspace, act).await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok(removed)
}
