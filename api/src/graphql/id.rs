//! Relay's global ids: opaque to clients, and of one type each.

use ::entity::{
    AccountId, ActivityFindingId, AgentId, ApiKeyId, AssignmentId, AuditEntryId, BillingAlertId, BillingEpisodeId,
    CallId, CallIntentId, ConfigurationChangeId, DiagnosisRunId, EndpointId, JobId, NotificationId, NumberId,
    TestCallId, WorkspaceId,
};
use async_graphql::ID;
use domain::global_id;
use uuid::Uuid;

use super::context::NoRows;

/// The id of a row that GraphQL shows.
pub(super) trait NodeId: Copy {
    /// The name of its GraphQL type.
    const TYPE: &'static str;

    /// From the row's own id.
    fn from_uuid(uuid: Uuid) -> Self;

    /// The row's own id.
    fn uuid(self) -> Uuid;
}

macro_rules! node_ids {
    ($($id:ident is $name:literal),+ $(,)?) => {$(
        impl NodeId for $id {
            const TYPE: &'static str = $name;

            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            fn uuid(self) -> Uuid {
                self.0
            }
        }
    )+};
}

node_ids! {
    WorkspaceId is "Workspace",
    AccountId is "TwilioAccount",
    NumberId is "PhoneNumber",
    AgentId is "Agent",
    AssignmentId is "AgentAssignment",
    CallId is "Call",
    TestCallId is "TestCall",
    JobId is "Job",
    BillingAlertId is "BillingAlert",
    BillingEpisodeId is "BillingEpisode",
    DiagnosisRunId is "DiagnosisRun",
    EndpointId is "NotificationEndpoint",
    NotificationId is "Notification",
    CallIntentId is "CallIntent",
    ActivityFindingId is "ActivityFinding",
    AuditEntryId is "AuditEntry",
    ApiKeyId is "ApiKey",
    ConfigurationChangeId is "ConfigurationChange",
}

/// The global id of a row.
pub(super) fn global<I: NodeId>(id: I) -> ID {
    ID(global_id::encode(I::TYPE, id.uuid()))
}

/// Takes a global id apart: the type it names, and the row's own id.
pub(super) fn split(id: &ID) -> Option<(String, Uuid)> {
    global_id::decode(id)
}

/// Reads a global id of one type; none if it is malformed or of another type.
pub(super) fn parse<I: NodeId>(id: &ID) -> Option<I> {
    let (name, uuid) = split(id)?;
    (name == I::TYPE).then(|| I::from_uuid(uuid))
}

/// The row that a list is narrowed to; none where it is not narrowed.
pub(super) fn narrowed<I: NodeId>(id: Option<&ID>) -> Result<Option<I>, NoRows> {
    id.map(|id| parse(id).ok_or(NoRows)).transpose()
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use domain::notifications::Subject;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_global_id_leads_back_to_its_row(bytes: [u8; 16]) {
            let id = NumberId(Uuid::from_bytes(bytes));
            prop_assert_eq!(parse(&global(id)), Some(id));
            prop_assert_eq!(parse::<AgentId>(&global(id)), None);
        }

        #[test]
        fn any_other_text_is_no_id(text: String) {
            prop_assert_eq!(parse::<NumberId>(&ID(text)), None);
        }
    }

    /// What customers are sent names rows as the API does.
    #[test]
    fn notifications_name_rows_by_the_same_ids() {
        let uuid = Uuid::from_u128(7);
        let names = [
            (Subject::from(AccountId(uuid)), AccountId::TYPE, global(AccountId(uuid))),
            (Subject::from(NumberId(uuid)), NumberId::TYPE, global(NumberId(uuid))),
            (
                Subject::from(TestCallId(uuid)),
                TestCallId::TYPE,
                global(TestCallId(uuid)),
            ),
            (
                Subject::from(BillingAlertId(uuid)),
                BillingAlertId::TYPE,
                global(BillingAlertId(uuid)),
            ),
            (
                Subject::from(BillingEpisodeId(uuid)),
                BillingEpisodeId::TYPE,
                global(BillingEpisodeId(uuid)),
            ),
            (
                Subject::from(EndpointId(uuid)),
                EndpointId::TYPE,
                global(EndpointId(uuid)),
            ),
        ];
        for (subject, type_name, id) in names {
            assert_eq!((subject.type_name, subject.global_id()), (type_name, id.0));
        }
    }

    #[test]
    fn a_bare_uuid_is_no_global_id() {
        let bare = "0190f3b2-7c1e-7000-8000-000000000000";
        assert_eq!(parse::<NumberId>(&ID(bare.into())), None);
        assert_eq!(parse::<NumberId>(&ID(URL_SAFE_NO_PAD.encode("PhoneNumber:"))), None);
    }
}
