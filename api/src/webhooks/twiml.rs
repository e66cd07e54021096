//! TwiML: what Twilio is told to do with a call.
//!
//! A document is a list of [`Verb`]s, which Twilio runs in order; an empty one ends the call.
//!
//! Source: <https://www.twilio.com/docs/voice/twiml>

use std::io;
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::events::{BytesDecl, BytesStart, BytesText, Event};

/// The content type of every answer. Twilio reads `text/plain` aloud.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The longest document that Twilio takes, in bytes (its error 11750 says 64 kB).
pub const MAX_BYTES: usize = 64_000;

/// One step of a call. URLs are absolute; Twilio asks them with POST unless told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb<'a> {
    /// Puts the call through to a media stream, both ways, until the stream's server closes it.
    ConnectStream(ConnectStream<'a>),
    /// Puts the call through to a SIP address.
    DialSip(DialSip<'a>),
    /// Puts the call through to a phone number.
    DialNumber(DialNumber<'a>),
    /// Speaks.
    Say(Say<'a>),
    /// Ends the call.
    Hangup,
    /// Goes on with the TwiML found elsewhere. Nothing after it is run.
    Redirect {
        /// Where to.
        url: &'a str,
        /// How it is asked.
        method: Method,
    },
    /// Refuses the call unanswered and unbilled, when it is the first verb.
    Reject(RejectReason),
}

/// `<Connect><Stream>`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectStream<'a> {
    /// A `wss` URL. One with a query string makes Twilio's handshake fail (31920).
    pub url: &'a str,
    /// Names and values given to the stream's server as `start.customParameters`; under 500 characters a pair.
    pub parameters: &'a [(&'a str, &'a str)],
    /// Told when the stream starts, stops or fails.
    pub status_callback: &'a str,
    /// Asked for more TwiML when the stream has ended.
    pub action: &'a str,
}

/// `<Dial><Sip>`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DialSip<'a> {
    /// A `sip:` or `sips:` address; `X-` headers may follow a `?`.
    pub uri: &'a str,
    /// How long it rings, in whole seconds.
    pub timeout: Duration,
    /// Asked for more TwiML, with `DialCallStatus`, when the dialled leg has ended or failed.
    pub action: &'a str,
    /// Who is shown as calling; the caller of the first leg when absent.
    pub caller_id: Option<&'a str>,
}

/// `<Dial><Number>`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DialNumber<'a> {
    /// A phone number, E.164.
    pub number: &'a str,
    /// How long it rings, in whole seconds.
    pub timeout: Duration,
    /// Asked for more TwiML, with `DialCallStatus`, when the dialled leg has ended or failed. Absent: the next verb runs.
    pub action: Option<&'a str>,
    /// Who is shown as calling; the caller of the first leg when absent.
    pub caller_id: Option<&'a str>,
}

/// `<Say>`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Say<'a> {
    /// What is spoken.
    pub text: &'a str,
    /// A voice of Twilio's, for example `Polly.Joanna-Neural`; the account's own choice when absent.
    pub voice: Option<&'a str>,
    /// The language of the text, for example `en-US`.
    pub language: &'a str,
}

/// How Twilio asks a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Parameters in the query.
    Get,
    /// Parameters in a form.
    Post,
}

/// What the caller of a refused call hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectReason {
    /// "Not in service."
    Rejected,
    /// A busy tone.
    Busy,
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum TwiMLError {
    /// Twilio would refuse it with its error 11750.
    #[error("the TwiML has {bytes} bytes, over Twilio's limit of {}", MAX_BYTES)]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It could not be written. Not known to happen in memory.
    #[error("could not write the TwiML")]
    NotWritten(#[from] io::Error),
}

/// Writes a document.
///
/// Characters that XML cannot hold (most control characters) are left out; all others arrive as they are.
///
/// # Errors
/// [`TwiMLError::TooLong`] above [`MAX_BYTES`].
pub fn document(verbs: &[Verb<'_>]) -> Result<String, TwiMLError> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    within(&mut writer, BytesStart::new("Response"), |writer| {
        verbs.iter().try_for_each(|verb| write_verb(writer, verb))
    })?;

    let bytes = writer.into_inner();
    if bytes.len() > MAX_BYTES {
        return Err(TwiMLError::TooLong { bytes: bytes.len() });
    }
    String::from_utf8(bytes).map_err(|error| TwiMLError::NotWritten(io::Error::other(error)))
}

