//! What strangers send: each with the code it is refused by, where there is one.

use serde_json::{Value, json};

/// One hostile request.
pub struct Hostile {
    /// What it is, in words.
    pub name: String,
    /// What is sent.
    pub sent: Sent,
    /// The code that it has to be refused by; none where a clean answer of any kind will do.
    pub code: Option<&'static str>,
}

/// How it is sent.
pub enum Sent {
    /// As the body of a good request.
    Body(Vec<u8>),
    /// As bytes. `TOKEN` is replaced by a good one.
    Raw(Vec<u8>),
    /// As bytes, and then nothing more although more is promised.
    CutOff(Vec<u8>),
}

/// All of them.
pub fn all() -> Vec<Hostile> {
    let mut all = Vec::new();
    nested(&mut all);
    wide(&mut all);
    many(&mut all);
    fragments(&mut all);
    costly(&mut all);
    introspection(&mut all);
    variables(&mut all);
    not_graphql(&mut all);
    not_json(&mut all);
    bodies(&mut all);
    not_http(&mut all);
    strangers(&mut all);
    all
}

fn body(all: &mut Vec<Hostile>, name: impl Into<String>, code: Option<&'static str>, body: &Value) {
    let sent = Sent::Body(body.to_string().into_bytes());
    all.push(Hostile {
        name: name.into(),
        sent,
        code,
    });
}

fn document(all: &mut Vec<Hostile>, name: impl Into<String>, code: impl Into<Option<&'static str>>, document: &str) {
    body(all, name, code.into(), &json!({ "query": document }));
}

fn raw(all: &mut Vec<Hostile>, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
    all.push(Hostile {
        name: name.into(),
        sent: Sent::Raw(bytes.into()),
        code: None,
    });
}

fn cut_off(all: &mut Vec<Hostile>, name: &str, bytes: String) {
    all.push(Hostile {
        name: name.into(),
        sent: Sent::CutOff(bytes.into_bytes()),
        code: None,
    });
}

/// The texts for 0, 1 and so on, one after the other.
fn each(n: usize, one: impl Fn(usize) -> String) -> String {
    let mut all = String::new();
    for n in 0..n {
        all.push_str(&one(n));
    }
    all
}

fn nested(all: &mut Vec<Hostile>) {
    for n in [16, 41, 1_000, 10_000] {
        let (open, close) = ("{a".repeat(n), "}".repeat(n));
        document(
            all,
            format!("fields nested {n} deep"),
            "TOO_DEEP",
            &format!("{open}{{a}}{close}"),
        );
    }
    for n in [41, 1_000, 15_000] {
        let (open, close) = ("[".repeat(n), "]".repeat(n));
        document(
            all,
            format!("lists nested {n} deep"),
            "TOO_DEEP",
            &format!("{{a(x:{open}1{close})}}"),
        );
        let (open, close) = ("{a:".repeat(n), "}".repeat(n));
        document(
            all,
            format!("objects nested {n} deep"),
            "TOO_DEEP",
            &format!("{{a(x:{open}1{close})}}"),
        );
        document(
            all,
            format!("{n} brackets that do not end"),
            "TOO_DEEP",
            &"{a(x:[".repeat(n / 3 + 20),
        );
    }
    for n in [100, 5_000] {
        let (open, close) = ("...{".repeat(n), "}".repeat(n));
        document(
            all,
            format!("inline fragments nested {n} deep"),
            "TOO_DEEP",
            &format!("{{{open}a{close}}}"),
        );
        let (open, close) = ("[".repeat(n), "]".repeat(n));
        document(
            all,
            format!("a type nested {n} deep"),
            "TOO_DEEP",
            &format!("query($v:{open}Int{close}){{a}}"),
        );
        document(
            all,
            format!("a default nested {n} deep"),
            "TOO_DEEP",
            &format!("query($v:I={open}{close}){{a}}"),
        );
        document(
            all,
            format!("{n} parentheses"),
            "TOO_DEEP",
            &format!("{{a{}", "(".repeat(n)),
        );
        document(
            all,
            format!("{n} closing brackets"),
            None,
            &format!("{{a{}", "}".repeat(n)),
        );
    }
    let through_objects = "{ phoneNumbers { edges { node { ".to_owned()
        + &"inboundAssignment { phoneNumber { ".repeat(8)
        + "id"
        + &" }".repeat(20);
    document(
        all,
        "the same two objects round and round",
        "TOO_DEEP",
        &through_objects,
    );
}

