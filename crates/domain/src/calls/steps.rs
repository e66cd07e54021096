//! What a test call shows, step by step, and its verdict: computed from what is stored, never stored itself.

use ::entity::CallId;
use ::entity::agent::{self, EndpointKind};
use ::entity::call::{self, CallStatus};
use ::entity::call_intent::{self, IntentOutcome};
use ::entity::call_step::{self, StepKind};
use ::entity::test_call::{self, CheckState, TestKind, Verdict};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::{is_answered_leg, queries};
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
    /// Every step.
    pub const ALL: [Self; 9] = [
        Self::Preflight,
        Self::Created,
        Self::Ringing,
        Self::Answered,
        Self::WebhookReceived,
        Self::AgentResolved,
        Self::AgentConnected,
        Self::Completed,
        Self::FoundInLog,
    ];

    /// The step of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == name)
    }

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

/// A call and what happened in it.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub call: call::Model,
    pub steps: Vec<call_step::Model>,
    /// Whether it has been over for long enough that no callback is still on its way.
    pub settled: bool,
}

/// What is stored of a test.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    pub test: test_call::Model,
    pub intent: Option<call_intent::Model>,
    /// The call of the number under test.
    pub leg: Option<Leg>,
    /// The second number's own call, in an inbound test.
    pub caller: Option<Leg>,
    /// Whether the agent is called by SIP. Its leg's end is told only if the leg ends first.
    pub by_sip: bool,
}

/// How long after a call's end its callbacks may still be on their way.
const SETTLES_IN: TimeDelta = TimeDelta::seconds(5);

