//! What browsers, strangers and odd requests are told, on every address.

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::*;
use crate::auth::TokenVerifier;
use crate::{Lifecycle, Origin, testing};

const APP: &str = "https://app.callab.example";
const EVIL: &str = "https://evil.example";

/// What is served to pages of the origins listed, at a public address.
async fn served(origins: &[&str], public_url: Option<&str>) -> (Router, tempfile::TempDir) {
    let (mut services, directory) = testing::services().await;
    services.public_url = public_url.map(|url| domain::public_url::PublicUrl::new(url, std::sync::Arc::new(Nowhere)));
    let lifecycle = Lifecycle::new(CancellationToken::new());
    let options = ApiOptions::new(TokenVerifier::hs256(&testing::signed()), lifecycle);
    let origins: Vec<Origin> = origins.iter().map(|origin| origin.parse().unwrap()).collect();
    let options = options.with_introspection(true).with_allowed_origins(origins);
    (router(services, options), directory)
}

/// Our own address is not asked for here.
#[derive(Debug)]
struct Nowhere;

#[async_trait::async_trait]
impl domain::public_url::Reach for Nowhere {
    async fn fetch(&self, _: &str) -> Result<String, String> {
        Err("not asked".to_owned())
    }
}

async fn ask(router: &Router, method: Method, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Value) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(json!({ "query": "{ schemaVersion }" }).to_string()));
    let response = router.clone().oneshot(request.unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)));
    (parts.status, parts.headers, body)
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

/// The names of a list in a header, in lower case.
fn names(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.to_str().unwrap().split(','));
    values.map(|name| name.trim().to_ascii_lowercase()).collect()
}

fn bearer() -> String {
    format!("Bearer {}", testing::owners_token())
}

#[tokio::test]
async fn a_page_of_a_listed_origin_is_allowed_before_it_asks_and_may_read_the_answer() {
    let (router, _directory) = served(&[APP, "http://localhost:3000"], None).await;
    for origin in [APP, "http://localhost:3000"] {
        let asks_first = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type"),
        ];
        let (status, headers, _) = ask(&router, Method::OPTIONS, "/graphql", &asks_first).await;
        assert_eq!(status, 200);
        assert_eq!(value(&headers, "access-control-allow-origin"), Some(origin));
        assert_eq!(names(&headers, "access-control-allow-methods"), ["get", "post"]);
        assert_eq!(
            names(&headers, "access-control-allow-headers"),
            [
                "authorization",
                "content-type",
                "x-request-id",
                "apollographql-client-name",
                "apollographql-client-version",
                "traceparent",
                "tracestate",
            ]
        );
        assert_eq!(value(&headers, "access-control-max-age"), Some("3600"));
        assert_eq!(
            value(&headers, "access-control-allow-credentials"),
            None,
            "no cookie signs in"
        );

        // Answers and refusals alike.
        for (token, expected) in [(bearer(), 200), ("Bearer nonsense".to_owned(), 401)] {
            let asked = [
                ("origin", origin),
                ("authorization", &token),
                ("content-type", "application/json"),
            ];
            let (status, headers, _) = ask(&router, Method::POST, "/graphql", &asked).await;
            assert_eq!(status, expected);
            assert_eq!(value(&headers, "access-control-allow-origin"), Some(origin));
            assert_eq!(
                names(&headers, "access-control-expose-headers"),
                ["x-request-id", "retry-after"]
            );
            let vary = names(&headers, "vary");
            assert!(
                vary.contains(&"origin".to_owned()) && vary.contains(&"accept".to_owned()),
                "{vary:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_page_of_another_origin_is_allowed_nothing() {
    for listed in [&[APP][..], &[]] {
        let (router, _directory) = served(listed, None).await;
        for origin in [
            EVIL,
            "null",
            "https://app.callab.example.evil.example",
            "http://app.callab.example",
            "*",
        ] {
            let asks_first = [
                ("origin", origin),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "authorization"),
            ];
            let simple = [("origin", origin), ("content-type", "text/plain")];
            for (method, asked) in [
                (Method::OPTIONS, &asks_first[..]),
                (Method::POST, &simple),
                (Method::GET, &simple),
            ] {
                let (_, headers, _) = ask(&router, method, "/graphql?query=%7BschemaVersion%7D", asked).await;
                assert_eq!(value(&headers, "access-control-allow-origin"), None, "{origin}");
                if listed.is_empty() {
                    let of_cors = headers
                        .keys()
                        .filter(|name| name.as_str().starts_with("access-control-"));
                    assert_eq!(of_cors.count(), 0);
                }
            }
        }
    }
}

/// Browsers send these without asking first, with cookies and without a token.
#[tokio::test]
async fn what_a_page_can_send_unasked_gains_nothing() {
    let (router, _directory) = served(&[APP], None).await;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let asked = [("origin", EVIL), ("cookie", "token=x"), ("content-type", content_type)];
        assert_eq!(ask(&router, Method::POST, "/graphql", &asked).await.0, 401);
        let with_token = [asked[0], asked[1], asked[2], ("authorization", &bearer())];
        assert_eq!(ask(&router, Method::POST, "/graphql", &with_token).await.0, 415);
    }
    let unasked = [("origin", EVIL), ("cookie", "token=x")];
    for method in [Method::GET, Method::HEAD] {
        assert_eq!(
            ask(&router, method, "/graphql?query=%7BschemaVersion%7D", &unasked)
                .await
                .0,
            401
        );
    }
}

