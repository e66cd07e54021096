//! Makes a billing alert.

use ::entity::{BillingAlertId, billing_alert};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::billing::{self, NewAlert, Threshold};
use domain::{Refusal, RefusalCode, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{BillingAlert, BillingAlertKind, Decimal, MoneyInput, UserError};

/// What `createBillingAlert` takes: `amount`, `factor` or `days`, by the kind.
#[derive(InputObject)]
pub struct CreateBillingAlertInput {
    /// The global id of the account to watch.
    pub account_id: ID,
    /// What to watch.
    pub kind: BillingAlertKind,
    /// The amount to compare with, in the account's currency: for `BALANCE_BELOW`, `SPEND_TODAY_ABOVE` and
    /// `SPEND_THIS_MONTH_ABOVE`. A spend is above zero.
    pub amount: Option<MoneyInput>,
    /// How many times the usual day, above 1 and at most 1000: for `SPEND_UNUSUAL`. Example: `"3"`.
    pub factor: Option<Decimal>,
    /// How many days the balance has to last, 1 to 365: for `BALANCE_LASTS_LESS_THAN`.
    pub days: Option<i32>,
    /// Whether to mirror it as a usage trigger in the customer's Twilio account, so that Callab hears of a crossing within minutes: for
    /// `SPEND_TODAY_ABOVE` and `SPEND_THIS_MONTH_ABOVE`. False if not given.
    pub mirror_at_twilio: Option<bool>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `createBillingAlert` answers.
#[derive(SimpleObject)]
pub struct CreateBillingAlertPayload {
    /// The alert; null if it was refused.
    billing_alert: Option<BillingAlert>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct CreateBillingAlert;

#[Object]
impl CreateBillingAlert {
    /// Makes a rule about what an account spends or has left. The account's figures are read and judged by it at once, in the
    /// background.
    async fn create_billing_alert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateBillingAlertInput,
    ) -> Result<CreateBillingAlertPayload, ApiError> {
        let again = |id| billing::find_alert(ctx.services(), ctx.actor(), BillingAlertId(id));
        let (alert, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(CreateBillingAlertPayload {
            billing_alert: alert.map(BillingAlert),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: CreateBillingAlertInput) -> Result<billing_alert::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "createBillingAlert", key, input.to_value()).await?;
    let account = id::parse(&input.account_id).ok_or_else(|| Refusal::not_found("Twilio account", "accountId"))?;
    let kind = input.kind.try_into().map_err(|_| {
        let message = "OTHER is for answers only: name the kind of the alert.";
        Refusal::new(RefusalCode::Malformed, message).on("kind")
    })?;
    let new = NewAlert {
        account,
        kind,
        threshold: threshold(input.amount, input.factor, input.days),
        mirror: input.mirror_at_twilio.unwrap_or(false),
    };
    let ended = billing::create_alert(ctx.services(), &request, new).await;
    idempotency::settle(ctx.services(), &request, ended).await
}

/// What a rule compares with, as it was typed.
pub(super) fn threshold(amount: Option<MoneyInput>, factor: Option<Decimal>, days: Option<i32>) -> Threshold {
    Threshold {
        amount: amount.map(|money| (money.amount.0.0, money.currency)),
        factor: factor.map(|factor| factor.0.0),
        days,
    }
}
