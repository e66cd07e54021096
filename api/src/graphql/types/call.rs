//! A call of one of the workspace's numbers.

use ::entity::{agent_assignment, call, call_step};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::call_error::{CallAlert, CallError};
use super::call_quality::CallQuality;
use super::mirror::mirror;
use super::money::Money;
use super::{Agent, Direction, PhoneNumber, TwilioAccount};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::loaders::{AlertsOf, StepsOf};
use crate::graphql::{id, masking};

mirror! {
    /// A call's status, in Twilio's words.
    pub enum CallStatus of ::entity::call::CallStatus {
        /// Waiting to be dialled.
        Queued,
        /// Taken by Twilio.
        Initiated,
        /// Ringing.
        Ringing,
        /// Talking.
        InProgress,
        /// Ended after it was answered.
        Completed,
        /// The other end was busy.
        Busy,
        /// It could not be completed.
        Failed,
        /// Nobody answered.
        NoAnswer,
        /// Ended before it was answered.
        Canceled,
    }
}

mirror! {
    /// A step in a call's life.
    pub enum CallStepKind of ::entity::call_step::StepKind {
        /// Twilio asked Callab what to do, and signed the question.
        WebhookReceived,
        /// The call was handed to the agent.
        AgentConnecting,
        /// The call was given a spoken sentence or the backup number in the place of an agent.
        FallbackGiven,
        /// The call was sent on to the borrowed routing.
        Redirected,
        /// The call was hung up by Callab.
        HungUp,
        /// Taken by Twilio.
        Initiated,
        /// Ringing.
        Ringing,
        /// Answered.
        Answered,
        /// The media stream to the agent is open.
        StreamStarted,
        /// The media stream ended.
        StreamStopped,
        /// The media stream could not be opened, or broke.
        StreamError,
        /// The SIP leg to the agent ended.
        AgentLegEnded,
        /// The call ended.
        Ended,
        /// Found in Twilio's own call log.
        FoundInLog,
    }
}

/// What became of a call, for those who look for calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::calls::CallResult")]
pub enum CallResult {
    /// It waits or rings.
    Ringing,
    /// It was answered; it may go on still.
    Answered,
    /// Nobody answered.
    NoAnswer,
    /// The other end was busy.
    Busy,
    /// It could not be connected.
    Failed,
    /// It was withdrawn before it was answered.
    Canceled,
}

/// Something that happened in a call.
#[derive(SimpleObject)]
pub struct CallStep {
    /// What happened.
    kind: CallStepKind,
    /// When it happened, by Twilio's word where it gives one.
    at: DateTime<Utc>,
    /// A code that explains it: Twilio's error code, or a SIP answer such as `486`.
    code: Option<i32>,
    /// A short word that explains it. Example: `no-answer`.
    detail: Option<String>,
}

impl From<call_step::Model> for CallStep {
    fn from(step: call_step::Model) -> Self {
        Self {
            kind: (&step.kind).into(),
            at: step.at,
            code: step.code,
            detail: step.detail,
        }
    }
}

/// A call of one of the workspace's numbers.
pub struct Call(pub call::Model);

/// One end of a call: the workspace's number, or another's.
fn party(ctx: &Context<'_>, party: &str, is_own: bool) -> String {
    let role = ctx.actor().role;
    match ::entity::E164::parse(party) {
        Ok(number) if is_own => masking::own(role, &number),
        _ => masking::other(role, party),
    }
}

/// A call of one of the workspace's numbers, known from webhooks or from Twilio's own log.
#[Object]
impl Call {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// Its SID at Twilio. Example: `CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`.
    async fn sid(&self) -> &str {
        &self.0.sid
    }

    /// Inbound or outbound, as the number's owner sees it.
    async fn direction(&self) -> Direction {
        (&self.0.direction).into()
    }

    /// Its status.
    async fn status(&self) -> CallStatus {
        (&self.0.status).into()
    }

    /// What became of it; null for a status that this release does not know.
    async fn result(&self) -> Option<CallResult> {
        domain::calls::CallResult::of(&self.0.status).map(Into::into)
    }

