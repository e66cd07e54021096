//! Makes a rule.

use ::entity::billing_alert::{self, AlertKind, Mirror};
use ::entity::{AccountId, BillingAlertId, twilio_account};
use sea_orm::{ActiveModelTrait, EntityTrait, PaginatorTrait};
use serde_json::json;

use super::input::{Parsed, Threshold};
use super::{balance, check, mirror, money};
use crate::audit::Act;
use crate::jobs::{CheckBilling, MirrorAlert};
use crate::{
    Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, accounts, idempotency, public_url,
};

/// The most rules of one account.
const MAX_RULES: u64 = 50;

/// A rule to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// The account that it watches.
    pub account: AccountId,
    /// What it watches.
    pub kind: AlertKind,
    /// What it compares with.
    pub threshold: Threshold,
    /// Whether it is mirrored as a usage trigger at Twilio.
    pub mirror: bool,
}

/// Makes a rule, and has the account's figures read and judged by it at once.
///
/// # Errors
/// Refused when the threshold is not one of this kind, its currency is not the account's, the balance is that of a parent which is not
/// connected, or the rule cannot be mirrored.
pub async fn create_alert(
    services: &Services,
    request: &Request,
    new: NewAlert,
) -> Result<billing_alert::Model, Error> {
    request.actor.require(Permission::ManageBilling)?;
    let account = accounts::named(services, &request.actor, new.account).await?;
    let workspace = account.workspace_id;
    idempotency::check(services, request, workspace).await?;
    accounts::require_connected(&account)?;
    let parsed = new.threshold.parse(&new.kind)?;
    require_mirrorable(services, &new.kind, new.mirror)?;

    let mut tx = services.begin().await?;
    let account = accounts::lock(&tx, account.id).await?;
    accounts::require_connected(&account)?;
    if billing_alert::Entity::of_account(account.id).count(tx.db()).await? >= MAX_RULES {
        let message = format!("An account has at most {MAX_RULES} billing alerts. Delete one first.");
        return Err(Refusal::new(RefusalCode::TooManyAlerts, message).on("accountId").into());
    }
    require_fitting(&tx, &account, &new.kind, &parsed).await?;
    let alert = billing_alert::Model {
        id: BillingAlertId(services.ids.new_id()),
        workspace_id: workspace,
        twilio_account_id: account.id,
        kind: new.kind,
        threshold: parsed.threshold,
        currency: parsed.currency,
        set_aside: None,
        set_aside_at: None,
        mirror_wanted: new.mirror,
        mirror: if new.mirror { Mirror::Pending } else { Mirror::None },
        mirror_problem: None,
        mirror_twilio_code: None,
        trigger_sid: None,
        reference: services.ids.new_reference(),
        base_url: None,
        previous_base_url: None,
        created_by: request.actor.subject.clone(),
        created_at: tx.at(),
        updated_at: tx.at(),
        deleted_at: None,
    };
    billing_alert::Entity::insert(billing_alert::ActiveModel::from(alert.clone()).reset_all())
        .exec_without_returning(tx.db())
        .await?;
    tx.enqueue(&account, &CheckBilling { account: account.id }).await?;
    if alert.mirror_wanted {
        tx.enqueue(&account, &MirrorAlert { alert: alert.id }).await?;
    }
    let act = Act::on("billing_alert.create", "billing_alert", alert.id).of(account.id);
    tx.audit(request, workspace, act.with(json!({ "kind": alert.kind })))
        .await?;
    tx.once(request, workspace, alert.id.0).await?;
    tx.commit().await?;
    Ok(alert)
}

/// Refuses a trigger where there can be none.
pub(super) fn require_mirrorable(services: &Services, kind: &AlertKind, is_wanted: bool) -> Result<(), Refusal> {
    if !is_wanted {
        return Ok(());
    }
    if !mirror::can_be_mirrored(kind) {
        let message =
            "Twilio has triggers for the spend of a day or a month alone. Callab watches this rule without one.";
        return Err(Refusal::new(RefusalCode::NotMirrorable, message).on("mirrorAtTwilio"));
    }
    public_url::required(services)
        .map(|_| ())
        .map_err(|refusal| refusal.on("mirrorAtTwilio"))
}

/// Refuses an amount in another currency than the account's, as far as that is known, and a balance that nobody can read.
pub(super) async fn require_fitting(
    tx: &Transaction<'_>,
    account: &twilio_account::Model,
    kind: &AlertKind,
    parsed: &Parsed,
) -> Result<(), Error> {
    let money = money::money_of(tx.db(), std::slice::from_ref(account), tx.at().date_naive())
        .await?
        .remove(&account.id)
        .unwrap_or_default();
    let is_about_balance = matches!(kind, AlertKind::BalanceBelow | AlertKind::BalanceLastsLessThan);
    if is_about_balance && balance::is_subaccount(account) && money.balance.is_none() {
        let message = "This is a subaccount: its balance is its parent's, which is not connected in this workspace. \
                       Connect the parent account first.";
        return Err(Refusal::new(RefusalCode::BalanceIsParents, message)
            .on("accountId")
            .into());
    }
    let (Some(typed), Some(known)) = (&parsed.currency, check::currency_of(kind, &money)) else {
        return Ok(());
    };
    if *typed == known {
        return Ok(());
    }
    let message = format!("The account's currency is {known}. Amounts are not converted: give one in {known}.");
    Err(Refusal::new(RefusalCode::CurrencyMismatch, message).on("amount").into())
}