fn wide(all: &mut Vec<Hostile>) {
    let aliases = |n: usize| format!("{{{}}}", each(n, |n| format!("a{n}:viewer{{role}} ")));
    document(all, "101 aliases", "TOO_MANY_ALIASES", &aliases(101));
    document(all, "800 aliases", "TOO_MANY_ALIASES", &aliases(800));
    document(all, "1,500 aliases", "TOO_MANY_TOKENS", &aliases(1_500));
    document(all, "30,000 aliases", "QUERY_TOO_LARGE", &aliases(30_000));
    document(all, "200,000 aliases", None, &aliases(200_000));
    document(
        all,
        "51 fields at the root",
        "TOO_MANY_ROOT_FIELDS",
        &format!("{{{}}}", "viewer{role} ".repeat(51)),
    );
    document(
        all,
        "the same field 4,000 times",
        "TOO_MANY_SELECTIONS",
        &format!("{{viewer{{{}}}}}", "role ".repeat(4_000)),
    );
    document(
        all,
        "1,000 unknown fields",
        None,
        &format!("{{viewer{{{}}}}}", "nothing ".repeat(1_000)),
    );
    let unknown = each(900, |n| format!("viwer{n} "));
    document(
        all,
        "900 fields that nearly exist",
        None,
        &format!("{{viewer{{{unknown}}}}}"),
    );
    document(
        all,
        "a name of 60,000 letters",
        "QUERY_TOO_LARGE",
        &format!("{{{}}}", "v".repeat(60_000)),
    );
    document(
        all,
        "60,000 letters of a type's name",
        "QUERY_TOO_LARGE",
        &format!("{{...on {}{{a}}}}", "Q".repeat(60_000)),
    );
    let mutations = "deleteBillingAlert(input:{id:\"x\"}){userErrors{code}} ".repeat(11);
    document(
        all,
        "11 mutations",
        "TOO_MANY_ROOT_FIELDS",
        &format!("mutation{{{mutations}}}"),
    );
    document(
        all,
        "two subscriptions",
        "TOO_MANY_ROOT_FIELDS",
        "subscription{jobs{id} events{id}}",
    );
}

fn many(all: &mut Vec<Hostile>) {
    for n in [51, 1_000] {
        document(
            all,
            format!("{n} directives on a field"),
            "TOO_MANY_DIRECTIVES",
            &format!("{{viewer{}{{role}}}}", "@a".repeat(n)),
        );
    }
    document(
        all,
        "51 directives on the query",
        "TOO_MANY_DIRECTIVES",
        &format!("query {}{{viewer{{role}}}}", "@a".repeat(51)),
    );
    document(
        all,
        "51 true conditions",
        "TOO_MANY_DIRECTIVES",
        &format!("{{viewer{}{{role}}}}", "@include(if:true)".repeat(51)),
    );
    let operations = each(300, |n| format!("query Q{n}{{a}} "));
    document(all, "300 operations", None, &operations);
    let definitions = each(900, |n| format!("$v{n}:Int "));
    document(
        all,
        "900 variables that nobody uses",
        None,
        &format!("query({definitions}){{viewer{{role}}}}"),
    );
    document(
        all,
        "1,000 arguments",
        None,
        &format!("{{phoneNumbers({}){{nodes{{id}}}}}}", "first:1 ".repeat(1_000)),
    );
    let conflicts = format!("role({}){}", "a:1 ".repeat(900), " role".repeat(1_900));
    document(
        all,
        "1,900 conflicts in 900 arguments each",
        None,
        &format!("{{viewer{{{conflicts}}}}}"),
    );
    document(
        all,
        "the same inside of 20 fragments",
        None,
        &format!("{{viewer{{{}{conflicts}{}}}}}", "...{".repeat(20), "}".repeat(20)),
    );
    document(
        all,
        "the same in a fragment that nobody spreads",
        None,
        &format!("{{viewer{{role}}}}fragment F on Viewer{{{conflicts}}}"),
    );
    document(
        all,
        "2,000 elements of a list",
        None,
        &format!("{{nodes(ids:[{}]){{id}}}}", "\"x\" ".repeat(2_000)),
    );
    document(
        all,
        "a document of 70,000 blanks",
        "QUERY_TOO_LARGE",
        &" ".repeat(70_000),
    );
    document(all, "a document of 60,000 blanks", None, &" ".repeat(60_000));
    document(
        all,
        "60,000 commas between two letters",
        None,
        &format!("{{a{}b}}", ",".repeat(60_000)),
    );
    document(
        all,
        "30,000 line breaks in every gap",
        None,
        &format!("{{{0}a{0}(x:1)}}", "\n".repeat(30_000)),
    );
    document(
        all,
        "a comment of 60,000 letters",
        None,
        &format!("{{viewer{{role}}}} # {}", "x".repeat(60_000)),
    );
}