    /// Who called, as Twilio wrote it: a number in E.164, `anonymous`, `sip:…` or `client:…`. Other people's are hidden from
    /// Callab's staff.
    async fn from(&self, ctx: &Context<'_>) -> String {
        let is_own = self.0.direction == agent_assignment::Direction::Outbound;
        party(ctx, &self.0.from_number, is_own)
    }

    /// Who was called, as Twilio wrote it. Other people's numbers are hidden from Callab's staff.
    async fn to(&self, ctx: &Context<'_>) -> String {
        let is_own = self.0.direction == agent_assignment::Direction::Inbound;
        party(ctx, &self.0.to_number, is_own)
    }

    /// The account that it ran through.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<TwilioAccount>, ApiError> {
        Ok(ctx
            .loaders()
            .load_one(self.0.twilio_account_id)
            .await?
            .map(TwilioAccount::from))
    }

    /// The workspace's number.
    async fn phone_number(&self, ctx: &Context<'_>) -> Result<Option<PhoneNumber>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.phone_number_id).await?.map(PhoneNumber))
    }

    /// The agent that was to take or make it, as assigned then; null if there was none.
    async fn agent(&self, ctx: &Context<'_>) -> Result<Option<Agent>, ApiError> {
        match self.0.agent_id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(Agent)),
            None => Ok(None),
        }
    }

    /// What happened, oldest first.
    async fn steps(&self, ctx: &Context<'_>) -> Result<Vec<CallStep>, ApiError> {
        let steps = ctx.loaders().load_one(StepsOf(self.0.id)).await?;
        Ok(steps.unwrap_or_default().into_iter().map(Into::into).collect())
    }

    /// Why it went wrong: the first error that Twilio noted about it. Twilio's error log is read every ten minutes, unless configured
    /// otherwise; null where it has nothing.
    async fn error(&self, ctx: &Context<'_>) -> Result<Option<CallError>, ApiError> {
        let Some(code) = self.0.error_code else { return Ok(None) };
        let alerts = ctx
            .loaders()
            .load_one(AlertsOf::call(&self.0))
            .await?
            .unwrap_or_default();
        let noted = alerts.into_iter().find(|alert| alert.error_code == Some(code));
        Ok(Some(CallError::of(code, noted.and_then(|alert| alert.alert_text))))
    }

    /// Everything that Twilio's error log has about it, oldest first.
    async fn alerts(&self, ctx: &Context<'_>) -> Result<Vec<CallAlert>, ApiError> {
        let alerts = ctx.loaders().load_one(AlertsOf::call(&self.0)).await?;
        Ok(alerts.unwrap_or_default().into_iter().map(Into::into).collect())
    }

    /// How it sounded; null while that is not known, and where the account has no Voice Insights.
    async fn quality(&self) -> Option<CallQuality> {
        self.0.quality.clone().map(Into::into)
    }

    /// How long it was connected, in seconds; null before it ended.
    async fn duration_seconds(&self) -> Option<i32> {
        self.0.duration_s
    }

    /// The SIP answer that ended it. Example: `486`.
    async fn sip_code(&self) -> Option<i32> {
        self.0.sip_code
    }

    /// What Twilio charged, as a positive figure. Known some time after the end.
    async fn price(&self) -> Option<Money> {
        Money::known(self.0.price, self.0.price_currency.as_deref())
    }

    /// When it was first heard of; for a call that only Twilio's own log told of, when it began.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// When the other end began to ring; null where Twilio did not tell.
    async fn ringing_at(&self) -> Option<DateTime<Utc>> {
        self.0.ringing_at
    }

    /// How long it took to be set up, in milliseconds: an outbound call from its start to the ring, an inbound one from Callab's
    /// webhook to the agent on the line. Null where that is not known.
    async fn setup_ms(&self) -> Option<i32> {
        self.0.setup_ms
    }

    /// When it was first found in Twilio's own call log; null before.
    async fn log_seen_at(&self) -> Option<DateTime<Utc>> {
        self.0.log_seen_at
    }

    /// When it was answered; null if it was not.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answered_at
    }

    /// When it ended; null while it goes on.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }
}
