//! Connects a Twilio account.

use ::entity::configuration_change::ConfigurationKind;
use ::entity::evidence::{Reasons, Rights};
use ::entity::twilio_account::{self, AccountState, CredentialState, Health, RotationPolicy};
use ::entity::{AccountId, WorkspaceId, twilio_credential};
use sea_orm::ActiveValue::Unchanged;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use twilio::{Credentials, Secret};
use vault::WorkspaceKey;

use super::probe::{self, Probed};
use super::{NewAccount, queries, rotation};
use crate::audit::{self, Act};
use crate::configuration::Change;
use crate::error::is_duplicate;
use crate::events::{Event, kind};
use crate::health::ReasonCode;
use crate::jobs::{SyncNumbers, VerifyAccount};
use crate::{
    Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, billing, idempotency, numbers, secrets,
};

/// Connects an account: asks Twilio whether the credentials work, seals the token, and reads the numbers in the background.
///
/// An account that was disconnected before is found again, with its numbers' history; what could not be given back then is
/// tried again.
///
/// # Errors
/// Refused with the cause when Twilio does not accept the credentials, or the account is connected already. No row is left
/// behind then.
pub async fn connect(services: &Services, request: &Request, new: NewAccount) -> Result<twilio_account::Model, Error> {
    request.actor.require(Permission::ManageAccounts)?;
    let workspace = request.actor.own_workspace()?;
    idempotency::check(services, request, workspace).await?;
    let before = find_same(services, workspace, &new).await?;
    if before
        .as_ref()
        .is_some_and(|account| account.state == AccountState::Connected)
    {
        return Err(already_connected().into());
    }
    let probed = match try_new(services, &new).await {
        Ok(probed) => probed,
        Err(refusal) => {
            let act = Act::on("twilio_account.connect", "twilio_account", &new.credentials.account_sid)
                .with(json!({ "sid": new.credentials.account_sid.as_str() }));
            audit::refused(services, request, workspace, act, refusal.code.as_str()).await?;
            return Err(refusal.into());
        }
    };

    let key = secrets::workspace_key(services, workspace).await?;
    let mut tx = services.begin().await?;
    let account = match before {
        Some(tombstone) => revive(services, &tx, tombstone, &new, &probed).await?,
        None => insert(services, &tx, workspace, &new, &probed).await?,
    };
    billing::keep_reading(services, &tx, &account).await?;
    rotation::start_afresh(&mut tx, account.id).await?;
    seal_secrets(services, &tx, &key, &account, &new).await?;
    numbers::retry_routing(&mut tx, &account, true).await?;
    tx.enqueue(&account, &VerifyAccount { account: account.id }).await?;
    tx.enqueue(&account, &SyncNumbers { account: account.id }).await?;
    tx.note(Change::of_account(ConfigurationKind::AccountConnected, &account))
        .await?;
    tx.record(workspace, changed(&account)).await?;
    let act = Act::on_account("twilio_account.connect", account.id).with(json!({ "sid": account.sid }));
    tx.audit(request, workspace, act).await?;
    tx.once(request, workspace, account.id.0).await?;
    tx.commit().await?;
    tracing::info!(account.id = %account.id, account.sid = account.sid, "connected Twilio account {}", account.sid);
    queries::get(services, account.id).await
}

/// Tries all that was typed: what signs in, and the token beside it.
async fn try_new(services: &Services, new: &NewAccount) -> Result<Probed, Refusal> {
    let probed = probe::usable(services, &new.credentials).await?;
    if let Some(token) = &new.webhook_token {
        let who = Credentials {
            secret: Secret::AuthToken(token.clone()),
            ..new.credentials.clone()
        };
        probe::usable(services, &who).await?;
    }
    Ok(probed)
}

/// The event of an account's change.
pub(crate) fn changed(account: &twilio_account::Model) -> Event {
    let data = json!({ "state": account.state, "health": account.health, "reason": account.health_reason });
    Event {
        kind: kind::ACCOUNT,
        subject: account.id.0,
        data,
    }
}

fn already_connected() -> Refusal {
    Refusal::new(
        RefusalCode::AccountAlreadyConnected,
        "This account is connected already in this workspace and region.",
    )
    .on("accountSid")
}

async fn find_same(
    services: &Services,
    workspace: WorkspaceId,
    new: &NewAccount,
) -> Result<Option<twilio_account::Model>, Error> {
    let found = twilio_account::Entity::find()
        .filter(twilio_account::COLUMN.workspace_id.eq(workspace))
        .filter(twilio_account::COLUMN.sid.eq(new.credentials.account_sid.as_str()))
        .filter(twilio_account::COLUMN.region.eq(new.credentials.region.as_str()))
        .one(&services.db)
        .await?;
    Ok(found)
}

