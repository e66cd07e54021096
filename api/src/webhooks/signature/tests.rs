//! The vectors were computed with twilio-python 9.13.0 (MIT); each says in its note what it shows.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vectors {
    compute: Vec<Vector>,
    validate: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    auth_token: String,
    #[serde(alias = "signed_url", alias = "request_url")]
    url: String,
    #[serde(default)]
    params: BTreeMap<String, Vec<String>>,
    body: Option<String>,
    signature: String,
    valid: Option<bool>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../testdata/signature-vectors.json")).expect("the vectors are JSON")
}

fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> FormParams {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    FormParams::parse(body.as_bytes()).expect("few parameters")
}

impl Vector {
    fn params(&self) -> FormParams {
        form(
            self.params
                .iter()
                .flat_map(|(name, values)| values.iter().map(|value| (name.as_str(), value.as_str()))),
        )
    }

    fn verifies(&self) -> bool {
        let params = self.params();
        let body = match &self.body {
            Some(body) => SignedBody::Other(body.as_bytes()),
            None => SignedBody::Form(&params),
        };
        verify(
            &token(&self.auth_token),
            &SignedRequest { url: &self.url, body },
            &self.signature,
        )
    }
}

fn token(text: &str) -> AuthToken {
    AuthToken::parse(text).expect("a token")
}

#[test]
fn every_computed_vector_comes_out_the_same() {
    let vectors = vectors().compute;
    assert_eq!(vectors.len(), 18);
    for vector in vectors {
        let signature = sign::<Hmac<Sha1>>(&vector.auth_token, &vector.url, &vector.params().signed_order());
        assert_eq!(signature, vector.signature, "{}", vector.id);
        assert!(vector.verifies(), "{}", vector.id);
    }
}

#[test]
fn every_vector_is_accepted_or_refused_as_the_python_library_does() {
    let vectors = vectors().validate;
    assert_eq!(vectors.len(), 8);
    for vector in vectors {
        // The library refuses a URL with a fragment (A4) or user:password (A5) and leaves it to its caller to take them
        // off, since Twilio signs neither. `verify` takes them off itself, and so accepts.
        let stripped_here = ["A4", "A5"].contains(&vector.id.as_str());
        let expected = vector.valid.expect("says whether it is valid") || stripped_here;
        assert_eq!(vector.verifies(), expected, "{}", vector.id);
    }
}

#[test]
fn only_the_stream_handshake_may_gain_a_slash() {
    let key = token("0123456789abcdef0123456789abcdef");
    let request = |url| SignedRequest {
        url,
        body: SignedBody::Other(b""),
    };
    let with_slash = "zjgfC9K3b4EnfP69X7E5govFiGU="; // V16
    assert!(verify(&key, &request("wss://byot.callab.example/media"), with_slash));

    let page_with_slash = "enko7CutgrvkdqYgsflufrmWf1A="; // V14
    assert!(!verify(
        &key,
        &request("https://byot.callab.example/v1/twilio/voice/inbound"),
        page_with_slash
    ));
}

#[test]
fn a_body_that_the_signature_does_not_cover_is_refused() {
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    let signature = sign::<Hmac<Sha1>>("12345", url, &[]);
    let with_body = |body| {
        verify(
            &token("12345"),
            &SignedRequest {
                url,
                body: SignedBody::Other(body),
            },
            &signature,
        )
    };
    assert!(with_body(b""));
    assert!(!with_body(b"{}"));
}

#[test]
fn almost_the_signature_is_refused() {
    let url = "https://mycompany.com/";
    let request = SignedRequest {
        url,
        body: SignedBody::Other(b""),
    };
    let signature = sign::<Hmac<Sha1>>("12345", url, &[]);
    assert!(verify(&token("12345"), &request, &signature));
    for wrong in [
        "",
        &signature[1..],
        &signature[..27],
        &format!("{signature} "),
        &signature.to_lowercase(),
    ] {
        assert!(!verify(&token("12345"), &request, wrong), "{wrong:?}");
    }
}

