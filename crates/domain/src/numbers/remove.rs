//! Removes a number. It always works, with dead credentials too, and never releases the number at Twilio.

use ::entity::phone_number::{self, NumberState, RoutingState};
use ::entity::{NumberId, agent_assignment};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::{add, changed, queries};
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
    let number = queries::get_added(services, &request.actor, id).await?;
    let mut tx = services.begin().await?;
    take_out_of_use(&mut tx, &number).await?;
    let removed = queries::get(tx.db(), id).await?;
    add::finish(tx, request, &removed, "phone_number.remove").await?;
    Ok(removed)
}

/// Ends the number's assignments, marks it removed, and has its routing given back.
pub(crate) async fn take_out_of_use(tx: &mut Transaction<'_>, number: &phone_number::Model) -> Result<(), DbErr> {
    agent_assignment::Entity::update_many()
        .col_expr(agent_assignment::Column::EndedAt, Expr::value(tx.at()))
        .filter(agent_assignment::COLUMN.phone_number_id.eq(number.id))
        .filter(agent_assignment::COLUMN.ended_at.is_null())
        .exec(tx.db())
        .await?;
    let removed = phone_number::ActiveModel {
        id: Unchanged(number.id),
        state: Set(NumberState::Removed),
        removed_at: Set(Some(tx.at())),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let removed = removed.update(tx.db()).await?;
    let removed = have_returned(tx, removed).await?;
    tx.record(removed.workspace_id, changed(&removed)).await
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
        routing_problem: Set(None),
        routing_twilio_code: Set(None),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let pending = pending.update(tx.db()).await?;
    tx.enqueue(pending.workspace_id, &ReturnNumber { number: pending.id })
        .await?;
    Ok(pending)
}
