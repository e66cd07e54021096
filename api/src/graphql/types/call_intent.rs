//! A call that an agent is to place.

use ::entity::call_intent;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use super::call_error::CallError;
use super::mirror::mirror;
use super::{Agent, Call, PhoneNumber};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::loaders::CallOfIntent;
use crate::graphql::{id, masking};

mirror! {
    /// How far a call that is to be placed is. States only move forward, but for a call that Twilio cannot have received.
    pub enum CallIntentState of ::entity::call_intent::IntentState {
        /// Not yet sent to Twilio.
        Waiting,
        /// Being sent; whether Twilio took it may be unknown.
        Sending,
        /// Twilio has the call.
        Placed,
        /// Over. A call that still asks for instructions is hung up.
        Closed,
    }
}

mirror! {
    /// What became of a call that was to be placed.
    pub enum CallIntentOutcome of ::entity::call_intent::IntentOutcome {
        /// Twilio placed the call.
        Placed,
        /// Twilio refused it; `error` says why.
        Refused,
        /// It was withdrawn before it was sent: the number or the account is no longer in use.
        Withdrawn,
        /// It was sent, no answer came, and no such call was found at Twilio.
        Lost,
    }
}

mirror! {
    /// What a call is placed for.
    pub enum CallPurpose of ::entity::call_intent::IntentPurpose {
        /// To prove a direction.
        Test,
        /// The agent's own call.
        Agent,
    }
}

/// A call that is to be placed, at most once.
pub struct CallIntent(pub call_intent::Model);

/// A call that is to be placed: it is sent to Twilio at most once, whatever becomes of Twilio's answer. Follow it by the events
/// `CALL_INTENT_CHANGED`, and its call by `CALL_STEP`.
#[Object]
impl CallIntent {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// What it is placed for.
    async fn purpose(&self) -> CallPurpose {
        (&self.0.purpose).into()
    }

    /// How far it is.
    async fn state(&self) -> CallIntentState {
        (&self.0.state).into()
    }

    /// What became of it; null while that is not known.
    async fn outcome(&self) -> Option<CallIntentOutcome> {
        self.0.outcome.as_ref().map(Into::into)
    }

    /// Why Twilio refused it; null if it did not.
    async fn error(&self) -> Option<CallError> {
        self.0
            .twilio_code
            .map(|code| CallError::of(code, self.0.twilio_text.clone()))
    }

    /// The number that calls.
    async fn phone_number(&self, ctx: &Context<'_>) -> Result<Option<PhoneNumber>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.phone_number_id).await?.map(PhoneNumber))
    }

    /// Who is called, in E.164; hidden from Callab's staff.
    async fn to(&self, ctx: &Context<'_>) -> String {
        masking::other(ctx.actor().role, self.0.to_number.as_str())
    }

    /// The agent that talks; null for a test without one.
    async fn agent(&self, ctx: &Context<'_>) -> Result<Option<Agent>, ApiError> {
        match self.0.agent_id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(Agent)),
            None => Ok(None),
        }
    }

    /// The call, once Twilio has told of it.
    async fn call(&self, ctx: &Context<'_>) -> Result<Option<Call>, ApiError> {
        Ok(ctx.loaders().load_one(CallOfIntent(self.0.id)).await?.map(Call))
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was sent to Twilio; null before.
    async fn sent_at(&self) -> Option<DateTime<Utc>> {
        self.0.sent_at
    }

    /// When it was over; null before.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }
}
