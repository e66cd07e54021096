//! Changes an account's label or its token.

use std::collections::HashSet;

use ::entity::AccountId;
use ::entity::evidence::Rights;
use ::entity::phone_number::{self, AtTwilio, NumberState};
use ::entity::twilio_account::{self, CredentialState};
use ::entity::twilio_credential::{self, CredentialSlot};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use twilio::{AuthToken, Credentials, Secret};

use super::connect::changed;
use super::input::auth_token;
use super::probe::{self, Probed};
use super::{facts, queries};
use crate::audit::{self, Act};
use crate::jobs::VerifyAccount;
use crate::{
    Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, health, idempotency, numbers, secrets,
    text, twilio_refusal,
};

/// What is to change; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// The customer's own name for it.
    pub label: Option<String>,
    /// The account's new token.
    pub token: Option<AuthToken>,
}

impl AccountChange {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn parse(label: Option<&str>, token: Option<&str>) -> Result<Self, Vec<Refusal>> {
        let label = label.map(|label| text::name(label, "label")).transpose();
        let token = token.map(auth_token).transpose();
        match (label, token) {
            (Ok(label), Ok(token)) => Ok(Self { label, token }),
            (label, token) => Err(label.err().into_iter().chain(token.err()).collect()),
        }
    }
}

/// Changes the label, the token, or both. A new token is tried at Twilio before it takes the place of the old one, which then
/// still verifies webhooks for a time.
///
/// # Errors
/// Refused when Twilio does not accept the new token, or some numbers in use cannot be reached with it; the old one stays then.
pub async fn update(
    services: &Services,
    request: &Request,
    id: AccountId,
    change: AccountChange,
) -> Result<twilio_account::Model, Error> {
    request.actor.require(Permission::ManageAccounts)?;
    let account = queries::named(services, &request.actor, id).await?;
    let workspace = account.workspace_id;
    idempotency::check(services, request, workspace).await?;
    queries::require_connected(&account)?;
    let probed = match &change.token {
        Some(token) => Some(try_token(services, request, &account, token).await?),
        None => None,
    };

    let mut tx = services.begin().await?;
    let account = queries::lock(&tx, id).await?;
    queries::require_connected(&account)?;
    let mut facts = twilio_account::Model {
        updated_at: tx.at(),
        ..account.clone()
    };
    if let Some(label) = &change.label {
        facts.label.clone_from(label);
    }
    if let (Some(probed), Some(token)) = (&probed, &change.token) {
        swap_token(services, &tx, &account, token).await?;
        accepted(&mut facts, probed, tx.at());
        tx.enqueue(&account, &VerifyAccount { account: id }).await?;
        numbers::retry_routing(&mut tx, &account, true).await?;
    }
    let mut row = facts::difference(&account, &facts);
    if change.token.is_some() {
        health::evaluate(services, &mut tx, &mut row, &account, facts).await?;
    }
    let account = twilio_account::Entity::update(row).exec(tx.db()).await?;
    tx.record(workspace, changed(&account)).await?;
    let what = json!({ "label": change.label.is_some(), "credentials": change.token.is_some() });
    tx.audit(
        request,
        workspace,
        Act::on("twilio_account.update", "twilio_account", id).with(what),
    )
    .await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok(account)
}

async fn try_token(
    services: &Services,
    request: &Request,
    account: &twilio_account::Model,
    token: &AuthToken,
) -> Result<Probed, Error> {
    let who = Credentials {
        account_sid: secrets::account_sid(account)?,
        secret: Secret::AuthToken(token.clone()),
        region: secrets::region(account)?,
    };
    let tried = match probe::usable(services, &who).await {
        Ok(probed) => reaches_numbers(services, account, &who).await.map(|()| probed),
        Err(refusal) => Err(refusal.into()),
    };
    if let Err(Error::Refused(refusals)) = &tried
        && let Some(first) = refusals.first()
    {
        let act = Act::on("twilio_account.update", "twilio_account", account.id);
        audit::refused(services, request, account.workspace_id, act, first.code).await?;
    }
    tried
}

/// Refuses a token with which numbers in use are out of reach, naming them.
async fn reaches_numbers(services: &Services, account: &twilio_account::Model, who: &Credentials) -> Result<(), Error> {
    let in_use = phone_number::Entity::of_account(account.id)
        .filter(phone_number::COLUMN.state.eq(NumberState::Added))
        .filter(phone_number::COLUMN.at_twilio.eq(AtTwilio::Listed))
        .all(&services.db)
        .await?;
    if in_use.is_empty() {
        return Ok(());
    }
    let listed = services.twilio.list_numbers(who, services.limits.sync_page_size).await;
    let listed = listed.map_err(|error| twilio_refusal::refusal(&error).on("authToken"))?;
    let listed: HashSet<&str> = listed.iter().map(|number| number.sid.as_str()).collect();
    let missing: Vec<&str> = in_use
        .iter()
        .filter(|number| !listed.contains(number.sid.as_str()))
        .map(|number| number.e164.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "With this token these numbers in use cannot be reached: {}. Remove them first.",
        missing.join(", ")
    );
    Err(Refusal::new(RefusalCode::NumbersOutOfReach, message)
        .on("authToken")
        .into())
}

/// The current token becomes the previous one, the new one the current.
pub(super) async fn swap_token(
    services: &Services,
    tx: &Transaction<'_>,
    account: &twilio_account::Model,
    token: &AuthToken,
) -> Result<(), Error> {
    let column = twilio_credential::COLUMN;
    let of_account = column.twilio_account_id.eq(account.id);
    let current = twilio_credential::Entity::find()
        .filter(of_account.clone())
        .filter(column.slot.eq(CredentialSlot::Current))
        .one(tx.db())
        .await?;
    if let Some(current) = &current
        && secrets::is(services, current, token).await
    {
        return Ok(()); // Pasted once more: the one before it stays the one before it.
    }
    twilio_credential::Entity::delete_many()
        .filter(of_account.clone())
        .filter(column.slot.ne(CredentialSlot::Current))
        .exec(tx.db())
        .await?;
    twilio_credential::Entity::update_many()
        .col_expr(twilio_credential::Column::Slot, Expr::value(CredentialSlot::Previous))
        .col_expr(
            twilio_credential::Column::ValidUntil,
            Expr::value(tx.at() + services.limits.previous_token),
        )
        .filter(of_account)
        .exec(tx.db())
        .await?;
    let version = current.map_or(1, |row| row.version + 1);
    let row = secrets::seal(tx.db(), services, account, version, token, tx.at()).await?;
    twilio_credential::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Twilio accepted new credentials just now. What the ones before could do says nothing of these.
fn accepted(facts: &mut twilio_account::Model, probed: &Probed, at: chrono::DateTime<chrono::Utc>) {
    facts.twilio_status = probed.status.clone();
    facts.kind = probed.kind.clone();
    facts.owner_sid.clone_from(&probed.owner_sid);
    facts.friendly_name.clone_from(&probed.friendly_name);
    facts.credential_state = CredentialState::Accepted;
    if let Some(balance) = &probed.balance {
        facts::told_balance(facts, balance, at);
    }
    facts.verified_at = Some(at);
    facts.checked_at = Some(at);
    facts.failed_probes = 0;
    facts.rights = Rights::default();
    facts.rights_due_at = None;
}
