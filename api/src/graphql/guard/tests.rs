use std::fmt::Write as _;

use async_graphql::parser::parse_query;
use async_graphql::{Variables, value};
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What `graphql-js` and GraphiQL ask first.
const INTROSPECTION: &str = include_str!("../tests/introspection.graphql");

/// The code that a request is refused with; none when it is let through. `SYNTAX` where it is no GraphQL.
fn judged(request: impl Into<Request>, introspection: bool) -> Option<String> {
    let error = judge(&mut request.into(), introspection).err()?.into_error();
    let extensions = serde_json::to_value(&error.extensions).unwrap();
    Some(extensions["code"].as_str().unwrap_or("SYNTAX").to_owned())
}

fn refused(document: &str) -> Option<String> {
    judged(document, true)
}

/// A document in which something is there `n` times, and is refused by `code` with one more than `limit`.
fn bounded(limit: u64, code: &str, document: impl Fn(usize) -> String) {
    let limit = usize::try_from(limit).unwrap();
    let at_the_limit = document(limit);
    assert_eq!(refused(&at_the_limit), None, "{code} at its limit: {at_the_limit:.200}");
    let over = document(limit + 1);
    assert_eq!(refused(&over).as_deref(), Some(code), "one over: {over:.200}");
}

#[test]
fn a_document_has_so_many_bytes() {
    bounded(limits::DOCUMENT_BYTES as u64, "QUERY_TOO_LARGE", |n| {
        let document = "{ viewer { role } }";
        format!("{document}{}", " ".repeat(n - document.len()))
    });
}

#[test]
fn a_document_has_so_many_tokens() {
    bounded(limits::TOKENS as u64, "TOO_MANY_TOKENS", |n| {
        // `{ a ( x : [ 1 … ] ) }`
        format!("{{a(x:[{}])}}", "1 ".repeat(n - 9))
    });
}

#[test]
fn a_name_has_so_many_letters() {
    bounded(limits::NAME as u64, "QUERY_TOO_LARGE", |n| {
        format!("{{{}}}", "a".repeat(n))
    });
    bounded(limits::NAME as u64, "QUERY_TOO_LARGE", |n| {
        format!("{{a(x:{})}}", "1".repeat(n))
    });
}

#[test]
fn brackets_are_nested_so_deep() {
    bounded(limits::NESTING as u64, "TOO_DEEP", |n| {
        let lists = n - 2;
        format!("{{a(x:{}1{})}}", "[".repeat(lists), "]".repeat(lists))
    });
    for bracket in ["{a", "[", "(", "{ a(x: [", "{a(x:{a:"] {
        let hostile = bracket.repeat(limits::DOCUMENT_BYTES / bracket.len());
        assert_eq!(refused(&hostile).as_deref(), Some("TOO_DEEP"), "{bracket}");
    }
    let in_types = format!("query($v: {}Int{}) {{ a }}", "[".repeat(500), "]".repeat(500));
    assert_eq!(refused(&in_types).as_deref(), Some("TOO_DEEP"));
}

/// The parser calls itself for each level: the deepest that it is given has to fit into the stack of a thread of the server, 2 MiB.
#[test]
fn the_deepest_document_is_parsed_on_a_small_stack() {
    let n = limits::NESTING;
    let deepest = [
        format!("{}a{}", "{a".repeat(n), "}".repeat(n)),
        format!("{}a{}", "{...{a".repeat(n), "}".repeat(n)),
        format!("{{a(x:{}1{})}}", "[".repeat(n - 2), "]".repeat(n - 2)),
        format!("{{a(x:{}1{})}}", "{a:".repeat(n - 2), "}".repeat(n - 2)),
        format!("query($v:{}I{}){{a}}", "[".repeat(n - 1), "]".repeat(n - 1)),
    ];
    for document in deepest {
        let parsed = std::thread::Builder::new()
            .stack_size(1024 * 1024)
            .spawn(move || refused(&document));
        parsed.unwrap().join().expect("it does not run out of stack");
    }
}

#[test]
fn fields_are_nested_so_deep() {
    bounded(limits::DEPTH, "TOO_DEEP", |n| {
        format!("{}a{}", "{a".repeat(n - 1) + "{", "}".repeat(n))
    });
}

