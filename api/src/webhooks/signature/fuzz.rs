//! The signature against its definition, written down once more: HMAC by RFC 2104, the form by the URL standard, the order as Twilio
//! documents it.

use std::collections::{BTreeMap, BTreeSet};

use ::fuzz::Target;
use axum::http::Uri;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use sha1::{Digest as _, Sha1};
use twilio::AuthToken;

use super::*;

const WORDS: &[&str] = &[
    "\n",
    "&",
    "=",
    "%",
    "%26",
    "+",
    "?",
    "#",
    "@",
    ":",
    ":443",
    ":80",
    "/",
    "[::1]",
    "https://",
    "wss://",
    "bodySHA256=",
    "CallSid",
    "Digits=1",
    "a",
];

/// The lines of an input: the token, the address and, for the rest, the form.
fn taken_apart(input: &[u8]) -> (AuthToken, String, &[u8]) {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (token, url) = (
        String::from_utf8_lossy(line()),
        String::from_utf8_lossy(line()).into_owned(),
    );
    let usual = || AuthToken::parse("0123456789abcdef0123456789abcdef").expect("a token");
    (AuthToken::parse(&token).unwrap_or_else(|_| usual()), url, line())
}

/// HMAC-SHA-1 as RFC 2104 defines it.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 20] {
    let mut block = [0; 64];
    if key.len() > block.len() {
        block[..20].copy_from_slice(&Sha1::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |pad: u8, rest: &[u8]| Sha1::digest([block.map(|byte| byte ^ pad).as_slice(), rest].concat());
    padded(0x5c, &padded(0x36, text)).into()
}

/// The names and values of a form. Source: <https://url.spec.whatwg.org/#urlencoded-parsing>
fn pairs(form: &[u8]) -> Vec<(String, String)> {
    let decoded = |text: &[u8]| {
        let (mut bytes, mut at) = (Vec::new(), 0);
        while let Some(byte) = text.get(at) {
            let hex = text
                .get(at + 1..at + 3)
                .filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
            match (byte, hex.and_then(|hex| std::str::from_utf8(hex).ok())) {
                (b'%', Some(hex)) => {
                    bytes.push(u8::from_str_radix(hex, 16).expect("two digits"));
                    at += 3;
                    continue;
                }
                (b'+', _) => bytes.push(b' '),
                _ => bytes.push(*byte),
            }
            at += 1;
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pieces = form.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty());
    pieces
        .map(|piece| {
            let at = piece.iter().position(|byte| *byte == b'=').unwrap_or(piece.len());
            (decoded(&piece[..at]), decoded(piece.get(at + 1..).unwrap_or_default()))
        })
        .collect()
}

/// What the holder of the token signs.
fn signed_by_the_book(token: &AuthToken, url: &str, pairs: &[(String, String)]) -> String {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in pairs {
        sorted.entry(name).or_default().insert(value);
    }
    let mut text = url.to_owned();
    for (name, values) in sorted {
        for value in values {
            text += name;
            text += value;
        }
    }
    BASE64_STANDARD.encode(hmac(token.expose_secret().as_bytes(), text.as_bytes()))
}

/// The two forms of an address without anything unusual in it; none of another.
fn usual_forms(url: &str) -> Option<[String; 2]> {
    let uri: Uri = url.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let host = authority.host();
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let after_host = authority.as_str().strip_prefix(host)?;
    // No port is larger than 65535.
    let is_usual =
        after_host.is_empty() || (after_host.strip_prefix(':').is_some_and(is_port) && authority.port().is_some());
    if !is_usual || host.is_empty() || host.starts_with('[') {
        return None;
    }
    let port = match (authority.port(), scheme) {
        (Some(port), _) => port.as_str().to_owned(),
        (None, "https" | "wss") => "443".to_owned(),
        (None, _) => "80".to_owned(),
    };
    let tail = url.split_once("://")?.1.strip_prefix(authority.as_str())?;
    let tail = tail.split('#').next().unwrap_or_default();
    let written = url.split_once("://")?.0;
    Some([
        format!("{written}://{host}{tail}"),
        format!("{written}://{host}:{port}{tail}"),
    ])
}

#[test]
fn what_is_signed_by_the_book_is_accepted_and_nothing_beside_it() {
    Target::new(env!("CARGO_MANIFEST_DIR"), "signature", WORDS).bytes(|input| {
        let (token, url, body) = taken_apart(input);
        let Ok(params) = FormParams::parse(body) else {
            prop_assert!(pairs(body).len() > 1000);
            return Ok(());
        };
        let pairs = pairs(body);
        let verifies = |signature: &str, url: &str, params: &FormParams| {
            verify(
                &token,
                &SignedRequest {
                    url,
                    body: SignedBody::Form(params),
                },
                signature,
            )
        };
        // Whatever the address is, judging it harms nothing.
        let anything = signed_by_the_book(&token, &url, &pairs);
        let _ = verifies(&anything, &url, &params);
        let _ = verify(
            &token,
            &SignedRequest {
                url: &url,
                body: SignedBody::Other(body),
            },
            &anything,
        );

        for form in usual_forms(&url).into_iter().flatten() {
            let signature = signed_by_the_book(&token, &form, &pairs);
            prop_assert!(verifies(&signature, &url, &params), "signed for {form}");
            for wrong in [
                signed_by_the_book(&token, &format!("{form}x"), &pairs),
                signed_by_the_book(&token, &format!("x{form}"), &pairs),
                signed_by_the_book(&AuthToken::parse("another").expect("a token"), &form, &pairs),
                signature.to_ascii_lowercase() + "x",
                signature[1..].to_owned(),
                String::new(),
            ] {
                prop_assert!(!verifies(&wrong, &url, &params), "{wrong} for {form}");
            }
            // One parameter more, or the last one less, is another text, unless nothing of it is new.
            let more = FormParams::parse(&[body, b"&AddedLater=1"].concat()).ok();
            let is_new = !pairs.contains(&("AddedLater".to_owned(), "1".to_owned()));
            prop_assert!(more.is_none_or(|more| verifies(&signature, &url, &more) != is_new));
            let fewer = &pairs[..pairs.len().saturating_sub(1)];
            let same = signed_by_the_book(&token, &form, fewer) == signature;
            prop_assert_eq!(verifies(&signed_by_the_book(&token, &form, fewer), &url, &params), same);
        }
        Ok(())
    });
}

#[test]
fn a_form_is_read_by_the_standard_with_nothing_left_out() {
    Target::new(env!("CARGO_MANIFEST_DIR"), "form", WORDS).bytes(|body| {
        let by_the_standard = pairs(body);
        match FormParams::parse(body) {
            Ok(params) => {
                let read: Vec<_> = params
                    .iter()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                prop_assert_eq!(&read, &by_the_standard);
                let written = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(&read)
                    .finish();
                let again = FormParams::parse(written.as_bytes()).map(|again| again == params);
                prop_assert!(again.is_ok_and(|same| same), "written and read again");
                for (name, _) in &read {
                    let first = read
                        .iter()
                        .find(|(key, _)| key == name)
                        .map(|(_, value)| value.as_str());
                    prop_assert_eq!(params.get(name), first);
                }
            }
            Err(TooManyParams) => prop_assert!(by_the_standard.len() > 1000),
        }
        Ok(())
    });
}
