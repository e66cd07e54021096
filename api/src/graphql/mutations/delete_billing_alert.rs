//! Deletes a billing alert.

use ::entity::{BillingAlertId, billing_alert};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, billing, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{BillingAlert, UserError};

/// What `deleteBillingAlert` takes.
#[derive(InputObject)]
pub struct DeleteBillingAlertInput {
    /// The alert's global id.
    pub billing_alert_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `deleteBillingAlert` answers.
#[derive(SimpleObject)]
pub struct DeleteBillingAlertPayload {
    /// The alert, deleted; null if it was refused.
    billing_alert: Option<BillingAlert>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct DeleteBillingAlert;

#[Object]
impl DeleteBillingAlert {
    /// Deletes a billing alert: its open episode ends, and its trigger at Twilio is deleted in the background. Its episodes stay.
    async fn delete_billing_alert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: DeleteBillingAlertInput,
    ) -> Result<DeleteBillingAlertPayload, ApiError> {
        let again = |id| billing::find_alert(ctx.services(), ctx.actor(), BillingAlertId(id));
        let (alert, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(DeleteBillingAlertPayload {
            billing_alert: alert.map(BillingAlert),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: DeleteBillingAlertInput) -> Result<billing_alert::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "deleteBillingAlert", key, input.to_value()).await?;
    let alert =
        id::parse(&input.billing_alert_id).ok_or_else(|| Refusal::not_found("billing alert", "billingAlertId"))?;
    let ended = billing::delete_alert(ctx.services(), &request, alert).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
