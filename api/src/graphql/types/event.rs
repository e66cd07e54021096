//! Something that happened.

use ::entity::{
    AccountId, ActivityFindingId, AgentId, BillingAlertId, BillingEpisodeId, CallId, CallIntentId, DiagnosisRunId,
    NumberId, TestCallId, WorkspaceId, event,
};
use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use domain::events::kind;
use serde_json::Value;
use uuid::Uuid;

use super::{Node, Workspace};
use crate::graphql::context::Asked;
use crate::graphql::cursor::EventOrder;
use crate::graphql::error::ApiError;
use crate::graphql::id::{self, NodeId};
use crate::graphql::queries::node;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum EventKind {
    /// A Twilio account was connected, changed or disconnected, or its connection health did, or its numbers were read. The subject
    /// is the account.
    AccountChanged,
    /// A number's state, routing or nickname changed. The subject is the number.
    PhoneNumberChanged,
    /// A step of a call was noted. The subject is the call.
    CallStep,
    /// A test call started, moved on or ended. The subject is the test call.
    TestCallChanged,
    /// An episode of a billing alert opened, ended or was taken note of. The subject is the episode.
    BillingEpisodeChanged,
    /// A change of an account's Auth Token by Callab started, moved on or ended. The subject is the account.
    TokenRotationChanged,
    /// An account's Auth Token has reached the age at which its policy asks for another. The subject is the account.
    TokenRotationDue,
    /// A diagnosis for which everything is asked afresh learned something, or ended. The subject is the run.
    DiagnosisChanged,
    /// Incidents at Twilio began, went on or ended, by its public status page; `twilioStatus` tells which. The subject is the workspace.
    TwilioStatusChanged,
    /// A call that is to be placed moved on: Twilio took it, refused it, or it is over. The subject is the call intent.
    CallIntentChanged,
    /// Unusual activity was found, or is over. The subject is the finding.
    ActivityFinding,
    /// Something that this release does not know.
    Other,
}

impl EventKind {
    fn of(word: &str) -> Self {
        match word {
            kind::ACCOUNT => Self::AccountChanged,
            kind::NUMBER => Self::PhoneNumberChanged,
            kind::CALL => Self::CallStep,
            kind::TEST_CALL => Self::TestCallChanged,
            kind::BILLING_EPISODE => Self::BillingEpisodeChanged,
            kind::TOKEN_ROTATION => Self::TokenRotationChanged,
            kind::TOKEN_ROTATION_DUE => Self::TokenRotationDue,
            kind::DIAGNOSIS => Self::DiagnosisChanged,
            kind::TWILIO_STATUS => Self::TwilioStatusChanged,
            kind::CALL_INTENT => Self::CallIntentChanged,
            kind::ACTIVITY => Self::ActivityFinding,
            _ => Self::Other,
        }
    }

    fn subject(self, subject: Uuid) -> Option<ID> {
        match self {
            Self::AccountChanged | Self::TokenRotationChanged | Self::TokenRotationDue => {
                Some(id::global(AccountId(subject)))
            }
            Self::PhoneNumberChanged => Some(id::global(NumberId(subject))),
            Self::CallStep => Some(id::global(CallId(subject))),
            Self::TestCallChanged => Some(id::global(TestCallId(subject))),
            Self::BillingEpisodeChanged => Some(id::global(BillingEpisodeId(subject))),
            Self::DiagnosisChanged => Some(id::global(DiagnosisRunId(subject))),
            Self::TwilioStatusChanged => Some(id::global(WorkspaceId(subject))),
            Self::CallIntentChanged => Some(id::global(CallIntentId(subject))),
            Self::ActivityFinding => Some(id::global(ActivityFindingId(subject))),
            Self::Other => None,
        }
    }
}

/// Something that happened.
pub struct Event {
    row: event::Model,
    order: EventOrder,
}

impl Event {
    /// An event of this order.
    pub fn new(row: event::Model, order: EventOrder) -> Self {
        Self { row, order }
    }

    /// What happened.
    pub fn kind(&self) -> EventKind {
        EventKind::of(&self.row.kind)
    }
}

/// Something that happened. Events are kept for a week, unless configured otherwise, and come in one order.
#[Object]
impl Event {
    /// Its place in the order of events: give it as `after` to go on from there. Opaque.
    async fn cursor(&self) -> String {
        self.order.cursor(self.row.seq.unwrap_or_default())
    }

    /// What happened.
    #[graphql(name = "kind")]
    async fn shown_kind(&self) -> EventKind {
        self.kind()
    }

    /// When it happened.
    async fn at(&self) -> DateTime<Utc> {
        self.row.at
    }

    /// The global id of what it happened to; null for a kind that this release does not know.
    async fn subject_id(&self) -> Option<ID> {
        self.kind().subject(self.row.subject)
    }

    /// What it happened to, as it is now; null if it is gone.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>, ApiError> {
        match self.kind().subject(self.row.subject) {
            Some(id) => node::find(ctx, &id).await,
            None => Ok(None),
        }
    }

    /// What is worth telling of it: words, figures and global ids, such as `{"step": "RINGING", "number": "…"}`. No phone numbers.
    /// Fields come and go with releases: read the subject for what you rely on.
    async fn data(&self) -> Value {
        shown(&self.row.data)
    }

    /// Whose it is.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Option<Workspace>, ApiError> {
        Ok(ctx.loaders().load_one(self.row.workspace_id).await?.map(Workspace))
    }
}

/// The data with the ids that clients know. Those of rows that GraphQL does not show are left out.
pub(super) fn shown(data: &Value) -> Value {
    let Some(fields) = data.as_object() else {
        return Value::Null;
    };
    let fields = fields.iter().filter_map(|(name, value)| {
        let is_id = value.as_str().is_some_and(|text| Uuid::try_parse(text).is_ok());
        let value = if is_id { global(name, value)? } else { value.clone() };
        Some((name.clone(), value))
    });
    Value::Object(fields.collect())
}

fn global(name: &str, value: &Value) -> Option<Value> {
    let uuid = Uuid::try_parse(value.as_str()?).ok()?;
    let id = match name {
        "account" => id::global(AccountId::from_uuid(uuid)),
        "number" => id::global(NumberId::from_uuid(uuid)),
        "agent" => id::global(AgentId::from_uuid(uuid)),
        "call" => id::global(CallId::from_uuid(uuid)),
        "test" => id::global(TestCallId::from_uuid(uuid)),
        "alert" => id::global(BillingAlertId::from_uuid(uuid)),
        "intent" => id::global(CallIntentId::from_uuid(uuid)),
        _ => return None,
    };
    Some(Value::String(id.0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_names_rows_as_clients_do_and_only_those_they_can_ask_for() {
        let uuid = "0190f3b2-7c1e-7000-8000-000000000000";
        let number = id::global(NumberId(Uuid::try_parse(uuid).unwrap())).0;
        let data = json!({ "step": "RINGING", "number": uuid, "row": uuid, "status": null });
        assert_eq!(
            shown(&data),
            json!({ "step": "RINGING", "number": number, "status": null })
        );
    }
}
