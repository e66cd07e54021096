//! Makes text of the API's fit for a terminal: what customers typed may hold escape sequences and bidirectional controls.

/// What stands where text was cut off.
pub const CUT: char = '…';

/// The longest line of a text of many lines.
const LONGEST_LINE: usize = 10_000;

/// The text without control characters and without marks that are invisible or turn its direction, on one line, of `longest`
/// characters at most.
#[must_use]
pub fn scrub(text: &str, longest: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(longest * 4));
    let mut count = 0;
    for c in text.chars() {
        let c = match c {
            '\n' | '\r' | '\t' => ' ',
            c if is_harmful(c) => continue,
            c => c,
        };
        if count == longest {
            shown.pop();
            shown.push(CUT);
            break;
        }
        shown.push(c);
        count += 1;
    }
    shown
}

/// C0, C1 with DEL, bidirectional controls, and what has no width of its own: joiners, marks of order, tags, variation selectors.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A text of many lines, each of them harmless.
#[must_use]
pub fn scrub_lines(text: &str) -> String {
    text.lines().map(|line| scrub(line, LONGEST_LINE) + "\n").collect()
}

/// A word that a newer API says and this console does not know.
#[must_use]
pub fn unheard(word: &str) -> String {
    format!("? {}", scrub(word, 20))
}

/// A code of the API's in words: `AGENT_CONNECTED` is `agent connected`.
#[must_use]
pub fn in_words(code: &str) -> String {
    scrub(&code.to_lowercase().replace('_', " "), 40)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markdown_cannot_steer_a_terminal() {
        assert_eq!(scrub_lines("# A\u{1b}[31m\nb\u{202e}c"), "# A[31m\nbc\n");
    }

    #[test]
    fn escapes_and_bidirectional_controls_are_gone() {
        for (text, shown) in [
            ("Acme \u{1b}[31mred\u{1b}[0m", "Acme [31mred[0m"),
            ("abc\u{202e}fed", "abcfed"),
            ("two\nlines\tand\u{0}", "two lines and"),
            ("\u{9b}31m\u{7f}", "31m"),
            ("Zoë – 東京 🙂", "Zoë – 東京 🙂"),
        ] {
            assert_eq!(scrub(text, 100), shown);
        }
        assert_eq!(scrub("abcdef", 4), "abc…");
        assert_eq!(scrub("abcd", 4), "abcd");
    }

    proptest! {
        #[test]
        fn any_text_comes_out_clean(text in any::<String>(), longest in 1_usize..50) {
            let shown = scrub(&text, longest);
            prop_assert!(shown.chars().count() <= longest);
            prop_assert!(!shown.chars().any(is_harmful));
            prop_assert_eq!(scrub(&shown, longest), shown);
        }
    }
}
