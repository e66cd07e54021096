//! Shows a masked number whole.

use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::numbers::{self, Revealed};
use domain::{Refusal, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::UserError;

/// What `revealNumber` takes.
#[derive(InputObject)]
pub struct RevealNumberInput {
    /// The number's global id.
    pub phone_number_id: ID,
    /// Why, for the audit log: 3 to 200 characters. The customer's owners read it there. Phone numbers in it are taken out.
    pub reason: String,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused. A repeat shows the number until `visibleUntil` only.
    pub idempotency_key: Option<String>,
}

/// What `revealNumber` answers.
#[derive(SimpleObject)]
pub struct RevealNumberPayload {
    /// The whole number, in E.164; null if it was refused, and for a repeat after `visibleUntil`.
    number: Option<String>,
    /// Until when the number may be shown: 60 seconds. Null if it was refused.
    visible_until: Option<DateTime<Utc>>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct RevealNumber;

#[Object]
impl RevealNumber {
    /// Shows a customer's own number whole, for a reason that is kept in the audit log. Needs the permission `REVEAL_NUMBERS`.
    async fn reveal_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RevealNumberInput,
    ) -> Result<RevealNumberPayload, ApiError> {
        let again = |entry| numbers::revealed(ctx.services(), entry);
        let (revealed, user_errors) = settled(run(ctx, input).await, again).await?;
        let (number, visible_until) = match revealed {
            Some(Revealed { number, visible_until }) => (number, Some(visible_until)),
            None => (None, None),
        };
        Ok(RevealNumberPayload {
            number: number.map(|number| number.to_string()),
            visible_until,
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: RevealNumberInput) -> Result<Revealed, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "revealNumber", key, input.to_value()).await?;
    let number =
        id::parse(&input.phone_number_id).ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    let ended = numbers::reveal(ctx.services(), &request, number, &input.reason).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
