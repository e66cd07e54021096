//! Twilio's own words about a call, without what is in them of other people.

use crate::text::is_invisible_formatting;

/// The most characters that are kept.
const LONGEST: usize = 300;

/// From so many digits on it may be a phone number.
const DIGITS_OF_A_NUMBER: usize = 7;

/// So many hexadecimal digits may be a secret or a webhook's reference; after two capitals they are a SID.
const DIGITS_OF_A_SECRET: usize = 32;

/// Stands for what is not shown.
const HIDDEN: &str = "•••";

/// The text with phone numbers, addresses' users, queries and secrets hidden, without control characters, on one line.
pub(super) fn masked(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || is_invisible_formatting(c));
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(masked_word).collect();
    without_numbers(&words.join(" ")).chars().take(LONGEST).collect()
}

fn masked_word(word: &str) -> String {
    let word = word.split_once('?').map_or(word, |(before, _)| before);
    let word = match word.rsplit_once('@') {
        Some((user, host)) => {
            let scheme = user
                .split_once(':')
                .map_or(String::new(), |(scheme, _)| format!("{scheme}:"));
            format!("{scheme}{HIDDEN}@{host}")
        }
        None => word.to_owned(),
    };
    without_secrets(&word)
}

fn without_secrets(word: &str) -> String {
    let mut shown = String::with_capacity(word.len());
    let mut run = String::new();
    for c in word.chars().chain(['\0']) {
        if c.is_ascii_hexdigit() {
            run.push(c);
            continue;
        }
        // A SID's prefix may be hexadecimal itself, as in AC…: then it is a part of the run.
        let prefix = shown.chars().rev().take_while(char::is_ascii_uppercase).count();
        let in_run = run.chars().take_while(char::is_ascii_uppercase).count();
        let is_sid = run.len() <= DIGITS_OF_A_SECRET + in_run && prefix + in_run >= 2;
        if run.len() >= DIGITS_OF_A_SECRET && !is_sid {
            shown.push_str(HIDDEN);
        } else {
            shown.push_str(&run);
        }
        run.clear();
        if c != '\0' {
            shown.push(c);
        }
    }
    shown
}

/// Digits with what stands between the groups of a phone number.
fn without_numbers(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(['\0']) {
        let continues = c.is_ascii_digit() || (!run.is_empty() && matches!(c, ' ' | '-' | '.' | '(' | ')' | '/'));
        if continues && !follows_hexadecimal(&shown, &run) {
            run.push(c);
            continue;
        }
        flush(&mut shown, &mut run);
        if c != '\0' {
            shown.push(c);
        }
    }
    shown
}

/// Digits inside a SID are no phone number.
fn follows_hexadecimal(shown: &str, run: &str) -> bool {
    if !run.is_empty() {
        return false;
    }
    let word = shown
        .rsplit(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    let (prefix, digits) = word.split_at(word.len().min(2));
    prefix.len() == 2
        && prefix.bytes().all(|byte| byte.is_ascii_uppercase())
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn flush(shown: &mut String, run: &mut String) {
    let digits = run.chars().filter(char::is_ascii_digit).count();
    if digits < DIGITS_OF_A_NUMBER {
        shown.push_str(run);
    } else {
        let number = run.trim_end_matches(|c: char| !c.is_ascii_digit());
        let tail = run[number.len()..].to_owned();
        shown.push_str(HIDDEN);
        shown.push_str(&tail);
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_others_is_hidden_and_the_rest_is_kept() {
        let table = [
            ("Call to +14155550123 was blocked", "Call to +••• was blocked"),
            ("Caller (415) 555-0123, unverified.", "Caller (•••, unverified."),
            ("Got HTTP 502 response", "Got HTTP 502 response"),
            (
                "see https://a.example/v?From=%2B14155550123 now",
                "see https://a.example/v now",
            ),
            (
                "Dial sip:anna.smith@pbx.example failed",
                "Dial sip:•••@pbx.example failed",
            ),
            (
                "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa01 ended",
                "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa01 ended",
            ),
            (
                "MZ0123456789abcdef0123456789abcdef",
                "MZ0123456789abcdef0123456789abcdef",
            ),
            ("token 0123456789abcdef0123456789abcdef", "token •••"),
            (
                "/twilio/v1/voice/0123456789abcdef0123456789abcdef",
                "/twilio/v1/voice/•••",
            ),
            ("two\nlines\u{202e}", "two lines"),
            ("From14155550123", "From•••"),
        ];
        for (text, shown) in table {
            assert_eq!(masked(text), shown, "{text:?}");
        }
        assert_eq!(masked(&"a ".repeat(1000)).chars().count(), LONGEST);
    }
}
