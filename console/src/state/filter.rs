//! What is typed after `/`: words are matched loosely with words, `field:a,b` is one of several, `!` means not, `"…"` exactly.

use std::fmt;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// One term; all terms of a filter must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: Option<String>,
    is_not: bool,
    any_of: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: String,
    exact: bool,
    /// What finds it, made once for all rows.
    atom: Atom,
}

/// A filter over rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
}

impl Filter {
    /// Reads what was typed. Everything can be read: what is no field is a word.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let terms = words(text).into_iter().filter_map(|word| Term::parse(&word)).collect();
        Self { terms }
    }

    /// Whether it lets everything through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it asks for this field.
    #[must_use]
    pub fn has_field(&self, name: &str) -> bool {
        self.terms.iter().any(|term| term.field.as_deref() == Some(name))
    }

    /// What is wrong with it for rows that have these fields; none where nothing is.
    #[must_use]
    pub fn fault(&self, fields: &[&str]) -> Option<String> {
        let named = self.terms.iter().filter_map(|term| term.field.as_deref());
        let unknown = named.into_iter().find(|name| !fields.contains(name))?;
        Some(format!("no field `{unknown}` here: {}", fields.join(", ")))
    }

    /// How well a row fits; none when it does not. `texts` answers a row's field by its name, in all its words; `whole` all of its text.
    pub fn score<'r>(
        &self,
        matcher: &mut Matcher,
        texts: impl Fn(&str) -> [Option<std::borrow::Cow<'r, str>>; 2],
        whole: &str,
    ) -> Option<u32> {
        let mut score = 0;
        for term in &self.terms {
            let best = match &term.field {
                Some(name) => {
                    let known = texts(name).into_iter().flatten();
                    known.filter_map(|text| term.score(matcher, &text)).max()
                }
                None => term.score(matcher, whole),
            };
            match (best, term.is_not) {
                (Some(found), false) => score += found,
                (None, true) => {}
                (None, false) | (Some(_), true) => return None,
            }
        }
        Some(score)
    }
}

/// Words, with quotes kept together.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.push(c);
            }
            c if c.is_whitespace() && !quoted => {
                words.push(std::mem::take(&mut word));
            }
            c => word.push(c),
        }
    }
    words.push(word);
    words
}

impl Term {
    fn parse(text: &str) -> Option<Self> {
        let (is_not, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
        let (field, text) = match text.split_once(':') {
            Some((name, rest)) if is_name(name) => (Some(name.to_ascii_lowercase()), rest),
            _ => (None, text),
        };
        let parts = if field.is_some() {
            split(text)
        } else {
            vec![text.to_owned()]
        };
        let any_of: Vec<Word> = parts
            .iter()
            .filter_map(|part| Word::parse(part, field.is_some()))
            .collect();
        (!any_of.is_empty()).then_some(Self { field, is_not, any_of })
    }

    /// How well a text fits the best of its words; none when it fits none.
    fn score(&self, matcher: &mut Matcher, text: &str) -> Option<u32> {
        let words = self.any_of.iter();
        words
            .filter_map(|word| word.score(matcher, text, self.field.is_some()))
            .max()
    }
}

/// Parts at commas outside of quotes.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                part.push(c);
            }
            ',' if !quoted => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    parts
}

impl Word {
    /// A field is matched by a part of it, the whole row loosely.
    fn parse(text: &str, of_field: bool) -> Option<Self> {
        let exact = text.contains('"');
        let text: String = text.chars().filter(|c| *c != '"').collect();
        let kind = match (exact, of_field) {
            (true, _) | (_, true) => AtomKind::Substring,
            (false, false) => AtomKind::Fuzzy,
        };
        let case = if exact {
            CaseMatching::Respect
        } else {
            CaseMatching::Ignore
        };
        let atom = Atom::new(&text, case, Normalization::Smart, kind, false);
        (!text.trim().is_empty()).then_some(Self { text, exact, atom })
    }

    fn score(&self, matcher: &mut Matcher, text: &str, of_field: bool) -> Option<u32> {
        if self.exact && of_field {
            return (text == self.text).then_some(1);
        }
        let mut buffer = Vec::new();
        let mut score = |text: &str| {
            self.atom
                .score(Utf32Str::new(text, &mut buffer), matcher)
                .map(u32::from)
        };
        if self.exact || of_field {
            return score(text);
        }
        // Loosely within one word: letters strewn over a whole sentence are in nearly every one.
        text.split_whitespace().filter_map(score).max()
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, term) in self.terms.iter().enumerate() {
            let gap = if n > 0 { " " } else { "" };
            let not = if term.is_not { "!" } else { "" };
            write!(f, "{gap}{not}")?;
            if let Some(field) = &term.field {
                write!(f, "{field}:")?;
            }
            for (m, word) in term.any_of.iter().enumerate() {
                let comma = if m > 0 { "," } else { "" };
                let quote = if word.exact { "\"" } else { "" };
                write!(f, "{comma}{quote}{}{quote}", word.text)?;
            }
        }
        Ok(())
    }
}

/// What finds words loosely. Large: made once and used for many rows.
#[must_use]
pub fn matcher() -> Matcher {
    Matcher::new(Config::DEFAULT)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(filter: &str) -> bool {
        let texts = |name: &str| match name {
            "health" => [Some("failing".into()), Some("FAIL".into())],
            "customer" => [Some("Nordwind Reisen".into()), None],
            _ => [None, None],
        };
        let whole = "Nordwind Reisen eu-prod AC9f02aaaad341c2 failing: the balance is under the level";
        Filter::parse(filter).score(&mut matcher(), texts, whole).is_some()
    }

    #[test]
    fn words_fields_exact_and_not() {
        for filter in [
            "",
            "nordw",
            "nrdwnd",
            "9f02",
            "health:fail",
            "health:degr,fail",
            "health:\"FAIL\"",
            "health:\"failing\"",
            "!code:20003",
            "!health:degr",
            "customer:nord eu-prod",
            "\"Nordwind Reisen\"",
            "customer:\"Nordwind Reisen\"",
            "!\"Blue Harbor\"",
        ] {
            assert!(fits(filter), "{filter}");
        }
        for filter in [
            "blue",
            "health:degr",
            "!health:fail",
            "!health:\"FAIL\"",
            "code:20003",
            "customer:\"Nordwind\"",
            "\"nordwind\"",
            "colour:red",
            "unlvl",
            "!nordw",
        ] {
            assert!(!fits(filter), "{filter}");
        }
    }

    #[test]
    fn a_field_that_there_is_not_is_named() {
        let fault = |filter: &str| Filter::parse(filter).fault(&["health", "customer"]);
        for filter in ["healt:fail", "customer:acme !healt:ok", "HEALT:x"] {
            assert_eq!(
                fault(filter).as_deref(),
                Some("no field `healt` here: health, customer"),
                "{filter}"
            );
        }
        for filter in ["", "healt", "health:fail customer:x", "12:30", "\"healt:x\""] {
            assert_eq!(fault(filter), None, "{filter}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_of_a_filter_is_that_filter(text in "[a-z!:,\" ]{0,30}") {
            let filter = Filter::parse(&text);
            prop_assert_eq!(Filter::parse(&filter.to_string()), filter);
        }
    }
}
