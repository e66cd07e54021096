//! Changes a number's nickname. Writes nothing at Twilio.

use ::entity::NumberId;
use ::entity::phone_number;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::{Set, Unchanged};

use super::{finish, queries};
use crate::{Error, Permission, Refusal, Request, Services, idempotency, text};

/// Changes the nickname; none takes it away.
///
/// # Errors
/// Refused when there is no such number, or the nickname is empty, too long or holds control characters.
pub async fn rename(
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
    let tx = services.begin().await?;
    let renamed = phone_number::ActiveModel {
        id: Unchanged(id),
        nickname: Set(nickname),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let renamed = renamed.update(tx.db()).await?;
    finish(tx, request, &renamed, "phone_number.rename").await?;
    Ok(renamed)
}