async fn insert(
    services: &Services,
    tx: &Transaction<'_>,
    workspace: WorkspaceId,
    new: &NewAccount,
    probed: &Probed,
) -> Result<twilio_account::Model, Error> {
    let at = tx.at();
    let row = twilio_account::Model {
        id: AccountId(services.ids.new_id()),
        workspace_id: workspace,
        sid: new.credentials.account_sid.to_string(),
        region: new.credentials.region.to_string(),
        created_at: at,
        ..as_probed(services, tx, new, probed)
    };
    match twilio_account::Entity::insert(twilio_account::ActiveModel::from(row.clone()).reset_all())
        .exec(tx.db())
        .await
    {
        Ok(_) => Ok(row),
        Err(error) if is_duplicate(&error) => Err(already_connected().into()),
        Err(error) => Err(error.into()),
    }
}

async fn revive(
    services: &Services,
    tx: &Transaction<'_>,
    tombstone: twilio_account::Model,
    new: &NewAccount,
    probed: &Probed,
) -> Result<twilio_account::Model, Error> {
    let row = twilio_account::Model {
        id: tombstone.id,
        workspace_id: tombstone.workspace_id,
        sid: tombstone.sid,
        region: tombstone.region,
        created_at: tombstone.created_at,
        ..as_probed(services, tx, new, probed)
    };
    let change = twilio_account::ActiveModel {
        id: Unchanged(row.id),
        ..twilio_account::ActiveModel::from(row.clone()).reset_all()
    };
    let revived = twilio_account::Entity::update_many()
        .set(change)
        .filter(twilio_account::COLUMN.id.eq(row.id))
        .filter(twilio_account::COLUMN.state.eq(AccountState::Disconnected))
        .exec(tx.db())
        .await?;
    if revived.rows_affected == 0 {
        Err(already_connected().into())
    } else {
        Ok(row)
    }
}

fn as_probed(services: &Services, tx: &Transaction<'_>, new: &NewAccount, probed: &Probed) -> twilio_account::Model {
    let at = tx.at();
    twilio_account::Model {
        id: AccountId(uuid::Uuid::nil()),
        workspace_id: WorkspaceId(uuid::Uuid::nil()),
        sid: String::new(),
        region: String::new(),
        label: new.label.clone(),
        state: AccountState::Connected,
        twilio_status: probed.status.clone(),
        kind: probed.kind.clone(),
        owner_sid: probed.owner_sid.clone(),
        friendly_name: probed.friendly_name.clone(),
        credential_state: CredentialState::Accepted,
        health: Health::Unverified,
        health_since: at,
        health_reason: Some(ReasonCode::NotYetChecked.as_str().to_owned()),
        health_twilio_code: None,
        health_reasons: Reasons(vec![ReasonCode::NotYetChecked.into()]),
        better_evaluations: 0,
        flaps_until: None,
        idle: true,
        rights: Rights::default(),
        rights_due_at: None,
        failed_probes: 0,
        paused_at: None,
        balance: probed.amount(),
        balance_currency: probed.currency(),
        balance_at: probed.balance.as_ref().map(|_| at),
        verified_at: Some(at),
        checked_at: Some(at),
        synced_at: None,
        next_check_at: at + services.limits.check_every,
        next_sync_at: at + services.limits.sync_every,
        next_billing_at: at,
        billing_read_at: None,
        next_calls_at: at,
        calls_read_until: None,
        alerts_read_until: None,
        rotation_policy: RotationPolicy::None,
        rotation_days: None,
        token_set_at: new.has_token().then_some(at),
        rotation_reminded_at: None,
        created_at: at,
        updated_at: at,
        disconnected_at: None,
    }
}

async fn seal_secrets(
    services: &Services,
    tx: &Transaction<'_>,
    key: &WorkspaceKey,
    account: &twilio_account::Model,
    new: &NewAccount,
) -> Result<(), Error> {
    let version = secrets::newest_version(tx.db(), account.id).await? + 1;
    twilio_credential::Entity::delete_many()
        .filter(twilio_credential::COLUMN.twilio_account_id.eq(account.id))
        .exec(tx.db())
        .await?;
    let beside = new.webhook_token.clone().map(Secret::AuthToken);
    for (version, secret) in (version..).zip(std::iter::once(&new.credentials.secret).chain(&beside)) {
        let row = secrets::seal(services, key, account, version, secret, tx.at())?;
        twilio_credential::Entity::insert(row)
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(())
}
