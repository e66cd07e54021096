//! Changes an account's label or its credentials.

use ::entity::AccountId;
use ::entity::configuration_change::ConfigurationKind;
use ::entity::evidence::Rights;
use ::entity::twilio_account::{self, CredentialState, TwilioStatus};
use ::entity::twilio_credential::CredentialSlot;
use sea_orm::EntityTrait;
use serde_json::json;
use twilio::AuthToken;
use vault::WorkspaceKey;

use super::connect::changed;
use super::input::{ApiKey, Secrets, SignIn};
use super::probe::Probed;
use super::try_change::try_change;
use super::{facts, queries, swap};
use crate::audit::Act;
use crate::configuration::Change;
use crate::jobs::VerifyAccount;
use crate::{
    Error, Permission, Refusal, RefusalCode, Request, Services, billing, health, idempotency, numbers, secrets, text,
};

/// What is to change; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// The customer's own name for it.
    pub label: Option<String>,
    /// The account's new token.
    pub token: Option<AuthToken>,
    /// The API key that signs in from now on.
    pub key: Option<ApiKey>,
    /// Whether the token signs in from now on, and the key is forgotten.
    pub remove_key: bool,
}

impl AccountChange {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn parse(label: Option<&str>, typed: SignIn<'_>, remove_key: bool) -> Result<Self, Vec<Refusal>> {
        let label = label.map(|label| text::name(label, "label")).transpose();
        let (label, secrets) = match (label, Secrets::parse(typed)) {
            (Ok(label), Ok(secrets)) => (label, secrets),
            (label, secrets) => {
                let wrong = secrets.err().unwrap_or_default();
                return Err(label.err().into_iter().chain(wrong).collect());
            }
        };
        if remove_key && secrets.key.is_some() {
            let message = "An API key is entered or removed, not both.";
            return Err(vec![
                Refusal::new(RefusalCode::ApiKeyMalformed, message).on("removeApiKey"),
            ]);
        }
        Ok(Self {
            label,
            token: secrets.token,
            key: secrets.key,
            remove_key,
        })
    }

    fn changes_credentials(&self) -> bool {
        self.token.is_some() || self.key.is_some() || self.remove_key
    }
}

/// Changes the label, the credentials, or both. New credentials are tried at Twilio before they take the place of the old ones; the
/// old token then still verifies webhooks for a time.
///
/// # Errors
/// Refused when Twilio does not accept the new ones, or some numbers in use cannot be reached with them; the old ones stay then.
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
    let probed = try_change(services, request, &account, &change).await?;
    let key = sealing_key(services, &account, &change).await?;

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
    let mut stray_secondary = false;
    if let (Some(token), Some(key)) = (&change.token, &key)
        && let Some(swapped) = swap::token(services, &mut tx, key, &account, token).await?
    {
        facts.token_set_at = Some(tx.at());
        facts.rotation_reminded_at = None;
        stray_secondary = swapped.leaves_secondary;
    }
    if let (Some(new), Some(key)) = (&change.key, &key) {
        swap::api_key(services, &tx, key, &account, new).await?;
    }
    if change.remove_key {
        swap::drop_api_key(&tx, &account).await?;
    }
    if let Some(probed) = &probed {
        accepted(&mut facts, probed, tx.at());
    }
    if change.changes_credentials() {
        tx.enqueue(&account, &VerifyAccount { account: id }).await?;
        numbers::retry_routing(&mut tx, &account, true).await?;
    }
    let mut row = facts::difference(&account, &facts);
    if probed.is_some() {
        health::evaluate(services, &mut tx, &mut row, &account, facts).await?;
    }
    let account = twilio_account::Entity::update(row).exec(tx.db()).await?;
    billing::keep_reading(services, &tx, &account).await?;
    if change.changes_credentials() {
        tx.note(Change::of_account(ConfigurationKind::CredentialsChanged, &account))
            .await?;
    }
    tx.record(workspace, changed(&account)).await?;
    let what = json!({ "label": change.label.is_some(), "credentials": change.changes_credentials() });
    tx.audit(
        request,
        workspace,
        Act::on_account("twilio_account.update", id).with(what),
    )
    .await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    if stray_secondary {
        delete_secondary(services, &account).await?;
    }
    Ok(account)
}

/// What new credentials are sealed to; none where there are none. A new token is held against those that are stored, which are
/// opened here as well: all that keys and audit entries take is done before the transaction.
async fn sealing_key(
    services: &Services,
    account: &twilio_account::Model,
    change: &AccountChange,
) -> Result<Option<WorkspaceKey>, Error> {
    if change.token.is_some() {
        secrets::open_ahead(services, account.id).await?;
    }
    if change.token.is_none() && change.key.is_none() {
        return Ok(None);
    }
    Ok(Some(secrets::workspace_key(services, account.workspace_id).await?))
}

/// Deletes the secondary token of a rotation that was called off. Should Twilio not do it, a token that nobody holds is left there.
async fn delete_secondary(services: &Services, account: &twilio_account::Model) -> Result<(), Error> {
    let Some(who) = secrets::token_in(services, account, CredentialSlot::Current).await? else {
        return Ok(());
    };
    if let Err(error) = super::rotation::delete_secondary(services, account, &who).await? {
        tracing::warn!(account.id = %account.id, error = &error as &dyn std::error::Error,
            "could not delete the secondary token of account {}", account.sid);
    }
    Ok(())
}

/// Twilio accepted new credentials just now. What the ones before could do says nothing of these.
fn accepted(facts: &mut twilio_account::Model, probed: &Probed, at: chrono::DateTime<chrono::Utc>) {
    facts.twilio_status = probed.status.clone();
    if probed.status != TwilioStatus::Undetermined {
        facts.kind = probed.kind.clone();
        facts.owner_sid.clone_from(&probed.owner_sid);
        facts.friendly_name.clone_from(&probed.friendly_name);
    }
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
