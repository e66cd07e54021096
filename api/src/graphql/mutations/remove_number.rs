//! Removes a number.

use ::entity::{NumberId, phone_number};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, idempotency, numbers};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{PhoneNumber, UserError};

/// What `removePhoneNumber` takes.
#[derive(InputObject)]
pub struct RemovePhoneNumberInput {
    /// The number's global id.
    pub phone_number_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `removePhoneNumber` answers.
#[derive(SimpleObject)]
pub struct RemovePhoneNumberPayload {
    /// The number; null if it was refused.
    phone_number: Option<PhoneNumber>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct RemovePhoneNumber;

#[Object]
impl RemovePhoneNumber {
    /// Stops using a number. It always works, with dead credentials too: its assignments end, and the borrowed routing is given
    /// back in the background. The number is never released at Twilio, and may be added again.
    async fn remove_phone_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RemovePhoneNumberInput,
    ) -> Result<RemovePhoneNumberPayload, ApiError> {
        let again = |id| numbers::find(ctx.services(), ctx.actor(), NumberId(id));
        let (phone_number, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(RemovePhoneNumberPayload {
            phone_number: phone_number.map(PhoneNumber),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: RemovePhoneNumberInput) -> Result<phone_number::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "removePhoneNumber", key, input.to_value()).await?;
    let number =
        id::parse(&input.phone_number_id).ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    let ended = numbers::remove(ctx.services(), &request, number).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
