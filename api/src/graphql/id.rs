//! Relay's global ids: opaque to clients, and of one type each.

use ::entity::{
    AccountId, ActivityFindingId, AgentId, AssignmentId, BillingAlertId, BillingEpisodeId, CallId, CallIntentId, JobId,
    NumberId, TestCallId, WorkspaceId,
};
use async_graphql::ID;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

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
    CallIntentId is "CallIntent",
    ActivityFindingId is "ActivityFinding",
}

/// The global id of a row: base64url of `Type:uuid`.
pub(super) fn global<I: NodeId>(id: I) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{}:{}", I::TYPE, id.uuid())))
}

/// Takes a global id apart: the type it names, and the row's own id.
pub(super) fn split(id: &ID) -> Option<(String, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, uuid) = text.split_once(':')?;
    Some((name.to_owned(), Uuid::try_parse(uuid).ok()?))
}

/// Reads a global id of one type; none if it is malformed or of another type.
pub(super) fn parse<I: NodeId>(id: &ID) -> Option<I> {
    let (name, uuid) = split(id)?;
    (name == I::TYPE).then(|| I::from_uuid(uuid))
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_bare_uuid_is_no_global_id() {
        let bare = "0190f3b2-7c1e-7000-8000-000000000000";
        assert_eq!(parse::<NumberId>(&ID(bare.into())), None);
        assert_eq!(parse::<NumberId>(&ID(URL_SAFE_NO_PAD.encode("PhoneNumber:"))), None);
    }
}