type Xml = Writer<Vec<u8>>;

fn write_verb(writer: &mut Xml, verb: &Verb<'_>) -> io::Result<()> {
    match *verb {
        Verb::ConnectStream(stream) => write_stream(writer, &stream),
        Verb::DialSip(DialSip {
            uri,
            timeout,
            action,
            caller_id,
        }) => {
            let dial = dial_element(timeout, Some(action), caller_id);
            within(writer, dial, |writer| write_text(writer, BytesStart::new("Sip"), uri))
        }
        Verb::DialNumber(DialNumber {
            number,
            timeout,
            action,
            caller_id,
        }) => {
            let dial = dial_element(timeout, action, caller_id);
            within(writer, dial, |writer| {
                write_text(writer, BytesStart::new("Number"), number)
            })
        }
        Verb::Say(Say { text, voice, language }) => {
            let mut say = BytesStart::new("Say");
            attribute_if(&mut say, "voice", voice);
            attribute(&mut say, "language", language);
            write_text(writer, say, text)
        }
        Verb::Hangup => writer.write_event(Event::Empty(BytesStart::new("Hangup"))),
        Verb::Redirect { url, method } => {
            let mut redirect = BytesStart::new("Redirect");
            let method = match method {
                Method::Get => "GET",
                Method::Post => "POST",
            };
            attribute(&mut redirect, "method", method);
            write_text(writer, redirect, url)
        }
        Verb::Reject(reason) => {
            let mut reject = BytesStart::new("Reject");
            let reason = match reason {
                RejectReason::Rejected => "rejected",
                RejectReason::Busy => "busy",
            };
            attribute(&mut reject, "reason", reason);
            writer.write_event(Event::Empty(reject))
        }
    }
}

fn write_stream(writer: &mut Xml, stream: &ConnectStream<'_>) -> io::Result<()> {
    let mut connect = BytesStart::new("Connect");
    attribute(&mut connect, "action", stream.action);
    attribute(&mut connect, "method", "POST");

    let mut element = BytesStart::new("Stream");
    attribute(&mut element, "url", stream.url);
    attribute(&mut element, "statusCallback", stream.status_callback);
    attribute(&mut element, "statusCallbackMethod", "POST");

    within(writer, connect, |writer| {
        within(writer, element, |writer| {
            for (name, value) in stream.parameters {
                let mut parameter = BytesStart::new("Parameter");
                attribute(&mut parameter, "name", name);
                attribute(&mut parameter, "value", value);
                writer.write_event(Event::Empty(parameter))?;
            }
            Ok(())
        })
    })
}

/// `answerOnBridge`: the caller hears ringing until the other side answers, and is not billed before.
fn dial_element(timeout: Duration, action: Option<&str>, caller_id: Option<&str>) -> BytesStart<'static> {
    let mut dial = BytesStart::new("Dial");
    attribute(&mut dial, "answerOnBridge", "true");
    attribute(&mut dial, "timeout", &timeout.as_secs().to_string());
    attribute_if(&mut dial, "callerId", caller_id);
    if let Some(action) = action {
        attribute(&mut dial, "action", action);
        attribute(&mut dial, "method", "POST");
    }
    dial
}

/// Writes an element around what `inner` writes.
fn within(writer: &mut Xml, start: BytesStart<'_>, inner: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<()> {
    let end = start.to_end().into_owned();
    writer.write_event(Event::Start(start))?;
    inner(writer)?;
    writer.write_event(Event::End(end))
}

fn write_text(writer: &mut Xml, start: BytesStart<'_>, text: &str) -> io::Result<()> {
    within(writer, start, |writer| {
        writer.write_event(Event::Text(BytesText::from_escaped(escaped(text))))
    })
}

fn attribute(element: &mut BytesStart<'_>, name: &str, value: &str) {
    element.push_attribute((name.as_bytes(), escaped(value).as_bytes()));
}

fn attribute_if(element: &mut BytesStart<'_>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        attribute(element, name, value);
    }
}

/// Escapes for text and attributes alike. A reader turns a bare line end or tab in an attribute into a blank.
fn escaped(text: &str) -> String {
    let text: String = text.chars().filter(|c| is_xml(*c)).collect();
    escape(text)
        .replace('\t', "&#9;")
        .replace('\n', "&#10;")
        .replace('\r', "&#13;")
}

/// The characters XML 1.0 can hold. Source: <https://www.w3.org/TR/xml/#charsets>
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
