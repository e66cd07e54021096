//! Calls a test call off.

use ::entity::{TestCallId, test_call};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, calls, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{TestCall, UserError};

/// What `cancelTestCall` takes.
#[derive(InputObject)]
pub struct CancelTestCallInput {
    /// The test call's global id.
    pub test_call_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `cancelTestCall` answers.
#[derive(SimpleObject)]
pub struct CancelTestCallPayload {
    /// The test call; null if it was refused.
    test_call: Option<TestCall>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct CancelTestCall;

#[Object]
impl CancelTestCall {
    /// Calls a test call off. A call that is under way is hung up.
    async fn cancel_test_call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CancelTestCallInput,
    ) -> Result<CancelTestCallPayload, ApiError> {
        let again = |id| calls::find_test(ctx.services(), ctx.actor(), TestCallId(id));
        let (test_call, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(CancelTestCallPayload {
            test_call: test_call.map(TestCall::from),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: CancelTestCallInput) -> Result<test_call::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "cancelTestCall", key, input.to_value()).await?;
    let test = id::parse(&input.test_call_id).ok_or_else(|| Refusal::not_found("test call", "testCallId"))?;
    let ended = calls::cancel_test(ctx.services(), &request, test).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
