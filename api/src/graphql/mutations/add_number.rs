//! Adds a number.

use ::entity::{NumberId, phone_number};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, idempotency, numbers};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{PhoneNumber, UserError};

/// What `addPhoneNumber` takes.
#[derive(InputObject)]
pub struct AddPhoneNumberInput {
    /// The number's global id.
    pub phone_number_id: ID,
    /// The customer's own name for it, 1 to 100 characters. Not given: the one it had before. Example: `Front desk`.
    pub nickname: Option<String>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `addPhoneNumber` answers.
#[derive(SimpleObject)]
pub struct AddPhoneNumberPayload {
    /// The number; null if it was refused.
    phone_number: Option<PhoneNumber>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AddPhoneNumber;

#[Object]
impl AddPhoneNumber {
    /// Adds a number that Twilio lists: Callab may use it from now on. Nothing is changed at Twilio until an agent is assigned to
    /// its inbound calls.
    async fn add_phone_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: AddPhoneNumberInput,
    ) -> Result<AddPhoneNumberPayload, ApiError> {
        let again = |id| numbers::find(ctx.services(), ctx.actor(), NumberId(id));
        let (phone_number, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(AddPhoneNumberPayload {
            phone_number: phone_number.map(PhoneNumber),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: AddPhoneNumberInput) -> Result<phone_number::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "addPhoneNumber", key, input.to_value()).await?;
    let number =
        id::parse(&input.phone_number_id).ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    // Its future is large: it may ask Twilio and write.
    let ended = Box::pin(numbers::add(
        ctx.services(),
        &request,
        number,
        input.nickname.as_deref(),
    ))
    .await;
    idempotency::settle(ctx.services(), &request, ended).await
}
