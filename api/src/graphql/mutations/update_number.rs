//! Changes a number's nickname.

use ::entity::{NumberId, phone_number};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, idempotency, numbers};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{PhoneNumber, UserError};

/// What `updatePhoneNumber` takes.
#[derive(InputObject)]
pub struct UpdatePhoneNumberInput {
    /// The number's global id.
    pub phone_number_id: ID,
    /// The customer's own name for it, 1 to 100 characters; null takes it away.
    pub nickname: Option<String>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `updatePhoneNumber` answers.
#[derive(SimpleObject)]
pub struct UpdatePhoneNumberPayload {
    /// The number; null if it was refused.
    phone_number: Option<PhoneNumber>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct UpdatePhoneNumber;

#[Object]
impl UpdatePhoneNumber {
    /// Changes a number's nickname. Nothing is changed at Twilio.
    async fn update_phone_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UpdatePhoneNumberInput,
    ) -> Result<UpdatePhoneNumberPayload, ApiError> {
        let again = |id| numbers::find(ctx.services(), ctx.actor(), NumberId(id));
        let (phone_number, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(UpdatePhoneNumberPayload {
            phone_number: phone_number.map(PhoneNumber),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: UpdatePhoneNumberInput) -> Result<phone_number::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "updatePhoneNumber", key, input.to_value()).await?;
    let number =
        id::parse(&input.phone_number_id).ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    let ended = numbers::rename(ctx.services(), &request, number, input.nickname.as_deref()).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
