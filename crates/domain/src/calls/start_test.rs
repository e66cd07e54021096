//! Starts a test call: one that is placed, or one that the customer is asked to make.

use ::entity::agent_assignment::{self, Direction};
use ::entity::call_intent::{self, IntentState};
use ::entity::phone_number;
use ::entity::test_call::{self, Preflights, TestKind, Verdict};
use ::entity::{CallIntentId, E164, NumberId, TestCallId, twilio_account, webhook_address};
use chrono::TimeDelta;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::{destination, test_event};
use crate::audit::Act;
use crate::error::is_duplicate;
use crate::jobs::{FollowCall, PlaceCall};
use crate::{
    Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, accounts, idempotency, numbers, public_url,
};

/// A test that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartTest {
    /// The number under test.
    pub number: NumberId,
    /// What it is to prove.
    pub kind: TestKind,
    /// Who is called, for an outbound test; none calls the first echo line.
    pub to: Option<E164>,
}

/// Starts a test. It costs the customer money: who may be called, and how often, is limited.
///
/// # Errors
/// Refused when the number is not in use, a test of it runs, the limit of the hour is reached, or the destination is not allowed.
pub async fn start_test(services: &Services, request: &Request, wanted: StartTest) -> Result<test_call::Model, Error> {
    request.actor.require(Permission::TestCalls)?;
    if let Some(number) = numbers::find(services, &request.actor, wanted.number).await? {
        idempotency::check(services, request, number.workspace_id).await?;
    }
    let number = numbers::get_added(services, &request.actor, wanted.number).await?;
    numbers::require_listed(&number)?;
    let account = accounts::named(services, &request.actor, number.twilio_account_id).await?;
    accounts::require_not_paused(&account)?;
    let public = public_url::required(services)?;
    let to = match wanted.kind {
        TestKind::Outbound => Some(checked_destination(services, &account, &number, wanted.to).await?),
        _ => None,
    };

    let mut tx = services.begin().await?;
    let number = numbers::lock(&tx, number.id).await?;
    numbers::require_added(&number)?;
    give_up_the_forgotten(&tx, &number).await?;
    within_limits(services, &tx, &number).await?;
    let intent = match &to {
        Some(to) => Some(write_intent(services, &tx, &number, to, public.base()).await?),
        None => None,
    };
    let lasts = if to.is_some() {
        services.limits.test_call
    } else {
        services.limits.await_inbound
    };
    let test = test_call::Model {
        id: TestCallId(services.ids.new_id()),
        workspace_id: number.workspace_id,
        phone_number_id: number.id,
        kind: wanted.kind,
        to_number: to,
        call_intent_id: intent,
        call_id: None,
        preflight: Preflights::default(),
        verdict: None,
        failed_step: None,
        twilio_code: None,
        started_by: request.actor.subject.clone(),
        created_at: tx.at(),
        expires_at: tx.at() + lasts,
        ended_at: None,
    };
    let test = test_call::ActiveModel::from(test).reset_all().insert(tx.db()).await?;
    if let Some(intent) = intent {
        tx.enqueue(&number, &PlaceCall { intent }).await?;
    }
    tx.enqueue(&number, &FollowCall { test: test.id }).await?;
    tx.record(number.workspace_id, test_event(&test)).await?;
    let what = json!({ "number": number.id, "kind": test.kind });
    tx.audit(
        request,
        number.workspace_id,
        Act::on("test_call.start", "test_call", test.id).with(what),
    )
    .await?;
    tx.once(request, number.workspace_id, test.id.0).await?;
    tx.commit().await?;
    Ok(test)
}

async fn checked_destination(
    services: &Services,
    account: &twilio_account::Model,
    number: &phone_number::Model,
    to: Option<E164>,
) -> Result<E164, Error> {
    accounts::require_connected(account)?;
    accounts::require_token(account)?; // The call asks us what to do, as an inbound one does.
    let to = to.or_else(|| services.limits.echo_lines.first().cloned());
    let to = to.ok_or_else(|| Refusal::new(RefusalCode::Empty, "Say which number the test is to call.").on("to"))?;
    destination::check(services, account, number, &to).await?;
    Ok(to)
}

