//! Reads of numbers.

use std::collections::HashMap;

use ::entity::phone_number::{self, AtTwilio, NumberState};
use ::entity::{AccountId, E164, NumberId, WorkspaceId, borrowed_routing};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::keyset::{beyond, first_of_each};
use crate::like;
use crate::page::{Page, PageOf};
use crate::{Actor, Error, Fault, Refusal, RefusalCode, Services, Transaction};

/// Where a page of numbers begins: after this number, with this id.
pub type Position = (String, Uuid);

/// A text that is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NumberSearch {
    /// Part of the number, the nickname or the name at Twilio.
    Part(String),
    /// Part of the nickname or the name at Twilio: for those who may not see numbers.
    PartOfName(String),
    /// The whole number.
    Whole(E164),
}

/// Which numbers are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NumberFilter {
    /// Of this workspace; none for staff who name none.
    pub workspace: Option<WorkspaceId>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Only what can be added or used for calls now: voice-enabled and still listed by Twilio.
    pub usable_for_voice: bool,
    /// In this state.
    pub state: Option<NumberState>,
    /// Found by this text.
    pub search: Option<NumberSearch>,
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
    let rows = phone_number::Entity::find()
        .filter(wanted(filter, page.after.as_ref()))
        .order_by_asc(phone_number::COLUMN.e164)
        .order_by_asc(phone_number::COLUMN.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// The same page of each of these accounts, in one statement.
///
/// # Errors
/// When the database fails.
pub async fn list_by_account(
    services: &Services,
    accounts: &[AccountId],
    filter: &NumberFilter,
    page: &PageOf<Position>,
) -> Result<HashMap<AccountId, Page<phone_number::Model>>, DbErr> {
    let of_accounts =
        wanted(filter, page.after.as_ref()).add(phone_number::COLUMN.twilio_account_id.is_in(accounts.iter().copied()));
    let ids = first_of_each::<phone_number::Entity>(
        phone_number::Column::TwilioAccountId,
        &Order::Asc,
        (phone_number::Column::E164, phone_number::Column::Id),
        of_accounts,
        page.size + 1,
    );
    let rows = phone_number::Entity::find()
        .filter(phone_number::Column::Id.in_subquery(ids))
        .order_by_asc(phone_number::COLUMN.e164)
        .order_by_asc(phone_number::COLUMN.id)
        .all(&services.db)
        .await?;
    Ok(Page::of_each(rows, page.size, |row| row.twilio_account_id))
}

fn wanted(filter: &NumberFilter, after: Option<&Position>) -> Condition {
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
    if let Some(search) = &filter.search {
        wanted = wanted.add(found_by(search));
    }
    if let Some((e164, id)) = after {
        use phone_number::Column;
        let id = (Column::Id, NumberId(*id));
        wanted = wanted.add(beyond(&Order::Asc, (Column::E164, e164.as_str()), id));
    }
    wanted
}

fn found_by(search: &NumberSearch) -> Condition {
    let holds = like::holds::<phone_number::Entity>;
    let named = |text: &str| {
        Condition::any()
            .add(holds(phone_number::Column::Nickname, text))
            .add(holds(phone_number::Column::FriendlyName, text))
    };
    match search {
        NumberSearch::Part(text) => named(text).add(holds(phone_number::Column::E164, text)),
        NumberSearch::PartOfName(text) => named(text),
        NumberSearch::Whole(number) => Condition::all().add(phone_number::COLUMN.e164.eq(number.clone())),
    }
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

/// Reads a number's row and keeps others from writing it until the transaction ends. On SQLite the transaction itself does that.
pub(crate) async fn lock(tx: &Transaction<'_>, id: NumberId) -> Result<phone_number::Model, Fault> {
    let row = phone_number::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.db())
        .await?;
    row.ok_or_else(|| DbErr::RecordNotFound(format!("phone_number/{id}")).into())
}

/// Refuses a number that Callab does not use.
pub(crate) fn require_added(number: &phone_number::Model) -> Result<(), Refusal> {
    if number.state == NumberState::Added {
        return Ok(());
    }
    let message = "The number is not in use by Callab. Add it first.";
    Err(Refusal::new(RefusalCode::NumberNotAdded, message).on("phoneNumberId"))
}

/// A number in use by Callab, and still Twilio's to call.
pub(crate) async fn get_added(services: &Services, actor: &Actor, id: NumberId) -> Result<phone_number::Model, Error> {
    let number = find(services, actor, id)
        .await?
        .ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    require_added(&number)?;
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

/// How many numbers of each of these accounts Callab uses; accounts without any are missing.
///
/// # Errors
/// When the database fails.
pub async fn count_in_use(services: &Services, accounts: &[AccountId]) -> Result<HashMap<AccountId, u32>, DbErr> {
    use phone_number::Column;
    let counted: Vec<(AccountId, i64)> = phone_number::Entity::find()
        .select_only()
        .column(Column::TwilioAccountId)
        .column_as(Column::Id.count(), "numbers")
        .filter(phone_number::COLUMN.twilio_account_id.is_in(accounts.iter().copied()))
        .filter(phone_number::COLUMN.state.eq(NumberState::Added))
        .group_by(Column::TwilioAccountId)
        .into_tuple()
        .all(&services.db)
        .await?;
    let counted = counted.into_iter();
    Ok(counted
        .map(|(account, numbers)| (account, u32::try_from(numbers).unwrap_or(u32::MAX)))
        .collect())
}

/// What is borrowed of these numbers, in no order.
///
/// # Errors
/// When the database fails.
pub async fn open_borrowed(db: &impl ConnectionTrait, ids: &[NumberId]) -> Result<Vec<borrowed_routing::Model>, DbErr> {
    borrowed_routing::Entity::find()
        .filter(borrowed_routing::COLUMN.phone_number_id.is_in(ids.iter().copied()))
        .filter(borrowed_routing::COLUMN.returned_at.is_null())
        .all(db)
        .await
}
