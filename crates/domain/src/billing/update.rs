//! Changes a rule.

use ::entity::BillingAlertId;
use ::entity::billing_alert::{self, Mirror};
use ::entity::billing_episode::ClosedBecause;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::EntityTrait;

use super::create::{require_fitting, require_mirrorable};
use super::input::Threshold;
use super::{episodes, queries};
use crate::audit::Act;
use crate::jobs::{CheckBilling, MirrorAlert};
use crate::{Error, Permission, Request, Services, accounts, idempotency};

/// What is to change; what is empty stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertChange {
    /// What the rule compares with.
    pub threshold: Threshold,
    /// Whether it is mirrored as a usage trigger at Twilio.
    pub mirror: Option<bool>,
}

/// Changes a rule and has the account's figures judged by it at once. With another threshold its open episode ends: what is past the
/// new one is a new crossing. A rule that was set aside is taken up again with an amount in the account's currency.
///
/// # Errors
/// Refused as [`super::create_alert`] is, and when there is no such rule.
pub async fn update_alert(
    services: &Services,
    request: &Request,
    id: BillingAlertId,
    change: AlertChange,
) -> Result<billing_alert::Model, Error> {
    request.actor.require(Permission::ManageBilling)?;
    let alert = queries::named_alert(services, &request.actor, id).await?;
    let workspace = alert.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let parsed = if change.threshold.is_empty() {
        None
    } else {
        Some(change.threshold.parse(&alert.kind)?)
    };
    require_mirrorable(services, &alert.kind, change.mirror.unwrap_or(false))?;

    let mut tx = services.begin().await?;
    let account = accounts::lock(&tx, alert.twilio_account_id).await?;
    accounts::require_connected(&account)?;
    let (alert, _) = queries::with_account(tx.db(), id)
        .await?
        .filter(|(alert, _)| alert.deleted_at.is_none())
        .ok_or_else(queries::no_such_alert)?;
    let mirror_wanted = change.mirror.unwrap_or(alert.mirror_wanted);
    let mut row = billing_alert::ActiveModel {
        id: Unchanged(id),
        mirror_wanted: Set(mirror_wanted),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let mut is_other = false;
    if let Some(parsed) = parsed {
        require_fitting(&tx, &account, &alert.kind, &parsed).await?;
        is_other = (parsed.threshold, &parsed.currency) != (alert.threshold, &alert.currency);
        row.threshold = Set(parsed.threshold);
        row.currency = Set(parsed.currency);
        row.set_aside = Set(None);
        row.set_aside_at = Set(None);
    }
    if is_other {
        episodes::close_of(&mut tx, id, ClosedBecause::RuleChanged).await?;
    }
    if mirror_wanted || alert.mirror != Mirror::None {
        row.mirror = Set(Mirror::Pending);
        row.mirror_problem = Set(None);
        row.mirror_twilio_code = Set(None);
        tx.enqueue(&account, &MirrorAlert { alert: id }).await?;
    }
    let alert = billing_alert::Entity::update(row).exec(tx.db()).await?;
    tx.enqueue(&account, &CheckBilling { account: account.id }).await?;
    let act = Act::on("billing_alert.update", "billing_alert", id).of(account.id);
    tx.audit(request, workspace, act).await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok(alert)
}
