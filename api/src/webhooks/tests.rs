use std::convert::Infallible;

use axum::body::Body;
use axum::http::Request;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::*;
use crate::Lifecycle;
use crate::auth::TokenVerifier;
use crate::testing;

/// What is not signed at all is answered before a byte of its body is read.
#[tokio::test]
async fn without_a_signature_no_body_is_waited_for() {
    let (services, _directory) = testing::services().await;
    let options = ApiOptions::new(
        TokenVerifier::hs256(&testing::signed()),
        Lifecycle::new(CancellationToken::new()),
    );
    let endless = Body::from_stream(futures_util::stream::pending::<Result<&str, Infallible>>());
    let request = Request::post("/twilio/v1/voice/0123456789abcdef0123456789abcdef")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(endless)
        .unwrap();
    let response = router(services, &options).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN, "and no time-out");
}

/// A flood of refused webhooks fills no disk: the log tells of some, the figures of all.
#[test]
fn a_flood_of_refusals_is_counted_whole_and_told_in_part() {
    let options = ApiOptions::new(
        TokenVerifier::hs256(&testing::signed()),
        Lifecycle::new(CancellationToken::new()),
    );
    let guard = Guard::new(&options);
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let warned = Warned::default();
    ::metrics::with_local_recorder(&recorder, || {
        tracing::subscriber::with_default(warned.clone(), || {
            for _ in 0..1000 {
                guard.note(Refused::Signature, "voice", "0123456789abcdef0123456789abcdef");
            }
        });
    });
    let told = recorder.handle().render();
    assert!(
        told.contains("callab_webhooks_refused_total{reason=\"signature\"} 1000"),
        "{told}"
    );
    let warned = warned.0.load(std::sync::atomic::Ordering::Relaxed);
    assert!((60..=62).contains(&warned), "{warned}");
}

/// Counts warnings.
#[derive(Clone, Default)]
struct Warned(Arc<std::sync::atomic::AtomicUsize>);

impl tracing::Subscriber for Warned {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
