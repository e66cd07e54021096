//! With which code and words a socket is closed.
//!
//! Codes from 4400 are the protocol's own; the others are WebSocket's (RFC 6455, section 7.4) and those registered beside them:
//! <https://www.iana.org/assignments/websocket/websocket.xml#close-code-number>.

use std::borrow::Cow;

use axum::extract::ws::{CloseFrame, Message};

/// The most bytes of a reason: what a control frame holds, less the code.
const LONGEST_REASON: usize = 123;

/// The end of a socket. The reason is for people and repeats nothing that was sent, but the id of 4409, as the protocol asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    /// The code, for programs.
    pub code: u16,
    /// The reason.
    pub reason: Cow<'static, str>,
}

/// The server stops.
pub(super) const GOING_AWAY: Close = Close::of(1001, "The server stops; connect again.");
/// A frame breaks the rules of WebSocket.
pub(super) const PROTOCOL_ERROR: Close = Close::of(1002, "Not a WebSocket frame");
/// A text frame is no UTF-8.
pub(super) const NOT_UTF8: Close = Close::of(1007, "A text message is UTF-8.");
/// A message is too large.
pub(super) const TOO_BIG: Close = Close::of(1009, "A message has at most 256 KiB.");
/// Nobody can be signed in at the moment.
pub(super) const TRY_AGAIN_LATER: Close = Close::of(1013, "Something went wrong on our side; connect again later.");
/// Nothing was heard for too long, not even an answer to a ping.
pub(super) const SILENT: Close = Close::of(3008, "Nothing was heard of you.");
/// An operation before the acknowledgement.
pub(super) const UNAUTHORIZED: Close = Close::of(4401, "Unauthorized");
/// Another protocol.
pub(super) const SUBPROTOCOL: Close = Close::of(4406, "Subprotocol not acceptable");
/// No `connection_init` came.
pub(super) const INIT_TIMEOUT: Close = Close::of(4408, "Connection initialisation timeout");
/// A second `connection_init`.
pub(super) const TOO_MANY_INITS: Close = Close::of(4429, "Too many initialisation requests");
/// One person has too many sockets.
pub(super) const TOO_MANY_SOCKETS: Close = Close::of(4429, "Too many sockets of one person");
/// Something broke on our side.
pub(super) const INTERNAL: Close = Close::of(4500, "Internal server error");

impl Close {
    const fn of(code: u16, reason: &'static str) -> Self {
        Self {
            code,
            reason: Cow::Borrowed(reason),
        }
    }

    /// A message that the protocol does not know.
    pub(super) fn invalid(why: &'static str) -> Self {
        Self::said(4400, format!("Invalid message received: {why}"))
    }

    /// Nobody is signed in, or no longer.
    pub(super) fn forbidden(why: &'static str) -> Self {
        Self::said(4403, format!("Forbidden: {why}"))
    }

    /// The id of an operation that still runs was used for another.
    pub(super) fn exists(id: &str) -> Self {
        Self::said(4409, format!("Subscriber for {id} already exists"))
    }

    fn said(code: u16, mut reason: String) -> Self {
        reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
        Self {
            code,
            reason: Cow::Owned(reason),
        }
    }

    /// The frame that says so.
    pub(super) fn frame(&self) -> Message {
        Message::Close(Some(CloseFrame {
            code: self.code,
            reason: self.reason.as_ref().into(),
        }))
    }
}
