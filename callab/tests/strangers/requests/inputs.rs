//! Variables that are too much, and what is no GraphQL or no JSON.

use serde_json::{Value, json};

use super::{Hostile, Sent, body, document};

/// All of these.
pub fn add(all: &mut Vec<Hostile>) {
    variables(all);
    not_graphql(all);
    not_json(all);
}

fn variables(all: &mut Vec<Hostile>) {
    let with = |value: Value| json!({ "query": "{ viewer { role } }", "variables": { "v": value } });
    let too_large = Some("VARIABLES_TOO_LARGE");
    body(
        all,
        "a variable of 70,000 letters",
        too_large,
        &with(json!("x".repeat(70_000))),
    );
    body(
        all,
        "a variable's name of 70,000 letters",
        too_large,
        &json!({ "query": "{ viewer { role } }", "variables": { "v".repeat(70_000): 1 } }),
    );
    body(all, "3,000 values", too_large, &with(json!(vec![1; 3_000])));
    body(all, "300,000 values", too_large, &with(json!(vec![1; 300_000])));
    body(
        all,
        "200,000 empty lists",
        too_large,
        &with(json!(vec![json!([]); 200_000])),
    );
    let fields: serde_json::Map<String, Value> = (0..5_000).map(|n| (format!("f{n}"), json!(n))).collect();
    body(
        all,
        "an object of 5,000 fields",
        too_large,
        &with(Value::Object(fields)),
    );
    for depth in [20, 100] {
        let nested = (0..depth).fold(json!(1), |inner, _| json!([inner]));
        body(all, format!("a variable nested {depth} deep"), too_large, &with(nested));
    }
    let deep = format!("{{\"query\":\"{{a}}\",\"variables\":{{\"v\":{}", "[".repeat(500_000));
    all.push(Hostile {
        name: "half a million brackets".into(),
        sent: Sent::Body(deep.into_bytes()),
        code: too_large,
    });
    body(
        all,
        "variables that are a list",
        None,
        &json!({ "query": "{ viewer { role } }", "variables": [1] }),
    );
    body(
        all,
        "variables that are a text",
        None,
        &json!({ "query": "{ viewer { role } }", "variables": "x" }),
    );
    body(
        all,
        "extensions that are a number",
        None,
        &json!({ "query": "{ viewer { role } }", "extensions": 7 }),
    );
    body(
        all,
        "an operation that is not there",
        None,
        &json!({ "query": "query A { viewer { role } }", "operationName": "B" }),
    );
    body(
        all,
        "an operation's name of 100,000 letters",
        None,
        &json!({ "query": "{ viewer { role } }", "operationName": "B".repeat(100_000) }),
    );
}

fn not_graphql(all: &mut Vec<Hostile>) {
    for (name, text) in [
        ("nothing", String::new()),
        ("NUL", "\0".into()),
        ("a NUL within", "{ viewer\0 { role } }".into()),
        ("a NUL in a text", "{ node(id: \"\0\") { id } }".into()),
        ("control characters", (1_u8..32).map(char::from).collect()),
        (
            "a document of right-to-left marks",
            "\u{202e}{ viewer { role } }\u{202c}".into(),
        ),
        ("names of other alphabets", "{ vіewer { role } }".into()),
        ("a text that does not end", "{ node(id: \"x) { id } }".into()),
        ("a block text that does not end", "{ node(id: \"\"\"x) { id } }".into()),
        (
            "brackets behind a text that does not end",
            format!("{{a(x:[\"\"\"\" {}", "[".repeat(20_000)),
        ),
        ("an escape that is none", "{ node(id: \"\\q\") { id } }".into()),
        ("half a surrogate", "{ node(id: \"\\uD800\") { id } }".into()),
        ("10,000 quotation marks", "\"".repeat(10_000)),
        ("10,000 numbers signs", "#".repeat(10_000)),
        (
            "a number of 10,000 digits",
            format!("{{ phoneNumbers(first: {}) {{ nodes {{ id }} }} }}", "9".repeat(10_000)),
        ),
        (
            "a number beyond all",
            "{ phoneNumbers(first: 1e999999) { nodes { id } } }".into(),
        ),
        ("a schema", "type Query { a: Int }".into()),
        ("only a fragment", "fragment A on Query { viewer { role } }".into()),
        ("SQL", "' OR 1=1; DROP TABLE workspace; --".into()),
        ("a script", "<script>alert(1)</script>".into()),
        ("10,000 dots", ".".repeat(10_000)),
        ("10,000 dollar signs", "$".repeat(4_000)),
        (
            "an id of 60,000 letters",
            format!("{{ node(id: \"{}\") {{ id }} }}", "x".repeat(60_000)),
        ),
        (
            "a cursor of NULs",
            "{ phoneNumbers(after: \"\\u0000\\u0000\") { nodes { id } } }".into(),
        ),
        (
            "a search for everything",
            "{ phoneNumbers(search: \"%%%%%%%%%%%%%%%%%%%%%%%%%%%%%\") { nodes { id } } }".into(),
        ),
    ] {
        document(all, name, None, &text);
    }
}

fn not_json(all: &mut Vec<Hostile>) {
    let batch = format!("[{}]", vec![r#"{"query":"{ viewer { role } }"}"#; 1_000].join(","));
    let duplicates = format!(
        "{{{}\"query\":\"{{ viewer {{ role }} }}\"}}",
        "\"query\":\"{a}\",".repeat(1_000)
    );
    for (name, bytes) in [
        ("no body", Vec::new()),
        ("an open bracket", b"{".to_vec()),
        ("a number", b"7".to_vec()),
        ("null", b"null".to_vec()),
        ("a text", b"\"{ viewer { role } }\"".to_vec()),
        ("a batch of 1,000", batch.into_bytes()),
        ("an empty batch", b"[]".to_vec()),
        ("bytes that are no text", vec![0xff; 1_000]),
        ("half of a letter", b"{\"query\":\"\xc3".to_vec()),
        (
            "a byte order mark",
            b"\xef\xbb\xbf{\"query\":\"{ viewer { role } }\"}".to_vec(),
        ),
        ("NULs", vec![0; 100_000]),
        ("two objects", b"{\"query\":\"{a}\"}{\"query\":\"{a}\"}".to_vec()),
        (
            "a number beyond all",
            b"{\"query\":\"{a}\",\"variables\":{\"v\":1e999999}}".to_vec(),
        ),
        ("the query a thousand times", duplicates.into_bytes()),
        ("a query that is a list", b"{\"query\":[\"{a}\"]}".to_vec()),
        ("a million quotation marks", vec![b'"'; 1_000_000]),
        (
            "a million backslashes in a text",
            [b"{\"query\":\"".as_slice(), &vec![b'\\'; 1_000_000], b"\"}"].concat(),
        ),
        ("a million blanks", [vec![b' '; 1_000_000], b"{}".to_vec()].concat()),
    ] {
        all.push(Hostile {
            name: name.into(),
            sent: Sent::Body(bytes),
            code: None,
        });
    }
}
