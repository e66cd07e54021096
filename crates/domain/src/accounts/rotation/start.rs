//! Starts a rotation.

use ::entity::token_rotation::{self, RotationState};
use ::entity::twilio_account::{self, CredentialState};
use ::entity::{AccountId, TokenRotationId};
use sea_orm::EntityTrait;

use super::{changed, is_open};
use crate::accounts::queries;
use crate::audit::Act;
use crate::error::is_duplicate;
use crate::jobs::RotateToken;
use crate::{Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, idempotency};

/// What a token that worked before and is rejected now comes to, with the way out.
pub const ROTATED_ELSEWHERE: &str = "Twilio rejects the Auth Token that worked before, and does not say that the account is suspended: \
     the token was changed at Twilio. Copy the current one from the Twilio Console and enter it here; numbers and agents stay as \
     they are.";

/// What a person has to know before a token is changed.
const USED_ELSEWHERE: &str = "The old token stops working at once and for good, wherever else it is used: in other programs, Twilio \
     Functions or the command line. Confirm that nothing else needs it, or that you will enter the new one there, from the Twilio \
     Console.";

/// Has the account's Auth Token changed, in the background.
///
/// # Errors
/// Refused when the account has no token of its own to change, Twilio rejects it, it is being changed already, or the person has
/// not confirmed that nothing else needs it.
pub async fn start(
    services: &Services,
    request: &Request,
    id: AccountId,
    confirmed: bool,
) -> Result<twilio_account::Model, Error> {
    request.actor.require(Permission::ManageAccounts)?;
    let account = queries::named(services, &request.actor, id).await?;
    idempotency::check(services, request, account.workspace_id).await?;
    queries::require_connected(&account)?;
    require_offered(&account)?;
    require_confirmed(confirmed)?;

    let mut tx = services.begin().await?;
    let account = queries::lock(&tx, id).await?;
    queries::require_connected(&account)?;
    begin(services, &mut tx, &account, &request.actor.subject).await?;
    let act = Act::on_account("twilio_account.rotate_token", id);
    tx.audit(request, account.workspace_id, act).await?;
    tx.once(request, account.workspace_id, id.0).await?;
    tx.commit().await?;
    Ok(account)
}

/// Refuses an account whose token Callab does not change.
pub(super) fn require_offered(account: &twilio_account::Model) -> Result<(), Refusal> {
    let refused = |code, message: &str| Err(Refusal::new(code, message).on("accountId"));
    if account.owner_sid.as_ref().is_some_and(|owner| *owner != account.sid) {
        let message = "The account is a subaccount, whose token its parent account looks after. Change it in the Twilio Console of the \
                       parent account, and enter the new one here.";
        return refused(RefusalCode::RotationNotOffered, message);
    }
    if account.token_set_at.is_none() {
        let message = "The account is connected with an API key, which a change of the Auth Token leaves as it is. There is no token \
                       here to change.";
        return refused(RefusalCode::RotationNotOffered, message);
    }
    if account.credential_state == CredentialState::Rejected {
        return refused(RefusalCode::CredentialsRejected, ROTATED_ELSEWHERE);
    }
    Ok(())
}

pub(super) fn require_confirmed(confirmed: bool) -> Result<(), Refusal> {
    if confirmed {
        return Ok(());
    }
    Err(Refusal::new(RefusalCode::ConfirmationNeeded, USED_ELSEWHERE).on("confirmed"))
}

/// Writes the rotation and its job. The caller holds the account's lock.
pub(super) async fn begin(
    services: &Services,
    tx: &mut Transaction<'_>,
    account: &twilio_account::Model,
    started_by: &str,
) -> Result<(), Error> {
    if is_open(tx.db(), account.id).await? {
        return Err(under_way().into());
    }
    let rotation = token_rotation::Model {
        id: TokenRotationId(services.ids.new_id()),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        state: RotationState::Started,
        started_by: started_by.to_owned(),
        reason: None,
        twilio_code: None,
        started_at: tx.at(),
        secondary_asked_at: None,
        stored_at: None,
        tested_at: None,
        promoting_at: None,
        finished_at: None,
    };
    let row = token_rotation::ActiveModel::from(rotation.clone());
    match token_rotation::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await
    {
        Ok(_) => {}
        Err(error) if is_duplicate(&error) => return Err(under_way().into()),
        Err(error) => return Err(error.into()),
    }
    tx.enqueue(account, &RotateToken { rotation: rotation.id }).await?;
    tx.record(account.workspace_id, changed(&rotation)).await?;
    Ok(())
}

fn under_way() -> Refusal {
    let message = "Callab is changing the account's token already. Wait until that is over.";
    Refusal::new(RefusalCode::RotationUnderWay, message).on("accountId")
}
