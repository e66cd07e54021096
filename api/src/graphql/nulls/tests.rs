use async_graphql::ServerError;
use serde_json::json;

use super::*;

/// What becomes of `data` where the fields at these paths failed. A path is written as `a.0.b`.
fn settled(document: &str, data: serde_json::Value, failed: &[&str]) -> serde_json::Value {
    let segment = |part: &str| match part.parse() {
        Ok(index) => PathSegment::Index(index),
        Err(_) => PathSegment::Field(part.to_owned()),
    };
    let error = |path: &&str| ServerError {
        path: path.split('.').map(segment).collect(),
        ..ServerError::new("it failed", None)
    };
    let mut response = Response::new(Value::from_json(data).unwrap());
    response.errors = failed.iter().map(error).collect();
    settle(&mut response, document, None);
    response.data.into_json().unwrap()
}

#[test]
fn a_field_that_may_be_null_is() {
    let document = "{ viewer { subject workspace { id } } }";
    let data = json!({ "viewer": { "subject": "anna" } });
    assert_eq!(
        settled(document, data, &["viewer.workspace"]),
        json!({ "viewer": { "subject": "anna", "workspace": null } })
    );
}

#[test]
fn an_object_of_which_all_failed_stands() {
    // `account` may be null, and is not: it was found.
    let document = "query($id: ID!) { mine: twilioAccount(id: $id) { parent { sid } } }";
    assert_eq!(
        settled(document, json!({ "mine": null }), &["mine.parent"]),
        json!({ "mine": { "parent": null } })
    );
    assert_eq!(settled(document, json!(null), &["mine"]), json!({ "mine": null }));
}

#[test]
fn what_can_never_be_null_takes_along_what_holds_it() {
    let document = "query($id: ID!) { twilioAccount(id: $id) { parent { sid } sid } serverTime }";
    let data = json!({ "twilioAccount": { "sid": "AC1", "parent": {} }, "serverTime": "now" });
    assert_eq!(
        settled(document, data.clone(), &["twilioAccount.parent.sid"]),
        json!({ "twilioAccount": { "sid": "AC1", "parent": null }, "serverTime": "now" }),
        "as far as the next that may be null"
    );
    assert_eq!(
        settled(
            document,
            data.clone(),
            &["twilioAccount.sid", "twilioAccount.parent.sid"]
        )["twilioAccount"],
        json!({ "sid": "AC1", "parent": null }),
        "a field that is asked for twice, and answered once, is there"
    );
    assert_eq!(
        settled(document, json!({ "twilioAccount": null }), &["serverTime"]),
        json!(null),
        "up to the whole"
    );
}

#[test]
fn an_item_that_can_never_be_null_takes_its_list_along() {
    let document = "{ twilioAccounts { ...page } } \
                    fragment page on TwilioAccountConnection { nodes { label ... on Node { key: id } workspace { name } } }";
    let nodes = |nodes: serde_json::Value| json!({ "twilioAccounts": { "nodes": nodes } });
    let both = nodes(json!([{ "label": "a", "key": "1" }, { "label": "b", "key": "2" }]));
    assert_eq!(
        settled(document, both.clone(), &["twilioAccounts.nodes.1.workspace"]),
        nodes(json!([{ "label": "a", "key": "1" }, { "label": "b", "key": "2", "workspace": null }]))
    );
    let without = nodes(json!([{ "label": "a", "key": "1" }, { "label": "b" }]));
    assert_eq!(settled(document, without, &["twilioAccounts.nodes.1.key"]), json!(null));
    assert_eq!(
        settled(document, nodes(json!(null)), &["twilioAccounts.nodes.1"]),
        json!(null)
    );
}

#[test]
fn of_several_operations_the_one_that_was_carried_out_counts() {
    let document = "query a { serverTime } query b { viewer { workspace { id } } }";
    let mut response = Response::new(Value::from_json(json!({ "viewer": {} })).unwrap());
    response.errors = vec![ServerError {
        path: vec![
            PathSegment::Field("viewer".into()),
            PathSegment::Field("workspace".into()),
        ],
        ..ServerError::new("it failed", None)
    }];
    settle(&mut response, document, Some("b"));
    assert_eq!(
        response.data.into_json().unwrap(),
        json!({ "viewer": { "workspace": null } })
    );
}

#[test]
fn an_answer_without_errors_of_fields_stays_as_it_is() {
    let data = json!({ "viewer": { "subject": "anna" } });
    assert_eq!(settled("{ viewer { subject } }", data.clone(), &[]), data);
}
