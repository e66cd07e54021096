//! A phone number.

use ::entity::agent_assignment::{self, Direction};
use ::entity::phone_number::{self, AtTwilio as Listing};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::call_figures::NumberCallFigures;
use super::drift::RoutingDrift;
use super::number_words::{AtTwilio, NumberSource, NumberState, NumberType, RoutingState};
use super::routing::Routing;
use super::{AgentAssignment, TwilioAccount};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::loaders::{AssignmentsOfNumber, BorrowedOf, CallFiguresOfNumber};
use crate::graphql::{id, masking};

/// What a number can do, as Twilio lists it.
#[derive(SimpleObject)]
pub struct Capabilities {
    /// Calls. False for a number that receives faxes.
    voice: bool,
    /// Text messages.
    sms: bool,
    /// Picture messages.
    mms: bool,
    /// Faxes.
    fax: bool,
}

/// Why a number's routing is not what was wanted.
#[derive(SimpleObject)]
pub struct RoutingProblem {
    /// A stable code for programs. Examples: `CREDENTIALS_REJECTED`, `WRITE_NOT_TAKEN`, `CHANGED_BY_SOMEONE_ELSE`.
    code: String,
    /// Twilio's error code behind it. Example: `20003`.
    twilio_code: Option<i32>,
}

/// A number that Twilio lists for a connected account.
pub struct PhoneNumber(pub phone_number::Model);

impl PhoneNumber {
    async fn assignment(&self, ctx: &Context<'_>, direction: Direction) -> Result<Option<AgentAssignment>, ApiError> {
        let current = ctx.loaders().load_one(AssignmentsOfNumber(self.0.id)).await?;
        let wanted = |row: &agent_assignment::Model| row.direction == direction;
        Ok(current
            .unwrap_or_default()
            .into_iter()
            .find(wanted)
            .map(AgentAssignment))
    }
}

/// A number that Twilio lists for a connected account, or one managed by Callab.
#[Object]
impl PhoneNumber {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// Its SID at Twilio, to find it in the Twilio Console; no secret. Example: `PN0123456789abcdef0123456789abcdef`.
    async fn sid(&self) -> &str {
        &self.0.sid
    }

    /// The number in E.164. Example: `+14155550126`. Callab's staff see a part: `+1 415 ••• 26`, or `+1 •••`.
    async fn number(&self, ctx: &Context<'_>) -> String {
        masking::own(ctx.actor().role, &self.0.e164)
    }

    /// Its country, ISO 3166-1 alpha-2. Example: `US`. Null where the number belongs to no country (`+800`).
    async fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// Its type.
    #[graphql(name = "type")]
    async fn number_type(&self) -> NumberType {
        (&self.0.kind).into()
    }

    /// What it can do.
    async fn capabilities(&self) -> Capabilities {
        Capabilities {
            voice: self.0.voice,
            sms: self.0.sms,
            mms: self.0.mms,
            fax: self.0.fax,
        }
    }

    /// The customer's own name for it, up to 100 characters. Callab's staff see its digits hidden.
    async fn nickname(&self, ctx: &Context<'_>) -> Option<String> {
        let nickname = self.0.nickname.as_deref()?;
        Some(masking::name(ctx.actor().role, nickname))
    }

    /// Its name at Twilio. Callab's staff see its digits hidden.
    async fn friendly_name(&self, ctx: &Context<'_>) -> Option<String> {
        let name = self.0.friendly_name.as_deref()?;
        Some(masking::name(ctx.actor().role, name))
    }

    /// Where it comes from.
    async fn source(&self) -> NumberSource {
        (&self.0.source).into()
    }

    /// Whether Callab uses it.
    async fn state(&self) -> NumberState {
        (&self.0.state).into()
    }

    /// Whether Twilio still lists it.
    async fn at_twilio(&self) -> AtTwilio {
        (&self.0.at_twilio).into()
    }

    /// Who its calls go to.
    async fn routing(&self) -> RoutingState {
        (&self.0.routing).into()
    }

    /// Why `routing` is not what was wanted; null where it is.
    async fn routing_problem(&self) -> Option<RoutingProblem> {
        let code = self.0.routing_problem.clone()?;
        Some(RoutingProblem {
            code,
            twilio_code: self.0.routing_twilio_code,
        })
    }

    /// What someone changed of the routing that Callab wrote; null while it is as it was written.
    async fn drift(&self) -> Option<RoutingDrift> {
        RoutingDrift::of(&self.0)
    }

    /// Whether an agent can answer or call with it now: it has voice, and Twilio lists it.
    async fn usable_for_voice(&self) -> bool {
        self.0.voice && self.0.at_twilio == Listing::Listed
    }

    /// The account that lists it.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<TwilioAccount>, ApiError> {
        Ok(ctx
            .loaders()
            .load_one(self.0.twilio_account_id)
            .await?
            .map(TwilioAccount::from))
    }

    /// The agent that answers it now; null if none does.
    async fn inbound_assignment(&self, ctx: &Context<'_>) -> Result<Option<AgentAssignment>, ApiError> {
        self.assignment(ctx, Direction::Inbound).await
    }

    /// The agent that calls from it now; null if none does.
    async fn outbound_assignment(&self, ctx: &Context<'_>) -> Result<Option<AgentAssignment>, ApiError> {
        self.assignment(ctx, Direction::Outbound).await
    }

    /// The routing from just before Callab changed it, which is given back on removal; null while nothing is borrowed.
    async fn borrowed_routing(&self, ctx: &Context<'_>) -> Result<Option<Routing>, ApiError> {
        let borrowed = ctx.loaders().load_one(BorrowedOf(self.0.id)).await?;
        Ok(borrowed.map(|row| Routing::new(row.routing, row.borrowed_at)))
    }

    /// The routing as last seen at Twilio; `seenAt` says when.
    async fn live_routing(&self) -> Routing {
        Routing::new(self.0.seen_routing.clone(), self.0.seen_at)
    }

    /// How its calls went in the last 24 hours, and when it last had one.
    #[graphql(complexity = "1 + child_complexity")]
    async fn call_figures(&self, ctx: &Context<'_>) -> Result<NumberCallFigures, ApiError> {
        let figures = ctx.loaders().load_one(CallFiguresOfNumber(self.0.id)).await?;
        let figures = figures.ok_or(ApiError::NotFound("phone number"))?;
        Ok(figures.into())
    }

    /// When it was last added; null before the first time.
    async fn added_at(&self) -> Option<DateTime<Utc>> {
        self.0.added_at
    }

    /// When it was last removed; null before the first time.
    async fn removed_at(&self) -> Option<DateTime<Utc>> {
        self.0.removed_at
    }
}
