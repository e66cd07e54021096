//! A text is an id of one type at most, and no error tells what was sent.

use ::fuzz::Target;
use proptest::prelude::*;

use super::*;

const WORDS: &[&str] = &[
    "UGhvbmVOdW1iZXI6",
    "Q2FsbDo",
    "VHdpbGlvQWNjb3VudDo",
    "=",
    "-",
    "_",
    "A",
    ":",
    "{",
    "}",
    "urn:uuid:",
];

#[test]
fn a_text_is_an_id_of_one_type_at_most() {
    Target::new(env!("CARGO_MANIFEST_DIR"), "ids", WORDS).texts(|text| {
        let id = ID(text.to_owned());
        let kinds = [
            parse::<WorkspaceId>(&id).map(global),
            parse::<AccountId>(&id).map(global),
            parse::<NumberId>(&id).map(global),
            parse::<AgentId>(&id).map(global),
            parse::<AssignmentId>(&id).map(global),
            parse::<CallId>(&id).map(global),
            parse::<TestCallId>(&id).map(global),
            parse::<JobId>(&id).map(global),
            parse::<AuditEntryId>(&id).map(global),
            parse::<ApiKeyId>(&id).map(global),
        ];
        let found: Vec<ID> = kinds.into_iter().flatten().collect();
        prop_assert!(found.len() <= 1, "{found:?}");
        match (split(&id), found.first()) {
            (Some((name, uuid)), written) => {
                prop_assert!(!name.contains(':'));
                let again = written.map(split);
                prop_assert!(
                    again.is_none_or(|again| again == Some((name, uuid))),
                    "written and read again"
                );
            }
            (None, written) => prop_assert!(written.is_none()),
        }
        Ok(())
    });
}
