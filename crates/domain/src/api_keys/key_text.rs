//! What a key looks like: `callab_`, 32 random hexadecimal digits, and 8 that are their checksum.
//!
//! By the prefix and the checksum a search for leaked secrets tells a key from any other text without asking anybody:
//! `callab_[0-9a-f]{40}`, and the last eight digits are the CRC-32 (IEEE 802.3) of all before them.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::Ids;

/// What every key begins with, and no token of the web app does.
pub const PREFIX: &str = "callab_";

/// Digits that are random: 128 bits.
const RANDOM: usize = 32;

/// Digits that are the checksum.
const CHECKSUM: usize = 8;

/// Digits that are kept for people to see. The others are 104 bits still.
const SHOWN: usize = 6;

/// A key as its owner is shown it, once.
#[derive(Clone)]
pub struct ApiKeyText(SecretString);

impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyText")
    }
}

impl ApiKeyText {
    /// A new key of 128 unguessable bits.
    pub(super) fn generate(ids: &dyn Ids) -> Self {
        let unguessable = format!("{PREFIX}{}", ids.new_reference());
        Self(format!("{unguessable}{}", checksum(&unguessable)).into())
    }

    /// Reads a key; none if the text is none, such as one that was cut short.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != RANDOM + CHECKSUM || !digits.bytes().all(is_digit) {
            return None;
        }
        let (unguessable, given) = text.split_at(PREFIX.len() + RANDOM);
        (checksum(unguessable) == given).then(|| Self(text.into()))
    }

    /// The text. For the answer of the mutation that made it, and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// How it begins.
    pub(super) fn beginning(&self) -> &str {
        &self.expose()[..PREFIX.len() + SHOWN]
    }

    /// What is kept of it. Nobody can try all keys there may be, so that a plain digest is enough: passwords need more.
    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.expose()).to_vec()
    }
}

fn checksum(text: &str) -> String {
    format!("{:08x}", crc32fast::hash(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemIds;

    #[test]
    fn a_key_that_was_typed_wrong_is_none() {
        let key = ApiKeyText::generate(&SystemIds);
        let text = key.expose();
        assert_eq!(ApiKeyText::parse(text).unwrap().hash(), key.hash());
        assert!(text.starts_with(key.beginning()) && key.beginning().len() == 13);
        for at in PREFIX.len()..text.len() {
            let mut other = text.to_owned();
            other.replace_range(at..=at, if &text[at..=at] == "0" { "1" } else { "0" });
            assert!(ApiKeyText::parse(&other).is_none(), "{at}");
        }
        for other in [
            &text[..text.len() - 1],
            &format!("{text}0"),
            &text.to_uppercase(),
            "callab_",
            "",
            "callab_é",
        ] {
            assert!(ApiKeyText::parse(other).is_none(), "{other}");
        }
        assert!(!format!("{key:?}").contains(&text[13..]));
    }

    /// What `README` and scanners rely on, computed elsewhere: Python's `zlib.crc32`.
    #[test]
    fn the_checksum_is_crc_32() {
        assert!(ApiKeyText::parse("callab_00112233445566778899aabbccddeeff76ce34ad").is_some());
        assert_eq!(checksum("callab_00112233445566778899aabbccddeeff"), "76ce34ad");
    }
}
