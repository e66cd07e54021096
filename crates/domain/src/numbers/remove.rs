//! Removes a number. It always works, with dead credentials too, and never releases the number at Twilio.

use ::entity::phone_number::{self, AtTwilio, NumberState, RoutingState};
use ::entity::{AccountId, NumberId, agent_assignment};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::{changed, finish, queries};
use crate::jobs::ReturnNumber;
use crate::{Error, Permission, Request, Services, Transaction, idempotency};

/// Stops using a number: its assignments end, and the borrowed routing is given back in the background.
///
/// # Errors
/// Refused when there is no such number in use.
pub async fn remove(services: &Services, request: &Request, id: NumberId) -> Result<phone_number::Model, Error> {
    request.actor.require(Permission::ManageNumbers)?;
    if let Some(number) = queries::find(services, &request.actor, id).await? {
        idempotency::check(services, request, number.workspace_id).await?;
    }
    queries::get_added(services, &request.actor, id).await?;
    let mut tx = services.begin().await?;
    let number = queries::lock(&tx, id).await?;
    queries::require_added(&number)?;
    end_assignments(&tx, phone_number::COLUMN.id.eq(id)).await?;
    let removed = phone_number::ActiveModel {
        id: Unchanged(id),
        state: Set(NumberState::Removed),
        removed_at: Set(Some(tx.at())),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let removed = removed.update(tx.db()).await?;
    tx.note_between(&number, &removed).await?;
    let removed = have_returned(&mut tx, removed).await?;
    finish(tx, request, &removed, "phone_number.remove").await?;
    Ok(removed)
}

/// Takes every number of an account out of use, and answers how many those were.
pub(crate) async fn take_all_out_of_use(tx: &mut Transaction<'_>, account: AccountId) -> Result<u64, DbErr> {
    let column = phone_number::COLUMN;
    let of_account = column.twilio_account_id.eq(account);
    end_assignments(tx, of_account.clone()).await?;
    let removed = phone_number::Entity::update_many()
        .col_expr(phone_number::Column::State, Expr::value(NumberState::Removed))
        .col_expr(phone_number::Column::RemovedAt, Expr::value(tx.at()))
        .col_expr(phone_number::Column::UpdatedAt, Expr::value(tx.at()))
        .filter(of_account.clone())
        .filter(column.state.eq(NumberState::Added))
        .exec(tx.db())
        .await?;
    // Nobody reads the inventory any more: whether Twilio lists a number is not known.
    phone_number::Entity::update_many()
        .col_expr(phone_number::Column::AtTwilio, Expr::value(AtTwilio::Undetermined))
        .filter(of_account.clone())
        .filter(column.at_twilio.eq(AtTwilio::Listed))
        .exec(tx.db())
        .await?;
    let routed = phone_number::Entity::find()
        .filter(of_account)
        .filter(column.routing.ne(RoutingState::NotOurs))
        .order_by_asc(column.id)
        .all(tx.db())
        .await?;
    for number in routed {
        let pending = have_returned(tx, number).await?;
        tx.record(pending.workspace_id, changed(&pending)).await?;
    }
    Ok(removed.rows_affected)
}

/// Ends whatever agents answer and call from such numbers.
pub(super) async fn end_assignments(tx: &Transaction<'_>, of: sea_orm::sea_query::Expr) -> Result<(), DbErr> {
    let numbers = phone_number::Entity::find()
        .select_only()
        .column(phone_number::Column::Id)
        .filter(of);
    agent_assignment::Entity::update_many()
        .col_expr(agent_assignment::Column::EndedAt, Expr::value(tx.at()))
        .filter(agent_assignment::Column::PhoneNumberId.in_subquery(numbers.into_query()))
        .filter(agent_assignment::COLUMN.ended_at.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Has the routing given back if it is, or may be, ours.
pub(crate) async fn have_returned(
    tx: &mut Transaction<'_>,
    number: phone_number::Model,
) -> Result<phone_number::Model, DbErr> {
    if number.routing == RoutingState::NotOurs {
        return Ok(number);
    }
    let pending = phone_number::ActiveModel {
        id: Unchanged(number.id),
        routing: Set(RoutingState::ReturnPending),
        drifted_at: Set(None),
        routing_problem: Set(None),
        routing_twilio_code: Set(None),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let pending = pending.update(tx.db()).await?;
    tx.enqueue(&pending, &ReturnNumber { number: pending.id }).await?;
    Ok(pending)
}
