//! A call placed or awaited to prove a direction.

use ::entity::{CallId, test_call};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::calls::{self, StepName, TestStep};

use super::call_error::CallError;
use super::call_quality::CallQuality;
use super::diagnosis::DiagnosisCheckName;
use super::mirror::mirror;
use super::money::Money;
use super::told::Told;
use super::{Call, PhoneNumber};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::{id, masking};

/// Below this a step's code is a SIP answer.
const FIRST_TWILIO_CODE: i32 = 10_000;

mirror! {
    /// What a test call proves.
    pub enum TestCallKind of ::entity::test_call::TestKind {
        /// The number can call out.
        Outbound,
        /// A call to the number reaches its agent: a second number of the workspace calls it. Twilio bills both legs.
        Inbound,
        /// A call to the number reaches its agent: the customer is asked to call it.
        AwaitInbound,
    }
}

mirror! {
    /// How a test call ended.
    pub enum TestCallVerdict of ::entity::test_call::Verdict {
        /// The direction works.
        Pass,
        /// A step stopped it; `failedStep` says which.
        Fail,
        /// It cannot be said.
        #[graphql(name = "UNKNOWN")]
        Undetermined,
        /// It was called off.
        Canceled,
    }
}

mirror! {
    /// How one question was answered.
    pub enum CheckState of ::entity::test_call::CheckState {
        /// Good.
        Pass,
        /// Not good.
        Fail,
        /// Good enough, with a caution.
        Warn,
        /// Depends on something that failed, or has not happened yet.
        NotReached,
        /// Cannot be said.
        #[graphql(name = "UNKNOWN")]
        Undetermined,
    }
}

/// A step of a test call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "StepName")]
pub enum TestCallStepName {
    /// Account, number, caller id, credit and trial limits were asked before any money was spent.
    Preflight,
    /// Twilio took the call.
    Created,
    /// It rings at the other end.
    Ringing,
    /// The other end answered.
    Answered,
    /// Twilio asked Callab's webhook, with a good signature.
    WebhookReceived,
    /// The webhook found the agent that is assigned.
    AgentResolved,
    /// The agent is on the line.
    AgentConnected,
    /// The call ended as it should.
    Completed,
    /// The call that was placed stands in Twilio's own log, with the expected caller id.
    FoundInLog,
}

/// A step of a test call, and what is known of it.
#[derive(SimpleObject)]
pub struct TestCallStep {
    /// Which step.
    name: TestCallStepName,
    /// Whether it happened as it should; `NOT_REACHED` while it has not happened.
    state: CheckState,
    /// When it happened.
    at: Option<DateTime<Utc>>,
    /// Twilio's error code, or the SIP answer, behind a failure. Example: `13224`.
    code: Option<i32>,
    /// A word that explains it: the check or the call status that failed. Example: `no-answer`.
    detail: Option<String>,
}

impl From<TestStep> for TestCallStep {
    fn from(step: TestStep) -> Self {
        Self {
            name: step.name.into(),
            state: (&step.state).into(),
            at: step.at,
            code: step.code,
            detail: step.detail,
        }
    }
}

/// A call placed or awaited to prove a direction.
pub struct TestCall {
    row: test_call::Model,
    told: Option<Told>,
}

impl From<test_call::Model> for TestCall {
    fn from(row: test_call::Model) -> Self {
        Self { row, told: None }
    }
}

impl TestCall {
    /// Its calls, that of the number under test first.
    fn calls(&self) -> impl Iterator<Item = CallId> {
        self.row.call_id.into_iter().chain(self.row.caller_call_id)
    }

    /// The test as a live view tells of it.
    pub fn told(row: test_call::Model, told: Told) -> Self {
        Self { row, told: Some(told) }
    }
}

