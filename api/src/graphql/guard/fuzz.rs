//! What the guard lets through is within the bounds by another count, which writes everything out; and what it calls no GraphQL is none
//! to the library's parser.

mod another_count;

use ::fuzz::Target;
use async_graphql::Variables;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use proptest::prelude::*;

use super::*;
use another_count::{Parts, WrittenOut};

const WORDS: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "=",
    "!",
    "|",
    "&",
    "@",
    "@include(if: true)",
    "$",
    "$v",
    "...",
    "...F0",
    "... on Query",
    "fragment",
    "F1",
    "query",
    "mutation",
    "subscription",
    "on",
    "a",
    "b:",
    "__schema",
    "__type",
    "__typename",
    "\"",
    "\"\"\"",
    "\\",
    "\\\"",
    "\\u0041",
    "#",
    "\n",
    "\r",
    ",",
    " ",
    "0",
    "-1.5e3",
    "true",
    "null",
    "{a}",
    "(x: 1)",
    "[1, 2]",
    "\"text\"",
    "\"\"\"block\"\"\"",
    "fragment F1 on Query { ...F2 ...F2 } ",
    "0123456789abcdef0123456789abcdef",
];

#[test]
fn what_is_let_through_is_within_the_bounds_by_another_count() {
    Target::new(env!("CARGO_MANIFEST_DIR"), "guard", WORDS).texts(|document| {
        let judged = judge(&mut Request::new(document), true);
        let looked_over = text::look_over(document);
        if let Ok(text) = &looked_over {
            prop_assert_eq!(text.steps, document.len(), "one look at each byte");
        }
        match judged {
            Ok(admitted) => {
                let text = looked_over.map_err(|_| TestCaseError::fail("let through without a look at its text"))?;
                let parsed = parse_query(document).map_err(|error| TestCaseError::fail(error.to_string()))?;
                is_within_the_bounds(&parsed, &text, admitted)?;
                let closed = judge(&mut Request::new(document), false);
                prop_assert_eq!(
                    closed.is_err(),
                    Parts::of(&parsed).introspects,
                    "the schema is read where that is allowed alone"
                );
            }
            Err(Rejected::NotGraphql(_)) => {
                // The parser calls itself for each bracket, and it reads `"""` that never ends in another way than GraphQL does.
                let brackets = document.bytes().filter(|byte| b"{[(".contains(byte)).count();
                if brackets < 150 && parse_query(document).is_ok() {
                    prop_assert!(
                        looked_over == Err(Unreadable::NotGraphql) && document.contains("\"\"\""),
                        "the parser reads it"
                    );
                }
            }
            Err(Rejected::Conflict(_)) => prop_assert!(parse_query(document).is_ok()),
            Err(Rejected::Refused(refusal)) => prop_assert!(!refusal.code().is_empty()),
        }
        Ok(())
    });
}

fn is_within_the_bounds(
    document: &ExecutableDocument,
    text: &text::Text,
    admitted: Admitted,
) -> Result<(), TestCaseError> {
    let parts = Parts::of(document);
    prop_assert!(
        parts.names + parts.texts <= text.tokens && text.tokens <= limits::TOKENS,
        "{parts:?}"
    );
    prop_assert!(
        parts.nesting <= text.nesting && text.nesting <= limits::NESTING,
        "{parts:?}"
    );
    prop_assert!(parts.longest_name <= limits::NAME);
    prop_assert!(
        admitted.may_hold_secrets || parts.texts == 0,
        "a quoted text may be a secret"
    );
    let sets = document.operations.iter().count() + document.fragments.len();
    prop_assert!(
        document::steps(document) <= 2 * parts.selections + sets,
        "in linear time"
    );

    let mut together = WrittenOut::default();
    for (_, operation) in document.operations.iter() {
        let mut alone = WrittenOut::default();
        alone.operation(document, &operation.node);
        let roots = match operation.node.ty {
            OperationType::Query => limits::ROOT_FIELDS,
            OperationType::Mutation => limits::MUTATIONS,
            OperationType::Subscription => limits::SUBSCRIPTIONS,
        };
        prop_assert!(alone.is_within(roots), "{alone:?}");
        together.operation(document, &operation.node);
    }
    prop_assert!(together.is_within(u64::MAX), "{together:?}");
    Ok(())
}

/// How many values JSON holds, and how deep they are nested.
fn shape(value: &serde_json::Value) -> (usize, usize) {
    let inner: Vec<(usize, usize)> = match value {
        serde_json::Value::Array(list) => list.iter().map(shape).collect(),
        serde_json::Value::Object(object) => object.values().map(shape).collect(),
        _ => return (1, 0),
    };
    let (values, depth) = inner
        .iter()
        .fold((1, 0), |(values, depth), one| (values + one.0, depth.max(one.1)));
    (values, depth + 1)
}

#[test]
fn json_that_is_let_through_is_within_the_bounds_by_another_count() {
    const WORDS: &[&str] = &[
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "\"",
        "\\",
        "\\\"",
        "\\u0000",
        "[[],[]]",
        "{\"a\":1}",
        "null",
        "1e9",
        " ",
        "\"x\"",
    ];
    Target::new(env!("CARGO_MANIFEST_DIR"), "requests", WORDS).bytes(|json| {
        let refused = is_too_much(json);
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(json) else {
            return Ok(());
        };
        let (values, depth) = shape(&value);
        // A name given twice is one to the reader.
        let commas = |json: &[u8]| json.split(|byte| *byte == b',').count();
        let is_plain = commas(json) == commas(value.to_string().as_bytes());
        if refused {
            prop_assert!(
                depth > limits::JSON_DEPTH || 2 * values > limits::JSON_VALUES || !is_plain,
                "{values} values, {depth} deep"
            );
        } else {
            prop_assert!(
                values <= limits::JSON_VALUES && depth <= limits::JSON_DEPTH,
                "{values} values, {depth} deep"
            );
        }
        if let Ok(request) = serde_json::from_value::<Request>(value.clone()) {
            variables_are_within_the_bounds(&request.variables, &value["variables"])?;
        }
        Ok(())
    });
}

fn variables_are_within_the_bounds(variables: &Variables, json: &serde_json::Value) -> Result<(), TestCaseError> {
    let (values, depth) = shape(json);
    if variables::look_over(variables).is_ok() {
        prop_assert!(values <= limits::VARIABLE_VALUES + 1 && depth <= limits::VARIABLE_DEPTH + 1);
    } else {
        prop_assert!(
            values > limits::VARIABLE_VALUES
                || depth > limits::VARIABLE_DEPTH
                || json.to_string().len() > limits::VARIABLE_BYTES,
            "{values} values, {depth} deep"
        );
    }
    Ok(())
}
