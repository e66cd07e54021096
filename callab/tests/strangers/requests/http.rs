//! Bodies and requests that HTTP does not have, and strangers without a token.

use super::{Hostile, cut_off, raw};

/// All of these.
pub fn add(all: &mut Vec<Hostile>) {
    bodies(all);
    not_http(all);
    strangers(all);
}

fn bodies(all: &mut Vec<Hostile>) {
    let good = r#"{"query":"{ viewer { role } }"}"#;
    let post = |headers: &str, body: &str| {
        format!("POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer TOKEN\r\n{headers}\r\n{body}")
    };
    for content_type in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/graphql",
        "*/*",
    ] {
        let headers = format!(
            "connection: close\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n",
            good.len()
        );
        raw(all, format!("a body of {content_type}"), post(&headers, good));
    }
    let without_type = format!("connection: close\r\ncontent-length: {}\r\n", good.len());
    raw(all, "a body of no type", post(&without_type, good));
    let json = "connection: close\r\ncontent-type: application/json\r\n";
    let twenty = "x".repeat(20 * 1024 * 1024);
    raw(
        all,
        "20 MB",
        post(&format!("{json}content-length: {}\r\n", twenty.len()), &twenty),
    );
    let chunk = format!("{:x}\r\n{}\r\n", 1024 * 1024, "x".repeat(1024 * 1024));
    let chunks = chunk.repeat(20) + "0\r\n\r\n";
    raw(
        all,
        "20 MB in chunks",
        post(&format!("{json}transfer-encoding: chunked\r\n"), &chunks),
    );
    cut_off(
        all,
        "20 MB promised and none sent",
        post(&format!("{json}content-length: 20971520\r\n"), ""),
    );
    raw(
        all,
        "a chunk that is none",
        post(&format!("{json}transfer-encoding: chunked\r\n"), "zz\r\n{}\r\n"),
    );
    cut_off(
        all,
        "a chunk of all the bytes there are",
        post(
            &format!("{json}transfer-encoding: chunked\r\n"),
            "ffffffffffffffff\r\n{}",
        ),
    );
    raw(
        all,
        "two lengths",
        post(&format!("{json}content-length: 3\r\ncontent-length: 31\r\n"), good),
    );
    raw(
        all,
        "a length and chunks",
        post(
            &format!("{json}content-length: 3\r\ntransfer-encoding: chunked\r\n"),
            good,
        ),
    );
    raw(
        all,
        "a negative length",
        post(&format!("{json}content-length: -1\r\n"), good),
    );
    raw(
        all,
        "a length beyond all",
        post(&format!("{json}content-length: 99999999999999999999\r\n"), good),
    );
    raw(
        all,
        "a packed body",
        post(&format!("{json}content-encoding: gzip\r\ncontent-length: 3\r\n"), "abc"),
    );
}

fn not_http(all: &mut Vec<Hostile>) {
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "NONSENSE", "\0"] {
        raw(
            all,
            format!("the method {method:?}"),
            format!("{method} /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
        );
    }
    raw(
        all,
        "an address of 60,000 letters",
        format!(
            "GET /{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            "a".repeat(60_000)
        ),
    );
    raw(
        all,
        "a header of 60,000 letters",
        format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(60_000)),
    );
    raw(
        all,
        "2,000 headers",
        format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(2_000)),
    );
    raw(
        all,
        "out of the directory",
        "GET /../../../etc/passwd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    raw(
        all,
        "percent signs",
        "GET /graphql?query=%&%zz=%ff%00 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer TOKEN\r\nconnection: close\r\n\r\n",
    );
    raw(
        all,
        "a mutation by GET",
        "GET /graphql?query=mutation%7BcheckBilling%7D HTTP/1.1\r\nhost: x\r\nauthorization: Bearer TOKEN\r\nconnection: close\r\n\r\n",
    );
    raw(all, "no host", "GET /graphql HTTP/1.1\r\nconnection: close\r\n\r\n");
    raw(all, "TLS", vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
    raw(all, "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    raw(
        all,
        "noise",
        (0..5_000_u32)
            .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
            .collect::<Vec<u8>>(),
    );
    raw(
        all,
        "a WebSocket that is none",
        "GET /graphql/ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    );
    let other_protocol = "GET /graphql/ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
        sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: graphql-ws\r\n\r\n";
    // With a goodbye behind it, for which the server would wait two seconds.
    let other_protocol = [other_protocol.as_bytes(), b"\x88\x80\0\0\0\0"].concat();
    raw(all, "a WebSocket of another protocol", other_protocol);
}

fn strangers(all: &mut Vec<Hostile>) {
    let good = r#"{"query":"{ viewer { role } }"}"#;
    for (name, token) in [
        ("no token", String::new()),
        ("an empty token", "Bearer ".into()),
        ("a token of 20,000 letters", format!("Bearer {}", "a".repeat(20_000))),
        (
            "a token that nobody signed",
            "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwicm9sZSI6ImxlYWQiLCJleHAiOjQwMDAwMDAwMDB9.".into(),
        ),
        ("dots", format!("Bearer {}", ".".repeat(5_000))),
        ("another scheme", "Basic YTpi".into()),
    ] {
        let header = if token.is_empty() {
            String::new()
        } else {
            format!("authorization: {token}\r\n")
        };
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{header}content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            good.len()
        );
        raw(all, name, head + good);
    }
}
