//! `call_step`: what happened in a call, one row a step.

use sea_orm::entity::prelude::*;

use crate::{CallId, CallStepId, WorkspaceId};

crate::text_enum! {
    /// A step in a call's life.
    pub enum StepKind {
        /// Twilio asked us what to do, and signed the question.
        WebhookReceived = "WEBHOOK_RECEIVED",
        /// The call was handed to the agent.
        AgentConnecting = "AGENT_CONNECTING",
        /// The call was given a spoken sentence or the backup number instead of an agent.
        FallbackGiven = "FALLBACK_GIVEN",
        /// The call was sent on to the borrowed routing.
        Redirected = "REDIRECTED",
        /// The call was hung up by us.
        HungUp = "HUNG_UP",
        /// Taken by Twilio.
        Initiated = "INITIATED",
        /// Ringing.
        Ringing = "RINGING",
        /// Answered.
        Answered = "ANSWERED",
        /// The media stream to the agent is open.
        StreamStarted = "STREAM_STARTED",
        /// The media stream ended.
        StreamStopped = "STREAM_STOPPED",
        /// The media stream could not be opened or broke.
        StreamError = "STREAM_ERROR",
        /// The SIP leg to the agent ended.
        AgentLegEnded = "AGENT_LEG_ENDED",
        /// The call ended.
        Ended = "ENDED",
        /// Found in Twilio's own call log.
        FoundInLog = "FOUND_IN_LOG",
    }
}

/// One step. A repeated webhook finds its step already there.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call_step")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CallStepId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The call.
    pub call_id: CallId,
    /// What happened.
    pub kind: StepKind,
    /// Says which repeats are the same step. Unique in its call.
    pub same_as: String,
    /// When it happened, by Twilio's word where it gives one.
    pub at: DateTimeUtc,
    /// When we heard of it.
    pub noted_at: DateTimeUtc,
    /// A code that explains it, such as Twilio's error code or a SIP answer.
    pub code: Option<i32>,
    /// A short word that explains it, such as a call status.
    pub detail: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