/// A chain of fragments, each of which spreads the next so often.
fn chain(length: usize, times: usize) -> String {
    let fragments = each(length, |f| {
        format!("fragment F{f} on Query{{{}}}", format!("...F{} ", f + 1).repeat(times))
    });
    format!("{{...F0}}{fragments}fragment F{length} on Query{{__typename}}")
}

fn fragments(all: &mut Vec<Hostile>) {
    for (length, times, code) in [
        (12, 2, "TOO_MANY_SELECTIONS"),
        (22, 2, "TOO_MANY_SELECTIONS"),
        (27, 2, "TOO_MANY_SELECTIONS"),
        (30, 2, "TOO_DEEP"),
        (400, 2, "TOO_DEEP"),
        (8, 3, "TOO_MANY_SELECTIONS"),
        (5, 20, "TOO_MANY_SELECTIONS"),
        (30, 1, "TOO_DEEP"),
        (400, 1, "TOO_DEEP"),
    ] {
        let name = format!("{length} fragments that each spread the next {times} times");
        document(all, name, code, &chain(length, times));
    }
    document(
        all,
        "a fragment of itself",
        "FRAGMENT_CYCLE",
        "{...A} fragment A on Query{...A}",
    );
    document(
        all,
        "two fragments of each other",
        "FRAGMENT_CYCLE",
        "{...A} fragment A on Query{...B} fragment B on Query{...A}",
    );
    document(
        all,
        "a cycle that nobody spreads",
        "FRAGMENT_CYCLE",
        "{viewer{role}} fragment A on Query{...A}",
    );
    document(
        all,
        "a fragment of itself, far inside",
        "FRAGMENT_CYCLE",
        "{...A} fragment A on Query{viewer{...{...on Viewer{...A}}}}",
    );
    let cycle = each(500, |f| format!("fragment F{f} on Query{{...F{}}}", (f + 1) % 500));
    let round = format!("{{...F0}}{cycle}");
    document(all, "a cycle of 500 fragments", "FRAGMENT_CYCLE", &round);
    document(
        all,
        "fragments that do not exist",
        None,
        &format!("{{{}}}", "...X ".repeat(40)),
    );
    document(
        all,
        "the same fragment twice",
        None,
        "{...A} fragment A on Query{__typename} fragment A on Query{__typename}",
    );
    let spread_often = format!("{{viewer{{{}}}}} fragment F on Viewer{{role}}", "...F ".repeat(2_000));
    document(
        all,
        "a fragment spread 2,000 times",
        "TOO_MANY_SELECTIONS",
        &spread_often,
    );
    let aliases =
        "{viewer{...F ...F ...F}} fragment F on Viewer{".to_owned() + &each(40, |n| format!("a{n}:role ")) + "}";
    document(all, "aliases behind fragments", "TOO_MANY_ALIASES", &aliases);
}

