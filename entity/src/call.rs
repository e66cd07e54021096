//! `call`: calls that our webhooks or Twilio's own log told of.

use sea_orm::entity::prelude::*;

use crate::agent_assignment::Direction;
use crate::call_quality::CallQuality;
use crate::{AccountId, AgentId, Amount, CallId, CallIntentId, NumberId, WorkspaceId};

crate::text_enum! {
    /// A call's status, in Twilio's words.
    pub enum CallStatus {
        /// Waiting to be dialled.
        Queued = "queued",
        /// Taken by Twilio.
        Initiated = "initiated",
        /// Ringing.
        Ringing = "ringing",
        /// Talking.
        InProgress = "in-progress",
        /// Ended after it was answered.
        Completed = "completed",
        /// The other end was busy.
        Busy = "busy",
        /// It could not be completed.
        Failed = "failed",
        /// Nobody answered.
        NoAnswer = "no-answer",
        /// Ended before it was answered.
        Canceled = "canceled",
    }
}

/// A call of one of the workspace's numbers.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call")]
pub struct Model {
    /// Its id here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CallId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account it ran through.
    pub twilio_account_id: AccountId,
    /// The workspace's number.
    pub phone_number_id: NumberId,
    /// The agent that was to take or make it, as assigned then.
    pub agent_id: Option<AgentId>,
    /// The intent it was placed for.
    pub call_intent_id: Option<CallIntentId>,
    /// Its SID at Twilio, `CA…`. Unique in its account.
    pub sid: String,
    /// Inbound or outbound, as the number's owner sees it.
    pub direction: Direction,
    /// Who called, as Twilio wrote it: a number, `anonymous`, `sip:…` or `client:…`.
    pub from_number: String,
    /// Who was called.
    pub to_number: String,
    /// Its status.
    pub status: CallStatus,
    /// Twilio's number of the newest status callback.
    pub status_sequence: Option<i32>,
    /// How long it was connected, in seconds.
    pub duration_s: Option<i32>,
    /// The SIP answer that ended it.
    pub sip_code: Option<i32>,
    /// Twilio's error code behind its failure: the first error that Twilio noted about it.
    pub error_code: Option<i32>,
    /// What Twilio charged, as a positive figure; known some time after the end.
    pub price: Option<Amount>,
    /// The price's currency, ISO 4217.
    pub price_currency: Option<String>,
    /// The country of the other end, ISO 3166-1 alpha-2; none where it is no phone number of a country.
    pub other_country: Option<String>,
    /// How it sounded, where the account has Voice Insights.
    pub quality: Option<CallQuality>,
    /// When Voice Insights was asked for the last time; none while there is something to ask.
    pub quality_at: Option<DateTimeUtc>,
    /// When it was first heard of; of a call that only Twilio's log told of, when it began.
    pub started_at: DateTimeUtc,
    /// When the other end began to ring.
    pub ringing_at: Option<DateTimeUtc>,
    /// How long it took to be set up, in milliseconds: outbound from its start to the ring, inbound from our webhook to the agent.
    pub setup_ms: Option<i32>,
    /// When it was answered.
    pub answered_at: Option<DateTimeUtc>,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
    /// When it was first found in Twilio's own log.
    pub log_seen_at: Option<DateTimeUtc>,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl CallStatus {
    /// The statuses of a call that is over. Nothing follows them.
    pub const TERMINAL: [Self; 5] = [
        Self::Completed,
        Self::Busy,
        Self::Failed,
        Self::NoAnswer,
        Self::Canceled,
    ];

    /// Whether the call is over.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        Self::TERMINAL.contains(self)
    }
}
