//! Accepts that a number is answered elsewhere now, and stops using it.

use ::entity::{NumberId, phone_number};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, idempotency, numbers};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{PhoneNumber, UserError};

/// What `acceptRouting` takes.
#[derive(InputObject)]
pub struct AcceptRoutingInput {
    /// The number's global id.
    pub phone_number_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `acceptRouting` answers.
#[derive(SimpleObject)]
pub struct AcceptRoutingPayload {
    /// The number, `REMOVED`; null if it was refused.
    phone_number: Option<PhoneNumber>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AcceptRouting;

#[Object]
impl AcceptRouting {
    /// Says that a number's routing was changed at Twilio on purpose. Callab stops using the number, as after
    /// `removePhoneNumber`: its assignments end, inbound and outbound, and it may be added again. Nothing is written at Twilio,
    /// now or later: what was borrowed is not given back, since the customer has moved on from it, and a fallback or status
    /// address of Callab's that is left there stays until it is changed in the Twilio Console. Calls under way go on. Refused
    /// with `CALLS_STILL_COME` where what was changed does not decide who answers.
    async fn accept_routing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: AcceptRoutingInput,
    ) -> Result<AcceptRoutingPayload, ApiError> {
        let again = |id| numbers::find(ctx.services(), ctx.actor(), NumberId(id));
        let (phone_number, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(AcceptRoutingPayload {
            phone_number: phone_number.map(PhoneNumber),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: AcceptRoutingInput) -> Result<phone_number::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "acceptRouting", key, input.to_value()).await?;
    let number =
        id::parse(&input.phone_number_id).ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    let ended = numbers::accept(ctx.services(), &request, number).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
