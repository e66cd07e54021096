//! Accepts that a customer has a number answered elsewhere now.

use ::entity::phone_number::{self, NumberState, RoutingState};
use ::entity::{NumberId, Routing};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr};

use super::remove::end_assignments;
use super::repair::not_drifted;
use super::routing_jobs::close_borrowed;
use super::routing_plan::live_routing;
use super::{finish, queries, routing};
use crate::jobs::AssessHealth;
use crate::{
    Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, accounts, idempotency, twilio_refusal,
};

/// Stops using a number whose routing the customer changed on purpose: as [`super::remove`] does, but for the routing, which the
/// customer has moved on from. Nothing is written at Twilio, now or later, and what was borrowed is dropped. Calls that are under
/// way go on, and calls that still reach the number's address here are sent on to where the number leads now.
///
/// # Errors
/// Refused when the number is not in use, its calls still come to us, or Twilio does not tell where they go.
pub async fn accept(services: &Services, request: &Request, id: NumberId) -> Result<phone_number::Model, Error> {
    request.actor.require(Permission::ManageNumbers)?;
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

    let mut tx = services.begin().await?;
    let number = queries::lock(&tx, id).await?;
    queries::require_added(&number)?;
    let written = written(&number)?;
    if routing::same(&live, written) {
        return Err(not_drifted().into());
    }
    if routing::calls_still_come(written, &live) {
        let message = "What was changed does not decide who answers: calls still come to Callab. \
                       Remove the number, or unassign its agent, to have its routing given back.";
        return Err(Refusal::new(RefusalCode::CallsStillCome, message)
            .on("phoneNumberId")
            .into());
    }
    end_assignments(&tx, phone_number::COLUMN.id.eq(id)).await?;
    close_borrowed(&tx, id).await?;
    let accepted = not_ours(&tx, id, live).await?;
    tx.note_between(&number, &accepted).await?;
    // The drift is none of the account's troubles any more.
    let account = accepted.twilio_account_id;
    tx.enqueue(&accepted, &AssessHealth { account }).await?;
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

async fn not_ours(tx: &Transaction<'_>, number: NumberId, live: Routing) -> Result<phone_number::Model, DbErr> {
    let accepted = phone_number::ActiveModel {
        id: Unchanged(number),
        state: Set(NumberState::Removed),
        removed_at: Set(Some(tx.at())),
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
