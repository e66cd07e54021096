//! Changes an endpoint: where it is, what it is told, and whether.

use ::entity::EndpointId;
use ::entity::notification::NotificationKind;
use ::entity::notification_endpoint::{self, DisabledReason};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::{Set, Unchanged};

use super::{address, queries};
use crate::audit::Act;
use crate::{Error, Permission, Request, Services, idempotency};

/// What is to change; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct EndpointChange<'a> {
    /// Where it is.
    pub address: Option<&'a str>,
    /// Of what it is told.
    pub kinds: Option<Vec<NotificationKind>>,
    /// Whether it is told anything.
    pub enabled: Option<bool>,
}

/// Changes an endpoint. What waits for it is delivered as it is then.
///
/// # Errors
/// Refused when there is no such endpoint, or as on making one.
pub async fn update_endpoint(
    services: &Services,
    request: &Request,
    id: EndpointId,
    change: EndpointChange<'_>,
) -> Result<notification_endpoint::Model, Error> {
    request.actor.require(Permission::ManageNotifications)?;
    let endpoint = queries::get_endpoint(services, &request.actor, id).await?;
    idempotency::check(services, request, endpoint.workspace_id).await?;
    let wanted = change.kinds.map(|kinds| address::wanted(&endpoint.kind, kinds));
    let address = match change.address {
        Some(address) => Some(address::read(services, &endpoint.kind, address).await),
        None => None,
    };
    let (address, wanted) = match (address.transpose(), wanted.transpose()) {
        (Ok(address), Ok(wanted)) => (address, wanted),
        (address, wanted) => return Err(Error::Refused(address.err().into_iter().chain(wanted.err()).collect())),
    };

    let mut tx = services.begin().await?;
    queries::lock_endpoint(&tx, id).await?;
    let mut row = notification_endpoint::ActiveModel {
        id: Unchanged(id),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    if let Some(address) = address {
        row.address = Set(address);
    }
    if let Some(wanted) = wanted {
        row.wanted = Set(wanted);
    }
    if let Some(enabled) = change.enabled {
        row.enabled = Set(enabled);
        row.disabled_reason = Set((!enabled).then_some(DisabledReason::ByPerson));
    }
    let changed = row.update(tx.db()).await?;
    let act = Act::on("notification_endpoint.update", "notification_endpoint", id);
    tx.audit(request, endpoint.workspace_id, act).await?;
    tx.once(request, endpoint.workspace_id, id.0).await?;
    tx.commit().await?;
    Ok(changed)
}
