//! `configure-number`: borrows a number's routing and sets ours.

use ::entity::phone_number::{self, AtTwilio, RoutingState};
use ::entity::{BorrowedRoutingId, NumberId, Routing, borrowed_routing, webhook_address};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait};
use serde_json::json;
use twilio::TwilioError;

use super::plan::read_routing;
use super::routing_jobs::{bases_of, credentials_of, doubt_credentials, is_wanted, problem_of, write};
use super::routing_plan::unreadable;
use super::{changed, queries, remove, routing};
use crate::jobs::{WorkError, Worked};
use crate::{RefusalCode, Services, Transaction};

/// Brings a number's calls to us: saves the whole routing first, writes only what differs, and compares Twilio's answer.
///
/// The wanted state is read just before the write and just after it: a write that no longer belongs is given back.
///
/// # Errors
/// When Twilio is silent, or something on our side fails.
pub async fn configure(services: &Services, id: NumberId) -> Result<Worked, WorkError> {
    let number = queries::get(&services.db, id).await?;
    if !is_wanted(&services.db, &number).await? {
        return not_wanted(services, id).await;
    }
    let Some(public) = &services.public_url else {
        return blocked(services, id, "PUBLIC_URL_NOT_SET", None).await;
    };
    let Some((who, sid)) = credentials_of(services, &number).await? else {
        return blocked(services, id, "ACCOUNT_DISCONNECTED", None).await;
    };
    let live = match services.twilio.fetch_number(&who, &sid).await {
        Ok(live) => read_routing(&live),
        Err(error) => return not_written(services, &number, error).await,
    };
    let reference = number
        .reference
        .as_deref()
        .ok_or_else(|| unreadable(&number, "its reference"))?;
    let address = webhook_address::Entity::find_by_id(reference).one(&services.db).await?;
    if address
        .as_ref()
        .is_some_and(|address| address.base_url != public.base())
        && let Err(refused) = public.prove(services).await
    {
        tracing::warn!(number.id = %id, error = %refused, "the new public address is not proved; number {id} stays with the one before");
        return blocked(services, id, RefusalCode::PublicUrlNotOurs.as_str(), None).await;
    }
    let tx = services.begin().await?;
    borrow(services, &tx, &number, &live, &bases_of(services, address.as_ref())).await?;
    register_address(&tx, &number, reference, public.base(), address, &live).await?;
    tx.commit().await?; // Not by a worker that lost the job, which writes nothing at Twilio then either.
    let wanted = routing::ours(public.base(), reference, &live);
    let writes = routing::writes(&live, &wanted);

    if !is_wanted(&services.db, &queries::get(&services.db, id).await?).await? {
        return not_wanted(services, id).await;
    }
    let now_there = if writes.is_empty() {
        live
    } else {
        match write(services, &number, (&who, &sid), &writes).await? {
            Ok(answer) => read_routing(&answer),
            Err(error) => return not_written(services, &number, error).await,
        }
    };
    if !routing::same(&now_there, &wanted) {
        return blocked(services, id, "WRITE_NOT_TAKEN", None).await;
    }
    settle(services, id, now_there, writes.len()).await
}

/// No agent answers the number any more. What was or may have been written is given back.
async fn not_wanted(services: &Services, id: NumberId) -> Result<Worked, WorkError> {
    let mut tx = services.begin().await?;
    let number = queries::lock(&tx, id).await?;
    let left_over = matches!(
        number.routing,
        RoutingState::Applying | RoutingState::Ours | RoutingState::Drifted
    );
    if left_over && !is_wanted(tx.db(), &number).await? {
        let pending = remove::have_returned(&mut tx, number).await?;
        tx.record(pending.workspace_id, changed(&pending)).await?;
        tx.commit().await?;
    }
    Ok(Worked::Done(
        json!({ "skipped": "no agent answers the number any more" }),
    ))
}

/// Saves the routing, unless it leads to us or is saved already.
///
/// One that was saved before any write of ours took hold is out of date when the routing changed since: what counts is the
/// routing just before the first write. What lies under our own addresses, left over from another time, is nobody's to get back.
async fn borrow(
    services: &Services,
    tx: &Transaction<'_>,
    number: &phone_number::Model,
    live: &Routing,
    bases: &[String],
) -> Result<(), DbErr> {
    if bases.iter().any(|base| routing::leads_to_us(live, base)) {
        return Ok(());
    }
    let routing = routing::without_ours(live, bases);
    let open = queries::open_borrowed(tx.db(), &[number.id]).await?.pop();
    match open {
        Some(open) if number.written_routing.is_none() => {
            let newer = borrowed_routing::ActiveModel {
                id: Unchanged(open.id),
                routing: Set(routing),
                borrowed_at: Set(tx.at()),
                ..Default::default()
            };
            newer.update(tx.db()).await?;
        }
        Some(_) => {}
        None => {
            let row = borrowed_routing::ActiveModel {
                id: Set(BorrowedRoutingId(services.ids.new_id())),
                workspace_id: Set(number.workspace_id),
                phone_number_id: Set(number.id),
                routing: Set(routing),
                borrowed_at: Set(tx.at()),
                returned_at: Set(None),
            };
            borrowed_routing::Entity::insert(row)
                .exec_without_returning(tx.db())
                .await?;
        }
    }
    Ok(())
}

