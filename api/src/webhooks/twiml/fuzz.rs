//! Whatever the texts are that a document is made of, another reader finds the same elements in it, with the same texts.

use std::time::Duration;

use ::fuzz::Target;
use proptest::prelude::*;
use roxmltree::{Document, Node};

use super::*;

const WORDS: &[&str] = &[
    "|",
    "<",
    ">",
    "&",
    "\"",
    "'",
    "]]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "<?xml?>",
    "</Response>",
    "</Say>",
    "<Hangup/>",
    "&amp;",
    "&lt;",
    "&#0;",
    "&#x26;",
    "\u{85}",
    "\u{2028}",
    "\u{fffe}",
    "\u{b}",
    "\n",
    "\r",
    "\r\n",
    "\t",
    " ",
];

/// An element: its name, its attributes, what is in it.
#[derive(Debug, PartialEq)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

fn element(name: &str, attributes: &[(&str, &str)], text: &str, children: Vec<Element>) -> Element {
    let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), kept(value)));
    Element {
        name: name.to_owned(),
        attributes: attributes.collect(),
        text: kept(text),
        children,
    }
}

/// What XML can hold of a text.
///
/// Source: <https://www.w3.org/TR/xml/#NT-Char>
fn kept(text: &str) -> String {
    let holds = |c: &char| {
        let code = u32::from(*c);
        [0x9, 0xa, 0xd].contains(&code)
            || (0x20..=0xd7ff).contains(&code)
            || (0xe000..=0xfffd).contains(&code)
            || code >= 0x10000
    };
    text.chars().filter(holds).collect()
}

fn read(node: Node<'_, '_>) -> Element {
    Element {
        name: node.tag_name().name().to_owned(),
        attributes: node
            .attributes()
            .map(|a| (a.name().to_owned(), a.value().to_owned()))
            .collect(),
        text: node
            .children()
            .filter(Node::is_text)
            .filter_map(|text| text.text())
            .collect(),
        children: node.children().filter(Node::is_element).map(read).collect(),
    }
}

#[test]
fn another_reader_finds_the_same_elements_whatever_the_texts_are() {
    Target::new(env!("CARGO_MANIFEST_DIR"), "twiml", WORDS).texts(|input| {
        let mut texts = input.split('|');
        let mut next = || texts.next().unwrap_or_default();
        let [first, second, third, fourth, fifth, sixth] = [next(), next(), next(), next(), next(), next()];
        let verbs = [
            Verb::Say(Say {
                text: first,
                voice: Some(second),
                language: third,
            }),
            Verb::ConnectStream(ConnectStream {
                url: second,
                parameters: &[(third, fourth), (fifth, sixth)],
                status_callback: first,
                action: fourth,
            }),
            Verb::DialSip(DialSip {
                uri: third,
                timeout: Duration::from_secs(7),
                action: fifth,
                caller_id: Some(sixth),
            }),
            Verb::DialNumber(DialNumber {
                number: fourth,
                timeout: Duration::ZERO,
                action: None,
                caller_id: Some(first),
            }),
            Verb::Redirect {
                url: fifth,
                method: Method::Post,
            },
            Verb::Reject(RejectReason::Busy),
            Verb::Hangup,
        ];
        let parameter = |name, value| element("Parameter", &[("name", name), ("value", value)], "", vec![]);
        let stream = [
            ("url", second),
            ("statusCallback", first),
            ("statusCallbackMethod", "POST"),
        ];
        let stream = element(
            "Stream",
            &stream,
            "",
            vec![parameter(third, fourth), parameter(fifth, sixth)],
        );
        let sip = [
            ("answerOnBridge", "true"),
            ("timeout", "7"),
            ("callerId", sixth),
            ("action", fifth),
            ("method", "POST"),
        ];
        let number = [("answerOnBridge", "true"), ("timeout", "0"), ("callerId", first)];
        let expected = element(
            "Response",
            &[],
            "",
            vec![
                element("Say", &[("voice", second), ("language", third)], first, vec![]),
                element("Connect", &[("action", fourth), ("method", "POST")], "", vec![stream]),
                element("Dial", &sip, "", vec![element("Sip", &[], third, vec![])]),
                element("Dial", &number, "", vec![element("Number", &[], fourth, vec![])]),
                element("Redirect", &[("method", "POST")], fifth, vec![]),
                element("Reject", &[("reason", "busy")], "", vec![]),
                element("Hangup", &[], "", vec![]),
            ],
        );
        match document(&verbs) {
            Ok(xml) => {
                prop_assert!(xml.len() <= 64_000);
                let xml = Document::parse(&xml).map_err(|error| TestCaseError::fail(format!("{error}: {xml}")))?;
                prop_assert_eq!(read(xml.root_element()), expected);
            }
            Err(TwiMLError::TooLong { bytes }) => prop_assert!(bytes > 64_000),
            Err(error) => prop_assert!(false, "{error}"),
        }
        Ok(())
    });
}
