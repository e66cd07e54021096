//! Deletes a rule.

use ::entity::BillingAlertId;
use ::entity::billing_alert::{self, Mirror};
use ::entity::billing_episode::ClosedBecause;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::EntityTrait;

use super::{episodes, queries};
use crate::audit::Act;
use crate::jobs::MirrorAlert;
use crate::{Error, Permission, Request, Services, accounts, idempotency};

/// Deletes a rule: its open episode ends, and its trigger at Twilio is deleted in the background. Its row stays for the history.
///
/// # Errors
/// Refused when there is no such rule.
pub async fn delete_alert(
    services: &Services,
    request: &Request,
    id: BillingAlertId,
) -> Result<billing_alert::Model, Error> {
    request.actor.require(Permission::ManageBilling)?;
    let alert = queries::named_alert(services, &request.actor, id).await?;
    let workspace = alert.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let mut tx = services.begin().await?;
    let account = accounts::lock(&tx, alert.twilio_account_id).await?;
    let (alert, _) = queries::with_account(tx.db(), id)
        .await?
        .filter(|(alert, _)| alert.deleted_at.is_none())
        .ok_or_else(queries::no_such_alert)?;
    episodes::close_of(&mut tx, id, ClosedBecause::RuleDeleted).await?;
    if matches!(alert.mirror, Mirror::Pending | Mirror::Mirrored | Mirror::Refused) {
        tx.enqueue(&account, &MirrorAlert { alert: id }).await?;
    }
    let deleted = billing_alert::ActiveModel {
        id: Unchanged(id),
        deleted_at: Set(Some(tx.at())),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let deleted = billing_alert::Entity::update(deleted).exec(tx.db()).await?;
    let act = Act::on("billing_alert.delete", "billing_alert", id).of(account.id);
    tx.audit(request, workspace, act).await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok(deleted)
}
