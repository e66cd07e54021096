use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use chrono::{DateTime, Utc};
use domain::{Clock, DatabaseTime};
use sea_orm::DbBackend;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::*;
use crate::auth::TokenVerifier;
use crate::testing;
use crate::{ApiOptions, Lifecycle, router};

/// Everything that is served, asked by the owner of workspace `a`.
pub(super) struct Served {
    router: Router,
    _directory: tempfile::TempDir,
}

/// A request in the making.
pub(super) struct Asked {
    router: Router,
    request: axum::http::Request<Body>,
}

/// An answer that was read whole.
pub(super) struct Answered {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

impl fmt::Debug for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "{} {} {body}", self.status, self.header("content-type"))
    }
}

impl Served {
    pub(super) async fn new(introspection: bool) -> Self {
        Self::with(introspection, Duration::from_mins(1), |_| {}).await
    }

    async fn with(introspection: bool, request_timeout: Duration, change: impl FnOnce(&mut Services)) -> Self {
        let (mut services, directory) = testing::services().await;
        change(&mut services);
        let lifecycle = Lifecycle::new(CancellationToken::new());
        let options = ApiOptions::new(TokenVerifier::hs256(&testing::signed()), lifecycle);
        let options = options
            .with_introspection(introspection)
            .with_request_timeout(request_timeout);
        Self {
            router: router(services, options),
            _directory: directory,
        }
    }

    fn ask(&self, method: Method, address: &str, body: impl Into<Body>) -> Asked {
        let token = format!("Bearer {}", testing::owners_token());
        let request = axum::http::Request::builder()
            .method(method)
            .uri(address)
            .header("authorization", token);
        Asked {
            router: self.router.clone(),
            request: request.body(body.into()).unwrap(),
        }
    }

    /// A POST without a content type.
    pub(super) fn post(&self, body: impl Into<Body>) -> Asked {
        self.ask(Method::POST, "/graphql", body)
    }

    fn operation(&self, document: &str) -> Asked {
        let body = json!({ "query": document }).to_string();
        self.post(body).with("content-type", Some("application/json"))
    }

    pub(super) fn get(&self, parameters: &[(&str, &str)]) -> Asked {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        self.ask(Method::GET, &format!("/graphql?{query}"), Body::empty())
    }
}

impl Asked {
    /// With one more header, where there is one.
    pub(super) fn with(mut self, name: &'static str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            self.request.headers_mut().append(name, value);
        }
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.request.headers_mut().remove(name);
        self
    }

    pub(super) async fn send(self) -> Answered {
        let response = self.router.oneshot(self.request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answered {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap(),
        }
    }
}