/// The text of the first vector, by SHA-256: computed with Python's `hmac`.
#[test]
fn a_shared_key_signs_the_same_text_by_sha_256() {
    let params = form([
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]);
    let request = |url| SignedRequest {
        url,
        body: SignedBody::Form(&params),
    };
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    let by_sha_256 = "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=";
    let by_sha_1 = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    let secret = |text: &str| SecretString::from(text);
    assert!(verify_shared(&secret("12345"), &request(url), by_sha_256));
    assert!(!verify_shared(&secret("12346"), &request(url), by_sha_256));
    assert!(!verify_shared(
        &secret("12345"),
        &request("https://mycompany.com/"),
        by_sha_256
    ));
    assert!(
        !verify_shared(&secret("12345"), &request(url), by_sha_1),
        "nor by the weaker hash"
    );
    assert!(!verify(&token("12345"), &request(url), by_sha_256));
}

#[test]
fn the_newer_schemes_header_changes_nothing() {
    let newer = "x-twilio-webhooks-signature-settings";
    let mut headers = HeaderMap::new();
    headers.insert(newer, HeaderValue::from_static("t=1,keys=abc"));
    assert_eq!(signature_in(&headers), None, "it does not replace the signature");

    headers.insert(
        SIGNATURE_HEADER,
        HeaderValue::from_static("RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    );
    assert_eq!(signature_in(&headers), Some("RSOYDt4T1cUTdK1PDd93/VVr8B8="));
    headers.remove(newer);
    assert_eq!(signature_in(&headers), Some("RSOYDt4T1cUTdK1PDd93/VVr8B8="));
}

#[test]
fn two_signatures_are_none() {
    let mut headers = HeaderMap::new();
    headers.append(SIGNATURE_HEADER, HeaderValue::from_static("one"));
    headers.append(SIGNATURE_HEADER, HeaderValue::from_static("two"));
    assert_eq!(signature_in(&headers), None);
}

/// Signs as the algorithm is written down, in one string: a second opinion on `sign` and `signed_order`.
fn sign_by_the_book(key: &AuthToken, url: &str, pairs: &[(String, String)]) -> String {
    let mut text = url.to_owned();
    let mut names: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    for name in names {
        let mut values: Vec<_> = pairs
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value)
            .collect();
        values.sort();
        values.dedup();
        for value in values {
            text += name;
            text += value;
        }
    }
    let mut mac = <Hmac<Sha1> as Mac>::new_from_slice(key.expose_secret().as_bytes()).expect("any key");
    mac.update(text.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn as_strs(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

proptest! {
    #[test]
    fn any_form_verifies_in_any_order_and_with_no_value_changed(
        key in "[0-9a-f]{32}",
        pairs in prop::collection::vec(("[A-Za-z]{1,3}", any::<String>()), 1..8),
        which in any::<prop::sample::Index>(),
        added in any::<char>(),
    ) {
        let url = "https://byot.callab.example/twilio/v1/voice/0123456789abcdef";
        let key = token(&key);
        let signature = sign_by_the_book(&key, url, &pairs);
        let verifies = |params: &FormParams| verify(&key, &SignedRequest { url, body: SignedBody::Form(params) }, &signature);

        prop_assert!(verifies(&form(as_strs(&pairs))));
        let mut turned = pairs.clone();
        turned.reverse();
        prop_assert!(verifies(&form(as_strs(&turned))));

        // A character more in one value is a longer text to sign, unless the value merges with an equal one.
        let mut changed = pairs.clone();
        let at = which.index(changed.len());
        changed[at].1.push(added);
        let same_text = sign_by_the_book(&key, url, &changed) == signature;
        prop_assert_eq!(verifies(&form(as_strs(&changed))), same_text);
    }
}
