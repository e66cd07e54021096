//! Which kind of operation a document holds, told without parsing it: nothing may be built of a document before its bounds are judged,
//! and that is the executor's task.

/// Whether the operation that is asked for is a subscription: it takes as long as somebody listens.
///
/// Looks at the words with which the document's definitions begin. What is no GraphQL is told apart somehow; it is not executed.
pub(super) fn is_subscription(document: &str, operation_name: Option<&str>) -> bool {
    let mut rest = document;
    let (mut depth, mut words) = (0_usize, Vec::new());
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == '\u{feff}');
        let Some(first) = rest.chars().next() else {
            return false;
        };
        let length = match first {
            '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '"' => string(rest),
            '{' | '(' | '[' => {
                if first == '{' && depth == 0 && begins_subscription(&words, operation_name) {
                    return true;
                }
                depth += 1;
                1
            }
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                if first == '}' && depth == 0 {
                    words.clear();
                }
                1
            }
            _ => {
                let word = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .filter(|length| *length > 0);
                let length = word.unwrap_or(if first.is_ascii_alphanumeric() || first == '_' {
                    rest.len()
                } else {
                    first.len_utf8()
                });
                // Two are enough: the kind and the name, or what stands in the place of one.
                if depth == 0 && words.len() < 2 {
                    words.push(&rest[..length]);
                }
                length
            }
        };
        rest = &rest[length..];
    }
}

fn begins_subscription(words: &[&str], operation_name: Option<&str>) -> bool {
    words.first() == Some(&"subscription") && operation_name.is_none_or(|name| words.get(1) == Some(&name))
}

/// How long the string is that the text begins with, quotes included.
fn string(text: &str) -> usize {
    let (quotes, escaped) = if text.starts_with("\"\"\"") {
        ("\"\"\"", "\\\"\"\"")
    } else {
        ("\"", "\\\"")
    };
    let mut at = quotes.len();
    loop {
        let rest = &text[at..];
        if rest.is_empty() {
            return text.len();
        }
        if rest.starts_with(quotes) {
            return at + quotes.len();
        }
        if rest.starts_with(escaped) {
            at += escaped.len();
        } else if quotes == "\"" && rest.starts_with("\\\\") {
            at += 2;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_is_told_by_its_first_word() {
        for (document, name, expected) in [
            ("subscription { a }", None, true),
            ("subscription{a}", None, true),
            (
                " ,\u{feff}# query\nsubscription S($a: [Int!] = [1]) @b(c: 1) { a }",
                None,
                true,
            ),
            ("query A { a } subscription B { b }", Some("B"), true),
            ("fragment F on T { a } subscription B { ...F }", None, true),
            ("query A { a } subscription B { b }", Some("A"), false),
            ("{ subscription { a } }", None, false),
            ("query subscription { a }", None, false),
            ("query A { a } # subscription { a }", None, false),
            (
                "query A { a(b: \"} subscription { \\\" } subscription {\\\\\") }",
                None,
                false,
            ),
            (
                "query A { a(b: \"\"\"} subscription { \\\"\"\" } subscription {\"\"\") }",
                None,
                false,
            ),
            ("query A($b: I = {c: 1}) { subscription { a } }", None, false),
            (
                "fragment subscription on T { a } query { ...subscription }",
                None,
                false,
            ),
            ("mutation { a }", None, false),
            ("subscription", None, false),
            ("\"", None, false),
            ("ü§ subscription { a }", None, false),
            ("", None, false),
        ] {
            assert_eq!(is_subscription(document, name), expected, "{document}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[\\PC\n\"\\\\{}#]{0,60}") {
            is_subscription(&text, None);
        }
    }
}
