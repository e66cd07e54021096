//! Puts other credentials in the place of an account's stored ones. They were tried at Twilio before.

use ::entity::twilio_account;
use ::entity::twilio_credential::{self, CredentialKind, CredentialSlot};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use twilio::{AuthToken, Secret};
use vault::WorkspaceKey;

use super::{ApiKey, rotation};
use crate::{Error, Services, Transaction, secrets};

/// What comes with another token.
pub(super) struct Swapped {
    /// A secondary token that nobody holds may be left at Twilio.
    pub leaves_secondary: bool,
}

/// The current token becomes the previous one, the new one the current. None when it is the current one already. `key` is the
/// workspace's, and [`secrets::open_ahead`] went before the transaction.
pub(super) async fn token(
    services: &Services,
    tx: &mut Transaction<'_>,
    key: &WorkspaceKey,
    account: &twilio_account::Model,
    token: &AuthToken,
) -> Result<Option<Swapped>, Error> {
    let column = twilio_credential::COLUMN;
    let tokens = column
        .twilio_account_id
        .eq(account.id)
        .and(column.kind.eq(CredentialKind::AuthToken));
    let current = twilio_credential::Entity::find()
        .filter(tokens.clone())
        .filter(column.slot.eq(CredentialSlot::Current))
        .one(tx.db())
        .await?;
    if let Some(current) = &current
        && secrets::is(tx.db(), services, current, token).await
    {
        return Ok(None); // Pasted once more: the one before it stays the one before it.
    }
    let leaves_secondary = rotation::replaced(services, tx, account, token).await?;
    twilio_credential::Entity::delete_many()
        .filter(tokens)
        .filter(
            column
                .slot
                .is_not_in([CredentialSlot::Current, CredentialSlot::Previous]),
        )
        .exec(tx.db())
        .await?;
    current_becomes_previous(services, tx, account).await?;
    insert(services, tx, key, account, &Secret::AuthToken(token.clone())).await?;
    Ok(Some(Swapped { leaves_secondary }))
}

/// The current token verifies webhooks for a time more, in the place of the one that did.
pub(super) async fn current_becomes_previous(
    services: &Services,
    tx: &Transaction<'_>,
    account: &twilio_account::Model,
) -> Result<(), DbErr> {
    let column = twilio_credential::COLUMN;
    let tokens = column
        .twilio_account_id
        .eq(account.id)
        .and(column.kind.eq(CredentialKind::AuthToken));
    twilio_credential::Entity::delete_many()
        .filter(tokens.clone())
        .filter(column.slot.eq(CredentialSlot::Previous))
        .exec(tx.db())
        .await?;
    twilio_credential::Entity::update_many()
        .col_expr(twilio_credential::Column::Slot, Expr::value(CredentialSlot::Previous))
        .col_expr(
            twilio_credential::Column::ValidUntil,
            Expr::value(tx.at() + services.limits.previous_token),
        )
        .filter(tokens)
        .filter(column.slot.eq(CredentialSlot::Current))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// An API key signs in from now on, in the place of the key or the token that did.
pub(super) async fn api_key(
    services: &Services,
    tx: &Transaction<'_>,
    key: &WorkspaceKey,
    account: &twilio_account::Model,
    new: &ApiKey,
) -> Result<(), Error> {
    drop_api_key(tx, account).await?;
    insert(services, tx, key, account, &new.clone().into()).await
}

/// The token signs in from now on.
pub(super) async fn drop_api_key(tx: &Transaction<'_>, account: &twilio_account::Model) -> Result<(), DbErr> {
    let column = twilio_credential::COLUMN;
    twilio_credential::Entity::delete_many()
        .filter(column.twilio_account_id.eq(account.id))
        .filter(column.kind.eq(CredentialKind::ApiKey))
        .exec(tx.db())
        .await?;
    Ok(())
}

async fn insert(
    services: &Services,
    tx: &Transaction<'_>,
    key: &WorkspaceKey,
    account: &twilio_account::Model,
    secret: &Secret,
) -> Result<(), Error> {
    let version = secrets::newest_version(tx.db(), account.id).await? + 1;
    let row = secrets::seal(services, key, account, version, secret, tx.at())?;
    twilio_credential::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}
