//! Adds a number: Callab may use it from now on. Nothing is written at Twilio yet.

use ::entity::phone_number::{self, AtTwilio, NumberState};
use ::entity::{NumberId, twilio_account};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use twilio::NumberSid;

use super::{changed, finish, queries};
use crate::error::is_duplicate;
use crate::{
    Error, Fault, Permission, Refusal, RefusalCode, Request, Services, Transaction, Unconfined, accounts, idempotency,
    secrets, text, twilio_refusal,
};

/// Adds a number with a nickname.
///
/// # Errors
/// Refused when it cannot take voice calls, Twilio no longer lists it, or it is in use already, here or elsewhere (without
/// saying where).
pub async fn add(
    services: &Services,
    request: &Request,
    id: NumberId,
    nickname: Option<&str>,
) -> Result<phone_number::Model, Error> {
    request.actor.require(Permission::ManageNumbers)?;
    let nickname = nickname.map(|text| text::name(text, "nickname")).transpose()?;
    let number = queries::find(services, &request.actor, id).await?;
    let number = number.ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    idempotency::check(services, request, number.workspace_id).await?;
    let account = accounts::named(services, &request.actor, number.twilio_account_id).await?;
    accounts::require_connected(&account)?;
    may_be_added(&number)?;
    let whole = services.unconfined(Unconfined::NumberInUse);
    let moved_from = in_use_elsewhere(&whole.db, &number).await?;
    if let Some(other) = &moved_from {
        let other_account = accounts::get(&whole, other.twilio_account_id).await?;
        prove_ownership(services, &account, &number, &other_account).await?;
    }
    let services = if moved_from.is_some() { &whole } else { services };

    let mut tx = services.begin().await?;
    accounts::require_connected(&accounts::lock(&tx, account.id).await?)?;
    let number = queries::lock(&tx, id).await?;
    may_be_added(&number)?;
    if let Some(other) = moved_from {
        no_longer_there(&mut tx, &other).await?;
    }
    let reference = number.reference.clone().unwrap_or_else(|| services.ids.new_reference());
    let added = phone_number::ActiveModel {
        id: Unchanged(id),
        state: Set(NumberState::Added),
        nickname: Set(nickname.or_else(|| number.nickname.clone())),
        reference: Set(Some(reference)),
        added_at: Set(Some(tx.at())),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let added = match added.update(tx.db()).await {
        Err(error) if is_duplicate(&error) => {
            return Err(elsewhere().into());
        }
        other => other?,
    };
    tx.note_between(&number, &added).await?;
    finish(tx, request, &added, "phone_number.add").await?;
    Ok(added)
}

/// The number is listed for another account now, so that this row is out of date.
pub(super) async fn no_longer_there(tx: &mut Transaction<'_>, other: &phone_number::Model) -> Result<(), DbErr> {
    let gone = phone_number::Entity::update_many()
        .col_expr(phone_number::Column::AtTwilio, Expr::value(AtTwilio::Gone))
        .col_expr(phone_number::Column::UpdatedAt, Expr::value(tx.at()))
        .filter(phone_number::COLUMN.id.eq(other.id))
        .filter(phone_number::COLUMN.at_twilio.eq(AtTwilio::Listed))
        .exec(tx.db())
        .await?;
    if gone.rows_affected == 0 {
        return Ok(());
    }
    let gone = phone_number::Model {
        at_twilio: AtTwilio::Gone,
        ..other.clone()
    };
    tx.note_between(other, &gone).await?;
    tx.record(other.workspace_id, changed(&gone)).await
}

fn may_be_added(number: &phone_number::Model) -> Result<(), Refusal> {
    if number.state == NumberState::Added {
        let message = "The number is in use by Callab already.";
        return Err(Refusal::new(RefusalCode::NumberAlreadyAdded, message).on("phoneNumberId"));
    }
    queries::require_listed(number)?;
    if !number.voice {
        let message =
            "The number cannot take voice calls: Twilio lists no voice capability for it, or it receives faxes.";
        return Err(Refusal::new(RefusalCode::NumberNotVoiceCapable, message).on("phoneNumberId"));
    }
    Ok(())
}

fn elsewhere() -> Refusal {
    let message = "The number is in use by Callab elsewhere. It must be removed there first.";
    Refusal::new(RefusalCode::NumberInUseElsewhere, message).on("phoneNumberId")
}

/// The row in the whole system that has the number in use.
pub(super) async fn in_use_elsewhere(
    db: &impl ConnectionTrait,
    number: &phone_number::Model,
) -> Result<Option<phone_number::Model>, DbErr> {
    let column = phone_number::COLUMN;
    phone_number::Entity::find()
        .filter(column.e164.eq(number.e164.clone()))
        .filter(column.state.eq(NumberState::Added))
        .filter(column.at_twilio.eq(AtTwilio::Listed))
        .filter(column.id.ne(number.id))
        .one(db)
        .await
}

/// A number is in one Twilio account at a time. If Twilio lists it for this account now, and the other row is of another
/// account, it has moved, and the other row is out of date. In the same account it is simply taken.
async fn prove_ownership(
    services: &Services,
    account: &twilio_account::Model,
    number: &phone_number::Model,
    other_account: &twilio_account::Model,
) -> Result<(), Error> {
    if other_account.sid == account.sid {
        return Err(elsewhere().into());
    }
    let who = secrets::credentials(services, account).await?.ok_or_else(elsewhere)?;
    let sid = NumberSid::parse(&number.sid).map_err(|_| Fault::Unreadable {
        row: format!("phone_number/{}", number.id),
        what: "its SID",
    })?;
    let live = services.twilio.fetch_number(&who, &sid).await;
    let live = live.map_err(|error| twilio_refusal::refusal(&error).on("phoneNumberId"))?;
    if live.phone_number == number.e164.as_str() {
        Ok(())
    } else {
        Err(elsewhere().into())
    }
}
