//! `call_intent`: the intent to place one call, which is posted to Twilio at most once.

use sea_orm::entity::prelude::*;

use crate::{AccountId, AgentId, CallIntentId, E164, NumberId, WorkspaceId};

crate::text_enum! {
    /// How far the intent is. States only move forward.
    pub enum IntentState {
        /// Not yet sent to Twilio.
        Waiting = "WAITING",
        /// Being sent; whether Twilio took it may be unknown.
        Sending = "SENDING",
        /// Twilio has the call.
        Placed = "PLACED",
        /// Over. A call that still asks for instructions is hung up.
        Closed = "CLOSED",
    }
}

crate::text_enum! {
    /// How an intent ended.
    pub enum IntentOutcome {
        /// Twilio placed the call.
        Placed = "PLACED",
        /// Twilio refused it.
        Refused = "REFUSED",
        /// It was withdrawn before it was sent.
        Withdrawn = "WITHDRAWN",
        /// It was sent, and no such call was found.
        Lost = "LOST",
    }
}

crate::text_enum! {
    /// What a call is placed for.
    pub enum IntentPurpose {
        /// To prove a direction: short, and after the questions of a preflight.
        Test = "TEST",
        /// The agent's own call.
        Agent = "AGENT",
    }
}

/// One call that is to be placed. At most one is open from a number to a number.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call_intent")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CallIntentId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account that places it.
    pub twilio_account_id: AccountId,
    /// The number that calls.
    pub phone_number_id: NumberId,
    /// The agent that talks.
    pub agent_id: Option<AgentId>,
    /// The number that calls, as text.
    pub from_number: E164,
    /// Who is called.
    pub to_number: E164,
    /// What it is placed for.
    pub purpose: IntentPurpose,
    /// The reference in the call's webhook addresses.
    pub reference: String,
    /// How far it is.
    pub state: IntentState,
    /// How it ended.
    pub outcome: Option<IntentOutcome>,
    /// Twilio's error code when it refused.
    pub twilio_code: Option<i32>,
    /// Twilio's words beside a code that Callab cannot explain, phone numbers and secrets hidden.
    pub twilio_text: Option<String>,
    /// The call's SID once known.
    pub call_sid: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was sent.
    pub sent_at: Option<DateTimeUtc>,
    /// When it was closed.
    pub closed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
