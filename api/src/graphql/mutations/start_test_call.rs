//! Starts a test call.

use ::entity::{TestCallId, test_call};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::calls::{self, StartTest};
use domain::numbers::parse_e164;
use domain::{Refusal, RefusalCode, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{TestCall, TestCallKind, UserError};

/// What `startTestCall` takes.
#[derive(InputObject)]
pub struct StartTestCallInput {
    /// The number's global id.
    pub phone_number_id: ID,
    /// What it is to prove. `AWAIT_INBOUND` waits for the customer to call the number.
    pub kind: TestCallKind,
    /// Who is called, in E.164, for an outbound test; Callab's echo line if not given, where one is set up. `testCallPlan` tells
    /// the echo lines. Example: `+14155550126`.
    pub to: Option<String>,
    /// The global id of the second number of the workspace that calls the number under test, for an inbound test. It has to be in use
    /// by Callab, and may be of another connected account. Twilio bills both legs: the second number's call, and the call that comes in.
    pub from_phone_number_id: Option<ID>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `startTestCall` answers.
#[derive(SimpleObject)]
pub struct StartTestCallPayload {
    /// The test call; null if it was refused.
    test_call: Option<TestCall>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct StartTestCall;

#[Object]
impl StartTestCall {
    /// Starts a test call, on the customer's Twilio bill. Destinations are limited to the account's verified caller ids, the
    /// workspace's own numbers and Callab's echo line, for Callab's staff to the echo line; and tests to a few for each number
    /// and hour. An inbound test has a second number of the workspace call the number under test, and two legs are billed. Follow
    /// it with the subscription `testCall`.
    async fn start_test_call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: StartTestCallInput,
    ) -> Result<StartTestCallPayload, ApiError> {
        let again = |id| calls::find_test(ctx.services(), ctx.actor(), TestCallId(id));
        let (test_call, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(StartTestCallPayload {
            test_call: test_call.map(TestCall::from),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: StartTestCallInput) -> Result<test_call::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "startTestCall", key, input.to_value()).await?;
    let number =
        id::parse(&input.phone_number_id).ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    let other = |_| Refusal::new(RefusalCode::NotFound, "There is no such kind of test call.").on("kind");
    let wanted = StartTest {
        number,
        kind: input.kind.try_into().map_err(other)?,
        to: input.to.as_deref().map(|to| parse_e164(to, "to")).transpose()?,
        from: match &input.from_phone_number_id {
            Some(from) => {
                let unknown = || Refusal::not_found("phone number", "fromPhoneNumberId");
                Some(id::parse(from).ok_or_else(unknown)?)
            }
            None => None,
        },
    };
    let ended = calls::start_test(ctx.services(), &request, wanted).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
