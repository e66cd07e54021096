//! What assigning an agent would write at Twilio.

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::numbers::{RoutingPlan as Plan, RoutingWarning as Warning};

use super::routing::Routing;
use super::{Agent, PhoneNumber, UserError};
use crate::graphql::context::Asked;

/// Something to know before the plan is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Warning")]
pub enum RoutingWarning {
    /// The number is on a SIP trunk, which takes its calls today.
    OnTrunk,
    /// A Twilio application answers the number today.
    AnsweredByApplication,
    /// Another service answers the number today.
    AnsweredElsewhere,
}

/// One field of a number at Twilio that is going to be written.
#[derive(SimpleObject)]
pub struct RoutingWrite {
    /// Twilio's name of the field. Example: `voice_url`.
    field: &'static str,
    /// What stands there now; null where it is not set.
    from: Option<String>,
    /// What is going to; null clears it.
    to: Option<String>,
}

/// The plan of an inbound assignment.
pub struct RoutingPlan(pub Plan);

/// The exact changes that an inbound assignment makes at Twilio. Nothing is changed by asking for it. SMS settings are never
/// touched.
#[Object]
impl RoutingPlan {
    /// Names this plan, for `assignAgent`. It changes when the number's routing at Twilio does.
    async fn plan_id(&self) -> &str {
        &self.0.id
    }

    /// The number.
    async fn phone_number(&self) -> PhoneNumber {
        PhoneNumber(self.0.number.clone())
    }

    /// The agent.
    async fn agent(&self) -> Agent {
        Agent(self.0.agent.clone())
    }

    /// The routing that stands at Twilio now, read for this plan. It is borrowed: saved before the first write, and given back.
    async fn live_routing(&self, ctx: &Context<'_>) -> Routing {
        Routing::new(self.0.live.clone(), ctx.services().clock.now())
    }

    /// The fields to be written, in Twilio's order; empty when calls come to Callab already.
    async fn writes(&self) -> Vec<RoutingWrite> {
        let writes = self.0.writes.iter();
        let shown = writes.map(|write| RoutingWrite {
            field: write.field.as_str(),
            from: write.from.clone(),
            to: write.to.clone(),
        });
        shown.collect()
    }

    /// What to know beforehand.
    async fn warnings(&self) -> Vec<RoutingWarning> {
        self.0.warnings.iter().copied().map(Into::into).collect()
    }
}

/// A routing plan, or why there is none.
#[derive(SimpleObject)]
pub struct RoutingPlanPayload {
    /// The plan; null if it was refused.
    pub plan: Option<RoutingPlan>,
    /// Why there is no plan.
    pub user_errors: Vec<UserError>,
}
