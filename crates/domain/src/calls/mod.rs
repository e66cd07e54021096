//! Calls: put them through when they come in, note every step, place test calls and say how they went.

mod after;
mod answer;
mod cancel_test;
mod destination;
mod follow;
mod inbound;
mod intent;
mod lookup;
mod place;
mod preflight;
mod queries;
mod record;
mod start_test;
mod status;
mod steps;
mod stream;
mod target;

pub use after::{AgentLeg, after};
pub use answer::Answer;
pub use cancel_test::cancel_test;
pub use follow::follow;
pub use inbound::{VoiceFacts, answer};
pub use place::place;
pub use queries::{CallFilter, Position as CallPosition, by_ids, find, find_test, list, steps_of, tests_by_ids};
pub use start_test::{StartTest, start_test};
pub use status::{StatusFacts, note_status};
pub use steps::{StepName, TestStep, test_steps};
pub use stream::{StreamEvent, StreamFacts, note_stream};
pub(crate) use target::tokens_of;
pub use target::{Target, find_target, tokens};

use ::entity::{call, test_call};
use serde_json::json;

use crate::events::{Event, kind};

/// The event of a step of a call.
fn call_event(call: &call::Model, step: &::entity::call_step::StepKind) -> Event {
    let data =
        json!({ "step": step, "number": call.phone_number_id, "intent": call.call_intent_id, "status": call.status });
    Event {
        kind: kind::CALL,
        subject: call.id.0,
        data,
    }
}

/// The event of a test call's change.
fn test_event(test: &test_call::Model) -> Event {
    let data = json!({ "number": test.phone_number_id, "kind": test.kind, "verdict": test.verdict });
    Event {
        kind: kind::TEST_CALL,
        subject: test.id.0,
        data,
    }
}
