//! Calls a running test off.

use ::entity::TestCallId;
use ::entity::test_call::{self, Verdict};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::intent::close_intent;
use super::{queries, test_event};
use crate::audit::Act;
use crate::jobs::FollowCall;
use crate::{Error, Permission, Refusal, RefusalCode, Request, Services, idempotency, numbers};

/// Calls a test off; a call that is on the line is hung up.
///
/// # Errors
/// Refused when there is no such test, or it is over.
pub async fn cancel_test(services: &Services, request: &Request, id: TestCallId) -> Result<test_call::Model, Error> {
    request.actor.require(Permission::TestCalls)?;
    let test = queries::find_test(services, &request.actor, id).await?;
    let test = test.ok_or_else(|| Refusal::not_found("test call", "testCallId"))?;
    let workspace = test.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let mut tx = services.begin().await?;
    let canceled = test_call::ActiveModel {
        verdict: Set(Some(Verdict::Canceled)),
        ended_at: Set(Some(tx.at())),
        ..Default::default()
    };
    let canceled = test_call::Entity::update_many()
        .set(canceled)
        .filter(test_call::COLUMN.id.eq(id))
        .filter(test_call::COLUMN.verdict.is_null())
        .exec(tx.db())
        .await?;
    if canceled.rows_affected == 0 {
        let message = "The test is over.";
        return Err(Refusal::new(RefusalCode::AlreadyEnded, message).on("testCallId").into());
    }
    close_intent(&tx, &test).await?;
    tx.enqueue(workspace, &FollowCall { test: id }).await?; // It hangs up.
    let canceled = test_call::Entity::find_by_id(id).one(tx.db()).await?.unwrap_or(test);
    tx.record(workspace, test_event(&canceled)).await?;
    let number = numbers::get(tx.db(), canceled.phone_number_id).await?;
    let act = Act::on("test_call.cancel", "test_call", id).of(number.twilio_account_id);
    tx.audit(request, workspace, act).await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok(canceled)
}