impl Answered {
    pub(super) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map_or("", |value| value.to_str().unwrap());
        assert!(values.next().is_none() || name == "vary", "{name} is told twice");
        value
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Its status and the code of its first error.
    fn refused(&self) -> (u16, String) {
        let code = &self.json()["errors"][0]["extensions"]["code"];
        (self.status.as_u16(), code.as_str().unwrap_or_default().to_owned())
    }
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_get_answers_a_query_as_a_post_does() {
    let served = Served::new(false).await;
    let document = "query A { viewer { subject } } query B { schemaVersion }";
    for (name, expected) in [
        ("A", json!({ "viewer": { "subject": "owner-1" } })),
        ("B", json!({ "schemaVersion": "1" })),
    ] {
        let answered = served.get(&[("query", document), ("operationName", name)]).send().await;
        assert_eq!(
            (answered.status.as_u16(), answered.json()),
            (200, json!({ "data": expected }))
        );
    }
    let unnamed = served.get(&[
        ("query", "{ schemaVersion }"),
        ("operationName", ""),
        ("variables", ""),
        ("x", "y"),
    ]);
    assert_eq!(unnamed.send().await.status, 200);
}

#[tokio::test]
async fn a_get_changes_nothing() {
    let served = Served::new(false).await;
    let change = "mutation M { registerAgent(input: { externalId: \"x\", name: \"x\", endpoint: \"wss://x.example\" }) { agent { id } } }";
    let both = format!("query Q {{ schemaVersion }} {change}");
    for method in [Method::GET, Method::HEAD] {
        for parameters in [
            &[("query", change)][..],
            &[("query", change), ("operationName", "M")],
            &[("query", &both), ("operationName", "M")],
        ] {
            let mut asked = served.get(parameters);
            *asked.request.method_mut() = method.clone();
            let answered = asked.send().await;
            assert_eq!((answered.status.as_u16(), answered.header("allow")), (405, "POST"));
        }
    }
    let answered = served.get(&[("query", &both), ("operationName", "Q")]).send().await;
    assert_eq!(answered.status, 200, "{answered:?}");
    for undecided in [
        &[("query", both.as_str())][..],
        &[("query", &both), ("operationName", "N")],
    ] {
        let answered = served
            .get(undecided)
            .with("accept", Some("application/graphql-response+json"));
        assert_eq!(answered.send().await.status, 400);
    }
    let agents = served.operation("{ agents { nodes { id } } }").send().await;
    assert_eq!(agents.json(), json!({ "data": { "agents": { "nodes": [] } } }));
}

#[tokio::test]
async fn an_address_that_is_no_request_is_refused() {
    let served = Served::new(false).await;
    let query = ("query", "{ schemaVersion }");
    for parameters in [
        &[][..],
        &[("query", "")],
        &[("variables", "{}")],
        &[query, query],
        &[query, ("variables", "[]")],
        &[query, ("variables", "nonsense")],
        &[query, ("variables", "7")],
        &[query, ("extensions", "\"x\"")],
        &[query, ("variables", "{}"), ("variables", "{}")],
    ] {
        let answered = served.get(parameters).send().await;
        assert_eq!(answered.refused(), refused(400, "BAD_REQUEST"), "{parameters:?}");
    }
    let answered = served
        .get(&[query, ("variables", "null"), ("extensions", "null")])
        .send()
        .await;
    assert_eq!(answered.status, 200);
}

#[tokio::test]
async fn a_head_is_a_get_without_its_body() {
    let served = Served::new(false).await;
    let mut asked = served.get(&[("query", "{ schemaVersion }")]);
    *asked.request.method_mut() = Method::HEAD;
    let answered = asked.send().await;
    assert_eq!((answered.status.as_u16(), answered.body.len()), (200, 0));
    assert_eq!(answered.header("content-type"), "application/json; charset=utf-8");
}

#[tokio::test]
async fn a_body_is_json_in_utf8_and_says_so_once() {
    let served = Served::new(false).await;
    let body = json!({ "query": "{ schemaVersion }" }).to_string();
    for content_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json; profile=x",
    ] {
        let answered = served
            .post(body.clone())
            .with("content-type", Some(content_type))
            .send()
            .await;
        assert_eq!(answered.status, 200, "{content_type}");
    }
    for content_type in [
        None,
        Some(""),
        Some("text/plain"),
        Some("text/plain; application/json"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("multipart/form-data; boundary=application/json"),
        Some("application/graphql"),
        Some("application/graphql-response+json"),
        Some("application/jsonx"),
        Some("application/json, text/plain"),
        Some("application/json; charset=utf-16"),
        Some("application/json; charset=latin1"),
        Some("application/json; charset=utf-8; charset=utf-7"),
        Some("application/json; charset"),
    ] {
        let answered = served
            .post(body.clone())
            .with("content-type", content_type)
            .send()
            .await;
        assert_eq!(
            answered.refused(),
            refused(415, "UNSUPPORTED_MEDIA_TYPE"),
            "{content_type:?}"
        );
        assert_eq!(answered.header("accept"), "application/json");
    }
    let twice = served
        .operation("{ schemaVersion }")
        .with("content-type", Some("application/json"));
    assert_eq!(twice.send().await.status, 415);
    let packed = served
        .operation("{ schemaVersion }")
        .with("content-encoding", Some("gzip"))
        .send()
        .await;
    assert_eq!(
        (packed.status.as_u16(), packed.header("accept-encoding")),
        (415, "identity")
    );
    let plain = served
        .operation("{ schemaVersion }")
        .with("content-encoding", Some("identity"));
    assert_eq!(plain.send().await.status, 200);
}

#[tokio::test]
async fn a_body_that_is_no_request_is_refused() {
    let served = Served::new(false).await;
    let good = json!({ "query": "{ schemaVersion }" }).to_string();
    let in_utf16 = || good.encode_utf16();
    let bodies = [
        Vec::new(),
        b"{".to_vec(),
        b"7".to_vec(),
        b"null".to_vec(),
        b"{}".to_vec(),
        br#"{"query": null}"#.to_vec(),
        br#"{"query": "{ schemaVersion }", "query": "{ schemaVersion }"}"#.to_vec(),
        br#"{"query": "{ schemaVersion }"} {}"#.to_vec(),
        b"query=%7B+schemaVersion+%7D".to_vec(),
        b"{\"query\": \"\xff\"}".to_vec(),
        [b"\xef\xbb\xbf", good.as_bytes()].concat(),
        [vec![0xff, 0xfe], in_utf16().flat_map(u16::to_le_bytes).collect()].concat(),
        in_utf16().flat_map(u16::to_be_bytes).collect(),
    ];
    for body in bodies {
        let told = String::from_utf8_lossy(&body).chars().take(80).collect::<String>();
        let answered = served
            .post(body)
            .with("content-type", Some("application/json"))
            .send()
            .await;
        assert_eq!(answered.refused(), refused(400, "BAD_REQUEST"), "{told}");
    }
    let deep = format!(
        r#"{{"query": "{{ schemaVersion }}", "variables": {{"a": {}}}}}"#,
        "[".repeat(10_000)
    );
    let deep = served.post(deep).with("content-type", Some("application/json"));
    let answered = deep.send().await;
    assert_eq!(answered.refused(), refused(400, "VARIABLES_TOO_LARGE"));
    let values = format!("[{}1]", "1,".repeat(10_001));
    for name in ["variables", "extensions"] {
        let address = format!("/graphql?query=%7BschemaVersion%7D&{name}=%7B%22a%22:{values}%7D");
        let answered = served.ask(Method::GET, &address, Body::empty()).send().await;
        assert_eq!(answered.refused(), refused(400, "VARIABLES_TOO_LARGE"), "{name}");
    }
    for batch in ["[]", " [{\"query\": \"{ schemaVersion }\"}]", "[\"{ schemaVersion }\"]"] {
        let answered = served
            .post(batch)
            .with("content-type", Some("application/json"))
            .send()
            .await;
        assert_eq!(answered.refused(), refused(400, "BATCH_NOT_SUPPORTED"), "{batch}");
    }
}

#[tokio::test]
async fn a_large_or_slow_body_is_cut_off() {
    let served = Served::new(false).await;
    let json = Some("application/json");
    let long = served
        .post(vec![b' '; MAX_BODY + 1])
        .with("content-type", json)
        .send()
        .await;
    assert_eq!(long.refused(), refused(413, "PAYLOAD_TOO_LARGE"));
    // Refused by its own word, without waiting for what never comes.
    let waiting = || Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    let declared = (MAX_BODY + 1).to_string();
    let announced = served.post(waiting()).with("content-type", json);
    let announced = announced.with("content-length", Some(&declared)).send().await;
    assert_eq!(announced.refused(), refused(413, "PAYLOAD_TOO_LARGE"));
    // Nor is the body of a stranger, or of an odd kind, waited for.
    let stranger = served
        .post(waiting())
        .with("content-type", json)
        .without("authorization");
    assert_eq!(stranger.send().await.status, 401);
    assert_eq!(served.post(waiting()).send().await.status, 415);

    let impatient = Served::with(false, Duration::from_millis(20), |_| {}).await;
    let slow = impatient.post(waiting()).with("content-type", json).send().await;
    assert_eq!(slow.refused(), refused(408, "TIMEOUT"));
}

#[tokio::test]
async fn a_failure_is_written_as_it_was_asked_for() {
    let served = Served::new(false).await;
    for (accept, written) in [
        (
            "application/graphql-response+json",
            "application/graphql-response+json; charset=utf-8",
        ),
        ("application/json", "application/json; charset=utf-8"),
    ] {
        let stranger = served.operation("{ schemaVersion }").without("authorization");
        for asked in [stranger, served.post("{")] {
            let answered = asked.with("accept", Some(accept)).send().await;
            assert_eq!(answered.header("content-type"), written, "{answered:?}");
            assert!(answered.status.is_client_error());
        }
    }
    let answered = served
        .operation("{ schemaVersion }")
        .with("accept", Some("text/html"))
        .send()
        .await;
    assert_eq!(answered.refused(), refused(406, "NOT_ACCEPTABLE"));
    assert_eq!(answered.header("content-type"), "application/json; charset=utf-8");
}

#[tokio::test]
async fn the_status_tells_whether_anything_was_carried_out() {
    let served = Served::new(false).await;
    let newer = Some("application/graphql-response+json");
    let null_data = served.operation("{ auditEntries { nodes { id } } node(id: \"nonsense\") { id } }");
    let failed_field =
        "mutation { registerAgent(input: { externalId: \"x\", name: \"x\", endpoint: \"x\" }) { agent { id } } }";
    for (asked, status) in [
        (null_data, 200),
        (served.operation(failed_field), 200),
        (served.operation("subscription { events { cursor } }"), 400),
        (served.operation("{ nothing }"), 400),
        (served.operation(""), 400),
    ] {
        let answered = asked.with("accept", newer).send().await;
        assert_eq!(answered.status, status, "{answered:?}");
        assert_eq!(answered.json().get("data").is_some(), status == 200, "{answered:?}");
    }
    let subscription = served.operation("subscription { events { cursor } }").send().await;
    assert_eq!(subscription.refused(), refused(400, "SUBSCRIPTION_NOT_SUPPORTED"));
    // A field that fails and may not be null takes its data with it. It was carried out all the same.
    let bad_cursor = served.operation("{ phoneNumbers(after: \"nonsense\") { nodes { id } } }");
    let answered = bad_cursor.with("accept", newer).send().await;
    assert_eq!(answered.refused(), refused(200, "BAD_CURSOR"));
    assert_eq!(answered.json().get("data"), Some(&Value::Null));
}

#[tokio::test]
async fn two_tokens_are_none() {
    let served = Served::new(false).await;
    let asked = served
        .operation("{ schemaVersion }")
        .with("authorization", Some("Bearer other"));
    assert_eq!(asked.send().await.refused(), refused(400, "BAD_REQUEST"));
}

/// A clock that breaks after it was looked at so many times.
#[derive(Debug)]
struct BreakingClock {
    looks: AtomicUsize,
    now: DateTime<Utc>,
}

impl Clock for BreakingClock {
    fn now(&self) -> DateTime<Utc> {
        let left = self
            .looks
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        assert!(left.is_ok(), "the clock broke, with the secret abc");
        self.now
    }

    fn database_time(&self, _: DbBackend) -> DatabaseTime {
        DatabaseTime::Known(self.now)
    }
}

#[tokio::test]
async fn a_panic_at_any_point_is_a_clean_500_with_the_trace_id() {
    let mut broke = 0;
    for looks in 0..4 {
        let served = Served::with(false, Duration::from_mins(1), |services| {
            let now = services.clock.now();
            let looks = AtomicUsize::new(looks);
            services.clock = Arc::new(BreakingClock { looks, now });
        });
        let asked = served.await.operation("{ schemaVersion serverTime }");
        let answered = asked.with("x-request-id", Some("trace-7")).send().await;
        if answered.status == 200 {
            continue;
        }
        broke += 1;
        assert_eq!(answered.refused(), refused(500, "INTERNAL"));
        assert_eq!(answered.json()["errors"][0]["extensions"]["traceId"], "trace-7");
        assert_eq!(answered.header("x-request-id"), "trace-7");
        assert_eq!(answered.header("x-content-type-options"), "nosniff");
        assert!(!String::from_utf8_lossy(&answered.body).contains("abc"));
    }
    assert!(broke >= 2, "at the door and within a resolver: {broke}");
}