#[test]
fn fields_of_the_schema_are_nested_so_deep() {
    bounded(limits::INTROSPECTION_DEPTH, "TOO_DEEP", |n| {
        let levels = n - 1;
        format!(
            "{{__type(name:\"A\"){}{{name}}{}}}",
            "{ofType".repeat(levels),
            "}".repeat(levels)
        )
    });
}

#[test]
fn fragments_count_as_levels() {
    bounded(limits::LEVELS - 2, "TOO_DEEP", |n| {
        // The field at the end is one level, and the first spread in the operation another.
        let mut document = "{...F1}".to_owned();
        for f in 1..n {
            write!(document, "fragment F{f} on Query{{...F{}}}", f + 1).unwrap();
        }
        write!(document, "fragment F{n} on Query{{a}}").unwrap();
        document
    });
}

fn aliases(n: usize) -> String {
    let mut all = String::new();
    for n in 0..n {
        write!(all, "a{n}:b ").unwrap();
    }
    all
}

#[test]
fn aliases_are_so_many_however_they_are_written() {
    bounded(limits::ALIASES, "TOO_MANY_ALIASES", |n| {
        let aliases = aliases(n);
        format!("{{c{{{aliases}}}}}")
    });
    bounded(limits::ALIASES / 2, "TOO_MANY_ALIASES", |n| {
        let spreads = "c{...F}".repeat(n);
        format!("{{d{{{spreads}}}}}fragment F on Query{{x:a y:b}}")
    });
}

#[test]
fn a_field_has_so_many_arguments_wherever_it_stands() {
    let field = |n: usize| {
        let arguments: Vec<String> = (0..n).map(|n| format!("a{n}: 1")).collect();
        format!("{{b({})}}", arguments.join(" "))
    };
    bounded(limits::ARGUMENTS, "TOO_MANY_ARGUMENTS", field);
    // Also where no operation comes to it: what nobody spreads is validated, too.
    bounded(limits::ARGUMENTS, "TOO_MANY_ARGUMENTS", |n| {
        format!("{{a}} fragment F on Query{}", field(n))
    });
}

/// Each spread puts all of the fragment into one set more, and each set is looked through by itself.
#[test]
fn a_fragment_is_compared_in_so_many_sets() {
    let each = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<Vec<_>>().concat();
    let fields = each(99, &|n| format!("f{n} "));
    // The spread and its field are one each, in the set around them and in the one inside.
    bounded((limits::MERGED - 99) / 101, "TOO_MANY_SELECTIONS", |n| {
        let nobody = each(n, &|n| format!("s{n}{{...F}}"));
        format!("{{a}} fragment F on Query{{{fields}}} fragment N on Query{{{nobody}}}")
    });
}

#[test]
fn directives_are_so_many_however_they_are_written() {
    bounded(limits::DIRECTIVES, "TOO_MANY_DIRECTIVES", |n| {
        format!("{{a{}}}", "@b ".repeat(n))
    });
    bounded(limits::DIRECTIVES, "TOO_MANY_DIRECTIVES", |n| {
        format!("query {} {{a}}", "@b ".repeat(n))
    });
    bounded(limits::DIRECTIVES, "TOO_MANY_DIRECTIVES", |n| {
        let variables = "$v:I@b ".repeat(n);
        format!("query({variables}){{a}}")
    });
    bounded(limits::DIRECTIVES / 2, "TOO_MANY_DIRECTIVES", |n| {
        format!("{{d{{{}}}}}fragment F on Query@x{{a}}", "...F@y ".repeat(n))
    });
}

#[test]
fn an_operation_has_so_many_fields_at_its_root() {
    for (kind, limit) in [
        ("query", limits::ROOT_FIELDS),
        ("mutation", limits::MUTATIONS),
        ("subscription", limits::SUBSCRIPTIONS),
    ] {
        bounded(limit, "TOO_MANY_ROOT_FIELDS", |n| {
            format!("{kind}{{{}}}", "a ".repeat(n))
        });
        bounded(limit, "TOO_MANY_ROOT_FIELDS", |n| {
            format!("{kind}{{{}}}fragment F on R{{a}}", "...{...F}".repeat(n))
        });
    }
}

#[test]
fn selections_are_counted_as_often_as_they_are_spread() {
    // The operation and its field are one each; each spread is one, and so is the field in it.
    bounded((limits::SELECTIONS - 2) / 2, "TOO_MANY_SELECTIONS", |n| {
        let spreads = "...F".repeat(n);
        format!("{{a{{{spreads}}}}}fragment F on R{{x}}")
    });
}

