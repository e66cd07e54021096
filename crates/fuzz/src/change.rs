//! What is done to an input.

use proptest::prelude::*;
use proptest::sample::Index;

/// The longest input. The longest that any target takes is a document of 64 KiB.
const LONGEST: usize = 80 * 1024;

/// The longest piece that is taken, most of the time.
const PIECE: usize = 64;

/// One change. Places are shares of the length, whatever it is.
#[derive(Clone, Debug)]
pub enum Change {
    /// Takes a piece out.
    Remove {
        /// Where it begins.
        at: Index,
        /// How long it is.
        length: usize,
    },
    /// Puts something in.
    Insert {
        /// Where.
        at: Index,
        /// What.
        what: Vec<u8>,
    },
    /// Puts something in the place of as much.
    Replace {
        /// Where.
        at: Index,
        /// By what.
        what: Vec<u8>,
    },
    /// Repeats a piece.
    Repeat {
        /// Where it begins.
        at: Index,
        /// How long it is.
        length: usize,
        /// How often it is there more than before.
        times: usize,
    },
    /// Puts in a piece of another file.
    Borrow {
        /// Where.
        at: Index,
        /// Of which file.
        file: Index,
        /// Where the piece begins there.
        from: Index,
        /// How long it is.
        length: usize,
    },
}

impl Change {
    /// Makes the change.
    pub fn apply(&self, bytes: &mut Vec<u8>, files: &[Vec<u8>]) {
        match self {
            Self::Remove { at, length } => {
                let piece = piece(bytes, *at, *length);
                bytes.drain(piece);
            }
            Self::Insert { at, what } => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, what.iter().copied());
            }
            Self::Replace { at, what } => {
                let piece = piece(bytes, *at, what.len());
                bytes.splice(piece, what.iter().copied());
            }
            Self::Repeat { at, length, times } => {
                let piece = piece(bytes, *at, *length);
                let (end, more) = (piece.end, bytes[piece].repeat(*times));
                bytes.splice(end..end, more);
            }
            Self::Borrow { at, file, from, length } => {
                let file = file.get(files);
                let borrowed = &file[piece(file, *from, *length)];
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, borrowed.iter().copied());
            }
        }
        bytes.truncate(LONGEST);
    }
}

fn piece(bytes: &[u8], at: Index, length: usize) -> std::ops::Range<usize> {
    let from = at.index(bytes.len() + 1);
    from..bytes.len().min(from + length)
}

/// Changes in a language of these words.
pub fn changes(words: &'static [&'static str]) -> impl Strategy<Value = Change> {
    let length = || prop_oneof![8 => 1..PIECE, 1 => 1..LONGEST];
    // Mostly a few times, now and then often enough to pass any bound.
    let times = prop_oneof![4 => 1_usize..4, 1 => 1_usize..200, 1 => 1_usize..6_000];
    prop_oneof![
        2 => (any::<Index>(), length()).prop_map(|(at, length)| Change::Remove { at, length }),
        4 => (any::<Index>(), bytes(words)).prop_map(|(at, what)| Change::Insert { at, what }),
        3 => (any::<Index>(), bytes(words)).prop_map(|(at, what)| Change::Replace { at, what }),
        2 => (any::<Index>(), length(), times).prop_map(|(at, length, times)| Change::Repeat { at, length, times }),
        2 => (any::<Index>(), any::<Index>(), any::<Index>(), length())
            .prop_map(|(at, file, from, length)| Change::Borrow { at, file, from, length }),
    ]
}

/// A word, or bytes of any kind.
fn bytes(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    const ODD: &[&str] = &[
        "\0",
        "\u{7f}",
        "\u{feff}",
        "\u{202e}",
        "\r\n",
        "\t",
        "ü",
        "\u{1f600}",
        "\\",
        "\"",
        "%00",
        "+",
    ];
    prop_oneof![
        5 => prop::sample::select(words).prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::sample::select(ODD).prop_map(|text| text.as_bytes().to_vec()),
        2 => prop::collection::vec(any::<u8>(), 1..4),
    ]
}
