//! Other spellings of an address, other methods, and what proxies and strangers say of hosts.

use reqwest::Method;

use super::*;

#[tokio::test]
async fn another_spelling_is_another_address_however_well_it_is_signed() {
    let routed = Routed::new().await;
    let voice = routed.voice.as_str();
    let (before, reference) = voice.rsplit_once('/').unwrap();
    let first = format!("%{:x}", reference.as_bytes()[0]);
    let nowhere = "0".repeat(32);
    let cases: [(&str, String, u16, Option<&str>); 14] = [
        (
            "a reference never given out",
            format!("{before}/{nowhere}"),
            404,
            Some("unknown"),
        ),
        (
            "in capitals",
            format!("{before}/{}", reference.to_uppercase()),
            404,
            Some("unknown"),
        ),
        (
            "a digit encoded",
            format!("{before}/{first}{}", &reference[1..]),
            404,
            Some("unknown"),
        ),
        (
            "a digit less",
            format!("{before}/{}", &reference[1..]),
            404,
            Some("unknown"),
        ),
        ("a digit more", format!("{before}/{reference}0"), 404, Some("unknown")),
        ("a NUL", format!("{before}/%00"), 404, Some("unknown")),
        (
            "a NUL behind it",
            format!("{before}/{reference}%00"),
            404,
            Some("unknown"),
        ),
        ("no text", format!("{before}/%ff%fe"), 404, Some("unknown")),
        ("a quote", format!("{before}/%27%20OR%201=1"), 404, Some("unknown")),
        ("a slash at the end", format!("{voice}/"), 404, None),
        ("two slashes", voice.replace("/twilio/", "//twilio/"), 404, None),
        (
            "two slashes before the reference",
            format!("{before}//{reference}"),
            404,
            None,
        ),
        ("a query", format!("{voice}?x=1"), 403, Some("signature")),
        ("an empty query", format!("{voice}?"), 403, Some("signature")),
    ];
    for (name, url, status, reason) in cases {
        refused(&routed, name, routed.sign(&url, &routed.form()), status, reason).await;
        let as_registered = routed.genuine().to(&url);
        refused(&routed, name, as_registered, status, reason).await;
    }
    // What is not signed learns nothing of which references there are.
    for url in [voice, &format!("{before}/{nowhere}"), &format!("{before}/%00")] {
        let unsigned = routed.genuine().to(url).without("x-twilio-signature");
        refused(&routed, url, unsigned, 403, Some("unsigned")).await;
    }
}

#[tokio::test]
async fn another_method_than_the_registered_one_is_not_allowed() {
    let routed = Routed::new().await;
    for address in ["voice", "after", "status", "stream", "usage"] {
        let url = routed.voice.replace("/voice/", &format!("/{address}/"));
        for method in [
            Method::GET,
            Method::HEAD,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ] {
            let name = format!("{method} {address}");
            let hook = routed.sign(&url, &routed.form()).by(method);
            let told = refused(&routed, &name, hook, 405, Some("method")).await;
            assert_eq!(told.headers["allow"], "POST", "{name}");
        }
    }
}

/// Twilio signs the address that it was given. What a header says of a host, a scheme or a path is nobody's word.
#[tokio::test]
async fn spoofed_hosts_and_schemes_change_nothing() {
    let routed = Routed::new().await;
    let spoofs = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-prefix", "/evil"),
        ("x-original-url", "/twilio/v1/fallback"),
        ("x-rewrite-url", "/twilio/v1/fallback"),
        ("forwarded", "for=192.0.2.1;host=evil.example;proto=https"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-http-method-override", "GET"),
    ];
    let spoofed = |hook: Hook| spoofs.iter().fold(hook, |hook, (name, value)| hook.with(name, value));
    assert_eq!(
        spoofed(routed.genuine()).send().await.status,
        200,
        "genuine all the same"
    );
    let path = routed.voice.strip_prefix(&routed.app.url).unwrap();
    for base in [
        "https://evil.example",
        "http://evil.example",
        "https://evil.example/evil",
    ] {
        let elsewhere = routed.sign(&format!("{base}{path}"), &routed.form()).to(&routed.voice);
        refused(&routed, base, spoofed(elsewhere), 403, Some("signature")).await;
    }
    let callbacks = spoofed(routed.genuine()).send().await.body;
    assert!(
        callbacks.contains(&routed.app.url) && !callbacks.contains("evil"),
        "{callbacks}"
    );
}
