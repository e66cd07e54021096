use std::convert::Infallible;

use axum::body::Body;
use axum::http::Request;
use domain::workspaces;
use entity::webhook_address;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::made_up::MadeUp;
use super::*;
use crate::Lifecycle;
use crate::auth::TokenVerifier;
use crate::testing::{self, Loud};

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

/// Strangers who make references up keep the database no busier than with so many reads, and nobody's calls out: what was found before is
/// found again.
#[tokio::test]
async fn references_that_are_made_up_are_looked_up_so_often_and_no_number_is_kept_out() {
    let (services, _directory) = testing::services().await;
    let workspace = workspaces::of_token(&services, "ws", None).await.unwrap();
    let account = testing::account(&services, workspace.id, 1).await;
    let number = testing::number(&services, &account, 1).await;
    let reference = "0123456789abcdef0123456789abcdef";
    let address = webhook_address::Model {
        reference: reference.to_owned(),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        phone_number_id: number.id,
        call_intent_id: None,
        base_url: "https://byot.callab.example".to_owned(),
        previous_base_url: None,
        created_at: services.clock.now(),
    };
    let row = address.into_active_model().reset_all();
    row.insert(&services.db).await.unwrap();
    let options = ApiOptions::new(
        TokenVerifier::hs256(&testing::signed()),
        Lifecycle::new(CancellationToken::new()),
    );
    let mut guard = Guard::new(&options);
    guard.made_up = MadeUp::new(20, std::time::Duration::from_mins(1));
    let router = routes(services, Arc::new(guard));
    let ask = async |kind: &str, reference: &str| {
        let request = Request::post(format!("/twilio/v1/{kind}/{reference}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
            .body(Body::from(format!("AccountSid={}", account.sid)))
            .unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let refused = response.extensions().get::<Refused>().copied();
        (response.status().as_u16(), refused.unwrap())
    };
    // There is no token that it could be signed with.
    let known = (403, Refused::Account);
    assert_eq!(ask("voice", reference).await, known);
    let mut answers = Vec::new();
    for n in 0..50 {
        let kind = if n % 2 == 0 { "voice" } else { "usage" };
        answers.push(ask(kind, &format!("{n:032x}")).await);
    }
    assert_eq!(answers[..20], [(404, Refused::Unknown); 20]);
    assert_eq!(answers[20..], [(503, Refused::Crowded); 30]);
    for kind in ["voice", "status", "after", "stream"] {
        assert_eq!(ask(kind, reference).await, known, "{kind}");
    }
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
    let warned = Loud::default();
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
    let warned = warned.count();
    assert!((60..=62).contains(&warned), "{warned}");
}
