//! Takes phone numbers, and what may be a secret, out of other people's words.

/// A word of so many letters and digits may be a token. A SID says what it is.
const LONGEST_WORD: usize = 24;

/// The text without phone numbers and without words that may be secrets.
pub(crate) fn fit_to_show(text: &str) -> String {
    without_secrets(&without_numbers(text))
}

/// The text with every long word of letters and digits made unreadable, but for SIDs.
fn without_secrets(text: &str) -> String {
    let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '=' | '+');
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(is_of_word) {
        told.push_str(&rest[..begin]);
        let word = &rest[begin..];
        let end = word.find(|c| !is_of_word(c)).unwrap_or(word.len());
        let word = &word[..end];
        let is_long = word.chars().count() >= LONGEST_WORD && word.contains(|c: char| c.is_numeric());
        told.push_str(if is_long && !is_sid(word) { "[…]" } else { word });
        rest = &rest[begin + end..];
    }
    told + rest
}

/// Two capital letters and 32 hexadecimal digits.
fn is_sid(word: &str) -> bool {
    let (Some(kind), Some(rest)) = (word.get(..2), word.get(2..)) else {
        return false;
    };
    rest.len() == 32
        && kind.bytes().all(|byte| byte.is_ascii_uppercase())
        && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Fewer digits in a row may be an error code or a year.
const SHORTEST: usize = 7;

/// The text with every run of seven digits or more made unreadable, whatever stands between the digits: blanks, dashes, dots and
/// brackets. SIDs are left whole.
fn without_numbers(text: &str) -> String {
    let chars: Vec<char> = text.chars().filter(|c| !c.is_control()).collect();
    let mut told = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let in_word = at > 0 && chars[at - 1].is_alphanumeric();
        let run = if in_word { 0 } else { number_at(&chars[at..]) };
        if run > 0 {
            told.push_str("•••");
            at += run;
        } else {
            told.push(c);
            at += 1;
        }
    }
    told
}

/// How many characters the number takes that begins here; 0 when none does.
fn number_at(chars: &[char]) -> usize {
    let (mut digits, mut end) = (0, 0);
    for (place, c) in chars.iter().enumerate() {
        match c {
            c if c.is_numeric() => {
                digits += 1;
                end = place + 1;
            }
            '+' if place == 0 => {}
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' => {}
            _ => break,
        }
    }
    let begins = chars.first().is_some_and(|c| c.is_numeric() || matches!(c, '+' | '('));
    let in_word = chars.get(end).is_some_and(|c| c.is_alphabetic());
    if begins && !in_word && digits >= SHORTEST {
        end
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_go_and_codes_stay() {
        for (text, told) in [
            ("Call to +14155550126 failed", "Call to ••• failed"),
            ("(415) 555-0126, error 11200", "•••, error 11200"),
            ("+49 30 123 456", "•••"),
            ("in 2026, 12 of 40 calls", "in 2026, 12 of 40 calls"),
            (
                "CA0123456789abcdef0123456789abcdef",
                "CA0123456789abcdef0123456789abcdef",
            ),
            ("sip:+14155550126@pbx.example", "sip:•••@pbx.example"),
            ("٠١٢٣٤٥٦٧", "•••"),
        ] {
            assert_eq!(without_numbers(text), told);
        }
    }

    #[test]
    fn tokens_go_and_sids_stay() {
        for (text, told) in [
            ("token 5ec4e7a100000000000000000000c0de refused", "token […] refused"),
            (
                "CA0123456789abcdef0123456789abcdef ended",
                "CA0123456789abcdef0123456789abcdef ended",
            ),
            (
                "https://pbx.example/a/5ec4e7a100000000000000000000c0de?x",
                "https://pbx.example/a/[…]?x",
            ),
            (
                "an extraordinarilylongwordwithoutdigits",
                "an extraordinarilylongwordwithoutdigits",
            ),
        ] {
            assert_eq!(fit_to_show(text), told);
        }
    }

    proptest! {
        #[test]
        fn no_number_survives(before in "[a-z ]{0,9}", number in "\\+[1-9][0-9]{7,14}", after in "[ .,]{0,3}") {
            let told = without_numbers(&format!("{before} {number}{after}"));
            prop_assert!(!told.contains(&number[1..]), "{}", told);
        }
    }
}