fn costly(all: &mut Vec<Hostile>) {
    let rows = "{ twilioAccounts(first: 100) { nodes { phoneNumbers(first: 100) { nodes { id number state routing nickname } } } } }";
    document(all, "lists of 100 in lists of 100", "TOO_COMPLEX", rows);
    let huge = "{ twilioAccounts(first: 2147483647) { nodes { phoneNumbers(first: 2147483647) { nodes { account { phoneNumbers(first: \
        2147483647) { nodes { id } } } } } } } }";
    document(all, "lists as long as numbers go", "TOO_COMPLEX", huge);
    document(
        all,
        "a negative list",
        None,
        "{ twilioAccounts(first: -2147483648) { nodes { id } } }",
    );
    let by_variable =
        "query($n: Int) { twilioAccounts(first: $n) { nodes { phoneNumbers(first: $n) { nodes { id number } } } } }";
    body(
        all,
        "the same by a variable",
        Some("TOO_COMPLEX"),
        &json!({ "query": by_variable, "variables": { "n": 1000 } }),
    );
    let by_default = by_variable.replace("$n: Int", "$n: Int = 1000");
    document(all, "the same by a variable's default", "TOO_COMPLEX", &by_default);
    let ids = vec!["x"; 1_900];
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    body(
        all,
        "1,900 ids",
        None,
        &json!({ "query": nodes, "variables": { "ids": ids } }),
    );
    let alias = each(20, |n| {
        format!("a{n}: twilioAccounts(first: 1000) {{ nodes {{ id label }} }} ")
    });
    document(all, "twenty lists of 1,000", "TOO_COMPLEX", &format!("{{{alias}}}"));
    let connection =
        "{ twilioAccounts(first: 1000) { nodes { id callFigures { attempts } callsByMinute(minutes: 60) { at } } } }";
    document(all, "an hour of calls of 1,000 accounts", "TOO_COMPLEX", connection);
}

fn introspection(all: &mut Vec<Hostile>) {
    let round = format!(
        "{{__schema{{types{{{}name{}}}}}}}",
        "fields{type{".repeat(6),
        "}}".repeat(6)
    );
    document(all, "the schema round and round", "TOO_COMPLEX", &round);
    let of_type = format!(
        "{{__type(name:\"Query\"){{{}name{}}}}}",
        "ofType{".repeat(25),
        "}".repeat(25)
    );
    document(all, "a type's type's type", "TOO_DEEP", &of_type);
    let often = each(40, |n| {
        format!(
            "a{n}:__schema{{types{{name fields{{name description args{{name type{{name}}}} type{{name ofType{{name}}}}}}}}}} "
        )
    });
    document(all, "the schema forty times", "TOO_COMPLEX", &format!("{{{often}}}"));
    let possible = format!(
        "{{__schema{{types{{{}name{}}}}}}}",
        "possibleTypes{interfaces{".repeat(6),
        "}}".repeat(6)
    );
    document(all, "possible types of interfaces of possible types", None, &possible);
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

fn bodies(all: &mut Vec<Hostile>) {
    let good = r#"{"query":"{ viewer { role } }"}"#;
    let post = |headers: &str, body: &str| {
        format!("POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer TOKEN\r\n{headers}\r\n{body}")
    };
    for content_type in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/graphql",
        "*/*",
    ] {
        let headers = format!(
            "connection: close\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n",
            good.len()
        );
        raw(all, format!("a body of {content_type}"), post(&headers, good));
    }
    let without_type = format!("connection: close\r\ncontent-length: {}\r\n", good.len());
    raw(all, "a body of no type", post(&without_type, good));
    let json = "connection: close\r\ncontent-type: application/json\r\n";
    let twenty = "x".repeat(20 * 1024 * 1024);
    raw(
        all,
        "20 MB",
        post(&format!("{json}content-length: {}\r\n", twenty.len()), &twenty),
    );
    let chunk = format!("{:x}\r\n{}\r\n", 1024 * 1024, "x".repeat(1024 * 1024));
    let chunks = chunk.repeat(20) + "0\r\n\r\n";
    raw(
        all,
        "20 MB in chunks",
        post(&format!("{json}transfer-encoding: chunked\r\n"), &chunks),
    );
    cut_off(
        all,
        "20 MB promised and none sent",
        post(&format!("{json}content-length: 20971520\r\n"), ""),
    );
    raw(
        all,
        "a chunk that is none",
        post(&format!("{json}transfer-encoding: chunked\r\n"), "zz\r\n{}\r\n"),
    );
    cut_off(
        all,
        "a chunk of all the bytes there are",
        post(
            &format!("{json}transfer-encoding: chunked\r\n"),
            "ffffffffffffffff\r\n{}",
        ),
    );
    raw(
        all,
        "two lengths",
        post(&format!("{json}content-length: 3\r\ncontent-length: 31\r\n"), good),
    );
    raw(
        all,
        "a length and chunks",
        post(
            &format!("{json}content-length: 3\r\ntransfer-encoding: chunked\r\n"),
            good,
        ),
    );
    raw(
        all,
        "a negative length",
        post(&format!("{json}content-length: -1\r\n"), good),
    );
    raw(
        all,
        "a length beyond all",
        post(&format!("{json}content-length: 99999999999999999999\r\n"), good),
    );
    raw(
        all,
        "a packed body",
        post(&format!("{json}content-encoding: gzip\r\ncontent-length: 3\r\n"), "abc"),
    );
}

