//! Accepts that a customer has a number answered elsewhere now.

use ::entity::agent_assignment::{self, Direction};
use ::entity::phone_number::{self, RoutingState};
use ::entity::{NumberId, Routing};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::repair::not_drifted;
use super::routing_jobs::close_borrowed;
use super::routing_plan::live_routing;
use super::{finish, queries, routing};
use crate::{
    Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, accounts, idempotency, twilio_refusal,
};

/// Stops answering a number whose routing the customer changed on purpose: the agent's assignment ends, and what was borrowed is
/// dropped, since the customer has moved on from it. Nothing is written at Twilio. The number stays in use for outbound calls,
/// and calls that still reach its address here are sent on to where the number leads now.
///
/// # Errors
/// Refused when the number is not in use, its calls still come to us, or Twilio does not tell where they go.
pub async fn accept(services: &Services, request: &Request, id: NumberId) -> Result<phone_number::Model, Error> {
    request.actor.require(Permission::ManageAgents)?;
    if let Some(number) = queries::find(services, &request.actor, id).await? {
        idempotency::check(services, request, number.workspace_id).await?;
    }
    let number = queries::get_added(services, &request.actor, id).await?;
    queries::require_listed(&number)?;
    written(&number)?;
    // What was seen at the last sync may be out of date: without an agent a call that still comes here would reach nobody.
    let account = accounts::get(services, number.twilio_account_id).await?;
    let live = match live_routing(services, &account, &number).await? {
        Ok(live) => live,
        Err(error) => return Err(twilio_refusal::refusal(&error).on("phoneNumberId").into()),
    };

    let tx = services.begin().await?;
    let number = queries::lock(&tx, id).await?;
    queries::require_added(&number)?;
    let written = written(&number)?;
    if routing::same(&live, written) {
        return Err(not_drifted().into());
    }
    if routing::calls_still_come(written, &live) {
        let message = "What was changed does not decide who answers: calls still come to Callab. \
                       Unassign the agent to have the number's routing given back.";
        return Err(Refusal::new(RefusalCode::CallsStillCome, message)
            .on("phoneNumberId")
            .into());
    }
    end_inbound_assignment(&tx, id).await?;
    close_borrowed(&tx, id).await?;
    let accepted = not_ours(&tx, id, live).await?;
    finish(tx, request, &accepted, "phone_number.accept_routing").await?;
    Ok(accepted)
}

/// What Callab wrote to a number that is, or was until someone changed it, routed to us.
fn written(number: &phone_number::Model) -> Result<&Routing, Refusal> {
    let written = match number.routing {
        RoutingState::Ours | RoutingState::Drifted => number.written_routing.as_ref(),
        _ => None, // It is being written or given back: who gets its calls is about to change.
    };
    written.ok_or_else(not_drifted)
}

async fn end_inbound_assignment(tx: &Transaction<'_>, number: NumberId) -> Result<(), DbErr> {
    let column = agent_assignment::COLUMN;
    agent_assignment::Entity::update_many()
        .col_expr(agent_assignment::Column::EndedAt, Expr::value(tx.at()))
        .filter(column.phone_number_id.eq(number))
        .filter(column.direction.eq(Direction::Inbound))
        .filter(column.ended_at.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

async fn not_ours(tx: &Transaction<'_>, number: NumberId, live: Routing) -> Result<phone_number::Model, DbErr> {
    let accepted = phone_number::ActiveModel {
        id: Unchanged(number),
        routing: Set(RoutingState::NotOurs),
        routing_problem: Set(None),
        routing_twilio_code: Set(None),
        seen_routing: Set(live),
        seen_at: Set(tx.at()),
        written_routing: Set(None),
        drifted_at: Set(None),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    accepted.update(tx.db()).await
}
