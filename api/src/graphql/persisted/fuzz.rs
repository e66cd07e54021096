//! A hash leads to the document that has it, and to no other.

use ::fuzz::Target;
use proptest::prelude::*;

use super::*;

const WORDS: &[&str] = &[
    "{",
    "}",
    "\"",
    ",",
    ":",
    "null",
    "1",
    "2",
    "\"1\"",
    "\"version\"",
    "\"sha256Hash\"",
    "\"persistedQuery\"",
    "\"extensions\"",
    "\"query\"",
    "\"query\":\"\",",
    "{a}",
    "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38",
    "A",
    " ",
];

const ALLOWED: &str = "{__typename}";

fn sha256(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

#[test]
fn a_hash_leads_to_its_document_alone() {
    let listed = serde_json::json!({ sha256(ALLOWED): ALLOWED }).to_string();
    let allowed = AllowedDocuments::read(&listed).expect("a list");
    Target::new(env!("CARGO_MANIFEST_DIR"), "requests", WORDS).texts(|body| {
        let Ok(request) = serde_json::from_str::<Request>(body) else {
            return Ok(());
        };
        let sent = request.query.clone();
        let named = serde_json::from_str::<serde_json::Value>(body).unwrap_or_default();
        let named = named["extensions"]["persistedQuery"]["sha256Hash"]
            .as_str()
            .map(str::to_ascii_lowercase);
        let again = || serde_json::from_str::<Request>(body).expect("read before");

        let documents = Documents::default();
        let (mut first, mut second) = (request, again());
        if let Ok(offered) = documents.find(&mut first) {
            prop_assert_eq!(&first.query, &sent, "nothing was kept yet");
            if let Some(offered) = offered {
                prop_assert_eq!(named.as_ref(), Some(&sha256(&sent)), "offered under its own hash");
                documents.keep(&offered, &sent);
            }
        }
        second.query.clear();
        if documents.find(&mut second).is_ok() && !second.query.is_empty() {
            prop_assert_eq!(Some(sha256(&second.query)), named.clone(), "found by its own hash");
            prop_assert_eq!(&second.query, &sent);
        }
        prop_assert!(
            documents.find_written_out(&mut again()).is_ok() || named.is_some() || body.contains("persistedQuery")
        );

        let (only, mut request) = (Documents::default().only(Some(allowed.clone())), again());
        if only.find(&mut request).is_ok() && request.query.len() <= guard::limits::DOCUMENT_BYTES {
            prop_assert!(
                request.query == ALLOWED || request.query.is_empty(),
                "not on the list: {}",
                request.query
            );
        }
        Ok(())
    });
}