/// A call placed or awaited to prove a direction: a list of steps and a verdict. Follow it with the subscription `testCall`.
#[Object]
impl TestCall {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.row.id)
    }

    /// In a live view, the place in the order of events up to which this shows everything: give it as `after` to go on from there.
    /// Null elsewhere.
    async fn cursor(&self) -> Option<String> {
        self.told.as_ref().map(Told::cursor)
    }

    /// What it proves.
    async fn kind(&self) -> TestCallKind {
        (&self.row.kind).into()
    }

    /// The number under test.
    async fn phone_number(&self, ctx: &Context<'_>) -> Result<Option<PhoneNumber>, ApiError> {
        Ok(ctx.loaders().load_one(self.row.phone_number_id).await?.map(PhoneNumber))
    }

    /// Who is called, in E.164, for a test that is placed; hidden from Callab's staff.
    async fn to(&self, ctx: &Context<'_>) -> Option<String> {
        let to = self.row.to_number.as_ref()?;
        Some(masking::other(ctx.actor().role, to.as_str()))
    }

    /// The workspace's second number that calls, for an inbound test.
    #[graphql(name = "fromPhoneNumber")]
    async fn second_number(&self, ctx: &Context<'_>) -> Result<Option<PhoneNumber>, ApiError> {
        match self.row.from_phone_number_id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(PhoneNumber)),
            None => Ok(None),
        }
    }

    /// The second number's own call, for an inbound test, once there is one.
    async fn caller_call(&self, ctx: &Context<'_>) -> Result<Option<Call>, ApiError> {
        match self.row.caller_call_id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(Call)),
            None => Ok(None),
        }
    }

    /// The call of the number under test, once there is one.
    async fn call(&self, ctx: &Context<'_>) -> Result<Option<Call>, ApiError> {
        match self.row.call_id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(Call)),
            None => Ok(None),
        }
    }

    /// Its steps, in their order. After a failed step nothing is reached.
    async fn steps(&self, ctx: &Context<'_>) -> Result<Vec<TestCallStep>, ApiError> {
        let steps = calls::test_steps(ctx.services(), &self.row).await?;
        Ok(steps.into_iter().map(Into::into).collect())
    }

    /// How it ended; null while it runs.
    async fn verdict(&self) -> Option<TestCallVerdict> {
        self.row.verdict.as_ref().map(Into::into)
    }

    /// The step that stopped it, by its name. Example: `ANSWERED`.
    async fn failed_step(&self) -> Option<&str> {
        self.row.failed_step.as_deref()
    }

    /// Twilio's error code at that step. Example: `13224`.
    async fn twilio_code(&self) -> Option<i32> {
        self.row.twilio_code
    }

    /// What happened at that step and what to do, where Twilio gave an error code; null otherwise.
    async fn error(&self, ctx: &Context<'_>) -> Result<Option<CallError>, ApiError> {
        let Some(code) = self.row.twilio_code.filter(|code| *code >= FIRST_TWILIO_CODE) else {
            return Ok(None);
        };
        let intent = match self.row.call_intent_id {
            Some(id) => ctx.loaders().load_one(id).await?,
            None => None,
        };
        let refusal = intent.filter(|intent| intent.twilio_code == Some(code));
        let text = refusal.and_then(|intent| intent.twilio_text);
        Ok(Some(CallError::of(code, text)))
    }

    /// The check of the diagnosis that a failed test is tied to; null where nothing can be mended here, such as a busy phone.
    async fn failed_check(&self) -> Option<DiagnosisCheckName> {
        calls::failed_check(&self.row).map(Into::into)
    }

    /// What Twilio charged for the test's calls so far, as positive figures: one for each call whose price is known, in each call's
    /// own currency. Twilio tells prices some time after the end.
    async fn prices(&self, ctx: &Context<'_>) -> Result<Vec<Money>, ApiError> {
        let calls = ctx.loaders().load_many(self.calls()).await?;
        let priced = self.calls().filter_map(|id| {
            let call = calls.get(&id)?;
            Money::known(call.price, call.price_currency.as_deref())
        });
        Ok(priced.collect())
    }

    /// How the call of the number under test sounded; null while that is not known, and where the account has no Voice Insights.
    async fn quality(&self, ctx: &Context<'_>) -> Result<Option<CallQuality>, ApiError> {
        let Some(id) = self.row.call_id else { return Ok(None) };
        let call = ctx.loaders().load_one(id).await?;
        Ok(call.and_then(|call| call.quality).map(Into::into))
    }

    /// When it was started.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it is given up, if nothing happens until then.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.row.expires_at
    }

    /// When it ended; null while it runs.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.row.ended_at
    }
}