/// Each of these fragments spreads the next twice: 22 of them keep the library busy for seconds, 30 are out of memory.
#[test]
fn a_chain_of_doubling_fragments_is_refused_whatever_its_length() {
    for (length, code) in [
        (12, "TOO_MANY_SELECTIONS"),
        (22, "TOO_MANY_SELECTIONS"),
        (200, "TOO_DEEP"),
    ] {
        let mut document = "{...F0}".to_owned();
        for f in 0..length {
            write!(document, "fragment F{f} on Query{{...F{0} ...F{0}}}", f + 1).unwrap();
        }
        write!(document, "fragment F{length} on Query{{a}}").unwrap();
        assert_eq!(refused(&document).as_deref(), Some(code), "{length}");
    }
}

#[test]
fn a_cycle_of_fragments_is_refused_wherever_it_is() {
    for document in [
        "{...A}fragment A on Query{...A}",
        "{...A}fragment A on Query{a{...B}}fragment B on Query{...{...A}}",
        "{a}fragment A on Query{...B}fragment B on Query{...C}fragment C on Query{...A}",
    ] {
        assert_eq!(refused(document).as_deref(), Some("FRAGMENT_CYCLE"), "{document}");
    }
    let diamond = "{...A}fragment A on Q{...B ...C}fragment B on Q{...D}fragment C on Q{...D}fragment D on Q{a}";
    assert_eq!(refused(diamond), None, "a diamond is none");
    assert_eq!(
        refused("{...Nowhere}"),
        None,
        "what does not exist is for the validation"
    );
}

#[test]
fn two_fields_under_one_name_are_told_once_however_often_they_are_written() {
    let many = "n(a:1 b:2)".to_owned() + &"n ".repeat(400);
    let nested = format!("{}{many}{}", "...{".repeat(20), "}".repeat(20));
    for document in [
        "{viewer{a:role a:subject}}".to_owned(),
        "{viewer{role(a:1) role(a:2)}}".to_owned(),
        "{viewer{role(a:1) role}}".to_owned(),
        "{viewer{role ...F}}fragment F on Viewer{...{role(a:1)} ...on Viewer{role}}".to_owned(),
        format!("{{viewer{{{many}}}}}"),
        format!("{{viewer{{{nested}}}}}"),
        format!("{{viewer{{role}}}}fragment F on Viewer{{{nested}}}"),
    ] {
        let mut request = Request::new(&document);
        let Err(rejected @ Rejected::Conflict(_)) = judge(&mut request, true) else {
            panic!("let through: {document}")
        };
        let error = rejected.into_error();
        assert!(
            error.message.contains("under one name") && error.locations.len() == 1,
            "{error:?}"
        );
    }
    for document in [
        "{viewer{role role@skip(if:true)}}".to_owned(),
        "{viewer{role(a:1 b:[2]) role(b:[2] a:1) workspace{role} role(a:1 b:[2])}}".to_owned(),
        "{node(id:1){...on Agent{name} ...on Call{name:sid}}}".to_owned(),
        "{viewer{...F ...F}}fragment F on Viewer{role}".to_owned(),
    ] {
        assert_eq!(refused(&document), None, "{document}");
    }
}

#[test]
fn every_operation_is_judged_not_the_executed_one_alone() {
    let deep = format!(
        "{}a{}",
        "{a".repeat(limits::NESTING - 1) + "{",
        "}".repeat(limits::NESTING)
    );
    let document = format!("query A{{a}}query B{deep}");
    let request = Request::new(&document).operation_name("A");
    assert_eq!(judged(request, true).as_deref(), Some("TOO_DEEP"));
    let aliases = aliases(60);
    let together = format!("query A{{c{{{aliases}}}}}query B{{c{{{aliases}}}}}");
    let request = Request::new(&together).operation_name("A");
    assert_eq!(judged(request, true).as_deref(), Some("TOO_MANY_ALIASES"));
}