fn not_http(all: &mut Vec<Hostile>) {
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "NONSENSE", "\0"] {
        raw(
            all,
            format!("the method {method:?}"),
            format!("{method} /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
        );
    }
    raw(
        all,
        "an address of 60,000 letters",
        format!(
            "GET /{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            "a".repeat(60_000)
        ),
    );
    raw(
        all,
        "a header of 60,000 letters",
        format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(60_000)),
    );
    raw(
        all,
        "2,000 headers",
        format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(2_000)),
    );
    raw(
        all,
        "out of the directory",
        "GET /../../../etc/passwd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    raw(
        all,
        "percent signs",
        "GET /graphql?query=%&%zz=%ff%00 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer TOKEN\r\nconnection: close\r\n\r\n",
    );
    raw(
        all,
        "a mutation by GET",
        "GET /graphql?query=mutation%7BcheckBilling%7D HTTP/1.1\r\nhost: x\r\nauthorization: Bearer TOKEN\r\nconnection: close\r\n\r\n",
    );
    raw(all, "no host", "GET /graphql HTTP/1.1\r\nconnection: close\r\n\r\n");
    raw(all, "TLS", vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
    raw(all, "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    raw(
        all,
        "noise",
        (0..5_000_u32)
            .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
            .collect::<Vec<u8>>(),
    );
    raw(
        all,
        "a WebSocket that is none",
        "GET /graphql/ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    );
    let other_protocol = "GET /graphql/ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
        sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: graphql-ws\r\n\r\n";
    // With a goodbye behind it, for which the server would wait two seconds.
    let other_protocol = [other_protocol.as_bytes(), b"\x88\x80\0\0\0\0"].concat();
    raw(all, "a WebSocket of another protocol", other_protocol);
}

fn strangers(all: &mut Vec<Hostile>) {
    let good = r#"{"query":"{ viewer { role } }"}"#;
    for (name, token) in [
        ("no token", String::new()),
        ("an empty token", "Bearer ".into()),
        ("a token of 20,000 letters", format!("Bearer {}", "a".repeat(20_000))),
        (
            "a token that nobody signed",
            "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwicm9sZSI6ImxlYWQiLCJleHAiOjQwMDAwMDAwMDB9.".into(),
        ),
        ("dots", format!("Bearer {}", ".".repeat(5_000))),
        ("another scheme", "Basic YTpi".into()),
    ] {
        let header = if token.is_empty() {
            String::new()
        } else {
            format!("authorization: {token}\r\n")
        };
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{header}content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            good.len()
        );
        raw(all, name, head + good);
    }
}
