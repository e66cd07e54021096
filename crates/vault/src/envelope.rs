//! What lies inside a sealed value: a version, the row it belongs to, and the secret.
//!
//! ```text
//! 1 byte   version, 1
//! 8 bytes  length of the row's identity in bytes, big-endian
//! …        the row's identity, UTF-8
//! …        the secret, to the end
//! ```
//!
//! The length keeps the row and the secret apart: row `ab` with secret `c` and row `a` with secret `bc` differ.

use zeroize::Zeroizing;

use crate::VaultError;

const VERSION: u8 = 1;
const ROW_START: usize = 1 + size_of::<u64>();

/// Puts a secret and its row into one buffer, which is never reallocated and wiped on drop.
pub fn pack(bound_to: &str, secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut packed = Zeroizing::new(Vec::with_capacity(ROW_START + bound_to.len() + secret.len()));
    packed.push(VERSION);
    packed.extend_from_slice(&(bound_to.len() as u64).to_be_bytes());
    packed.extend_from_slice(bound_to.as_bytes());
    packed.extend_from_slice(secret);
    packed
}

/// The secret inside, if it belongs to this row.
///
/// # Errors
/// [`VaultError::WrongRow`] when it belongs to another, [`VaultError::Damaged`] when the shape is not the one above.
pub fn unpack<'a>(bound_to: &str, packed: &'a [u8]) -> Result<&'a [u8], VaultError> {
    let (&version, rest) = packed.split_first().ok_or(VaultError::Damaged)?;
    let (length, rest) = rest.split_first_chunk().ok_or(VaultError::Damaged)?;
    if version != VERSION {
        return Err(VaultError::Damaged);
    }
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| VaultError::Damaged)?;
    let (row, secret) = rest.split_at_checked(length).ok_or(VaultError::Damaged)?;
    if row == bound_to.as_bytes() {
        Ok(secret)
    } else {
        Err(VaultError::WrongRow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_between_row_and_secret_does_not_move() {
        assert_eq!(unpack("ab", &pack("ab", b"c")).unwrap(), b"c");
        assert!(matches!(unpack("a", &pack("ab", b"c")), Err(VaultError::WrongRow)));
        assert!(matches!(unpack("abc", &pack("ab", b"c")), Err(VaultError::WrongRow)));
    }

    #[test]
    fn another_shape_is_damaged() {
        let whole = pack("row", b"");
        for cut in 0..whole.len() {
            assert!(
                matches!(unpack("row", &whole[..cut]), Err(VaultError::Damaged)),
                "cut at {cut}"
            );
        }

        let mut newer = pack("row", b"secret");
        newer[0] = VERSION + 1;
        assert!(matches!(unpack("row", &newer), Err(VaultError::Damaged)));

        let mut endless = pack("row", b"secret");
        endless[1..ROW_START].fill(0xff);
        assert!(matches!(unpack("row", &endless), Err(VaultError::Damaged)));
    }
}