#[test]
fn the_kind_of_the_executed_operation_is_told() {
    let kind = |document: &str, name: Option<&str>| {
        let mut request = Request::new(document);
        request.operation_name = name.map(str::to_owned);
        judge(&mut request, true).unwrap().operation
    };
    assert_eq!(kind("{a}", None), Some(OperationType::Query));
    assert_eq!(kind("mutation M{a}", None), Some(OperationType::Mutation));
    let two = "query Q{a}subscription S{a}";
    assert_eq!(kind(two, Some("S")), Some(OperationType::Subscription));
    assert_eq!(kind(two, None), None);
    assert_eq!(kind(two, Some("X")), None);
}

#[test]
fn the_schema_is_read_only_where_that_is_allowed() {
    for document in [
        "{__schema{queryType{name}}}",
        "{a:__schema{queryType{name}}}",
        "{__type(name:\"Query\"){name}}",
        "{...F}fragment F on Query{...{b:__type(name:\"Query\"){name}}}",
        "query A{a}query B{__schema{queryType{name}}}",
        "{a}fragment F on Query{__schema{queryType{name}}}",
        INTROSPECTION,
    ] {
        assert_eq!(
            judged(document, false).as_deref(),
            Some("INTROSPECTION_DISABLED"),
            "{document}"
        );
        assert_eq!(judged(document, true), None, "{document}");
    }
    assert_eq!(judged("{__typename}", false), None, "which type it is stays open");
    assert_eq!(judged("{schema __schemas a:b}", false), None);
    assert_eq!(
        judged("{__schema:viewer{role}}", false),
        None,
        "an alias asks for nothing"
    );
}

#[test]
fn reading_the_schema_round_and_round_is_too_complex() {
    let round = "{__schema{types{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}";
    assert_eq!(refused(round).as_deref(), Some("TOO_COMPLEX"));
    let document = parse_query(INTROSPECTION).unwrap();
    let cost = document::look_over(&document).unwrap().introspection_cost;
    assert!(cost * 2 < limits::INTROSPECTION_COST, "{cost}");
    let again =
        "a0:__schema{types{...FullType}}a1:__schema{types{...FullType}}a2:__schema{types{...FullType}}a3:__schema{";
    let five_times = INTROSPECTION.replacen("__schema {", again, 1);
    assert_eq!(refused(&five_times).as_deref(), Some("TOO_COMPLEX"));
}

#[test]
fn variables_have_so_many_bytes_and_values_and_are_nested_so_deep() {
    let with =
        |variables: serde_json::Value| judged(Request::new("{a}").variables(Variables::from_json(variables)), true);
    let too_large = Some("VARIABLES_TOO_LARGE".to_owned());
    let (bytes, values, depth) = (limits::VARIABLE_BYTES, limits::VARIABLE_VALUES, limits::VARIABLE_DEPTH);
    for (n, outcome) in [(bytes - 1, None), (bytes, too_large.clone())] {
        assert_eq!(with(json!({ "v": "x".repeat(n) })), outcome, "texts");
        assert_eq!(with(json!({ "x".repeat(n + 1): 1 })), outcome, "names");
    }
    for (n, outcome) in [(values - 1, None), (values, too_large.clone())] {
        assert_eq!(with(json!({ "v": vec![1; n] })), outcome, "lists");
    }
    for (n, outcome) in [(depth, None), (depth + 1, too_large)] {
        let mut nested = json!(1);
        for _ in 0..n {
            nested = json!({ "a": nested });
        }
        assert_eq!(with(json!({ "v": nested })), outcome, "objects");
    }
}

#[test]
fn a_very_deep_variable_harms_nothing() {
    let mut nested = value!(1);
    for _ in 0..5_000 {
        nested = async_graphql::Value::List(vec![nested]);
    }
    let mut variables = Variables::default();
    variables.insert(async_graphql::Name::new("v"), nested);
    let request = Request::new("{a}").variables(variables);
    assert_eq!(judged(request, true).as_deref(), Some("VARIABLES_TOO_LARGE"));
}

#[test]
fn the_shape_of_json_is_known_before_it_is_read() {
    let lists = |n: usize| format!("[{}1]", "[],".repeat(n));
    assert!(!is_too_much(lists(limits::JSON_VALUES / 2 - 1).as_bytes()));
    assert!(is_too_much(lists(limits::JSON_VALUES / 2).as_bytes()));
    let deep = |n: usize| "[".repeat(n);
    assert!(!is_too_much(deep(limits::JSON_DEPTH).as_bytes()));
    assert!(is_too_much(deep(limits::JSON_DEPTH + 1).as_bytes()));
    let in_text = json!({ "query": "[{,\\\"".repeat(20_000) }).to_string();
    assert!(!is_too_much(in_text.as_bytes()), "what is quoted is no shape");
    assert!(!is_too_much(
        json!({ "query": INTROSPECTION, "variables": {} })
            .to_string()
            .as_bytes()
    ));
}

