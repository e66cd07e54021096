//! `test_call`: a call placed or awaited to prove a direction.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{CallId, CallIntentId, E164, NumberId, TestCallId, WorkspaceId};

crate::text_enum! {
    /// What a test call proves.
    pub enum TestKind {
        /// The number can call out.
        Outbound = "OUTBOUND",
        /// A call to the number reaches its agent; a second number of the workspace calls.
        Inbound = "INBOUND",
        /// A call to the number reaches its agent; the customer is asked to call.
        AwaitInbound = "AWAIT_INBOUND",
    }
}

crate::text_enum! {
    /// How a test call ended.
    pub enum Verdict {
        /// The direction works.
        Pass = "PASS",
        /// A step stopped it.
        Fail = "FAIL",
        /// It cannot be said.
        Undetermined = "UNKNOWN",
        /// It was called off.
        Canceled = "CANCELED",
    }
}

crate::text_enum! {
    /// How one question was answered.
    pub enum CheckState {
        /// Good.
        Pass = "PASS",
        /// Not good.
        Fail = "FAIL",
        /// Good enough, with a caution.
        Warn = "WARN",
        /// Depends on something that failed, or has not happened yet.
        NotReached = "NOT_REACHED",
        /// Cannot be said.
        Undetermined = "UNKNOWN",
    }
}

/// One question asked before the call was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// The check's code, such as `ACCOUNT_ACTIVE`.
    pub check: String,
    /// Its answer.
    pub state: CheckState,
    /// Twilio's error code behind the answer.
    pub twilio_code: Option<i32>,
    /// When it was asked.
    pub at: DateTimeUtc,
}

/// The questions asked before the call, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Preflights(pub Vec<Preflight>);

/// A test call. Its steps are computed from the preflight, the intent and the call, never stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "test_call")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TestCallId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The number under test.
    pub phone_number_id: NumberId,
    /// What it proves.
    pub kind: TestKind,
    /// Who is called, for a test that is placed.
    pub to_number: Option<E164>,
    /// The workspace's second number that calls, for an inbound test.
    pub from_phone_number_id: Option<NumberId>,
    /// The intent that places it.
    pub call_intent_id: Option<CallIntentId>,
    /// The call of the number under test, once there is one.
    pub call_id: Option<CallId>,
    /// The second number's own call, for an inbound test, once there is one.
    pub caller_call_id: Option<CallId>,
    /// What was asked before the call.
    pub preflight: Preflights,
    /// How it ended; none while it runs.
    pub verdict: Option<Verdict>,
    /// The step that stopped it.
    pub failed_step: Option<String>,
    /// Twilio's error code at that step.
    pub twilio_code: Option<i32>,
    /// Who started it.
    pub started_by: String,
    /// When it was started.
    pub created_at: DateTimeUtc,
    /// When it is given up.
    pub expires_at: DateTimeUtc,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
