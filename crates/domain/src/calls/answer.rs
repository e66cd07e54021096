//! What Twilio is told to do with a call. `api` writes it as TwiML.

use ::entity::E164;

/// One answer to Twilio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Open a media stream to the agent; when it ends, ask `action`.
    Stream {
        /// `wss://…`, without a query string.
        url: String,
        /// What the agent is told of the call: names and opaque values.
        parameters: Vec<(&'static str, String)>,
        /// Where Twilio reports the stream's start and end.
        status_callback: String,
        /// Where Twilio asks what comes next.
        action: String,
    },
    /// Call the agent by SIP; when that ends, ask `action`.
    Sip {
        /// `sip:…`
        uri: String,
        /// Where Twilio asks what comes next.
        action: String,
    },
    /// Call the backup number.
    Backup(E164),
    /// Speak a sentence and hang up.
    Say(String),
    /// Ask another address instead: the borrowed one.
    Redirect {
        /// The address.
        url: String,
        /// `GET` or `POST`.
        method: String,
    },
    /// Hang up.
    HangUp,
}
