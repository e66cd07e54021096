//! Starts a test call: one that is placed, or one that the customer is asked to make.

use ::entity::agent_assignment::{self, Direction};
use ::entity::call_intent::IntentPurpose;
use ::entity::phone_number;
use ::entity::test_call::{self, Preflights, TestKind, Verdict};
use ::entity::{CallIntentId, E164, NumberId, TestCallId, twilio_account};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::new_intent::{self, NewIntent};
use super::{destination, test_event};
use crate::audit::Act;
use crate::jobs::{FollowCall, PlaceCall};
use crate::{
    Actor, Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, accounts, idempotency, numbers,
    public_url,
};

/// The input's field of an inbound test's second number.
const FROM: &str = "fromPhoneNumberId";

/// A test that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartTest {
    /// The number under test.
    pub number: NumberId,
    /// What it is to prove.
    pub kind: TestKind,
    /// Who is called, for an outbound test; none calls the first echo line.
    pub to: Option<E164>,
    /// The second number of the workspace, which calls the number under test, for an inbound test.
    pub from: Option<NumberId>,
}

/// Starts a test. It costs the customer money: who may be called, and how often, is limited.
///
/// # Errors
/// Refused when the number is not in use, a test of it runs, the limit of the hour is reached, the destination is not allowed, or
/// the second number cannot call.
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
    let second = match wanted.from {
        Some(second) => Some(second_number(services, request, &number, second).await?),
        None => None,
    };
    let call = match wanted.kind {
        TestKind::Outbound => Some(outbound_call(services, &request.actor, &account, &number, wanted.to).await?),
        TestKind::Inbound => Some(inbound_call(services, request, &number, second).await?),
        TestKind::AwaitInbound | TestKind::Unknown(_) => None,
    };

    let mut tx = services.begin().await?;
    let number = numbers::lock(&tx, number.id).await?;
    numbers::require_added(&number)?;
    give_up_the_forgotten(&tx, &number).await?;
    within_limits(services, &tx, &number).await?;
    let intent = match &call {
        Some(call) => Some(write_intent(services, &tx, call, public.base(), &wanted.kind).await?),
        None => None,
    };
    let lasts = if call.is_some() {
        services.limits.test_call
    } else {
        services.limits.await_inbound
    };
    let test = test_call::Model {
        id: TestCallId(services.ids.new_id()),
        workspace_id: number.workspace_id,
        phone_number_id: number.id,
        from_phone_number_id: call.as_ref().map(|call| call.from.id).filter(|from| *from != number.id),
        kind: wanted.kind,
        to_number: call.map(|call| call.to),
        call_intent_id: intent,
        call_id: None,
        caller_call_id: None,
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
        Act::on("test_call.start", "test_call", test.id)
            .of(number.twilio_account_id)
            .with(what),
    )
    .await?;
    tx.once(request, number.workspace_id, test.id.0).await?;
    tx.commit().await?;
    Ok(test)
}

/// The call that a test places.
struct Placed {
    from: phone_number::Model,
    to: E164,
}

/// The number under test calls someone who has agreed to it.
async fn outbound_call(
    services: &Services,
    actor: &Actor,
    account: &twilio_account::Model,
    number: &phone_number::Model,
    to: Option<E164>,
) -> Result<Placed, Error> {
    accounts::require_connected(account)?;
    accounts::require_token(account)?; // The call asks us what to do, as an inbound one does.
    let to = to.or_else(|| services.limits.echo_lines.first().cloned());
    let to = to.ok_or_else(|| Refusal::new(RefusalCode::Empty, "Say which number the test is to call.").on("to"))?;
    destination::check(services, actor, account, number, &to).await?;
    let from = number.clone();
    Ok(Placed { from, to })
}

/// A second number of the same workspace, other than the number under test.
async fn second_number(
    services: &Services,
    request: &Request,
    number: &phone_number::Model,
    second: NumberId,
) -> Result<phone_number::Model, Error> {
    let second = numbers::find(services, &request.actor, second).await?;
    let second = second.filter(|second| second.workspace_id == number.workspace_id);
    let second = second.ok_or_else(|| Refusal::not_found("phone number", FROM))?;
    if second.id != number.id {
        return Ok(second);
    }
    let message = "The number under test cannot call itself. Choose a second number.";
    Err(Refusal::new(RefusalCode::DestinationNotAllowed, message)
        .on(FROM)
        .into())
}

/// The second number calls the number under test, through its own account.
async fn inbound_call(
    services: &Services,
    request: &Request,
    number: &phone_number::Model,
    second: Option<phone_number::Model>,
) -> Result<Placed, Error> {
    let on_from = |refusal: Refusal| refusal.on(FROM);
    let from = second.ok_or_else(|| {
        let message = "Say which second number is to call the number under test.";
        Refusal::new(RefusalCode::Empty, message).on(FROM)
    })?;
    numbers::require_added(&from).map_err(on_from)?;
    numbers::require_listed(&from).map_err(on_from)?;
    let account = accounts::named(services, &request.actor, from.twilio_account_id).await?;
    accounts::require_connected(&account).map_err(on_from)?;
    accounts::require_not_paused(&account).map_err(on_from)?;
    let to = number.e164.clone();
    Ok(Placed { from, to })
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

/// How many tests a number made in the hour before `now`.
pub(super) async fn made_lately(db: &impl ConnectionTrait, number: NumberId, now: DateTime<Utc>) -> Result<u64, DbErr> {
    test_call::Entity::find()
        .filter(test_call::COLUMN.phone_number_id.eq(number))
        .filter(test_call::COLUMN.created_at.gt(now - TimeDelta::hours(1)))
        .count(db)
        .await
}

/// One test of a number at a time, and so many in an hour.
async fn within_limits(services: &Services, tx: &Transaction<'_>, number: &phone_number::Model) -> Result<(), Error> {
    let running = test_call::Entity::find()
        .filter(test_call::COLUMN.phone_number_id.eq(number.id))
        .filter(test_call::COLUMN.verdict.is_null())
        .count(tx.db())
        .await?;
    if running > 0 {
        let message = "A test call of this number is running. Wait for it, or cancel it.";
        return Err(Refusal::new(RefusalCode::TestCallRunning, message)
            .on("phoneNumberId")
            .into());
    }
    let lately = made_lately(tx.db(), number.id, tx.at()).await?;
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

/// Writes the intent of the test's call. The second number of an inbound test speaks a sentence: its own agent is not part of the test.
async fn write_intent(
    services: &Services,
    tx: &Transaction<'_>,
    call: &Placed,
    base: &str,
    kind: &TestKind,
) -> Result<CallIntentId, Error> {
    let agent = match kind {
        TestKind::Outbound => {
            agent_assignment::Entity::current_of(call.from.id)
                .filter(agent_assignment::COLUMN.direction.eq(Direction::Outbound))
                .one(tx.db())
                .await?
        }
        _ => None,
    };
    let new = NewIntent {
        number: &call.from,
        agent: agent.map(|assignment| assignment.agent_id),
        to: &call.to,
        purpose: IntentPurpose::Test,
        base,
    };
    Ok(new_intent::write(services, tx, new).await?.id)
}
