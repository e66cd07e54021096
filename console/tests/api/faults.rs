//! What the fake API can be made to do wrong.

use std::time::Duration;

/// How a question is answered.
#[derive(Clone, Debug, Default)]
pub enum Http {
    /// As it should be.
    #[default]
    Well,
    /// Late.
    After(Duration),
    /// With a status, and perhaps after how many seconds to ask again.
    Status(u16, Option<u64>),
    /// With status 200 and these words.
    Words(String),
    /// With a body that does not end.
    Endless,
}

/// How a socket behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Socket {
    /// As it should.
    #[default]
    Well,
    /// It is refused with a status before it is one.
    Refused(u16),
    /// It is closed with a code once the session was shown.
    Closed(u16),
    /// It is closed with a code once something is followed on it: the session ends while it is used.
    Ended(u16),
    /// It opens, and is cut off at once.
    Cut,
    /// Every event is too old for it to go on from.
    TooOld,
    /// It was read too slowly, again and again.
    FellBehind,
}
