//! `TwiML`, read into the verbs the simulator obeys.
//!
//! Source: <https://www.twilio.com/docs/voice/twiml>

use std::collections::BTreeMap;
use std::time::Duration;

use roxmltree::{Document, Node};

use super::call::CallStatus;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verb {
    Say(String),
    Play(String),
    Pause {
        seconds: u32,
    },
    /// What it says stands before it as verbs of its own; nobody presses a key.
    Gather,
    Hangup,
    /// The status the call ends with if this is its first verb.
    Reject(CallStatus),
    Redirect(Link),
    Dial(Dial),
    Connect(Connect),
    /// A name that is no verb, or none the simulator knows.
    Unknown(String),
}

impl Verb {
    /// Its name in `TwiML`.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Say(_) => "Say",
            Self::Play(_) => "Play",
            Self::Pause { .. } => "Pause",
            Self::Gather => "Gather",
            Self::Hangup => "Hangup",
            Self::Reject(_) => "Reject",
            Self::Redirect(_) => "Redirect",
            Self::Dial(_) => "Dial",
            Self::Connect(_) => "Connect",
            Self::Unknown(name) => name,
        }
    }
}

/// A URL in `TwiML`, which may be relative to its document, and a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) url: String,
    pub(super) method: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dial {
    pub(super) action: Option<Link>,
    pub(super) caller_id: Option<String>,
    pub(super) timeout: Duration,
    /// Whether the caller hears ringing until someone answers, instead of being answered first.
    pub(super) answer_on_bridge: bool,
    pub(super) destinations: Vec<Destination>,
}

/// `<Number>`, `<Sip>` or the bare text of a `<Dial>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) address: String,
    pub(super) status_callback: Option<Link>,
    pub(super) status_events: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Connect {
    pub(super) action: Option<Link>,
    /// `None` for a `<Connect>` to anything but a stream.
    pub(super) stream: Option<Stream>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) url: String,
    pub(super) name: String,
    pub(super) track: Option<String>,
    pub(super) status_callback: Option<Link>,
    pub(super) parameters: BTreeMap<String, String>,
}

/// Reads a document. The error is Twilio's 12100: not XML, or no `<Response>`.
pub(super) fn read(text: &str) -> Result<Vec<Verb>, String> {
    let document = Document::parse(text.trim_start()).map_err(|error| error.to_string())?;
    let root = document.root_element();
    if !root.has_tag_name("Response") {
        return Err(format!(
            "the root element is <{}>, not <Response>",
            root.tag_name().name()
        ));
    }
    let mut verbs = Vec::new();
    for node in elements(root) {
        read_verb(node, &mut verbs);
    }
    Ok(verbs)
}

fn read_verb(node: Node<'_, '_>, verbs: &mut Vec<Verb>) {
    let verb = match node.tag_name().name() {
        "Say" => Verb::Say(text(node)),
        "Play" => Verb::Play(text(node)),
        "Pause" => Verb::Pause {
            seconds: number(node, "length").unwrap_or(1),
        },
        "Hangup" => Verb::Hangup,
        "Reject" if node.attribute("reason") == Some("busy") => Verb::Reject(CallStatus::Busy),
        "Reject" => Verb::Reject(CallStatus::NoAnswer),
        "Redirect" => Verb::Redirect(Link {
            url: text(node),
            method: method(node, "method"),
        }),
        "Dial" => Verb::Dial(read_dial(node)),
        "Connect" => Verb::Connect(read_connect(node)),
        "Gather" => {
            for nested in elements(node) {
                read_verb(nested, verbs);
            }
            Verb::Gather
        }
        name => Verb::Unknown(name.to_owned()),
    };
    verbs.push(verb);
}