/// Makes the number's webhook address answer before Twilio is given it.
async fn register_address(
    tx: &Transaction<'_>,
    number: &phone_number::Model,
    reference: &str,
    base: &str,
    before: Option<webhook_address::Model>,
    live: &Routing,
) -> Result<(), DbErr> {
    match before {
        None => {
            let row = webhook_address::ActiveModel {
                reference: Set(reference.to_owned()),
                workspace_id: Set(number.workspace_id),
                twilio_account_id: Set(number.twilio_account_id),
                phone_number_id: Set(number.id),
                call_intent_id: Set(None),
                base_url: Set(base.to_owned()),
                previous_base_url: Set(None),
                created_at: Set(tx.at()),
            };
            webhook_address::Entity::insert(row)
                .exec_without_returning(tx.db())
                .await?;
        }
        Some(row) if row.base_url != base => {
            // Twilio may still use an even earlier one, if the last change never reached it.
            let in_use = row
                .previous_base_url
                .filter(|earlier| routing::leads_to_us(live, earlier));
            let moved = webhook_address::ActiveModel {
                reference: Unchanged(row.reference),
                base_url: Set(base.to_owned()),
                previous_base_url: Set(Some(in_use.unwrap_or(row.base_url))),
                ..Default::default()
            };
            webhook_address::Entity::update(moved).exec(tx.db()).await?;
        }
        Some(_) => {}
    }
    Ok(())
}

/// Calls come to us now. If that is no longer wanted, has the routing given back.
async fn settle(services: &Services, id: NumberId, now_there: Routing, written: usize) -> Result<Worked, WorkError> {
    let mut tx = services.begin().await?;
    let before = queries::lock(&tx, id).await?;
    let ours = phone_number::ActiveModel {
        id: Unchanged(id),
        routing: Set(RoutingState::Ours),
        routing_problem: Set(None),
        routing_twilio_code: Set(None),
        seen_routing: Set(now_there.clone()),
        seen_at: Set(tx.at()),
        written_routing: Set(Some(now_there)),
        drifted_at: Set(None),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let ours = ours.update(tx.db()).await?;
    tx.note_between(&before, &ours).await?;
    let wanted = is_wanted(tx.db(), &ours).await?;
    let after = if wanted {
        ours
    } else {
        remove::have_returned(&mut tx, ours).await?
    };
    tx.record(after.workspace_id, changed(&after)).await?;
    tx.commit().await?;
    tracing::info!(number.id = %id, written, "calls to number {} come to us", after.e164.masked());
    Ok(Worked::Done(
        json!({ "fieldsWritten": written, "routing": after.routing }),
    ))
}

/// Twilio did not take the write. A silence is tried again; a refusal is told, and tried again when the credentials work.
async fn not_written(
    services: &Services,
    number: &phone_number::Model,
    error: TwilioError,
) -> Result<Worked, WorkError> {
    match &error {
        TwilioError::NotFound { .. } => {
            mark_gone(services, number).await?;
            Ok(Worked::Done(json!({ "problem": "NUMBER_GONE" })))
        }
        silence if silence.is_silence() => {
            blocked(
                services,
                number.id,
                RefusalCode::TwilioUnreachable.as_str(),
                silence.code(),
            )
            .await?;
            Err(error.into())
        }
        error => {
            doubt_credentials(services, number, error).await?;
            blocked(services, number.id, problem_of(error), error.code()).await
        }
    }
}

/// Twilio no longer knows the number in this account. Should it be listed again, the sync has it configured.
async fn mark_gone(services: &Services, number: &phone_number::Model) -> Result<(), DbErr> {
    let mut tx = services.begin().await?;
    let gone = phone_number::ActiveModel {
        id: Unchanged(number.id),
        at_twilio: Set(AtTwilio::Gone),
        routing_problem: Set(Some("NUMBER_GONE".to_owned())),
        routing_twilio_code: Set(None),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let gone = gone.update(tx.db()).await?;
    tx.note_between(number, &gone).await?;
    tx.record(number.workspace_id, changed(&gone)).await?;
    tx.commit().await
}

/// Says why the routing is not ours yet, once.
async fn blocked(
    services: &Services,
    id: NumberId,
    problem: &str,
    twilio_code: Option<i32>,
) -> Result<Worked, WorkError> {
    let report = Worked::Done(json!({ "problem": problem, "twilioCode": twilio_code }));
    let mut tx = services.begin().await?;
    let now = queries::lock(&tx, id).await?;
    let told_already = now.routing_problem.as_deref() == Some(problem) && now.routing_twilio_code == twilio_code;
    if told_already || !is_wanted(tx.db(), &now).await? {
        return Ok(report);
    }
    let told = phone_number::ActiveModel {
        id: Unchanged(id),
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
