use proptest::prelude::*;
use roxmltree::Document;

use super::*;

const RING: Duration = Duration::from_secs(20);

/// The document without its declaration and root element.
fn inside(verbs: &[Verb<'_>]) -> String {
    let document = document(verbs).expect("a short document");
    let inside = document.strip_prefix(r#"<?xml version="1.0" encoding="UTF-8"?><Response>"#);
    inside
        .and_then(|rest| rest.strip_suffix("</Response>"))
        .expect("one root element")
        .to_owned()
}

#[test]
fn an_empty_document() {
    assert_eq!(
        document(&[]).unwrap(),
        r#"<?xml version="1.0" encoding="UTF-8"?><Response></Response>"#
    );
}

#[test]
fn a_stream_with_its_parameters() {
    let stream = ConnectStream {
        url: "wss://media.example/agent",
        parameters: &[("call_ref", "opaque-1"), ("step", "a<b & \"c\"")],
        status_callback: "https://x.example/stream?a=1&b=2",
        action: "https://x.example/after",
    };
    assert_eq!(
        inside(&[Verb::ConnectStream(stream)]),
        concat!(
            r#"<Connect action="https://x.example/after" method="POST">"#,
            r#"<Stream url="wss://media.example/agent" statusCallback="https://x.example/stream?a=1&amp;b=2" statusCallbackMethod="POST">"#,
            r#"<Parameter name="call_ref" value="opaque-1"/>"#,
            r#"<Parameter name="step" value="a&lt;b &amp; &quot;c&quot;"/>"#,
            "</Stream></Connect>",
        )
    );
}

#[test]
fn a_sip_agent() {
    let dial = DialSip {
        uri: "sip:agent@host.example;transport=tls?X-Ref=1&X-Step=2",
        timeout: RING,
        action: "https://x.example/after",
        caller_id: None,
    };
    assert_eq!(
        inside(&[Verb::DialSip(dial)]),
        concat!(
            r#"<Dial answerOnBridge="true" timeout="20" action="https://x.example/after" method="POST">"#,
            "<Sip>sip:agent@host.example;transport=tls?X-Ref=1&amp;X-Step=2</Sip></Dial>",
        )
    );
    let shown = inside(&[Verb::DialSip(DialSip {
        caller_id: Some("+15550001111"),
        ..dial
    })]);
    assert!(shown.contains(r#" callerId="+15550001111" "#), "{shown}");
}

#[test]
fn a_backup_number_after_a_sentence() {
    let say = Say {
        text: "Don't hang up.",
        voice: None,
        language: "en-US",
    };
    let dial = DialNumber {
        number: "+15550002222",
        timeout: RING,
        action: None,
        caller_id: Some("+15550001111"),
    };
    assert_eq!(
        inside(&[Verb::Say(say), Verb::DialNumber(dial)]),
        concat!(
            r#"<Say language="en-US">Don&apos;t hang up.</Say>"#,
            r#"<Dial answerOnBridge="true" timeout="20" callerId="+15550001111"><Number>+15550002222</Number></Dial>"#,
        )
    );
}

#[test]
fn a_sentence_and_the_end() {
    let say = Say {
        text: "Olá",
        voice: Some("Polly.Camila"),
        language: "pt-BR",
    };
    assert_eq!(
        inside(&[Verb::Say(say), Verb::Hangup]),
        r#"<Say voice="Polly.Camila" language="pt-BR">Olá</Say><Hangup/>"#
    );
}

#[test]
fn a_redirect() {
    let url = "https://customer.example/voice?a=1&b=2";
    assert_eq!(
        inside(&[Verb::Redirect {
            url,
            method: Method::Get
        }]),
        r#"<Redirect method="GET">https://customer.example/voice?a=1&amp;b=2</Redirect>"#
    );
    assert!(
        inside(&[Verb::Redirect {
            url,
            method: Method::Post
        }])
        .contains(r#"method="POST""#)
    );
}

#[test]
fn a_refusal() {
    assert_eq!(
        inside(&[Verb::Reject(RejectReason::Rejected)]),
        r#"<Reject reason="rejected"/>"#
    );
    assert_eq!(
        inside(&[Verb::Reject(RejectReason::Busy)]),
        r#"<Reject reason="busy"/>"#
    );
}

#[test]
fn what_xml_cannot_hold_is_left_out() {
    let say = Say {
        text: "a\u{0}b\u{1b}c\u{ffff}d\te",
        voice: None,
        language: "en-US",
    };
    assert_eq!(inside(&[Verb::Say(say)]), r#"<Say language="en-US">abcd&#9;e</Say>"#);
}

#[test]
fn line_ends_and_tabs_survive_in_attributes() {
    let parameters = [("lines", "a\r\nb\tc")];
    let stream = ConnectStream {
        url: "",
        parameters: &parameters,
        status_callback: "",
        action: "",
    };
    let written = inside(&[Verb::ConnectStream(stream)]);
    assert!(written.contains(r#"value="a&#13;&#10;b&#9;c""#), "{written}");
}

#[test]
fn the_limit_is_twilios() {
    let around = document(&[Verb::Say(Say {
        text: "",
        voice: None,
        language: "en-US",
    })])
    .unwrap()
    .len();
    let text = "a".repeat(MAX_BYTES - around);
    let say = |text| {
        document(&[Verb::Say(Say {
            text,
            voice: None,
            language: "en-US",
        })])
    };
    assert_eq!(say(&text).unwrap().len(), MAX_BYTES);
    assert!(matches!(say(&format!("{text}a")), Err(TwiMLError::TooLong { bytes }) if bytes == MAX_BYTES + 1));
}

proptest! {
    #[test]
    fn any_text_is_read_back_by_another_parser(text in any::<String>(), name in any::<String>()) {
        let stream = ConnectStream { url: &text, parameters: &[(&name, &text)], status_callback: "", action: "" };
        let xml = document(&[
            Verb::Say(Say { text: &text, voice: Some(&name), language: "en-US" }),
            Verb::ConnectStream(stream),
        ]).unwrap();
        let xml = Document::parse(&xml).unwrap();
        let find = |tag| xml.descendants().find(|node| node.has_tag_name(tag)).unwrap();

        let kept = |text: &str| text.chars().filter(|c| is_xml(*c)).collect::<String>();
        prop_assert_eq!(find("Say").text().unwrap_or(""), kept(&text));
        prop_assert_eq!(find("Say").attribute("voice").unwrap(), kept(&name));
        prop_assert_eq!(find("Parameter").attribute("name").unwrap(), kept(&name));
        prop_assert_eq!(find("Stream").attribute("url").unwrap(), kept(&text));
    }
}
