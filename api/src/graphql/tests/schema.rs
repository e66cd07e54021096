use std::path::Path;

use serde_json::{Value, json};

use super::{ask, caller};
use crate::graphql::error::SECRET_LENGTH;
use crate::graphql::guard::introspection;
use crate::testing;

/// What tools such as GraphiQL ask, with types nested nine deep.
const INTROSPECTION: &str = include_str!("introspection.graphql");

#[test]
fn schema_graphql_is_what_the_code_serves() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema.graphql");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    // Not assert_eq: two whole schemas in a message help nobody.
    assert!(
        written == crate::sdl(),
        "schema.graphql differs from what the code serves: run `just schema` and commit it"
    );
}

/// Every type of ours, read the way GraphiQL reads it.
async fn types() -> Vec<Value> {
    let (services, _directory) = testing::services().await;
    let anybody = caller(&services, "a", domain::Role::Viewer).await;
    let schema = ask(&services, &anybody, INTROSPECTION, json!({})).await;
    let types = schema["__schema"]["types"].as_array().unwrap().clone();
    let builtin = ["Boolean", "Float", "Int", "String", "ID"];
    let is_ours = |named: &Value| {
        let name = named["name"].as_str().unwrap();
        !name.starts_with("__") && !builtin.contains(&name)
    };
    types.into_iter().filter(is_ours).collect()
}

fn list<'a>(thing: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    thing[field].as_array().into_iter().flatten()
}

/// The path and the description of everything in a type.
fn elements(named: &Value) -> Vec<(String, Option<&str>)> {
    let name = named["name"].as_str().unwrap();
    let mut found = vec![(name.to_owned(), named["description"].as_str())];
    for part in ["fields", "inputFields", "enumValues"] {
        for element in list(named, part) {
            let path = format!("{name}.{}", element["name"].as_str().unwrap());
            for argument in list(element, "args") {
                let argument_name = argument["name"].as_str().unwrap();
                found.push((format!("{path}({argument_name})"), argument["description"].as_str()));
            }
            found.push((path, element["description"].as_str()));
        }
    }
    found
}

#[tokio::test]
async fn everything_is_described() {
    let types = types().await;
    let all: Vec<_> = types.iter().flat_map(elements).collect();
    assert!(all.len() > 300, "the walk found only {} elements", all.len());
    let bare: Vec<&String> = all
        .iter()
        .filter(|(_, description)| description.is_none_or(|text| text.trim().is_empty()))
        .map(|(path, _)| path)
        .collect();
    assert!(bare.is_empty(), "without a description: {bare:?}");
}

/// `error.rs` takes quoted text of that length for a secret.
#[tokio::test]
async fn no_name_is_as_long_as_a_secret() {
    for named in types().await {
        for (path, _) in elements(&named) {
            let name = path.split(['.', '(']).next_back().unwrap();
            assert!(name.len() < SECRET_LENGTH, "{path}");
        }
    }
}

#[tokio::test]
async fn every_mutation_takes_one_input_with_a_key_and_answers_refusals() {
    let types = types().await;
    let named = |name: &str| types.iter().find(|named| named["name"] == name).unwrap();
    let mut count = 0;
    for mutation in list(named("Mutation"), "fields") {
        count += 1;
        let arguments: Vec<&Value> = list(mutation, "args").collect();
        assert_eq!(arguments.len(), 1, "{}", mutation["name"]);
        let input = named(arguments[0]["type"]["ofType"]["name"].as_str().unwrap());
        assert!(list(input, "inputFields").any(|field| field["name"] == "idempotencyKey"));
        let payload = named(mutation["type"]["ofType"]["name"].as_str().unwrap());
        assert!(list(payload, "fields").any(|field| field["name"] == "userErrors"));
    }
    assert_eq!(count, 39);
}

/// The guard guesses how long the schema's lists are (`guard/introspection.rs`), and must not guess too short.
#[tokio::test]
async fn the_lists_of_the_schema_are_no_longer_than_the_guard_takes_them_for() {
    let types = types().await;
    let average = |holders: usize, elements: usize| elements.div_ceil(holders.max(1)) as u64;
    let of_all = |field: &str| types.iter().map(|named| list(named, field).count()).sum();
    let fields: Vec<&Value> = types.iter().flat_map(|named| list(named, "fields")).collect();
    let arguments = fields.iter().map(|field| list(field, "args").count()).sum();
    for (name, length) in [
        ("types", types.len() as u64),
        ("fields", average(types.len(), of_all("fields"))),
        ("inputFields", average(types.len(), of_all("inputFields"))),
        ("enumValues", average(types.len(), of_all("enumValues"))),
        ("possibleTypes", average(types.len(), of_all("possibleTypes"))),
        ("interfaces", average(types.len(), of_all("interfaces"))),
        ("args", average(fields.len(), arguments)),
    ] {
        assert!(introspection::elements(name) >= length, "{name}: {length}");
    }
}
