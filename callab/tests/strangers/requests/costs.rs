//! Documents that are short and would take long: fragments, lists in lists, and the schema.

use serde_json::json;

use super::{Hostile, body, document, each};

/// All of these.
pub fn add(all: &mut Vec<Hostile>) {
    fragments(all);
    costly(all);
    introspection(all);
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
    let arguments = |count| format!("nodes({}){{id}}", each(count, |n| format!("a{n}: 1 ")));
    let twice = format!("{}x: {}", arguments(20), arguments(20));
    for (name, code, field) in [
        (
            "500 arguments compared in each set",
            "TOO_MANY_ARGUMENTS",
            arguments(500),
        ),
        ("a fragment compared in 600 sets", "TOO_MANY_SELECTIONS", twice),
    ] {
        let nobody = format!("fragment N on Query{{{}}}", "viewer{...F}".repeat(600));
        let fields = format!("fragment F on Query{{{}{field}}}", each(30, |n| format!("f{n} ")));
        document(all, name, code, &format!("{{viewer{{role}}}}{fields}{nobody}"));
    }
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
