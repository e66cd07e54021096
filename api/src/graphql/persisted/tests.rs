use async_graphql::value;
use serde_json::json;

use super::*;

fn hash(document: &str) -> String {
    hex::encode(Sha256::digest(document.as_bytes()))
}

fn request(document: &str, hash: &str) -> Request {
    let mut request = Request::new(document);
    let extension = value!({ "version": 1, "sha256Hash": hash });
    request.extensions.insert(EXTENSION.to_owned(), extension);
    request
}

/// Asks by the hash alone, and answers the document.
fn ask(documents: &Documents, hash: &str) -> Result<String, Unknown> {
    let mut request = request("", hash);
    documents.find(&mut request)?;
    Ok(request.query)
}

fn register(documents: &Documents, document: &str) {
    let offered = documents.find(&mut request(document, &hash(document))).unwrap();
    documents.keep(&offered.expect("it is offered"), document);
}

#[test]
fn a_document_is_known_by_its_hash_once_it_was_sent() {
    let documents = Documents::default();
    let document = "{ viewer { role } }";
    assert_eq!(ask(&documents, &hash(document)), Err(Unknown::NotFound));
    register(&documents, document);
    assert_eq!(ask(&documents, &hash(document)).unwrap(), document);
    assert_eq!(ask(&documents, &hash(document).to_uppercase()).unwrap(), document);
}

#[test]
fn a_hash_of_something_else_is_refused_and_nothing_kept() {
    let documents = Documents::default();
    let sent = documents.find(&mut request("{ a }", &hash("{ b }")));
    assert_eq!(sent.unwrap_err(), Unknown::Mismatch);
    assert_eq!(ask(&documents, &hash("{ b }")), Err(Unknown::NotFound));
}

#[test]
fn what_is_no_hash_of_this_version_is_not_supported() {
    for extension in [
        value!({ "version": 2, "sha256Hash": "ab" }),
        value!({ "version": 1, "sha256Hash": "ab" }),
        value!({ "version": 1 }),
        value!({ "version": "1", "sha256Hash": hash("{ a }") }),
        value!([1]),
        value!(null),
    ] {
        let mut request = Request::new("{ a }");
        request.extensions.insert(EXTENSION.to_owned(), extension);
        assert_eq!(
            Documents::default().find(&mut request).unwrap_err(),
            Unknown::NotSupported
        );
    }
}

#[test]
fn what_is_kept_is_bounded_and_what_is_used_stays() {
    let documents = Documents::default();
    let used = "{ used }";
    register(&documents, used);
    for n in 0..MOST_DOCUMENTS + 10 {
        register(&documents, &format!("{{ a{n} }}"));
        ask(&documents, &hash(used)).unwrap();
    }
    assert_eq!(documents.kept().by_hash.len(), MOST_DOCUMENTS);
    for n in 0..200 {
        register(&documents, &format!("{{ a{n} }} {}", " ".repeat(60_000)));
    }
    let bytes: usize = documents
        .kept()
        .by_hash
        .iter()
        .map(|(_, document)| document.len())
        .sum();
    assert_eq!(documents.kept().bytes, bytes);
    assert!(bytes <= MOST_BYTES);
}

#[test]
fn with_a_list_nothing_else_is_carried_out() {
    let listed = "query A { viewer { role } }";
    let json = json!({ hash(listed): listed }).to_string();
    let documents = Documents::default().only(Some(AllowedDocuments::read(&json).unwrap()));
    assert!(documents.find(&mut Request::new(listed)).unwrap().is_none(), "as text");
    assert_eq!(ask(&documents, &hash(listed)).unwrap(), listed, "by its hash");
    for other in ["{ viewer { role } }", "query A { viewer { role } } "] {
        assert_eq!(
            documents.find(&mut Request::new(other)).unwrap_err(),
            Unknown::NotAllowed
        );
        assert_eq!(
            documents.find(&mut request(other, &hash(other))).unwrap_err(),
            Unknown::NotAllowed
        );
        assert_eq!(ask(&documents, &hash(other)), Err(Unknown::NotFound));
    }
}

#[test]
fn a_list_is_checked_as_a_whole() {
    let document = "query A { viewer { role } }";
    let manifest = json!({
        "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{ "id": hash(document), "name": "A", "type": "query", "body": document }],
    });
    assert_eq!(AllowedDocuments::read(&manifest.to_string()).unwrap().count(), 1);
    let bad = |json: serde_json::Value| AllowedDocuments::read(&json.to_string()).unwrap_err();
    assert_eq!(bad(json!([document])), BadDocuments::Form);
    assert_eq!(
        bad(json!({ "operations": [{ "id": hash(document) }] })),
        BadDocuments::Form
    );
    assert_eq!(AllowedDocuments::read("query A").unwrap_err(), BadDocuments::Form);
    assert_eq!(bad(json!({ "ab": document })), BadDocuments::Hash("ab".to_owned()));
    for refused in ["{", "{ ...A } fragment A on Query { ...A }"] {
        let refusal = bad(json!({ hash(refused): refused }));
        assert!(matches!(refusal, BadDocuments::Document(..)), "{refusal}");
    }
}