/// Reads what is stored of a test.
pub(super) async fn evidence(services: &Services, test: &test_call::Model) -> Result<Evidence, DbErr> {
    let intent = match test.call_intent_id {
        Some(id) => call_intent::Entity::find_by_id(id).one(&services.db).await?,
        None => None,
    };
    let placed = match test.call_intent_id {
        Some(id) => {
            call::Entity::find()
                .filter(call::COLUMN.call_intent_id.eq(id))
                .one(&services.db)
                .await?
        }
        None => None,
    };
    let (call, caller) = match (test.call_id, &test.kind) {
        (Some(id), kind) => {
            let call = call::Entity::find_by_id(id).one(&services.db).await?;
            (call, placed.filter(|_| *kind == TestKind::Inbound))
        }
        (None, TestKind::Inbound) => (None, placed),
        (None, _) => (placed, None),
    };
    let agent = match intent
        .as_ref()
        .and_then(|intent| intent.agent_id)
        .or(call.as_ref().and_then(|call| call.agent_id))
    {
        Some(id) => agent::Entity::find_by_id(id).one(&services.db).await?,
        None => None,
    };
    let ids: Vec<CallId> = call.iter().chain(&caller).map(|call| call.id).collect();
    let steps = queries::steps_of(services, &ids).await?;
    let now = services.clock.now();
    let leg = |call: call::Model| Leg {
        settled: call.status.is_terminal() && now >= call.updated_at + SETTLES_IN,
        steps: steps.iter().filter(|step| step.call_id == call.id).cloned().collect(),
        call,
    };
    Ok(Evidence {
        test: test.clone(),
        by_sip: agent.is_some_and(|agent| agent.endpoint_kind == EndpointKind::Sip),
        intent,
        leg: call.map(leg),
        caller: caller.map(leg),
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
    /// The leg that was placed for the test's intent.
    pub(super) fn placed(&self) -> Option<&Leg> {
        if self.test.kind == TestKind::Inbound {
            self.caller.as_ref()
        } else {
            self.leg.as_ref()
        }
    }

    /// The steps of the test, in their order. After a failed step nothing is reached.
    pub(super) fn steps(&self) -> Vec<TestStep> {
        let mut steps = match self.test.kind {
            TestKind::Outbound => self.outbound(),
            TestKind::Inbound => self.inbound(),
            TestKind::AwaitInbound | TestKind::Unknown(_) => self.awaited(),
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
        let leg = self.leg.as_ref();
        let mut steps = vec![self.preflight(), self.created()];
        steps.push(happened(
            leg,
            StepName::Ringing,
            &[StepKind::Ringing, StepKind::Answered],
        ));
        steps.push(happened(leg, StepName::Answered, &[StepKind::Answered]));
        if self.intent.as_ref().is_some_and(|intent| intent.agent_id.is_some()) {
            steps.push(self.agent_connected());
        }
        steps.push(completed(leg));
        steps.push(found_in_log(leg));
        steps
    }

    /// Both legs: the second number's, and that of the number under test, which proves the way to the agent.
    fn inbound(&self) -> Vec<TestStep> {
        let caller = self.caller.as_ref();
        let mut steps = vec![self.preflight(), self.created()];
        steps.extend(self.way_to_the_agent());
        steps.push(happened(caller, StepName::Answered, &[StepKind::Answered]));
        steps.push(match completed(caller) {
            // The second number's call may be over a moment before the other.
            TestStep {
                state: CheckState::Pass,
                ..
            } => completed(self.leg.as_ref()),
            not_yet => not_yet,
        });
        steps.push(found_in_log(caller));
        steps
    }

    fn awaited(&self) -> Vec<TestStep> {
        let mut steps = self.way_to_the_agent();
        steps.push(completed(self.leg.as_ref()));
        steps
    }

    fn way_to_the_agent(&self) -> Vec<TestStep> {
        let leg = self.leg.as_ref();
        let mut resolved = happened(leg, StepName::AgentResolved, &[StepKind::AgentConnecting]);
        let instead = [StepKind::FallbackGiven, StepKind::Redirected, StepKind::HungUp];
        if let Some(instead) = find(leg, &instead) {
            resolved = TestStep {
                at: Some(instead.at),
                detail: Some(instead.kind.to_string()),
                ..failed(StepName::AgentResolved)
            };
        }
        vec![self.webhook_received(), resolved, self.agent_connected()]
    }

    /// Twilio asks us about a call to the number. Where the second number's call is over and we were not asked, we never will be.
    fn webhook_received(&self) -> TestStep {
        let name = StepName::WebhookReceived;
        let leg = self.leg.as_ref();
        match (happened(leg, name, &[StepKind::WebhookReceived]), &self.caller) {
            (step, Some(caller)) if step.state == CheckState::NotReached && leg.is_none() && caller.settled => {
                TestStep {
                    at: caller.call.ended_at,
                    code: caller.call.error_code,
                    detail: Some(caller.call.status.to_string()),
                    ..failed(name)
                }
            }
            (step, _) => step,
        }
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
        let leg = self.leg.as_ref();
        if let Some(error) = find(leg, &[StepKind::StreamError]) {
            return TestStep {
                at: Some(error.at),
                code: error.code.or(leg.and_then(|leg| leg.call.error_code)),
                ..failed(name)
            };
        }
        if let Some(started) = find(leg, &[StepKind::StreamStarted]) {
            return TestStep {
                at: Some(started.at),
                ..passed(name)
            };
        }
        match find(leg, &[StepKind::AgentLegEnded]) {
            Some(ended) if is_answered_leg(ended.detail.as_deref()) => TestStep {
                at: Some(ended.at),
                ..passed(name)
            },
            Some(ended) => TestStep {
                at: Some(ended.at),
                code: leg.and_then(|leg| leg.call.error_code).or(ended.code),
                detail: ended.detail.clone(),
                ..failed(name)
            },
            None if self.by_sip && leg.is_some_and(|leg| leg.settled) => TestStep {
                state: CheckState::Undetermined,
                ..not_reached(name)
            },
            None => unless_over(leg, name),
        }
    }
}

fn completed(leg: Option<&Leg>) -> TestStep {
    let name = StepName::Completed;
    match leg {
        Some(leg) if leg.call.status == CallStatus::Completed => TestStep {
            at: leg.call.ended_at,
            ..passed(name)
        },
        _ => unless_over(leg, name),
    }
}

fn found_in_log(leg: Option<&Leg>) -> TestStep {
    let name = StepName::FoundInLog;
    match find(leg, &[StepKind::FoundInLog]) {
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

fn happened(leg: Option<&Leg>, name: StepName, kinds: &[StepKind]) -> TestStep {
    let completed = leg.filter(|leg| leg.call.status == CallStatus::Completed);
    match (find(leg, kinds), completed) {
        (Some(step), _) => TestStep {
            at: Some(step.at),
            ..passed(name)
        },
        // A call that was completed has rung and was answered, whatever became of the callbacks.
        (None, Some(leg)) if matches!(name, StepName::Ringing | StepName::Answered) => TestStep {
            at: leg.call.answered_at,
            ..passed(name)
        },
        (None, _) => unless_over(leg, name),
    }
}

/// A step that has not happened: it may still, unless the call is over. After a call that went well its callback may be late.
fn unless_over(leg: Option<&Leg>, name: StepName) -> TestStep {
    match leg {
        Some(leg) if leg.call.status == CallStatus::Completed && !leg.settled => not_reached(name),
        Some(leg) if leg.call.status.is_terminal() => TestStep {
            at: leg.call.ended_at,
            code: leg.call.error_code.or(leg.call.sip_code.filter(|code| *code != 200)),
            detail: Some(leg.call.status.to_string()),
            ..failed(name)
        },
        _ => not_reached(name),
    }
}

fn find<'a>(leg: Option<&'a Leg>, kinds: &[StepKind]) -> Option<&'a call_step::Model> {
    leg?.steps.iter().find(|step| kinds.contains(&step.kind))
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