/// A test whose time is long up, and whose job did not live to say so, is over.
async fn give_up_the_forgotten(tx: &Transaction<'_>, number: &phone_number::Model) -> Result<(), Error> {
    test_call::Entity::update_many()
        .col_expr(test_call::Column::Verdict, Expr::value(Verdict::Undetermined))
        .col_expr(test_call::Column::EndedAt, Expr::value(tx.at()))
        .filter(test_call::COLUMN.phone_number_id.eq(number.id))
        .filter(test_call::COLUMN.verdict.is_null())
        .filter(test_call::COLUMN.expires_at.lt(tx.at() - TimeDelta::minutes(1)))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// One test of a number at a time, and so many in an hour.
async fn within_limits(services: &Services, tx: &Transaction<'_>, number: &phone_number::Model) -> Result<(), Error> {
    let of_number = test_call::Entity::find().filter(test_call::COLUMN.phone_number_id.eq(number.id));
    let running = of_number
        .clone()
        .filter(test_call::COLUMN.verdict.is_null())
        .count(tx.db())
        .await?;
    if running > 0 {
        let message = "A test call of this number is running. Wait for it, or cancel it.";
        return Err(Refusal::new(RefusalCode::TestCallRunning, message)
            .on("phoneNumberId")
            .into());
    }
    let hour = tx.at() - TimeDelta::hours(1);
    let lately = of_number
        .filter(test_call::COLUMN.created_at.gt(hour))
        .count(tx.db())
        .await?;
    let most = u64::from(services.limits.test_calls_per_hour);
    if lately >= most {
        let message =
            format!("This number made {lately} test calls in the last hour; {most} are allowed. Try again later.");
        return Err(Refusal::new(RefusalCode::TestCallLimit, message)
            .on("phoneNumberId")
            .into());
    }
    Ok(())
}

/// Writes the intent with the address that its webhooks come to.
async fn write_intent(
    services: &Services,
    tx: &Transaction<'_>,
    number: &phone_number::Model,
    to: &E164,
    base: &str,
) -> Result<CallIntentId, Error> {
    let agent = agent_assignment::Entity::current_of(number.id)
        .filter(agent_assignment::COLUMN.direction.eq(Direction::Outbound))
        .one(tx.db())
        .await?;
    let id = CallIntentId(services.ids.new_id());
    let reference = services.ids.new_reference();
    let intent = call_intent::ActiveModel {
        id: Set(id),
        workspace_id: Set(number.workspace_id),
        twilio_account_id: Set(number.twilio_account_id),
        phone_number_id: Set(number.id),
        agent_id: Set(agent.map(|assignment| assignment.agent_id)),
        from_number: Set(number.e164.clone()),
        to_number: Set(to.clone()),
        reference: Set(reference.clone()),
        state: Set(IntentState::Waiting),
        outcome: Set(None),
        twilio_code: Set(None),
        call_sid: Set(None),
        created_at: Set(tx.at()),
        sent_at: Set(None),
        closed_at: Set(None),
    };
    match call_intent::Entity::insert(intent)
        .exec_without_returning(tx.db())
        .await
    {
        Ok(_) => {}
        Err(error) if is_duplicate(&error) => {
            let message = "A call between these two numbers is under way. Wait for it to end.";
            return Err(Refusal::new(RefusalCode::CallUnderWay, message).on("to").into());
        }
        Err(error) => return Err(error.into()),
    }
    let address = webhook_address::ActiveModel {
        reference: Set(reference),
        workspace_id: Set(number.workspace_id),
        twilio_account_id: Set(number.twilio_account_id),
        phone_number_id: Set(number.id),
        call_intent_id: Set(Some(id)),
        base_url: Set(base.to_owned()),
        previous_base_url: Set(None),
        created_at: Set(tx.at()),
    };
    webhook_address::Entity::insert(address)
        .exec_without_returning(tx.db())
        .await?;
    Ok(id)
}
