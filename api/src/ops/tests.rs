use ::metrics::set_default_local_recorder;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::*;
use crate::auth::TokenVerifier;
use crate::health::Dependency;
use crate::{ApiOptions, Lifecycle, metrics, testing};

async fn asked(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn get_of(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn what_was_counted_is_told_on_the_ops_address_alone() {
    let (name, buckets) = metrics::BUCKETS[0];
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)
        .unwrap()
        .build_recorder();
    let handle = recorder.handle();
    let _counting = set_default_local_recorder(&recorder);
    metrics::describe();

    let (services, _directory) = testing::services().await;
    let lifecycle = Lifecycle::new(CancellationToken::new());
    let options = ApiOptions::new(TokenVerifier::hs256(&testing::signed()), lifecycle.clone());
    let public = crate::router(services.clone(), options);
    let redis = Dependency::new("redis", async || false);
    let health = Health::new(services, lifecycle).with_dependencies(vec![redis, Dependency::not_used("other")]);
    let ops = router(health, Counted::new(move || handle.render()));

    let reference = "0123456789abcdef0123456789abcdef";
    let unsigned = Request::post(format!("/twilio/v1/voice/{reference}"));
    let refused = asked(
        &public,
        unsigned.body("CallSid=CA1&From=%2B14155550100".into()).unwrap(),
    )
    .await;
    assert_eq!(refused.0, StatusCode::FORBIDDEN);
    assert_eq!(asked(&public, get_of("/twilio/v1/fallback")).await.0, StatusCode::OK);

    let (status, told) = asked(&ops, get_of("/metrics")).await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        "# TYPE callab_webhook_seconds histogram",
        "callab_webhook_seconds_count{webhook=\"voice\",status=\"403\"} 1",
        "callab_webhook_seconds_bucket{webhook=\"fallback\",status=\"200\",le=\"5\"} 1",
        "callab_webhooks_refused_total{reason=\"unsigned\"} 1",
        "callab_dependency_up{dependency=\"database\"} 1",
        "callab_dependency_up{dependency=\"redis\"} 0",
    ] {
        assert!(told.lines().any(|told| told == line), "{line} in:\n{told}");
    }
    for text in [reference, "4155550100", "dependency=\"other\""] {
        assert!(!told.contains(text), "{text} in:\n{told}");
    }
    assert_eq!(asked(&ops, get_of("/healthz")).await.0, StatusCode::OK);
    assert_eq!(asked(&public, get_of("/metrics")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn operations_are_told_apart_by_kind_and_outcome_and_by_nothing_people_write() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _counting = set_default_local_recorder(&recorder);
    let (services, _directory) = testing::services().await;
    let options = ApiOptions::new(
        TokenVerifier::hs256(&testing::signed()),
        Lifecycle::new(CancellationToken::new()),
    );
    let public = crate::router(services, options);
    for document in [
        "query Mine { schemaVersion }",
        "mutation Mine { nothingOfTheKind }",
        "query Mine { schemaVersion } query Other { schemaVersion }",
        "not a document",
    ] {
        let request = Request::post("/graphql")
            .header("authorization", format!("Bearer {}", testing::owners_token()))
            .header("content-type", "application/json")
            .body(serde_json::json!({ "query": document }).to_string().into())
            .unwrap();
        assert_eq!(asked(&public, request).await.0, StatusCode::OK);
    }
    let told = handle.render();
    for line in [
        "callab_graphql_seconds_count{operation=\"query\",outcome=\"ok\"} 1",
        "callab_graphql_seconds_count{operation=\"mutation\",outcome=\"errors\"} 1",
        "callab_graphql_seconds_count{operation=\"other\",outcome=\"errors\"} 2",
    ] {
        assert!(told.lines().any(|told| told == line), "{line} in:\n{told}");
    }
    assert!(!told.contains("Mine") && !told.contains("nothingOfTheKind"), "{told}");
}