/// To the parser `"""` that never ends is an empty text and the beginning of the next: what follows is no text to it.
#[test]
fn a_quoted_text_that_does_not_end_hides_nothing() {
    let lists = "[".repeat(20_000);
    for opened in [
        "\"\"\"",
        "\"\"\"\"",
        "\"\"\" \\\"\"\"",
        "\"",
        "\"\\",
        "\"\\\n",
        "\" \r",
        "\"\"\"\"\"",
    ] {
        let document = format!("{{a(x:[{opened} {lists}");
        let code = refused(&document);
        assert!(
            matches!(code.as_deref(), Some("SYNTAX" | "TOO_DEEP")),
            "{opened}: {code:?}"
        );
    }
    let hidden = format!("{{a(x:\"\"\" \\\"\"\" {lists} \"\"\" y:\"[[\\\"[[\") # [[[[[[[[\n}}");
    assert_eq!(refused(&hidden), None, "brackets in texts and comments are none");
}

#[test]
fn tokens_are_counted_as_graphql_counts_them() {
    for (text, tokens) in [
        ("{a}", 3),
        ("{a...b}", 5),
        ("\u{feff}{ a , b }", 4),
        ("{a(x:-1.5e10 y:\"a \\\" b\" z:\"\"\"c \\\"\"\" d\"\"\")}", 14),
        ("query Q($a: [Int!]! = 1) @d {a} # no token", 19),
        ("", 0),
    ] {
        let counted = text::look_over(text).unwrap().tokens;
        let bytes_of_bom = text.matches('\u{feff}').count() * 3; // Bytes that are no ASCII are one each; nobody is refused for one mark.
        assert_eq!(counted - bytes_of_bom, tokens, "{text}");
    }
}

#[test]
fn what_may_hold_a_secret_is_known_by_its_text() {
    let may = |text: &str| text::look_over(text).unwrap().may_hold_secrets;
    let token = "0123456789abcdef0123456789abcdef";
    assert!(may("mutation{connect(token:\"x\"){id}}"));
    assert!(may("{a(x:\"\"\"x\"\"\")}"));
    assert!(may(&format!("{{a(x:{token})}}")) && may(&format!("{{a(x:a{token})}}")));
    assert!(may("{a} # a token"));
    assert!(!may(
        "mutation Connect($input: ConnectTwilioAccountInput!) { connectTwilioAccount(input: $input) { id } }"
    ));
    assert!(!may(&format!(
        "query AVeryLongNameOfAnOperation{token} {{a(x: 1, y: BIG)}}"
    )));
}

/// Clients are written by the table in the documentation.
#[test]
fn the_documented_limits_are_these() {
    let documentation = include_str!("../../../../docs/using-the-api.md");
    for refusal in Refusal::ALL {
        let code = format!("`{}`", refusal.code());
        let limit = refusal.limit().map(with_commas);
        let is_told = documentation.lines().any(|line| {
            line.contains(&code)
                && limit
                    .as_ref()
                    .is_none_or(|limit| line.contains(&format!("| {limit} |")))
        });
        assert!(is_told, "{refusal:?}: {limit:?} and {code}");
    }
    for limit in [limits::JSON_VALUES, limits::JSON_DEPTH] {
        let row = format!("| {} | `VARIABLES_TOO_LARGE` |", with_commas(limit as u64));
        assert!(documentation.contains(&row), "{row}");
        assert!(TOO_MANY_VALUES.contains(&limit.to_string()), "{limit}");
    }
}

fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

#[test]
fn every_refusal_says_which_bound_and_what_to_do() {
    for refusal in Refusal::ALL {
        let message = refusal.message();
        if let Some(limit) = refusal.limit().filter(|limit| *limit > 1) {
            assert!(message.contains(&limit.to_string()), "{message}");
        }
        assert!(
            message.ends_with('.') && message.matches(". ").count() == 1,
            "{message}"
        );
        let error = serde_json::to_value(refusal.into_error()).unwrap();
        assert_eq!(error["extensions"]["code"], refusal.code());
    }
}

