//! The 61 audits of the public suite for servers of GraphQL over HTTP, under its ids: what is sent, and what has to hold.
//!
//! Source: npm `graphql-http` 1.23.1, `serverAudits`, which `tests/it/graphql_http.rs` runs itself where Node is installed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::tests::{Answered, Served};

/// What an answer is held against.
#[derive(Clone, Copy, Debug)]
enum Must {
    HaveStatus(u16),
    HaveStatusWithin(u16, u16),
    BeOfType(&'static str),
    /// Its data is a result without errors.
    Succeed,
    /// It has no `data`, as opposed to null.
    HoldNoData,
    BeUtf8,
}

use Must::{BeOfType, BeUtf8, HaveStatus, HaveStatusWithin, HoldNoData, Succeed};

/// One audit: its id, what is sent, what must hold.
struct Audit {
    id: String,
    accept: Option<&'static str>,
    sent: Sent,
    must: &'static [Must],
}

/// A body by POST with its content type, or the query of a GET.
enum Sent {
    Posted(Option<&'static str>, String),
    InAddress(&'static [(&'static str, &'static str)]),
}

impl Sent {
    fn reads_the_schema(&self) -> bool {
        match self {
            Self::Posted(_, body) => body.contains("__type("),
            Self::InAddress(parameters) => parameters.iter().any(|(_, value)| value.contains("__type(")),
        }
    }
}

const NEWER: Option<&str> = Some("application/graphql-response+json");
const OLDER: Option<&str> = Some("application/json");
const JSON: Option<&str> = Some("application/json");

fn audit(id: impl Into<String>, accept: Option<&'static str>, sent: Sent, must: &'static [Must]) -> Audit {
    Audit {
        id: id.into(),
        accept,
        sent,
        must,
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the table is easier to read without references"
)]
fn posted(id: impl Into<String>, accept: Option<&'static str>, body: Value, must: &'static [Must]) -> Audit {
    audit(id, accept, Sent::Posted(JSON, body.to_string()), must)
}

fn media_types() -> Vec<Audit> {
    let query = || json!({ "query": "{ __typename }" });
    let emoji = json!({ "query": "{ __type(name: \"Run🏃Swim🏊\") { name } }" }).to_string();
    let with_charset = Sent::Posted(Some("application/json; charset=utf-8"), emoji);
    vec![
        posted(
            "22EB",
            NEWER,
            query(),
            &[HaveStatus(200), BeOfType("application/graphql-response+json")],
        ),
        posted("4655", OLDER, query(), &[HaveStatus(200), BeOfType("application/json")]),
        posted(
            "47DE",
            Some("*/*"),
            query(),
            &[HaveStatus(200), BeOfType("application/json")],
        ),
        posted("80D8", None, query(), &[HaveStatus(200), BeOfType("application/json")]),
        posted("82A3", None, query(), &[HaveStatus(200), BeUtf8]),
        audit("BF61", None, with_charset, &[HaveStatus(200)]),
        posted("78D5", None, query(), &[HaveStatus(200)]),
    ]
}

fn methods() -> Vec<Audit> {
    let query = json!({ "query": "{ __typename }" });
    let without_type = Sent::Posted(None, query.to_string());
    vec![
        posted("2C94", None, query.clone(), &[HaveStatus(200)]),
        audit(
            "5A70",
            None,
            Sent::InAddress(&[("query", "{ __typename }")]),
            &[HaveStatus(200)],
        ),
        audit(
            "9C48",
            NEWER,
            Sent::InAddress(&[("query", "mutation { __typename }")]),
            &[HaveStatusWithin(400, 499)],
        ),
        audit("9ABE", None, without_type, &[HaveStatusWithin(400, 499)]),
        posted("03D4", None, query, &[HaveStatus(200)]),
        audit("A5BF", None, Sent::Posted(JSON, String::new()), &[HaveStatus(400)]),
    ]
}

fn parameters() -> Vec<Audit> {
    let query = "{ __typename }";
    let named = json!({ "operationName": "Query", "query": "query Query { __typename }" });
    let mut audits = vec![
        posted("423L", NEWER, json!({ "notquery": query }), &[HaveStatus(400)]),
        posted("34A2", NEWER, json!({ "query": query }), &[HaveStatus(200)]),
        posted("13EE", OLDER, json!({ "query": query }), &[HaveStatus(200), Succeed]),
        posted("8161", NEWER, named.clone(), &[HaveStatus(200)]),
        posted("B8B3", OLDER, named, &[HaveStatus(200), Succeed]),
        posted("8764", None, json!({ "qeury": query }), &[HaveStatusWithin(400, 599)]),
        posted("3E3A", None, json!({ "qeury": query }), &[HaveStatus(400)]),
    ];
    let no_texts = [json!({ "obj": "ect" }), json!(0), json!(false), json!(["array"])];
    for (n, no_text) in no_texts.iter().enumerate() {
        audits.push(posted(
            format!("LKJ{n}"),
            None,
            json!({ "query": no_text }),
            &[HaveStatus(400)],
        ));
        let body = json!({ "operationName": no_text, "query": query });
        audits.push(posted(format!("6C0{n}"), None, body, &[HaveStatus(400)]));
    }
    let no_maps = [json!("string"), json!(0), json!(false), json!(["array"])];
    for (n, no_map) in no_maps.iter().enumerate() {
        let body = json!({ "query": query, "variables": no_map });
        audits.push(posted(format!("476{n}"), None, body, &[HaveStatus(400)]));
        let body = json!({ "query": query, "extensions": no_map });
        audits.push(posted(format!("58B{n}"), None, body, &[HaveStatus(400)]));
    }
    for (n, parameter) in ["variables", "operationName", "extensions"].into_iter().enumerate() {
        let body = json!({ "query": query, parameter: null });
        audits.push(posted(
            format!("94B{n}"),
            NEWER,
            body.clone(),
            &[HaveStatus(200), Succeed],
        ));
        audits.push(posted(format!("022{n}"), OLDER, body, &[HaveStatus(200), Succeed]));
    }
    audits
}

fn maps() -> Vec<Audit> {
    let document = "query Type($name: String!) { __type(name: $name) { name } }";
    let with_variables = json!({ "query": document, "variables": { "name": "sometype" } });
    let with_extensions = json!({ "query": "{ __typename }", "extensions": { "some": "value" } });
    let in_address = || {
        Sent::InAddress(&[
            ("query", "query Type($name: String!) { __type(name: $name) { name } }"),
            ("variables", "{\"name\":\"sometype\"}"),
        ])
    };
    vec![
        posted("2EA1", NEWER, with_variables.clone(), &[HaveStatus(200)]),
        posted("28B9", OLDER, with_variables, &[HaveStatus(200), Succeed]),
        audit("D6D5", NEWER, in_address(), &[HaveStatus(200), Succeed]),
        audit("6A70", OLDER, in_address(), &[HaveStatus(200), Succeed]),
        posted("428F", NEWER, with_extensions.clone(), &[HaveStatus(200)]),
        posted("1B7A", OLDER, with_extensions, &[HaveStatus(200), Succeed]),
    ]
}

fn failures() -> Vec<Audit> {
    let no_json = || Sent::Posted(JSON, "{ \"not a JSON".to_owned());
    let unreadable = || json!({ "query": "{" });
    let not_valid = || json!({ "query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }" });
    let missing = || json!({ "query": "query CoerceFailure($id: ID!){ __typename }", "variables": { "id": null } });
    vec![
        audit("B6DC", OLDER, no_json(), &[HaveStatusWithin(200, 599)]),
        audit("BCF8", OLDER, no_json(), &[HaveStatus(400)]),
        audit("B7N8", NEWER, no_json(), &[HaveStatus(400)]),
        posted("572B", OLDER, unreadable(), &[HaveStatus(200)]),
        posted("FDE2", OLDER, not_valid(), &[HaveStatus(200)]),
        posted("7B9B", OLDER, missing(), &[HaveStatus(200)]),
        posted("865D", NEWER, unreadable(), &[HaveStatusWithin(400, 599)]),
        posted("556A", NEWER, unreadable(), &[HaveStatus(400)]),
        posted("D586", NEWER, unreadable(), &[HoldNoData]),
        posted("51FE", NEWER, not_valid(), &[HaveStatusWithin(400, 599)]),
        posted("74FF", NEWER, not_valid(), &[HaveStatus(400)]),
        posted("5E5B", NEWER, not_valid(), &[HoldNoData]),
        posted("86EE", NEWER, missing(), &[HaveStatus(400)]),
    ]
}

fn holds(must: Must, answered: &Answered) -> bool {
    let body = || serde_json::from_slice::<Value>(&answered.body);
    match must {
        HaveStatus(status) => answered.status == status,
        HaveStatusWithin(lowest, highest) => (lowest..=highest).contains(&answered.status.as_u16()),
        BeOfType(media_type) => answered.header("content-type").starts_with(media_type),
        BeUtf8 => str::from_utf8(&answered.body).is_ok(),
        Succeed => body().is_ok_and(|body| body.get("data").is_some() && body.get("errors").is_none()),
        HoldNoData => body().is_ok_and(|body| body.get("errors").is_some() && body.get("data").is_none()),
    }
}

#[tokio::test]
async fn all_61_audits_of_the_public_suite_hold() {
    let audits: Vec<Audit> = [media_types(), methods(), parameters(), maps(), failures()]
        .into_iter()
        .flatten()
        .collect();
    let ids: BTreeSet<&str> = audits.iter().map(|audit| audit.id.as_str()).collect();
    assert_eq!((audits.len(), ids.len()), (61, 61));
    for introspection in [true, false] {
        let served = Served::new(introspection).await;
        let mut broken = Vec::new();
        for Audit { id, accept, sent, must } in &audits {
            // These read the schema, which is refused where introspection is off.
            if !introspection && sent.reads_the_schema() {
                continue;
            }
            let mut request = match sent {
                Sent::Posted(content_type, body) => served.post(body.clone()).with("content-type", *content_type),
                Sent::InAddress(parameters) => served.get(parameters),
            };
            request = request.with("accept", *accept);
            let answered = request.send().await;
            if let Some(must) = must.iter().find(|must| !holds(**must, &answered)) {
                broken.push(format!("{id}: must {must:?}, and is {answered:?}"));
            }
        }
        assert!(
            broken.is_empty(),
            "introspection {introspection}:\n{}",
            broken.join("\n")
        );
    }
}
