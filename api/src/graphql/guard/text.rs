//! A document's text, before anything that calls itself reads it: bytes, tokens and nesting, in one pass.
//!
//! The lexical grammar is GraphQL's. Whatever the parser reads as a bracket is counted as one here: a text or comment that this
//! pass skips has to be one for the parser too. So what never ends, where the parser would try another reading, is no GraphQL.
//!
//! Source: <https://spec.graphql.org/September2025/#sec-Language.Source-Text>

use super::super::error::SECRET_LENGTH;
use super::limits;
use super::refusal::Refusal;

/// What was found in a text that is within its bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Its tokens.
    pub tokens: usize,
    /// The deepest nesting of brackets.
    pub nesting: usize,
    /// Whether it may hold a value that somebody wrote into it: a quoted text, a comment, or a word or number as long as a secret
    /// among arguments.
    pub may_hold_secrets: bool,
    /// How often this pass looked at a byte. For the proof that it is linear.
    pub steps: usize,
}

/// Why a text is not read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is beyond a bound.
    Refused(Refusal),
    /// A quoted text in it does not end.
    NotGraphql,
}

impl From<Refusal> for Unreadable {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Looks a document's text over.
///
/// # Errors
/// The first bound that it breaks, or that a quoted text does not end.
pub fn look_over(text: &str) -> Result<Text, Unreadable> {
    if text.len() > limits::DOCUMENT_BYTES {
        return Err(Refusal::QueryTooLarge.into());
    }
    let mut reader = Reader {
        bytes: text.as_bytes(),
        at: 0,
        found: Text::default(),
    };
    let (mut open, mut parentheses) = (0_usize, 0_usize);
    while let Some(byte) = reader.peek(0) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                reader.skip(1);
                continue;
            }
            b'#' => {
                reader.found.may_hold_secrets = true;
                reader.skip_while(|byte| byte != b'\n' && byte != b'\r');
                continue;
            }
            b'{' | b'(' | b'[' => {
                open += 1;
                parentheses += usize::from(byte == b'(');
                reader.found.nesting = reader.found.nesting.max(open);
                if open > limits::NESTING {
                    return Err(Refusal::NestedTooDeep.into());
                }
                reader.skip(1);
            }
            b'}' | b')' | b']' => {
                open = open.saturating_sub(1);
                parentheses = parentheses.saturating_sub(usize::from(byte == b')'));
                reader.skip(1);
            }
            b'"' => {
                reader.found.may_hold_secrets = true;
                reader.skip_quoted()?;
            }
            _ if is_word(byte) || byte == b'-' => {
                let (from, is_number) = (reader.at, byte == b'-' || byte.is_ascii_digit());
                reader.skip(1);
                reader.skip_while(|byte| is_word(byte) || (is_number && byte == b'.'));
                let length = reader.at - from;
                if length > limits::NAME {
                    return Err(Refusal::NameTooLong.into());
                }
                let is_long = length >= SECRET_LENGTH;
                reader.found.may_hold_secrets |= is_long && parentheses > 0;
            }
            b'.' if reader.is_at(b"...") => reader.skip(3),
            _ => reader.skip(1),
        }
        reader.found.tokens += 1;
        if reader.found.tokens > limits::TOKENS {
            return Err(Refusal::TooManyTokens.into());
        }
    }
    Ok(reader.found)
}

/// Names and numbers alike.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
    found: Text,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn is_at(&self, what: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(what)
    }

    fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        self.found.steps += bytes;
    }

    fn skip_while(&mut self, is_part: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&is_part) {
            self.skip(1);
        }
    }

    /// A quoted text, with or without three quotation marks.
    fn skip_quoted(&mut self) -> Result<(), Unreadable> {
        if self.is_at(b"\"\"\"") {
            self.skip(3);
            while self.at < self.bytes.len() {
                if self.is_at(b"\"\"\"") {
                    self.skip(3);
                    return Ok(());
                }
                self.skip(if self.is_at(b"\\\"\"\"") { 4 } else { 1 });
            }
            return Err(Unreadable::NotGraphql);
        }
        self.skip(1);
        loop {
            match self.peek(0) {
                Some(b'"') => {
                    self.skip(1);
                    return Ok(());
                }
                Some(b'\\') if self.peek(1).is_some_and(|next| next != b'\n' && next != b'\r') => self.skip(2),
                None | Some(b'\n' | b'\r' | b'\\') => return Err(Unreadable::NotGraphql),
                Some(_) => self.skip(1),
            }
        }
    }
}
