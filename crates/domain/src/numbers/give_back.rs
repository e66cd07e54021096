//! `return-number`: gives a number's borrowed routing back.

use ::entity::phone_number::{self, AtTwilio, RoutingState};
use ::entity::{NumberId, Routing, webhook_address};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait};
use serde_json::json;
use twilio::TwilioError;

use super::plan::read_routing;
use super::routing::{self, GiveBack, Group};
use super::routing_jobs::{bases_of, close_borrowed, credentials_of, doubt_credentials, is_wanted, problem_of, write};
use super::{changed, look_again, queries};
use crate::jobs::{ConfigureNumber, WorkError, Worked};
use crate::{Services, accounts};

/// Gives back what was borrowed, group by group, and only groups that are still ours. Never releases a number.
///
/// # Errors
/// When Twilio is silent, or something on our side fails; it is tried again.
pub async fn give_back(services: &Services, id: NumberId) -> Result<Worked, WorkError> {
    let number = queries::get(&services.db, id).await?;
    if is_wanted(&services.db, &number).await? {
        return wanted_again(services, id).await;
    }
    if number.routing == RoutingState::NotOurs {
        return look_again::left_over(services, &number).await;
    }
    let Some((who, sid)) = credentials_of(services, &number).await? else {
        return blocked(services, id, "ACCOUNT_DISCONNECTED", None).await;
    };
    let live = match services.twilio.fetch_number(&who, &sid).await {
        Ok(live) => read_routing(&live),
        Err(error) => return not_given_back(services, &number, error).await,
    };
    let plan = plan(services, &number, &live).await?;
    if is_wanted(&services.db, &queries::get(&services.db, id).await?).await? {
        return wanted_again(services, id).await;
    }
    let now_there = if plan.writes.is_empty() {
        live
    } else {
        match write(services, &number, (&who, &sid), &plan.writes).await? {
            Ok(answer) => read_routing(&answer),
            Err(error) => return not_given_back(services, &number, error).await,
        }
    };
    if !routing::same(&now_there, &plan.wanted) {
        return blocked(services, id, "WRITE_NOT_TAKEN", None).await;
    }
    settle(services, id, now_there, &plan.left).await
}

/// An agent was assigned meanwhile: the number is to lead to us after all.
async fn wanted_again(services: &Services, id: NumberId) -> Result<Worked, WorkError> {
    let mut tx = services.begin().await?;
    let number = queries::lock(&tx, id).await?;
    if number.routing != RoutingState::Ours && is_wanted(tx.db(), &number).await? {
        tx.enqueue(&number, &ConfigureNumber { number: id }).await?;
        tx.commit().await?;
    }
    Ok(Worked::Done(json!({ "skipped": "an agent answers the number again" })))
}

/// Plans the return by what Callab wrote for certain, and by what a write that was cut off may have left at Twilio.
async fn plan(services: &Services, number: &phone_number::Model, live: &Routing) -> Result<GiveBack, WorkError> {
    let borrowed = queries::open_borrowed(&services.db, &[number.id]).await?.pop();
    let mut written: Vec<Routing> = number.written_routing.iter().cloned().collect();
    if let Some(reference) = &number.reference {
        let address = webhook_address::Entity::find_by_id(reference).one(&services.db).await?;
        let bases = bases_of(services, address.as_ref());
        written.extend(bases.iter().map(|base| routing::ours(base, reference, live)));
    }
    match borrowed {
        Some(borrowed) => Ok(routing::give_back(live, &written, &borrowed.routing)),
        // Nothing was borrowed: only what is ours is taken away, and what is not is nobody's to report.
        None => Ok(GiveBack {
            left: Vec::new(),
            ..routing::give_back(live, &written, &Routing::default())
        }),
    }
}

async fn settle(services: &Services, id: NumberId, now_there: Routing, left: &[Group]) -> Result<Worked, WorkError> {
    let mut tx = services.begin().await?;
    let before = queries::lock(&tx, id).await?;
    let returned = phone_number::ActiveModel {
        id: Unchanged(id),
        routing: Set(RoutingState::NotOurs),
        routing_problem: Set((!left.is_empty()).then(|| "CHANGED_BY_SOMEONE_ELSE".to_owned())),
        routing_twilio_code: Set(None),
        seen_routing: Set(now_there),
        seen_at: Set(tx.at()),
        written_routing: Set(None),
        drifted_at: Set(None),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let returned = returned.update(tx.db()).await?;
    tx.note_between(&before, &returned).await?;
    close_borrowed(&tx, id).await?;
    if is_wanted(tx.db(), &returned).await? {
        tx.enqueue(&returned, &ConfigureNumber { number: id }).await?;
    }
    accounts::forget_credentials_when_returned(&tx, returned.twilio_account_id).await?;
    tx.record(returned.workspace_id, changed(&returned)).await?;
    tx.commit().await?;
    let left: Vec<&str> = left.iter().map(|group| group.as_str()).collect();
    tracing::info!(number.id = %id, ?left, "gave the routing of number {} back", returned.e164.masked());
    Ok(Worked::Done(json!({ "returned": true, "leftAsChanged": left })))
}

async fn not_given_back(
    services: &Services,
    number: &phone_number::Model,
    error: TwilioError,
) -> Result<Worked, WorkError> {
    match &error {
        TwilioError::NotFound { .. } => {
            gone(services, number).await?;
            Ok(Worked::Done(json!({ "problem": "NUMBER_GONE" })))
        }
        silence if silence.is_silence() => Err(error.into()),
        error => {
            doubt_credentials(services, number, error).await?;
            blocked(services, number.id, problem_of(error), error.code()).await
        }
    }
}

/// Twilio no longer knows the number in this account. What was borrowed stays noted: should the number be listed again, the sync
/// has it returned.
async fn gone(services: &Services, number: &phone_number::Model) -> Result<(), DbErr> {
    let mut tx = services.begin().await?;
    let gone = phone_number::ActiveModel {
        id: Unchanged(number.id),
        at_twilio: Set(AtTwilio::Gone),
        routing: Set(RoutingState::ReturnBlocked),
        routing_problem: Set(Some("NUMBER_GONE".to_owned())),
        routing_twilio_code: Set(None),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let gone = gone.update(tx.db()).await?;
    tx.note_between(number, &gone).await?;
    accounts::forget_credentials_when_returned(&tx, number.twilio_account_id).await?;
    tx.record(number.workspace_id, changed(&gone)).await?;
    tx.commit().await
}

/// Twilio refuses: what was borrowed stays to be given back, and is tried again when working credentials return.
async fn blocked(
    services: &Services,
    id: NumberId,
    problem: &str,
    twilio_code: Option<i32>,
) -> Result<Worked, WorkError> {
    let report = Worked::Done(json!({ "problem": problem, "twilioCode": twilio_code }));
    let mut tx = services.begin().await?;
    let now = queries::lock(&tx, id).await?;
    if !matches!(now.routing, RoutingState::ReturnPending | RoutingState::ReturnBlocked) {
        return Ok(report); // It is wanted again meanwhile.
    }
    let told = phone_number::ActiveModel {
        id: Unchanged(id),
        routing: Set(RoutingState::ReturnBlocked),
        routing_problem: Set(Some(problem.to_owned())),
        routing_twilio_code: Set(twilio_code),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let told = told.update(tx.db()).await?;
    tx.note_between(&now, &told).await?;
    tx.record(told.workspace_id, changed(&told)).await?;
    tx.commit().await?;
    Ok(report)
}
