//! Changes a billing alert.

use ::entity::{BillingAlertId, billing_alert};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::billing::{self, AlertChange};
use domain::{Refusal, idempotency};

use super::create_billing_alert::threshold;
use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{BillingAlert, Decimal, MoneyInput, UserError};

/// What `updateBillingAlert` takes; what is not given stays as it is. The kind of an alert stays.
#[derive(InputObject)]
pub struct UpdateBillingAlertInput {
    /// The alert's global id.
    pub billing_alert_id: ID,
    /// The amount to compare with, in the account's currency.
    pub amount: Option<MoneyInput>,
    /// How many times the usual day, above 1 and at most 1000. Example: `"3"`.
    pub factor: Option<Decimal>,
    /// How many days the balance has to last, 1 to 365.
    pub days: Option<i32>,
    /// Whether to mirror it as a usage trigger at Twilio.
    pub mirror_at_twilio: Option<bool>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `updateBillingAlert` answers.
#[derive(SimpleObject)]
pub struct UpdateBillingAlertPayload {
    /// The alert; null if it was refused.
    billing_alert: Option<BillingAlert>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct UpdateBillingAlert;

#[Object]
impl UpdateBillingAlert {
    /// Changes a billing alert. With another threshold its open episode ends, and the figures are judged anew. Its trigger at Twilio is
    /// replaced in the background, the new one first.
    async fn update_billing_alert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UpdateBillingAlertInput,
    ) -> Result<UpdateBillingAlertPayload, ApiError> {
        let again = |id| billing::find_alert(ctx.services(), ctx.actor(), BillingAlertId(id));
        let (alert, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(UpdateBillingAlertPayload {
            billing_alert: alert.map(BillingAlert),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: UpdateBillingAlertInput) -> Result<billing_alert::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "updateBillingAlert", key, input.to_value()).await?;
    let alert =
        id::parse(&input.billing_alert_id).ok_or_else(|| Refusal::not_found("billing alert", "billingAlertId"))?;
    let change = AlertChange {
        threshold: threshold(input.amount, input.factor, input.days),
        mirror: input.mirror_at_twilio,
    };
    let ended = billing::update_alert(ctx.services(), &request, alert, change).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
