//! Bodies that Twilio does not send.

use std::fmt::Write as _;

use callab_tests::hook::FORM;

use super::*;

#[tokio::test]
async fn what_is_no_form_is_not_read() {
    let routed = Routed::new().await;
    let json = br#"{"AccountSid":"AC","CallSid":"CA"}"#;
    // SHA-256 of the JSON above would stand here; nothing that is asked with a query was registered anyway.
    let with_hash = format!("{}?bodySHA256={}", routed.voice, "a".repeat(64));
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"CallSid\"\r\n\r\nCA\r\n--x--\r\n";
    let cases = [
        (
            "JSON",
            routed
                .sign(&routed.voice, &[])
                .with("content-type", "application/json")
                .saying(json),
        ),
        (
            "JSON with its hash",
            routed
                .sign(&with_hash, &[])
                .with("content-type", "application/json")
                .saying(json),
        ),
        (
            "multipart",
            routed
                .genuine()
                .with("content-type", "multipart/form-data; boundary=x")
                .saying(multipart),
        ),
        ("plain text", routed.genuine().with("content-type", "text/plain")),
        (
            "almost a form",
            routed
                .genuine()
                .with("content-type", "application/x-www-form-urlencoded2"),
        ),
        ("an empty type", routed.genuine().with("content-type", "")),
        ("no type", routed.genuine().without("content-type")),
        (
            "XML",
            routed.genuine().with("content-type", "text/xml").saying("<Response/>"),
        ),
    ];
    for (name, hook) in cases {
        refused(&routed, name, hook, 415, Some("content_type")).await;
    }
    let shouted = routed.genuine().with("content-type", &FORM.to_uppercase());
    assert_eq!(shouted.send().await.status, 200, "a form is one in capitals, too");
}

#[tokio::test]
async fn what_is_too_large_or_says_too_little_is_refused() {
    let routed = Routed::new().await;
    let mut many = String::new();
    for n in 0..1000 {
        let _ = write!(many, "&p{n}=v");
    }
    let huge = format!("AccountSid={}&From={}", routed.account.sid, "1".repeat(64 * 1024));
    let sign = |form: &[(&str, &str)]| routed.sign(&routed.voice, form);
    let without_call = &routed.form_with("CallSid", "")[..];
    let cases = [
        ("64 KiB and more", routed.genuine().saying(huge), 413, "too_large"),
        (
            "20 MB",
            routed.genuine().saying(vec![b'a'; 20_000_000]),
            413,
            "too_large",
        ),
        (
            "thousands of names",
            routed.genuine().saying("a=1&".repeat(5000)),
            400,
            "malformed",
        ),
        (
            "1005 names",
            routed.genuine().saying([routed.genuine().body, many.into()].concat()),
            400,
            "malformed",
        ),
        ("nothing, signed", sign(&[]), 403, "account"),
        ("ampersands", routed.genuine().saying("&&&&&"), 403, "account"),
        ("NULs", routed.genuine().saying(vec![0; 1000]), 403, "account"),
        ("no text", routed.genuine().saying(vec![0xff; 1000]), 403, "account"),
        ("no call", sign(without_call), 400, "malformed"),
        (
            "no call's SID",
            sign(&routed.form_with("CallSid", "' OR 1=1 --")),
            400,
            "malformed",
        ),
        (
            "a NUL in the call's SID",
            sign(&routed.form_with("CallSid", &format!("{CALL}\0"))),
            400,
            "malformed",
        ),
    ];
    for (name, hook, status, reason) in cases {
        refused(&routed, name, hook, status, Some(reason)).await;
    }
}
