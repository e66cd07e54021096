//! Puts Callab's routing back on a number that drifted.

use ::entity::NumberId;
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::numbers::{self, Repaired};
use domain::{Refusal, RefusalCode, idempotency};

use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{PhoneNumber, RoutingPlan, UserError};

/// What `repairRouting` takes.
#[derive(InputObject)]
pub struct RepairRoutingInput {
    /// The number's global id.
    pub phone_number_id: ID,
    /// The `planId` of the routing plan that the person saw and agreed to: of `routingPlan` for this number, without an agent.
    pub confirmed_plan: String,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `repairRouting` answers.
#[derive(SimpleObject, Default)]
pub struct RepairRoutingPayload {
    /// The number; null if it was refused. Its `routing` tells how far the change at Twilio is.
    phone_number: Option<PhoneNumber>,
    /// The plan as it is now, with the refusal `ROUTING_CHANGED`: show it, and repair with its `planId`.
    new_plan: Option<RoutingPlan>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct RepairRouting;

#[Object]
impl RepairRouting {
    /// Puts Callab's routing back on a number whose routing someone changed at Twilio, in the background. What is given back one day
    /// stays the routing from before Callab's first write, not the one that is replaced now.
    async fn repair_routing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RepairRoutingInput,
    ) -> Result<RepairRoutingPayload, ApiError> {
        match run(ctx, input).await {
            Ok(Repaired::Done(number)) => Ok(done(PhoneNumber(*number))),
            Ok(Repaired::PlanChanged(plan)) => {
                let message = "The number's routing at Twilio is not the one that was shown. Look at the new plan and confirm it.";
                let refusal = Refusal::new(RefusalCode::RoutingChanged, message).on("confirmedPlan");
                Ok(RepairRoutingPayload {
                    new_plan: Some(RoutingPlan(*plan)),
                    user_errors: vec![refusal.into()],
                    ..Default::default()
                })
            }
            Err(domain::Error::DoneBefore(id)) => {
                let number = numbers::find(ctx.services(), ctx.actor(), NumberId(id)).await?;
                Ok(number.map(PhoneNumber).map(done).unwrap_or_default())
            }
            Err(domain::Error::Refused(refusals)) => Ok(RepairRoutingPayload {
                user_errors: refusals.into_iter().map(Into::into).collect(),
                ..Default::default()
            }),
            Err(error) => Err(error.into()),
        }
    }
}

fn done(number: PhoneNumber) -> RepairRoutingPayload {
    RepairRoutingPayload {
        phone_number: Some(number),
        ..Default::default()
    }
}

async fn run(ctx: &Context<'_>, input: RepairRoutingInput) -> Result<Repaired, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "repairRouting", key, input.to_value()).await?;
    let number =
        id::parse(&input.phone_number_id).ok_or_else(|| Refusal::not_found("phone number", "phoneNumberId"))?;
    let ended = numbers::repair(ctx.services(), &request, number, &input.confirmed_plan).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