#[tokio::test]
async fn a_socket_is_not_opened_for_a_page_of_another_origin() {
    let (router, _directory) = served(&[APP], Some("https://byot.callab.example")).await;
    let socket = [
        ("host", "api.internal"),
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "graphql-transport-ws"),
    ];
    for path in ["/graphql", "/graphql/ws"] {
        for (origin, allowed) in [
            (EVIL, false),
            ("null", false),
            (APP, true),
            ("https://byot.callab.example", true),
            ("http://api.internal", true),
        ] {
            let asked = [&socket[..], &[("origin", origin)]].concat();
            let (status, _, body) = ask(&router, Method::GET, path, &asked).await;
            // Without a connection beneath it the socket itself cannot be opened here.
            assert_eq!(status == 403, !allowed, "{path} {origin} {status}");
            assert_eq!(
                body["errors"][0]["extensions"]["code"] == "ORIGIN_NOT_ALLOWED",
                !allowed,
                "{body}"
            );
        }
        assert_ne!(ask(&router, Method::GET, path, &socket).await.0, 403, "a program");
    }
    let offers_http2 = [("upgrade", "h2c"), ("authorization", &bearer())];
    let (status, ..) = ask(
        &router,
        Method::GET,
        "/graphql?query=%7BschemaVersion%7D",
        &offers_http2,
    )
    .await;
    assert_eq!(status, 200, "no socket was asked for");
    let (status, headers, body) = ask(&router, Method::GET, "/graphql/ws", &[]).await;
    assert_eq!((status.as_u16(), value(&headers, "upgrade")), (426, Some("websocket")));
    assert_eq!(body["errors"][0]["extensions"]["code"], "UPGRADE_REQUIRED");
}

