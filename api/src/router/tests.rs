use axum::body::{Body, to_bytes};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::*;
use crate::Lifecycle;
use crate::auth::TokenVerifier;
use crate::testing::{self, Loud};

/// Everything that is served.
async fn served(introspection: bool) -> (Router, tempfile::TempDir) {
    let (services, directory) = testing::services().await;
    let lifecycle = Lifecycle::new(CancellationToken::new());
    let options = ApiOptions::new(TokenVerifier::hs256(&testing::signed()), lifecycle.clone());
    let router = router(services, options.with_introspection(introspection));
    (router, directory)
}

/// A request with a good token.
fn signed_in() -> axum::http::request::Builder {
    Request::post("/graphql")
        .header("authorization", format!("Bearer {}", testing::owners_token()))
        .header("content-type", "application/json")
}

fn operation(document: &str) -> Body {
    json!({ "query": document }).to_string().into()
}

async fn json_of(response: Response) -> Value {
    serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap()
}

async fn get(router: &Router, path: &str) -> Response {
    let request = Request::get(path).body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_signed_in_request_is_answered() {
    let (router, _directory) = served(false).await;
    let request = signed_in()
        .body(operation("{ viewer { subject workspace { externalId } } }"))
        .unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let viewer = json!({ "subject": "owner-1", "workspace": { "externalId": "a" } });
    assert_eq!(json_of(response).await, json!({ "data": { "viewer": viewer } }));
}

#[tokio::test]
async fn a_long_answer_is_packed_for_who_can_unpack_it() {
    let (router, _directory) = served(true).await;
    let document = "{ __schema { types { name description fields { name description } } } }";
    let mut sizes = Vec::new();
    for encoding in ["identity", "gzip"] {
        let request = signed_in().header("accept-encoding", encoding);
        let response = router
            .clone()
            .oneshot(request.body(operation(document)).unwrap())
            .await
            .unwrap();
        let packed = response
            .headers()
            .get("content-encoding")
            .map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(packed.as_deref(), (encoding == "gzip").then_some("gzip"));
        sizes.push(to_bytes(response.into_body(), usize::MAX).await.unwrap().len());
    }
    assert!(sizes[1] * 3 < sizes[0], "{sizes:?}");
}

#[tokio::test]
async fn without_a_good_token_nothing_is_read() {
    let (router, _directory) = served(true).await;
    for token in [None, Some("Bearer nonsense"), Some("Basic YTpi")] {
        let mut request = Request::post("/graphql").header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let request = request
            .header("x-request-id", "trace-7")
            .body(operation("{ viewer { role } }"))
            .unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        let body = json_of(response).await;
        assert_eq!(
            body["errors"][0]["extensions"],
            json!({ "code": "UNAUTHENTICATED", "traceId": "trace-7" })
        );
    }
}

#[tokio::test]
async fn every_answer_carries_a_trace_id() {
    let (router, _directory) = served(false).await;
    let id_for = async |sent: Option<&str>| {
        let mut request = Request::get("/healthz");
        if let Some(sent) = sent {
            request = request.header("x-request-id", sent);
        }
        let response = router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        response.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(id_for(Some("trace-7")).await, "trace-7");
    assert_eq!(id_for(None).await.len(), 32);
    for odd in ["", "two words", "a\"b", &"a".repeat(65)] {
        assert_eq!(id_for(Some(odd)).await.len(), 32, "{odd}");
    }
}

#[tokio::test]
async fn a_panic_is_a_clean_answer_and_the_server_goes_on() {
    let panics = Router::new()
        .route(
            "/panics",
            axum::routing::get(async || -> &'static str { panic!("with the secret abc") }),
        )
        .layer(middleware::from_fn(answer_panics));
    for _ in 0..2 {
        let response = get(&panics, "/panics").await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = json_of(response).await;
        assert_eq!(body["errors"][0]["extensions"]["code"], "INTERNAL");
        assert!(!body.to_string().contains("abc"));
    }
}

#[tokio::test]
async fn the_schema_is_shown_only_where_introspection_is_on() {
    for introspection in [true, false] {
        let (router, _directory) = served(introspection).await;
        let request = signed_in()
            .body(operation("{ __schema { queryType { name } } }"))
            .unwrap();
        let body = json_of(router.clone().oneshot(request).await.unwrap()).await;
        assert_eq!(
            body["data"]["__schema"]["queryType"]["name"] == "Query",
            introspection,
            "{body}"
        );

        let request = signed_in().body(operation("{ viever { role } }")).unwrap();
        let body = json_of(router.clone().oneshot(request).await.unwrap()).await;
        assert_eq!(
            body.to_string().contains("viewer"),
            introspection,
            "suggestions follow: {body}"
        );

        let page = get(&router, "/graphiql").await;
        assert_eq!(page.status() == StatusCode::OK, introspection);
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert_eq!(policy.contains("script-src 'self'"), introspection, "{policy}");
        assert_eq!(
            get(&router, "/graphiql/start.js").await.status() == StatusCode::OK,
            introspection
        );
        assert_eq!(get(&router, "/graphiql/other.js").await.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn readiness_follows_the_life_of_the_process_and_its_database() {
    let (services, _directory) = testing::services().await;
    let lifecycle = Lifecycle::new(CancellationToken::new());
    let router = health::router(services.clone(), lifecycle.clone());
    let ready = async || {
        let response = get(&router, "/readyz").await;
        (response.status(), json_of(response).await)
    };
    let report = |status: &str, database: &str| json!({ "status": status, "dependencies": { "database": database } });
    assert_eq!(
        ready().await,
        (StatusCode::SERVICE_UNAVAILABLE, report("starting", "ok"))
    );
    lifecycle.serving();
    assert_eq!(ready().await, (StatusCode::OK, report("ready", "ok")));
    lifecycle.stop().cancel();
    assert_eq!(
        ready().await,
        (StatusCode::SERVICE_UNAVAILABLE, report("draining", "ok"))
    );

    let lifecycle = Lifecycle::new(CancellationToken::new());
    lifecycle.serving();
    let router = health::router(services.clone(), lifecycle);
    services.db.close().await.unwrap();
    let response = get(&router, "/readyz").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(json_of(response).await, report("unavailable", "away"));
    assert_eq!(get(&router, "/healthz").await.status(), StatusCode::OK, "still alive");
}

/// An outage fills no disk, and the one kind of failure does not hide the other.
#[test]
fn a_flood_of_failures_is_told_in_part() {
    let (loud, mut failures) = (Loud::default(), Failures::default());
    let mut fails = |status: StatusCode| {
        let failure = ServerErrorsFailureClass::StatusCode(status);
        failures.on_failure(failure, Duration::ZERO, &Span::none());
    };
    tracing::subscriber::with_default(loud.clone(), || {
        for _ in 0..1000 {
            fails(StatusCode::SERVICE_UNAVAILABLE);
        }
        let told = loud.count();
        assert!((60..=62).contains(&told), "{told}");
        for _ in 0..1000 {
            fails(StatusCode::INTERNAL_SERVER_ERROR);
        }
    });
    let told = loud.count();
    assert!((120..=124).contains(&told), "{told}");
}
