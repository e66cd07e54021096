//! Gives a webhook a new secret.

use ::entity::{EndpointId, notification_endpoint};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::{Set, Unchanged};

use super::{SigningSecret, queries};
use crate::audit::Act;
use crate::{Error, Permission, Refusal, RefusalCode, Request, Services, idempotency, secrets};

/// Gives a webhook a new secret, which is shown once. Until the grace is over each delivery is signed with both.
///
/// # Errors
/// Refused when there is no such endpoint, or it is told by mail.
pub async fn rotate_secret(
    services: &Services,
    request: &Request,
    id: EndpointId,
) -> Result<(notification_endpoint::Model, Option<SigningSecret>), Error> {
    request.actor.require(Permission::ManageNotifications)?;
    let workspace = queries::get_endpoint(services, &request.actor, id).await?.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let key = secrets::workspace_key(services, workspace).await?;
    let mut tx = services.begin().await?;
    let endpoint = queries::lock_endpoint(&tx, id).await?;
    if endpoint.secret_sealed.is_none() {
        let message = "Mails are not signed: this endpoint has no secret.";
        return Err(Refusal::new(RefusalCode::NoSigningSecret, message)
            .on("endpointId")
            .into());
    }
    let secret = SigningSecret::generate(&*services.ids);
    let sealed = secret.seal(&key, id)?;
    let row = notification_endpoint::ActiveModel {
        id: Unchanged(id),
        secret_key_name: Set(Some(sealed.key.to_string())),
        secret_sealed: Set(Some(sealed.bytes)),
        previous_key_name: Set(endpoint.secret_key_name),
        previous_sealed: Set(endpoint.secret_sealed),
        previous_until: Set(Some(tx.at() + services.limits.previous_secret)),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let changed = row.update(tx.db()).await?;
    let act = Act::on("notification_endpoint.rotate_secret", "notification_endpoint", id);
    tx.audit(request, workspace, act).await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok((changed, Some(secret)))
}
