//! Calls: put them through when they come in, note every step, place test calls and say how they went.

mod activity;
mod activity_queries;
mod after;
mod alerts;
mod answer;
mod call_result;
mod cancel_test;
mod counted;
mod destination;
mod explain;
mod failed_check;
mod follow;
mod foreign_text;
mod inbound;
mod intent;
mod log_merge;
mod log_page;
mod lookup;
mod minutes;
mod new_intent;
mod of_number;
mod on_line;
mod place;
mod place_call;
mod preflight;
mod quality;
mod queries;
mod record;
mod replayed;
mod signals;
mod start_test;
mod status;
mod steps;
mod stream;
mod sync;
mod target;
mod test_plan;
pub mod unusual;
mod window;

pub use activity_queries::{ActivityFilter, Position as ActivityPosition, activity_by_ids, list_activity};
pub use after::{AgentLeg, after};
pub use alerts::alerts_of;
pub(crate) use alerts::read as read_alerts;
pub use answer::Answer;
pub use call_result::CallResult;
pub use cancel_test::cancel_test;
pub use failed_check::failed_check;
pub use follow::follow;
pub use inbound::{VoiceFacts, answer};
pub use minutes::{MAX_MINUTES, Minute, by_minute};
pub use of_number::{NumberFigures, number_figures};
pub(crate) use on_line::{STEP_OF_AGENT_ON_LINE, is_answered_leg};
pub use place::place;
pub use place_call::place_call;
pub use queries::{
    CallFilter, Position as CallPosition, by_ids, calls_of_intents, find, find_intent, find_test, intents_by_ids, list,
    steps_of, tests_by_ids,
};
pub use signals::{Signal, signals_by_minute};
pub use start_test::{StartTest, start_test};
pub use status::{StatusFacts, note_status};
pub use steps::{StepName, TestStep, test_steps};
pub use stream::{StreamEvent, StreamFacts, note_stream};
pub use sync::sync;
pub(crate) use target::tokens_of;
pub use target::{Target, find_target, tokens};
pub use test_plan::{TestPlan, TestTarget, test_plan};
pub use window::{Window, window};

use ::entity::{call, call_intent, test_call};
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

/// The event of the way of an agent's call to Twilio.
fn intent_event(intent: &call_intent::Model) -> Event {
    let data = json!({ "number": intent.phone_number_id, "state": intent.state, "outcome": intent.outcome });
    Event {
        kind: kind::CALL_INTENT,
        subject: intent.id.0,
        data,
    }
}
