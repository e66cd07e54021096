//! The forms in which Twilio may have signed a URL.
//!
//! Pieces are cut out of and put into the text. A URL parser would drop default ports, encode anew and so sign something
//! else.

use std::borrow::Cow;

/// Every form of the URL to try: without a port and with one, and for web sockets also with a `/` at the end.
pub fn signed_forms(url: &str) -> Vec<String> {
    let url = url.split_once('#').map_or(url, |(before, _fragment)| before);
    let Some((scheme, rest)) = url.split_once("://") else {
        return vec![url.to_owned()];
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_user, host)| host);
    let (host, port) = split_port(host_and_port);
    let port = port.unwrap_or(default_port(scheme));

    let mut forms = vec![
        format!("{scheme}://{host}{tail}"),
        format!("{scheme}://{host}:{port}{tail}"),
    ];
    // The handshake of a media stream may be signed so. Source: https://www.twilio.com/docs/usage/security
    if is_websocket(scheme) && !tail.contains('?') && !tail.ends_with('/') {
        forms.extend(forms.clone().into_iter().map(|form| form + "/"));
    }
    forms
}

/// The first value of a query parameter, decoded.
pub fn query_value<'a>(url: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let url = url.split_once('#').map_or(url, |(before, _fragment)| before);
    let (_, query) = url.split_once('?')?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

/// Host and explicit port. The colons of an IPv6 address stand in brackets.
fn split_port(host_and_port: &str) -> (&str, Option<&str>) {
    match host_and_port.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port).filter(|port| !port.is_empty())),
        _ => (host_and_port, None),
    }
}

/// The Python library takes 80 for all but `https`; for `wss` that would be nobody's port.
fn default_port(scheme: &str) -> &'static str {
    if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss") {
        "443"
    } else {
        "80"
    }
}

fn is_websocket(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("wss") || scheme.eq_ignore_ascii_case("ws")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_user_and_fragment_come_off_and_nothing_else_changes() {
        for (url, forms) in [
            (
                "https://a.example/x?q=%2B+%7e",
                ["https://a.example/x?q=%2B+%7e", "https://a.example:443/x?q=%2B+%7e"],
            ),
            ("http://a.example", ["http://a.example", "http://a.example:80"]),
            (
                "https://a.example:8443/",
                ["https://a.example/", "https://a.example:8443/"],
            ),
            (
                "https://a.example:/x",
                ["https://a.example/x", "https://a.example:443/x"],
            ),
            (
                "https://u:p%40@a.example:1/x#rc=2",
                ["https://a.example/x", "https://a.example:1/x"],
            ),
            (
                "https://a.example?at=u@b:9/c",
                ["https://a.example?at=u@b:9/c", "https://a.example:443?at=u@b:9/c"],
            ),
            (
                "https://[2001:db8::1]/x",
                ["https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"],
            ),
            (
                "https://[2001:db8::1]:81/x",
                ["https://[2001:db8::1]/x", "https://[2001:db8::1]:81/x"],
            ),
        ] {
            assert_eq!(signed_forms(url), forms, "{url}");
        }
        assert_eq!(signed_forms("nonsense#x"), ["nonsense"]);
    }

    #[test]
    fn only_websockets_get_a_slash() {
        assert_eq!(
            signed_forms("wss://a.example/media"),
            [
                "wss://a.example/media",
                "wss://a.example:443/media",
                "wss://a.example/media/",
                "wss://a.example:443/media/"
            ]
        );
        assert_eq!(signed_forms("wss://a.example/media/").len(), 2);
        assert_eq!(signed_forms("wss://a.example/media?x=1").len(), 2);
        assert_eq!(signed_forms("https://a.example/media").len(), 2);
    }

    #[test]
    fn a_query_value_is_found_before_the_fragment_only() {
        assert_eq!(
            query_value("https://a.example/?x=1&y=a%20b", "y").as_deref(),
            Some("a b")
        );
        assert_eq!(query_value("https://a.example/?x=1#&y=2", "y"), None);
        assert_eq!(query_value("https://a.example/", "y"), None);
    }
}
