//! Secrets that a test plants, and the search for them: in clear, and as something would write them that does not know them for secrets.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::json;

#[cfg(test)]
mod tests;

/// How much is shown around what was found.
const SHOWN: usize = 160;

/// The fewest bytes of a secret: a shorter one might be found by chance.
const SHORTEST: usize = 8;

/// Secrets, each with what it is.
#[derive(Debug, Default)]
pub struct Planted {
    /// What is looked for, with its words.
    disguises: Vec<(String, Vec<u8>)>,
    secrets: usize,
}

impl Planted {
    /// One secret.
    #[must_use]
    pub fn one(what: &str, secret: &str) -> Self {
        let mut planted = Self::default();
        planted.plant(what, secret);
        planted
    }

    /// Looks for this secret as well.
    ///
    /// # Panics
    /// When it is so short that it would be found by chance.
    pub fn plant(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= SHORTEST, "{what} is too short to be looked for");
        self.secrets += 1;
        for (how, disguise) in disguises(secret) {
            self.disguises.push((format!("{what} {how}"), disguise));
        }
    }

    /// Looks for this secret, which is Base64, and for the bytes that it stands for.
    ///
    /// # Panics
    /// When it is no Base64, and as [`Self::plant`].
    pub fn plant_base64(&mut self, what: &str, secret: &str) {
        let bytes = STANDARD.decode(secret).expect("Base64");
        self.plant(what, secret);
        self.plant(&format!("{what} as bytes"), &hex(&bytes));
    }

    /// How many secrets are looked for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.secrets
    }

    /// Every secret that is in what was found at a place, with the words around it.
    #[must_use]
    pub fn found_in(&self, place: &str, found: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(found);
        let mut all = Vec::new();
        for (what, disguise) in &self.disguises {
            let disguise = String::from_utf8_lossy(disguise);
            if let Some(at) = text.find(disguise.as_ref()) {
                let from = text.floor_char_boundary(at.saturating_sub(SHOWN));
                let to = text.floor_char_boundary((at + disguise.len() + SHOWN).min(text.len()));
                all.push(format!("{what} is in {place}: …{}…", &text[from..to]));
            }
        }
        all
    }

    /// Asserts that none of the secrets is in any of the places.
    ///
    /// # Panics
    /// When one is; with all that was found.
    pub fn are_in_none_of(&self, places: &BTreeMap<String, Vec<u8>>) {
        let mut told = String::new();
        for (place, found) in places {
            for one in self.found_in(place, found) {
                writeln!(told, "{one}").expect("a String takes all");
            }
        }
        assert!(told.is_empty(), "{told}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// How a secret looks when it is stored or sent by something that does not know it for one; each with its words.
fn disguises(secret: &str) -> Vec<(String, Vec<u8>)> {
    let hex = hex(secret.as_bytes());
    let percent = |of: &dyn Fn(u8) -> String| -> String {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        secret
            .bytes()
            .map(|byte| {
                if plain(&byte) {
                    char::from(byte).to_string()
                } else {
                    of(byte)
                }
            })
            .collect()
    };
    let quoted = json!(secret).to_string();
    let mut all = vec![
        ("in clear".to_owned(), secret.to_owned()),
        ("in hexadecimal".to_owned(), hex.to_uppercase()),
        ("in hexadecimal".to_owned(), hex),
        (
            "encoded for an address".to_owned(),
            percent(&|byte| format!("%{byte:02X}")),
        ),
        (
            "encoded for an address".to_owned(),
            percent(&|byte| format!("%{byte:02x}")),
        ),
        ("in JSON".to_owned(), quoted[1..quoted.len() - 1].to_owned()),
        ("for debugging".to_owned(), secret.escape_debug().to_string()),
    ];
    // Inside of a longer text, Base64 depends on where the secret begins: at one of three places.
    for before in 0..3 {
        for engine in [&STANDARD, &URL_SAFE] {
            let whole = engine.encode([&b"\0\0"[..before], secret.as_bytes()].concat());
            let shared = [0, 2, 3][before];
            let end = whole.trim_end_matches('=').len();
            // The last digit holds bits of what follows, unless the secret ends where a digit does.
            let end = if end < whole.len() { end - 1 } else { end };
            all.push(("in Base64".to_owned(), whole[shared..end].to_owned()));
        }
    }
    // Most secrets look alike in several of them; the first name is told.
    let mut known = HashSet::new();
    all.retain(|(_, text)| known.insert(text.clone()));
    all.into_iter().map(|(how, text)| (how, text.into_bytes())).collect()
}
