//! What a test call shows, step by step, and its verdict: computed from what is stored, never stored itself.

use ::entity::agent::{self, EndpointKind};
use ::entity::call::{self, CallStatus};
use ::entity::call_intent::{self, IntentOutcome};
use ::entity::call_step::{self, StepKind};
use ::entity::test_call::{self, CheckState, TestKind, Verdict};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::queries;
use crate::Services;

/// A step of a test call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepName {
    /// Account, number, caller id, credit and trial limits were asked before any money was spent.
    Preflight,
    /// Twilio took the call.
    Created,
    /// It rings at the other end.
    Ringing,
    /// The other end answered.
    Answered,
    /// Twilio asked our webhook, with a good signature.
    WebhookReceived,
    /// The webhook found the agent that is assigned.
    AgentResolved,
    /// The agent is on the line.
    AgentConnected,
    /// The call ended as it should.
    Completed,
    /// The call stands in Twilio's own log, with the expected caller id.
    FoundInLog,
}

impl StepName {
    /// The step's name in rows and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preflight => "PREFLIGHT",
            Self::Created => "CREATED",
            Self::Ringing => "RINGING",
            Self::Answered => "ANSWERED",
            Self::WebhookReceived => "WEBHOOK_RECEIVED",
            Self::AgentResolved => "AGENT_RESOLVED",
            Self::AgentConnected => "AGENT_CONNECTED",
            Self::Completed => "COMPLETED",
            Self::FoundInLog => "FOUND_IN_LOG",
        }
    }
}

/// A step and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestStep {
    /// Which.
    pub name: StepName,
    /// `PASS`, `FAIL`, `NOT_REACHED` while it has not happened, or `UNKNOWN`.
    pub state: CheckState,
    /// When it happened.
    pub at: Option<DateTime<Utc>>,
    /// Twilio's error code, or the SIP answer, behind a failure.
    pub code: Option<i32>,
    /// A word that explains it: the check or the call status that failed.
    pub detail: Option<String>,
}

/// What is stored of a test.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    pub test: test_call::Model,
    pub intent: Option<call_intent::Model>,
    pub call: Option<call::Model>,
    pub steps: Vec<call_step::Model>,
    /// Whether the agent is called by SIP. Its leg's end is told only if the leg ends first.
    pub by_sip: bool,
    /// Whether the call has been over for long enough that no callback is still on its way.
    pub settled: bool,
}

/// How long after a call's end its callbacks may still be on their way.
const SETTLES_IN: TimeDelta = TimeDelta::seconds(5);

/// Reads what is stored of a test.
pub(super) async fn evidence(services: &Services, test: &test_call::Model) -> Result<Evidence, DbErr> {
    let intent = match test.call_intent_id {
        Some(id) => call_intent::Entity::find_by_id(id).one(&services.db).await?,
        None => None,
    };
    let call = match (test.call_id, test.call_intent_id) {
        (Some(id), _) => call::Entity::find_by_id(id).one(&services.db).await?,
        (None, Some(id)) => {
            call::Entity::find()
                .filter(call::COLUMN.call_intent_id.eq(id))
                .one(&services.db)
                .await?
        }
        (None, None) => None,
    };
    let steps = match &call {
        Some(call) => queries::steps_of(services, &[call.id]).await?,
        None => Vec::new(),
    };
    let agent = match intent
        .as_ref()
        .and_then(|intent| intent.agent_id)
        .or(call.as_ref().and_then(|call| call.agent_id))
    {
        Some(id) => agent::Entity::find_by_id(id).one(&services.db).await?,
        None => None,
    };
    let now = services.clock.now();
    Ok(Evidence {
        test: test.clone(),
        by_sip: agent.is_some_and(|agent| agent.endpoint_kind == EndpointKind::Sip),
        settled: call
            .as_ref()
            .is_some_and(|call| call.status.is_terminal() && now >= call.updated_at + SETTLES_IN),
        intent,
        call,
        steps,
    })
}

