//! Has an agent place a call.

use ::entity::{CallIntentId, call_intent};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::calls;
use domain::numbers::parse_e164;
use domain::{Refusal, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{CallIntent, UserError};

/// What `placeCall` takes.
#[derive(InputObject)]
pub struct PlaceCallInput {
    /// The global id of the number that calls. An agent has to be assigned to its outbound calls.
    pub phone_number_id: ID,
    /// Who is called, in E.164. Example: `+14155550126`.
    pub to: String,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `placeCall` answers.
#[derive(SimpleObject)]
pub struct PlaceCallPayload {
    /// The call that is to be placed; null if it was refused.
    call_intent: Option<CallIntent>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct PlaceCall;

#[Object]
impl PlaceCall {
    /// Has the agent that calls from a number call someone, on the customer's Twilio bill. Twilio gets the call at most once: after a
    /// lost answer it is looked up and not sent again. Calls of a number are limited in the hour, and one call between the same two
    /// numbers is open at a time.
    async fn place_call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: PlaceCallInput,
    ) -> Result<PlaceCallPayload, ApiError> {
        let again = |id| calls::find_intent(ctx.services(), ctx.actor(), CallIntentId(id));
        let (intent, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(PlaceCallPayload {
            call_intent: intent.map(CallIntent),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: PlaceCallInput) -> Result<call_intent::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "placeCall", key, input.to_value()).await?;
    let number =
        id::parse(&input.phone_number_id).ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    let to = parse_e164(&input.to, "to")?;
    let ended = calls::place_call(ctx.services(), &request, number, to).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
