//! Names for new things: SIDs and tokens that repeat from run to run.

use std::collections::HashMap;

use sha1::{Digest, Sha1};

/// Gives SIDs, tokens and request ids from a seed and a counter, so that two runs of one story name everything alike.
#[derive(Debug)]
pub(crate) struct Sids {
    seed: u64,
    /// How many of each kind were given, so that one kind does not shift the others.
    given: HashMap<String, u64>,
}

impl Sids {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            given: HashMap::new(),
        }
    }

    /// The next SID of a kind: `prefix` is Twilio's two capitals (`AC`, `PN`, `CA`, ...), 32 lower-case hex digits follow.
    pub(crate) fn next(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.next_hex(prefix))
    }

    /// The next auth token or key secret: 32 lower-case hex digits.
    pub(crate) fn secret(&mut self) -> String {
        self.next_hex("secret")
    }

    /// The next token for `I-Twilio-Idempotency-Token`, in the form of a UUID.
    pub(crate) fn idempotency_token(&mut self) -> String {
        let hex = self.next_hex("idempotency");
        format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }

    fn next_hex(&mut self, kind: &str) -> String {
        let given = self.given.entry(kind.to_owned()).or_default();
        *given += 1;
        let digest = Sha1::digest(format!("{}/{kind}/{given}", self.seed));
        let half = u128::from_be_bytes(digest[..16].try_into().expect("a SHA-1 digest has 20 bytes"));
        format!("{half:032x}")
    }
}

#[cfg(test)]
mod tests {
    use super::Sids;

    #[test]
    fn the_same_seed_gives_the_same_sids_and_another_seed_others() {
        let first = Sids::new(1).next("AC");
        assert_eq!(first, Sids::new(1).next("AC"));
        assert_ne!(first, Sids::new(2).next("AC"));
        assert_eq!(first.len(), 34);
        assert!(
            first[2..]
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        );
    }
}