fn read_dial(node: Node<'_, '_>) -> Dial {
    let mut destinations: Vec<Destination> = elements(node)
        .filter(|noun| matches!(noun.tag_name().name(), "Number" | "Sip" | "Client"))
        .map(|noun| Destination {
            address: if noun.has_tag_name("Client") {
                format!("client:{}", text(noun))
            } else {
                text(noun)
            },
            status_callback: link(noun, "statusCallback", "statusCallbackMethod"),
            status_events: noun
                .attribute("statusCallbackEvent")
                .unwrap_or("completed")
                .split(' ')
                .map(str::to_owned)
                .collect(),
        })
        .collect();
    if destinations.is_empty() {
        destinations.push(Destination {
            address: text(node),
            status_callback: None,
            status_events: Vec::new(),
        });
    }
    Dial {
        action: link(node, "action", "method"),
        caller_id: node.attribute("callerId").map(str::to_owned),
        timeout: Duration::from_secs(number(node, "timeout").unwrap_or(30).into()),
        answer_on_bridge: node.attribute("answerOnBridge") == Some("true"),
        destinations,
    }
}

fn read_connect(node: Node<'_, '_>) -> Connect {
    let stream = elements(node).find(|child| child.has_tag_name("Stream"));
    Connect {
        action: link(node, "action", "method"),
        stream: stream.map(read_stream),
    }
}

fn read_stream(node: Node<'_, '_>) -> Stream {
    let parameters = elements(node).filter(|child| child.has_tag_name("Parameter"));
    let parameters = parameters.filter_map(|child| {
        Some((
            child.attribute("name")?.to_owned(),
            child.attribute("value").unwrap_or_default().to_owned(),
        ))
    });
    Stream {
        url: node.attribute("url").unwrap_or_default().to_owned(),
        name: node.attribute("name").unwrap_or_default().to_owned(),
        track: node.attribute("track").map(str::to_owned),
        status_callback: link(node, "statusCallback", "statusCallbackMethod"),
        parameters: parameters.collect(),
    }
}

fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

fn text(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}

fn number(node: Node<'_, '_>, attribute: &str) -> Option<u32> {
    node.attribute(attribute)?.parse().ok()
}

fn method(node: Node<'_, '_>, attribute: &str) -> String {
    node.attribute(attribute).unwrap_or("POST").to_ascii_uppercase()
}

fn link(node: Node<'_, '_>, url: &str, method_attribute: &str) -> Option<Link> {
    let url = node.attribute(url)?.to_owned();
    Some(Link {
        url,
        method: method(node, method_attribute),
    })
}

#[cfg(test)]
mod tests {
    use super::{CallStatus, Link, Verb, read};

    #[test]
    fn a_connected_stream_is_read_with_its_parameters() {
        let verbs = read(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <Response><Connect action="/after"><Stream url="wss://a.example/agent" name="n" statusCallback="https://a.example/s">
            <Parameter name="call_ref" value="a&amp;b"/></Stream></Connect><Say>bye</Say></Response>"#,
        )
        .unwrap();
        let Verb::Connect(connect) = &verbs[0] else {
            panic!("{verbs:?}")
        };
        assert_eq!(
            connect.action,
            Some(Link {
                url: "/after".to_owned(),
                method: "POST".to_owned()
            })
        );
        let stream = connect.stream.as_ref().unwrap();
        assert_eq!(stream.url, "wss://a.example/agent");
        assert_eq!(stream.parameters["call_ref"], "a&b");
        assert_eq!(verbs[1], Verb::Say("bye".to_owned()));
    }

    #[test]
    fn a_rejection_says_how_the_call_ends() {
        assert_eq!(
            read("<Response><Reject/></Response>").unwrap(),
            [Verb::Reject(CallStatus::NoAnswer)]
        );
        assert_eq!(
            read("<Response><Reject reason='busy'/></Response>").unwrap(),
            [Verb::Reject(CallStatus::Busy)]
        );
    }

    #[test]
    fn names_are_case_sensitive_and_the_root_is_a_response() {
        assert_eq!(
            read("<Response><say>x</say></Response>").unwrap(),
            [Verb::Unknown("say".to_owned())]
        );
        assert!(read("<response/>").is_err());
        assert!(read("<Response>").is_err());
        assert!(read("").is_err());
    }
}
