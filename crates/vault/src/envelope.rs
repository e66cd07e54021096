//! What lies inside a sealed value: a version, the row it belongs to, a proof of who sealed it, and the secret.
//!
//! ```text
//! 1 byte    version, 2
//! 8 bytes   length of the row's identity in bytes, big-endian
//! …         the row's identity, UTF-8
//! 32 bytes  the proof: HMAC-SHA-256 over the row's identity and the secret, by a key that is derived from the sealing key
//! …         the secret, to the end
//! ```
//!
//! The length keeps the row and the secret apart: row `ab` with secret `c` and row `a` with secret `bc` differ.
//!
//! age seals to a public name, which anybody may do who has read it. The proof takes the secret half. Version 1 had none: who could
//! write to the database could put a secret of their own there. It is refused whole, since a reader of both could be given the old
//! one for ever.

use zeroize::Zeroizing;

use crate::{AuthenticationKey, TAG_BYTES, VaultError};

const VERSION: u8 = 2;
const WITHOUT_PROOF: u8 = 1;
const ROW_START: usize = 1 + size_of::<u64>();

/// Puts a secret, its row and the proof of both into one buffer, which is never reallocated and wiped on drop.
pub fn pack(prover: &AuthenticationKey, bound_to: &str, secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let row = bound_to.as_bytes();
    let mut packed = Zeroizing::new(Vec::with_capacity(ROW_START + row.len() + TAG_BYTES + secret.len()));
    packed.push(VERSION);
    packed.extend_from_slice(&(row.len() as u64).to_be_bytes());
    packed.extend_from_slice(row);
    packed.extend_from_slice(&prover.tag(&[row, secret]));
    packed.extend_from_slice(secret);
    packed
}

/// The secret inside, if it was sealed for this row by a holder of the key.
///
/// # Errors
/// [`VaultError::WrongRow`] when it belongs to another, [`VaultError::Unproven`] when the proof is wrong or there is none,
/// [`VaultError::Damaged`] when the shape is not the one above.
pub fn unpack<'a>(prover: &AuthenticationKey, bound_to: &str, packed: &'a [u8]) -> Result<&'a [u8], VaultError> {
    let (&version, rest) = packed.split_first().ok_or(VaultError::Damaged)?;
    match version {
        VERSION => {}
        WITHOUT_PROOF => return Err(VaultError::Unproven),
        _ => return Err(VaultError::Damaged),
    }
    let (length, rest) = rest.split_first_chunk().ok_or(VaultError::Damaged)?;
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| VaultError::Damaged)?;
    let (row, rest) = rest.split_at_checked(length).ok_or(VaultError::Damaged)?;
    let (proof, secret) = rest.split_at_checked(TAG_BYTES).ok_or(VaultError::Damaged)?;
    if row != bound_to.as_bytes() {
        return Err(VaultError::WrongRow);
    }
    if prover.proves(&[row, secret], proof) {
        Ok(secret)
    } else {
        Err(VaultError::Unproven)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_pair::KeyPair;

    fn prover() -> AuthenticationKey {
        AuthenticationKey::derive(&KeyPair::generate(), "tests")
    }

    #[test]
    fn the_border_between_row_and_secret_does_not_move() {
        let us = prover();
        assert_eq!(unpack(&us, "ab", &pack(&us, "ab", b"c")).unwrap(), b"c");
        let packed = pack(&us, "ab", b"c");
        for row in ["a", "abc"] {
            assert!(matches!(unpack(&us, row, &packed), Err(VaultError::WrongRow)), "{row}");
        }
    }

    #[test]
    fn what_another_has_packed_or_nobody_has_proved_is_refused() {
        let us = prover();
        let theirs = pack(&prover(), "row", b"secret");
        assert!(matches!(unpack(&us, "row", &theirs), Err(VaultError::Unproven)));

        let mut altered = pack(&us, "row", b"secret");
        *altered.last_mut().unwrap() ^= 1;
        assert!(matches!(unpack(&us, "row", &altered), Err(VaultError::Unproven)));

        // As version 1 had it.
        let mut without = vec![WITHOUT_PROOF];
        without.extend_from_slice(&3_u64.to_be_bytes());
        without.extend_from_slice(b"rowsecret");
        assert!(matches!(unpack(&us, "row", &without), Err(VaultError::Unproven)));
        // Its own proof moved into it changes nothing.
        let mut older = pack(&us, "row", b"secret");
        older[0] = WITHOUT_PROOF;
        assert!(matches!(unpack(&us, "row", &older), Err(VaultError::Unproven)));
    }

    #[test]
    fn another_shape_is_damaged() {
        let us = prover();
        let whole = pack(&us, "row", b"");
        for cut in 0..whole.len() {
            assert!(
                matches!(unpack(&us, "row", &whole[..cut]), Err(VaultError::Damaged)),
                "cut at {cut}"
            );
        }

        let mut newer = pack(&us, "row", b"secret");
        newer[0] = VERSION + 1;
        assert!(matches!(unpack(&us, "row", &newer), Err(VaultError::Damaged)));

        let mut endless = pack(&us, "row", b"secret");
        endless[1..ROW_START].fill(0xff);
        assert!(matches!(unpack(&us, "row", &endless), Err(VaultError::Damaged)));
    }
}