#[tokio::test]
async fn every_answer_is_data_and_nothing_else_to_a_browser() {
    let token = bearer();
    for public_url in [None, Some("http://127.0.0.1:8080"), Some("https://byot.callab.example")] {
        let (router, _directory) = served(&[APP], public_url).await;
        for (method, path, headers) in [
            (
                Method::POST,
                "/graphql",
                &[("authorization", token.as_str()), ("content-type", "application/json")][..],
            ),
            (Method::POST, "/graphql", &[]),
            (Method::DELETE, "/graphql", &[]),
            (
                Method::OPTIONS,
                "/graphql",
                &[("origin", APP), ("access-control-request-method", "POST")],
            ),
            (Method::GET, "/graphql/ws", &[]),
            (Method::GET, "/healthz", &[]),
            (Method::GET, "/nothing", &[]),
            (Method::POST, "/twilio/v1/voice/x", &[]),
            (Method::POST, "/twilio/v1/fallback", &[]),
            (Method::GET, "/graphiql", &[]),
            (Method::GET, "/graphiql/start.js", &[]),
        ] {
            let (status, headers, _) = ask(&router, method, path, headers).await;
            let told = |name| value(&headers, name).unwrap_or_default().to_owned();
            let graphiql = path.starts_with("/graphiql");
            assert_eq!(told("x-content-type-options"), "nosniff", "{path} {status}");
            assert_eq!(told("referrer-policy"), "no-referrer");
            assert_eq!(told("x-frame-options"), "DENY");
            assert_eq!(told("cross-origin-resource-policy"), "same-origin");
            let policy = told("content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{policy}"
            );
            assert_eq!(policy.contains("script-src"), graphiql);
            assert_eq!(told("cache-control") == "no-store", !graphiql, "{path}");
            let https = public_url.is_some_and(|url| url.starts_with("https:"));
            assert_eq!(headers.contains_key("strict-transport-security"), https);
            for name in headers.keys().filter(|name| *name != "vary") {
                assert_eq!(headers.get_all(name).iter().count(), 1, "{path} tells {name} twice");
            }
            for tell in ["server", "x-powered-by", "via"] {
                assert!(!headers.contains_key(tell), "{path} tells what it is made of");
            }
        }
    }
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_told_apart_cleanly() {
    for origins in [&[APP][..], &[]] {
        let (router, _directory) = served(origins, None).await;
        for path in [
            "/",
            "/nothing",
            "/graphql/",
            "/graphql/other",
            "/metrics",
            "/%00",
            "/twilio/v1/voice",
        ] {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                let (status, headers, body) = ask(&router, method, path, &[("x-request-id", "trace-7")]).await;
                assert_eq!(status, 404, "{path}");
                let error = &body["errors"][0]["extensions"];
                assert_eq!(*error, json!({ "code": "NOT_FOUND", "traceId": "trace-7" }), "{path}");
                assert_eq!(value(&headers, "x-request-id"), Some("trace-7"));
            }
        }
        for (method, path, allowed) in [
            (Method::PUT, "/graphql", &["get", "head", "options", "post"][..]),
            (Method::DELETE, "/graphql", &["get", "head", "options", "post"]),
            (Method::TRACE, "/graphql", &["get", "head", "options", "post"]),
            (Method::POST, "/graphql/ws", &["get", "head"]),
            (Method::POST, "/healthz", &["get", "head"]),
            (Method::GET, "/twilio/v1/voice/x", &["post"]),
        ] {
            let (status, headers, body) = ask(&router, method, path, &[("x-request-id", "trace-7")]).await;
            let mut allow = names(&headers, "allow");
            allow.sort();
            assert_eq!(
                (status.as_u16(), allow),
                (405, allowed.iter().map(ToString::to_string).collect()),
                "{path}"
            );
            assert_eq!(body["errors"][0]["extensions"]["code"], "METHOD_NOT_ALLOWED");
            assert_eq!(value(&headers, "x-request-id"), Some("trace-7"));
        }
        let (status, headers, _) = ask(&router, Method::OPTIONS, "/graphql", &[]).await;
        assert_eq!(
            (status.as_u16(), value(&headers, "allow")),
            (204, Some("GET, HEAD, POST, OPTIONS"))
        );
    }
}

#[tokio::test]
async fn of_two_request_ids_neither_counts() {
    let (router, _directory) = served(&[], None).await;
    let twice = [("x-request-id", "trace-7"), ("x-request-id", "trace-8")];
    let (_, headers, _) = ask(&router, Method::GET, "/healthz", &twice).await;
    let ids: Vec<_> = headers.get_all("x-request-id").iter().collect();
    assert_eq!((ids.len(), ids[0].len()), (1, 32));
}
