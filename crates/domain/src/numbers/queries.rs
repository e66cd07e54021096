//! Reads of numbers.

use ::entity::phone_number::{self, AtTwilio, NumberState};
use ::entity::{AccountId, NumberId, WorkspaceId, borrowed_routing};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::page::{Page, PageOf};
use crate::{Actor, Error, Fault, Refusal, RefusalCode, Services};

/// Where a page of numbers begins: after this number, with this id.
pub type Position = (String, Uuid);

/// Which numbers are wanted.
#[derive(Clone, Debug, Default)]
pub struct NumberFilter {
    /// Of this workspace; none for staff who name none.
    pub workspace: Option<WorkspaceId>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Only what can be added or used for calls now: voice-enabled and still listed by Twilio.
    pub usable_for_voice: bool,
    /// In this state.
    pub state: Option<NumberState>,
    /// Whose number, nickname or name at Twilio holds this text.
    pub search: Option<String>,
}

/// Numbers, in the order of their digits.
///
/// # Errors
/// When the database fails.
pub async fn list(
    services: &Services,
    filter: &NumberFilter,
    page: PageOf<Position>,
) -> Result<Page<phone_number::Model>, DbErr> {
    let column = phone_number::COLUMN;
    let mut wanted = Condition::all();
    if let Some(workspace) = filter.workspace {
        wanted = wanted.add(column.workspace_id.eq(workspace));
    }
    if let Some(account) = filter.account {
        wanted = wanted.add(column.twilio_account_id.eq(account));
    }
    if filter.usable_for_voice {
        wanted = wanted
            .add(column.voice.eq(true))
            .add(column.at_twilio.eq(AtTwilio::Listed));
    }
    if let Some(state) = &filter.state {
        wanted = wanted.add(column.state.eq(state.clone()));
    }
    if let Some(search) = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        wanted = wanted.add(
            Condition::any()
                .add(column.e164.contains(search))
                .add(column.nickname.contains(search))
                .add(column.friendly_name.contains(search)),
        );
    }
    if let Some((e164, id)) = page.after {
        let later = Condition::any().add(phone_number::Column::E164.gt(e164.clone())).add(
            Condition::all()
                .add(phone_number::Column::E164.eq(e164))
                .add(column.id.gt(NumberId(id))),
        );
        wanted = wanted.add(later);
    }
    let rows = phone_number::Entity::find()
        .filter(wanted)
        .order_by_asc(column.e164)
        .order_by_asc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// A number that the actor may see.
///
/// # Errors
/// When the database fails.
pub async fn find(services: &Services, actor: &Actor, id: NumberId) -> Result<Option<phone_number::Model>, DbErr> {
    let row = phone_number::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// A number that was just written.
///
/// # Errors
/// When the database fails, or the number is absent.
pub async fn get(db: &impl ConnectionTrait, id: NumberId) -> Result<phone_number::Model, Fault> {
    let row = phone_number::Entity::find_by_id(id).one(db).await?;
    row.ok_or_else(|| DbErr::RecordNotFound(format!("phone_number/{id}")).into())
}

/// A number in use by Callab, and still Twilio's to call.
pub(crate) async fn get_added(services: &Services, actor: &Actor, id: NumberId) -> Result<phone_number::Model, Error> {
    let number = find(services, actor, id)
        .await?
        .ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    if number.state != NumberState::Added {
        let message = "The number is not in use by Callab. Add it first.";
        return Err(Refusal::new(RefusalCode::NumberNotAdded, message)
            .on("phoneNumberId")
            .into());
    }
    Ok(number)
}

/// Refuses a number that Twilio no longer lists.
pub(crate) fn require_listed(number: &phone_number::Model) -> Result<(), Refusal> {
    if number.at_twilio == AtTwilio::Listed {
        return Ok(());
    }
    let message = "Twilio no longer lists this number for the account: it was released, ported or moved.";
    Err(Refusal::new(RefusalCode::NumberGone, message).on("phoneNumberId"))
}

/// The numbers with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(services: &Services, ids: &[NumberId]) -> Result<Vec<phone_number::Model>, DbErr> {
    phone_number::Entity::find()
        .filter(phone_number::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}

/// What is borrowed of these numbers, in no order.
///
/// # Errors
/// When the database fails.
pub async fn open_borrowed(services: &Services, ids: &[NumberId]) -> Result<Vec<borrowed_routing::Model>, DbErr> {
    borrowed_routing::Entity::find()
        .filter(borrowed_routing::COLUMN.phone_number_id.is_in(ids.iter().copied()))
        .filter(borrowed_routing::COLUMN.returned_at.is_null())
        .all(&services.db)
        .await
}
