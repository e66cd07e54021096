//! The API's own description of itself, for tests that must not forget a field.

use serde_json::{Value, json};

use crate::Client;

/// A field of `Query`, `Mutation` or `Subscription`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootField {
    /// Its name.
    pub name: String,
    /// Its arguments, each with its type; of a mutation, the fields of its one input.
    pub arguments: Vec<(String, String)>,
}

impl RootField {
    /// The names of the arguments that take one global id.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let ids = self.arguments.iter().filter(|(_, of)| of == "ID");
        ids.map(|(name, _)| name.as_str())
    }

    /// Whether it takes one of its ids alone.
    #[must_use]
    pub fn takes_one_id(&self) -> bool {
        matches!(self.name.as_str(), "diagnose" | "supportBundle" | "startDiagnosis")
    }

    /// Whether it takes an argument of this name.
    #[must_use]
    pub fn takes(&self, argument: &str) -> bool {
        self.arguments.iter().any(|(name, _)| name == argument)
    }
}

/// The fields of one of the root types.
///
/// # Panics
/// When the API does not describe itself.
pub async fn root_fields(client: &Client, root: &str) -> Vec<RootField> {
    let document = "query($root: String!) { __type(name: $root) { fields { name args { name type { ...type } } } } } \
                    fragment type on __Type { name kind ofType { name kind ofType { name kind ofType { name kind } } } }";
    let data = client.ask(document, json!({ "root": root })).await;
    let mut fields = Vec::new();
    for field in data["__type"]["fields"].as_array().expect("the root type's fields") {
        let mut arguments = described(&field["args"]);
        if let [(name, of)] = arguments.as_slice()
            && name == "input"
        {
            arguments = input_fields(client, of).await;
        }
        fields.push(RootField {
            name: field["name"].as_str().expect("a name").to_owned(),
            arguments,
        });
    }
    fields
}

async fn input_fields(client: &Client, input: &str) -> Vec<(String, String)> {
    let document = "query($of: String!) { __type(name: $of) { inputFields { name type { ...type } } } } \
                    fragment type on __Type { name kind ofType { name kind ofType { name kind ofType { name kind } } } }";
    let data = client.ask(document, json!({ "of": input })).await;
    described(&data["__type"]["inputFields"])
}

/// Names and types; a type is told without the marks of not being null, and a list as `[Type]`.
fn described(values: &Value) -> Vec<(String, String)> {
    let values = values.as_array().expect("a list of arguments");
    values
        .iter()
        .map(|value| {
            (
                value["name"].as_str().expect("a name").to_owned(),
                type_name(&value["type"]),
            )
        })
        .collect()
}

fn type_name(of: &Value) -> String {
    match of["kind"].as_str() {
        Some("NON_NULL") => type_name(&of["ofType"]),
        Some("LIST") => format!("[{}]", type_name(&of["ofType"])),
        _ => of["name"].as_str().expect("a type's name").to_owned(),
    }
}