/// A test's steps, in their order.
///
/// # Errors
/// When the database fails.
pub async fn test_steps(services: &Services, test: &test_call::Model) -> Result<Vec<TestStep>, DbErr> {
    Ok(evidence(services, test).await?.steps())
}

impl Evidence {
    /// The steps of the test, in their order. After a failed step nothing is reached.
    pub(super) fn steps(&self) -> Vec<TestStep> {
        let mut steps = match self.test.kind {
            TestKind::Outbound => self.outbound(),
            _ => self.inbound(),
        };
        if let Some(failed) = steps.iter().position(|step| step.state == CheckState::Fail) {
            for step in steps
                .iter_mut()
                .skip(failed + 1)
                .filter(|step| step.state != CheckState::Pass)
            {
                step.state = CheckState::NotReached;
                step.code = None;
                step.detail = None;
            }
        }
        steps
    }

    fn outbound(&self) -> Vec<TestStep> {
        let mut steps = vec![self.preflight(), self.created()];
        steps.push(self.happened(StepName::Ringing, &[StepKind::Ringing, StepKind::Answered]));
        steps.push(self.happened(StepName::Answered, &[StepKind::Answered]));
        if self.intent.as_ref().is_some_and(|intent| intent.agent_id.is_some()) {
            steps.push(self.agent_connected());
        }
        steps.push(self.completed());
        steps.push(self.found_in_log());
        steps
    }

    fn inbound(&self) -> Vec<TestStep> {
        let received = self.happened(StepName::WebhookReceived, &[StepKind::WebhookReceived]);
        let mut resolved = self.happened(StepName::AgentResolved, &[StepKind::AgentConnecting]);
        if let Some(instead) = self.find(&[StepKind::FallbackGiven, StepKind::Redirected, StepKind::HungUp]) {
            resolved = TestStep {
                at: Some(instead.at),
                detail: Some(instead.kind.to_string()),
                ..failed(StepName::AgentResolved)
            };
        }
        vec![received, resolved, self.agent_connected(), self.completed()]
    }

    /// The verdict once there is one; `None` while the test runs. `over` when its time is up.
    pub(super) fn verdict(&self, over: bool) -> Option<(Verdict, Option<TestStep>)> {
        let steps = self.steps();
        if let Some(failed) = steps.iter().find(|step| step.state == CheckState::Fail) {
            return Some((Verdict::Fail, Some(failed.clone())));
        }
        if let Some(unknown) = steps.iter().find(|step| step.state == CheckState::Undetermined) {
            return Some((Verdict::Undetermined, Some(unknown.clone())));
        }
        match steps.iter().find(|step| step.state != CheckState::Pass) {
            None => Some((Verdict::Pass, None)),
            Some(missing) if over => Some((Verdict::Undetermined, Some(missing.clone()))),
            Some(_) => None,
        }
    }

    fn preflight(&self) -> TestStep {
        let checks = &self.test.preflight.0;
        let at = checks.first().map(|check| check.at);
        match checks.iter().find(|check| check.state == CheckState::Fail) {
            Some(check) => TestStep {
                at,
                code: check.twilio_code,
                detail: Some(check.check.clone()),
                ..failed(StepName::Preflight)
            },
            None if checks.is_empty() && self.created().state != CheckState::Pass => not_reached(StepName::Preflight),
            None => TestStep {
                at,
                ..passed(StepName::Preflight)
            },
        }
    }

    fn created(&self) -> TestStep {
        let name = StepName::Created;
        let Some(intent) = &self.intent else {
            return not_reached(name);
        };
        match &intent.outcome {
            _ if intent.call_sid.is_some() => TestStep {
                at: intent.sent_at,
                ..passed(name)
            },
            Some(IntentOutcome::Refused) => TestStep {
                at: intent.closed_at,
                code: intent.twilio_code,
                ..failed(name)
            },
            Some(IntentOutcome::Lost) => TestStep {
                at: intent.closed_at,
                state: CheckState::Undetermined,
                ..not_reached(name)
            },
            Some(IntentOutcome::Withdrawn) => TestStep {
                at: intent.closed_at,
                detail: Some("WITHDRAWN".into()),
                ..failed(name)
            },
            _ => not_reached(name),
        }
    }

