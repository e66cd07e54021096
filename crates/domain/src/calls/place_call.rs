//! Places an agent's real call.

use ::entity::agent_assignment::{self, Direction};
use ::entity::call_intent::{self, IntentPurpose};
use ::entity::{E164, NumberId, phone_number};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::intent_event;
use super::new_intent::{self, NewIntent};
use crate::audit::Act;
use crate::jobs::PlaceCall;
use crate::{
    Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, accounts, idempotency, numbers, public_url,
};

/// Has the agent that calls from `number` call `to`: at most once, whatever becomes of Twilio's answer.
///
/// Nothing is asked of Twilio before: it refuses by itself what cannot be called, and its code says why.
///
/// # Errors
/// Refused when the number is not in use or has no agent that calls, when the destination is barred, when the limit of the hour is
/// reached, or while a call between the two numbers is open.
pub async fn place_call(
    services: &Services,
    request: &Request,
    number: NumberId,
    to: E164,
) -> Result<call_intent::Model, Error> {
    request.actor.require(Permission::PlaceCalls)?;
    if let Some(number) = numbers::find(services, &request.actor, number).await? {
        idempotency::check(services, request, number.workspace_id).await?;
    }
    let number = numbers::get_added(services, &request.actor, number).await?;
    numbers::require_listed(&number)?;
    let account = accounts::named(services, &request.actor, number.twilio_account_id).await?;
    accounts::require_connected(&account)?;
    not_barred(services, &number, &to)?;
    let public = public_url::required(services)?;

    let mut tx = services.begin().await?;
    let number = numbers::lock(&tx, number.id).await?;
    numbers::require_added(&number)?;
    within_limit(services, &tx, &number).await?;
    let agent = agent_assignment::Entity::current_of(number.id)
        .filter(agent_assignment::COLUMN.direction.eq(Direction::Outbound))
        .one(tx.db())
        .await?;
    let agent = agent.ok_or_else(|| {
        let message = "No agent calls from this number. Assign one for outbound calls first.";
        Refusal::new(RefusalCode::AgentNotAssigned, message).on("phoneNumberId")
    })?;
    let new = NewIntent {
        number: &number,
        agent: Some(agent.agent_id),
        to: &to,
        purpose: IntentPurpose::Agent,
        base: public.base(),
    };
    let intent = new_intent::write(services, &tx, new).await?;
    tx.enqueue(&number, &PlaceCall { intent: intent.id }).await?;
    tx.record(number.workspace_id, intent_event(&intent)).await?;
    let what = json!({ "number": number.id, "agent": agent.agent_id });
    let act = Act::on("call.place", "call_intent", intent.id)
        .of(number.twilio_account_id)
        .with(what);
    tx.audit(request, number.workspace_id, act).await?;
    tx.once(request, number.workspace_id, intent.id.0).await?;
    tx.commit().await?;
    Ok(intent)
}

fn not_barred(services: &Services, number: &phone_number::Model, to: &E164) -> Result<(), Refusal> {
    let barred = &services.limits.barred_prefixes;
    let message = if *to == number.e164 {
        "A number cannot call itself."
    } else if barred.iter().any(|prefix| to.as_str().starts_with(prefix)) {
        "Callab's operator does not let agents call this kind of number."
    } else {
        return Ok(());
    };
    Err(Refusal::new(RefusalCode::DestinationBarred, message).on("to"))
}

/// So many calls of a number in an hour.
async fn within_limit(services: &Services, tx: &Transaction<'_>, number: &phone_number::Model) -> Result<(), Error> {
    let lately = call_intent::Entity::find()
        .filter(call_intent::COLUMN.phone_number_id.eq(number.id))
        .filter(call_intent::COLUMN.purpose.eq(IntentPurpose::Agent))
        .filter(call_intent::COLUMN.created_at.gt(tx.at() - TimeDelta::hours(1)))
        .count(tx.db())
        .await?;
    let most = u64::from(services.limits.calls_per_hour);
    if lately < most {
        return Ok(());
    }
    let message = format!("This number placed {lately} calls in the last hour; {most} are allowed. Try again later.");
    Err(Refusal::new(RefusalCode::CallLimit, message).on("phoneNumberId").into())
}