/// What documents are made of.
const PIECES: &[&str] = &[
    "{", "}", "(", ")", "[", "]", ":", "@d", "...", "a", "b", "on", "fragment", "F", "query", "mutation", "$v", "\"",
    "\"\"\"", "\\", "#", "\n", " ", "1", "-1.5e3", "true", "\u{0}", "é", "\u{feff}", "__schema", "!", "=",
];

/// Texts made of it, in any order.
fn documents() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(PIECES);
    proptest::collection::vec(piece, 0..200).prop_map(|pieces| pieces.join(" "))
}

/// Documents that are GraphQL: fragments that spread those after them, and now and then one before.
fn fragments() -> impl Strategy<Value = String> {
    let of_one = proptest::collection::vec((0_usize..40, any::<bool>()), 1..6);
    proptest::collection::vec(of_one, 1..40).prop_map(|all| {
        let mut document = "{...F0}".to_owned();
        for (f, spread) in all.iter().enumerate() {
            write!(document, "fragment F{f} on Query{{a").unwrap();
            for (n, is_inner) in spread {
                let to = if n % 13 == 0 { *n } else { f + 1 + n % 3 };
                let (open, close) = if *is_inner { (" b{", "}") } else { (" ", " ") };
                write!(document, "{open}...F{to}{close}").unwrap();
            }
            document.push('}');
        }
        document
    })
}

proptest! {
    #[test]
    fn the_guard_never_panics_and_looks_at_each_byte_once(document in documents()) {
        let _ = judged(document.as_str(), false);
        if let Ok(text) = text::look_over(&document) {
            prop_assert_eq!(text.steps, document.len());
        }
    }

    #[test]
    fn any_text_at_all_is_judged(document in any::<String>()) {
        let _ = judged(document.as_str(), true);
    }

    #[test]
    fn any_bytes_at_all_are_looked_over_as_json(json in any::<Vec<u8>>()) {
        let _ = is_too_much(&json);
    }

    /// Twice: once for what is spread, once to count.
    #[test]
    fn fragments_are_counted_in_as_many_steps_as_there_are_selections(document in fragments()) {
        let parsed = parse_query(&document).unwrap();
        let mut selections = 0;
        let mut sets: Vec<_> = parsed.operations.iter().map(|(_, operation)| &operation.node.selection_set).collect();
        let in_operations = sets.len();
        sets.extend(parsed.fragments.values().map(|fragment| &fragment.node.selection_set));
        while let Some(set) = sets.pop() {
            selections += set.node.items.len();
            sets.extend(set.node.items.iter().filter_map(|selection| match &selection.node {
                async_graphql::parser::types::Selection::Field(field) => Some(&field.node.selection_set),
                async_graphql::parser::types::Selection::InlineFragment(inline) => Some(&inline.node.selection_set),
                async_graphql::parser::types::Selection::FragmentSpread(_) => None,
            }));
        }
        prop_assert!(document::steps(&parsed) <= 2 * selections + in_operations);
    }

    /// What the guard lets through has no more selections than it says, once everything is put in.
    #[test]
    fn the_counts_are_those_of_the_written_out_document(document in fragments()) {
        let parsed = parse_query(&document).unwrap();
        if let Ok(counts) = document::look_over(&parsed) {
            let mut written_out = 0_u64;
            let mut sets: Vec<_> = parsed.operations.iter().map(|(_, operation)| &operation.node.selection_set).collect();
            while let Some(set) = sets.pop() {
                for selection in &set.node.items {
                    written_out += 1;
                    match &selection.node {
                        async_graphql::parser::types::Selection::Field(field) => sets.push(&field.node.selection_set),
                        async_graphql::parser::types::Selection::InlineFragment(inline) => sets.push(&inline.node.selection_set),
                        async_graphql::parser::types::Selection::FragmentSpread(spread) => {
                            let fragment = parsed.fragments.get(&spread.node.fragment_name.node);
                            sets.extend(fragment.map(|fragment| &fragment.node.selection_set));
                        }
                    }
                }
            }
            // The operation itself counts as one.
            prop_assert_eq!(counts.selections, written_out + 1);
        }
    }
}
