//! Documents whose shape is too much: deep, wide, and many of one thing.

use super::{Hostile, document, each};

/// All of these.
pub fn add(all: &mut Vec<Hostile>) {
    nested(all);
    wide(all);
    many(all);
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
        "TOO_MANY_ARGUMENTS",
        &format!("{{phoneNumbers({}){{nodes{{id}}}}}}", "first:1 ".repeat(1_000)),
    );
    let conflicts = |arguments, fields| format!("role({}){}", "a:1 ".repeat(arguments), " role".repeat(fields));
    document(
        all,
        "1,900 conflicts in 900 arguments each",
        "TOO_MANY_ARGUMENTS",
        &format!("{{viewer{{{}}}}}", conflicts(900, 1_900)),
    );
    document(
        all,
        "3,900 conflicts in 20 arguments each",
        None,
        &format!("{{viewer{{{}}}}}", conflicts(20, 3_900)),
    );
    let conflicts = conflicts(20, 450);
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
