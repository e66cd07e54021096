//! Which check of the diagnosis a test call's verdict is tied to.

use ::entity::test_call::{self, CheckState, TestKind, Verdict};

use super::StepName;
use crate::checklist::{CheckName, of_twilio_code};

/// Below this a code is a SIP answer; Twilio's own begin here.
const FIRST_TWILIO_CODE: i32 = 10_000;

/// The check that a failed test call failed by. None for one that did not fail, or failed by nothing that can be mended here: the
/// called phone was busy.
#[must_use]
pub fn failed_check(test: &test_call::Model) -> Option<CheckName> {
    if test.verdict != Some(Verdict::Fail) {
        return None;
    }
    let step = StepName::parse(test.failed_step.as_deref()?)?;
    let failed = |check: &&test_call::Preflight| check.state == CheckState::Fail;
    let asked = test.preflight.0.iter().find(failed).map(|check| check.check.as_str());
    tied_to(&test.kind, step, test.twilio_code, asked)
}

/// `asked` is the check of the preflight that failed.
fn tied_to(kind: &TestKind, step: StepName, code: Option<i32>, asked: Option<&str>) -> Option<CheckName> {
    if step == StepName::Preflight {
        return asked.and_then(CheckName::parse);
    }
    if let Some(code) = code.filter(|code| *code >= FIRST_TWILIO_CODE) {
        return Some(of_twilio_code(code).map_or(CheckName::TwilioErrors, |(check, _)| check));
    }
    let is_outbound = *kind == TestKind::Outbound;
    match step {
        StepName::Ringing | StepName::Answered if is_outbound => None,
        // The number under test did not answer, or somebody else did.
        StepName::Ringing | StepName::Answered | StepName::WebhookReceived => Some(CheckName::RoutingOurs),
        StepName::AgentResolved => Some(CheckName::AgentAssigned),
        StepName::AgentConnected => Some(CheckName::AgentReachable),
        StepName::FoundInLog => Some(CheckName::CallerId),
        StepName::Preflight | StepName::Created | StepName::Completed => Some(CheckName::TwilioErrors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_tied_to_the_check_that_explains_it() {
        use StepName::{
            AgentConnected, AgentResolved, Answered, Completed, Created, FoundInLog, Preflight, WebhookReceived,
        };
        let table = [
            (TestKind::Outbound, Preflight, None, Some("CREDIT"), Some("CREDIT")),
            (
                TestKind::Outbound,
                Preflight,
                Some(20403),
                Some("ACCOUNT_ACTIVE"),
                Some("ACCOUNT_ACTIVE"),
            ),
            (TestKind::Outbound, Preflight, None, Some("OF_A_NEWER_RELEASE"), None),
            (TestKind::Outbound, Created, Some(21215), None, Some("GEO_PERMISSION")),
            (TestKind::Outbound, Created, Some(21210), None, Some("CALLER_ID")),
            (TestKind::Outbound, Created, Some(21219), None, Some("TRIAL_LIMITS")),
            (TestKind::Outbound, Created, Some(77_777), None, Some("TWILIO_ERRORS")),
            (TestKind::Outbound, Created, None, None, Some("TWILIO_ERRORS")),
            (TestKind::Outbound, Answered, Some(486), None, None),
            (TestKind::Outbound, Answered, Some(13224), None, Some("GEO_PERMISSION")),
            (
                TestKind::Outbound,
                AgentConnected,
                Some(11200),
                None,
                Some("WEBHOOK_ANSWERED"),
            ),
            (
                TestKind::Outbound,
                AgentConnected,
                Some(31920),
                None,
                Some("AGENT_REACHABLE"),
            ),
            (
                TestKind::Outbound,
                AgentConnected,
                Some(480),
                None,
                Some("AGENT_REACHABLE"),
            ),
            (TestKind::Outbound, Completed, None, None, Some("TWILIO_ERRORS")),
            (TestKind::Outbound, FoundInLog, None, None, Some("CALLER_ID")),
            (TestKind::Inbound, Answered, Some(486), None, Some("ROUTING_OURS")),
            (TestKind::Inbound, WebhookReceived, None, None, Some("ROUTING_OURS")),
            (
                TestKind::Inbound,
                WebhookReceived,
                Some(11200),
                None,
                Some("WEBHOOK_ANSWERED"),
            ),
            (TestKind::Inbound, WebhookReceived, Some(10003), None, Some("CREDIT")),
            (
                TestKind::Inbound,
                WebhookReceived,
                Some(21264),
                None,
                Some("TRIAL_LIMITS"),
            ),
            (
                TestKind::AwaitInbound,
                AgentResolved,
                None,
                None,
                Some("AGENT_ASSIGNED"),
            ),
            (
                TestKind::AwaitInbound,
                AgentConnected,
                None,
                None,
                Some("AGENT_REACHABLE"),
            ),
        ];
        for (kind, step, code, asked, expected) in table {
            let tied = tied_to(&kind, step, code, asked).map(CheckName::as_str);
            assert_eq!(tied, expected, "{kind} {step:?} {code:?} {asked:?}");
        }
    }
}