    fn agent_connected(&self) -> TestStep {
        let name = StepName::AgentConnected;
        if let Some(error) = self.find(&[StepKind::StreamError]) {
            return TestStep {
                at: Some(error.at),
                code: error.code,
                ..failed(name)
            };
        }
        if let Some(started) = self.find(&[StepKind::StreamStarted]) {
            return TestStep {
                at: Some(started.at),
                ..passed(name)
            };
        }
        match self.find(&[StepKind::AgentLegEnded]) {
            Some(leg) if matches!(leg.detail.as_deref(), Some("completed" | "answered")) => TestStep {
                at: Some(leg.at),
                ..passed(name)
            },
            Some(leg) => TestStep {
                at: Some(leg.at),
                code: leg.code,
                detail: leg.detail.clone(),
                ..failed(name)
            },
            None if self.by_sip && self.settled => TestStep {
                state: CheckState::Undetermined,
                ..not_reached(name)
            },
            None => self.unless_over(name),
        }
    }

    fn completed(&self) -> TestStep {
        let name = StepName::Completed;
        match &self.call {
            Some(call) if call.status == CallStatus::Completed => TestStep {
                at: call.ended_at,
                ..passed(name)
            },
            _ => self.unless_over(name),
        }
    }

    fn found_in_log(&self) -> TestStep {
        let name = StepName::FoundInLog;
        match self.find(&[StepKind::FoundInLog]) {
            Some(found) if found.detail.is_none() => TestStep {
                at: Some(found.at),
                ..passed(name)
            },
            Some(found) => TestStep {
                at: Some(found.at),
                detail: found.detail.clone(),
                ..failed(name)
            },
            None => not_reached(name),
        }
    }

    fn happened(&self, name: StepName, kinds: &[StepKind]) -> TestStep {
        let completed = self.call.as_ref().filter(|call| call.status == CallStatus::Completed);
        match (self.find(kinds), completed) {
            (Some(step), _) => TestStep {
                at: Some(step.at),
                ..passed(name)
            },
            // A call that was completed has rung and was answered, whatever became of the callbacks.
            (None, Some(call)) if matches!(name, StepName::Ringing | StepName::Answered) => TestStep {
                at: call.answered_at,
                ..passed(name)
            },
            (None, _) => self.unless_over(name),
        }
    }

    /// A step that has not happened: it may still, unless the call is over. After a call that went well its callback may be late.
    fn unless_over(&self, name: StepName) -> TestStep {
        match &self.call {
            Some(call) if call.status == CallStatus::Completed && !self.settled => not_reached(name),
            Some(call) if call.status.is_terminal() => TestStep {
                at: call.ended_at,
                code: call.sip_code.filter(|code| *code != 200),
                detail: Some(call.status.to_string()),
                ..failed(name)
            },
            _ => not_reached(name),
        }
    }

    fn find(&self, kinds: &[StepKind]) -> Option<&call_step::Model> {
        self.steps.iter().find(|step| kinds.contains(&step.kind))
    }
}

fn passed(name: StepName) -> TestStep {
    TestStep {
        state: CheckState::Pass,
        ..not_reached(name)
    }
}

fn failed(name: StepName) -> TestStep {
    TestStep {
        state: CheckState::Fail,
        ..not_reached(name)
    }
}

fn not_reached(name: StepName) -> TestStep {
    TestStep {
        name,
        state: CheckState::NotReached,
        at: None,
        code: None,
        detail: None,
    }
}

#[cfg(test)]
mod tests;
