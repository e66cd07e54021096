//! `X-Twilio-Signature`, as Twilio computes it.
//!
//! Source: <https://www.twilio.com/docs/usage/security#validating-requests>; the vectors in `testdata/`.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::Sha256;

use crate::form::Pairs;

/// The signature of a request: base64 of HMAC-SHA1, keyed with the auth token, over the URL and the form parameters.
///
/// `url` is signed as given (see [`signed_url`]). Names are taken in byte order, the distinct values of a name sorted.
/// A GET has no form parameters: its query is part of the URL.
///
/// # Panics
/// Never: HMAC takes keys of any length.
#[must_use]
pub fn signature(auth_token: &str, url: &str, form: &Pairs) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(signed_text(url, form).as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The signature of the newer scheme: the same text, by HMAC-SHA256 and keyed with a shared key's secret.
///
/// # Panics
/// Never: HMAC takes keys of any length.
#[must_use]
pub fn shared_signature(secret: &str, url: &str, form: &Pairs) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(signed_text(url, form).as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// What is signed: the URL, then each name with each of its distinct values.
fn signed_text(url: &str, form: &Pairs) -> String {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in &form.0 {
        sorted.entry(name).or_default().insert(value);
    }
    let mut text = url.to_owned();
    for (name, values) in sorted {
        for value in values {
            text.push_str(name);
            text.push_str(value);
        }
    }
    text
}

/// The form of a configured URL that voice requests are signed over.
///
/// The fragment (connection overrides) and `user:password@` are dropped; `https` and `wss` lose their port, `http` and `ws` keep
/// it. Everything else stays byte for byte.
#[must_use]
pub fn signed_url(url: &str) -> String {
    let without_fragment = url.split('#').next().unwrap_or_default();
    let Some((scheme, rest)) = without_fragment.split_once("://") else {
        return without_fragment.to_owned();
    };
    let path_at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path_at);
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let secure = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss");
    let host = if secure {
        without_port(host_and_port)
    } else {
        host_and_port
    };
    format!("{scheme}://{host}{path}")
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::{Pairs, shared_signature, signature, signed_url};

    #[test]
    fn every_vector_of_the_official_library_comes_out_the_same() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../testdata/signature-vectors.json")).unwrap();
        let vectors = vectors["compute"].as_array().unwrap();
        assert_eq!(vectors.len(), 18);
        for vector in vectors {
            let mut form = Pairs::default();
            for (name, values) in vector["params"].as_object().unwrap() {
                for value in values.as_array().unwrap() {
                    form.push(name, value.as_str().unwrap());
                }
            }
            let ours = signature(
                vector["auth_token"].as_str().unwrap(),
                vector["signed_url"].as_str().unwrap(),
                &form,
            );
            assert_eq!(ours, vector["signature"].as_str().unwrap(), "{}", vector["id"]);
        }
    }

    /// The text of the first vector, by SHA-256: computed with Python's `hmac`.
    #[test]
    fn a_shared_key_signs_the_same_text_by_sha_256() {
        let mut form = Pairs::default();
        for (name, value) in [
            ("To", "+18005551212"),
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
        ] {
            form.push(name, value);
        }
        let ours = shared_signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &form);
        assert_eq!(ours, "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=");
    }

    #[test]
    fn https_is_signed_without_its_port_and_http_with_it() {
        assert_eq!(signed_url("https://a.example:8443/v?x=1"), "https://a.example/v?x=1");
        assert_eq!(signed_url("wss://a.example:443/media"), "wss://a.example/media");
        assert_eq!(signed_url("http://a.example:8080/v"), "http://a.example:8080/v");
        assert_eq!(signed_url("https://[::1]:8443/v"), "https://[::1]/v");
        assert_eq!(signed_url("https://[::1]/v"), "https://[::1]/v");
    }

    #[test]
    fn fragment_and_user_are_not_signed() {
        assert_eq!(
            signed_url("https://u:p@a.example/v?x=1#rc=2&rp=5xx"),
            "https://a.example/v?x=1"
        );
        assert_eq!(signed_url("https://a.example?m=a@b:1"), "https://a.example?m=a@b:1");
    }
}
