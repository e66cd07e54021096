//! How often the webhooks of one number may come.

use std::num::NonZeroU32;

use api::{ApiOptions, Rate, RateLimits};
use callab_tests::hook::Hook;
use twilio_sim::WebhookPurpose;

use super::*;

/// Two webhooks of a kind and number at once, and then one a minute; of all else as much as anybody wants.
fn two_at_once(options: ApiOptions) -> ApiOptions {
    let plenty = Rate {
        per_minute: NonZeroU32::MAX,
        burst: NonZeroU32::MAX,
    };
    let webhooks = Rate {
        per_minute: NonZeroU32::MIN,
        burst: NonZeroU32::new(2).unwrap(),
    };
    options.with_rates(RateLimits {
        principal: plenty,
        address: plenty,
        failures: plenty,
        webhooks,
    })
}

#[tokio::test]
async fn a_number_that_is_called_too_often_is_told_when_to_come_again_and_keeps_no_other_out() {
    let routed = Routed::in_app(TestApp::start_serving(two_at_once).await).await; // It has called once by then.
    let app = &routed.app;
    let other = scenario::on_a_trunk(&app.sim);
    let stranger = app.client(Some("b"), "owner");
    app.connect(&stranger, &other).await;

    // What is forged, made up or malformed takes nothing of a number's share.
    let nowhere = routed
        .voice
        .replace(routed.voice.rsplit('/').next().unwrap(), &"0".repeat(32));
    for _ in 0..5 {
        let forged = Hook::signed(&other.auth_token, &routed.voice, &routed.form());
        refused(&routed, "forged", forged, 403, Some("signature")).await;
        refused(
            &routed,
            "made up",
            routed.sign(&nowhere, &routed.form()),
            404,
            Some("unknown"),
        )
        .await;
    }
    assert_eq!(routed.genuine().send().await.status, 200);
    for _ in 0..3 {
        let told = refused(&routed, "too soon", routed.genuine(), 429, Some("rate")).await;
        let wait: u64 = told.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    assert_eq!(
        routed.sign(&routed.status, &routed.form()).send().await.status,
        204,
        "another kind"
    );

    // Another number of the same account.
    let owner = app.owner();
    let number = app.add(&owner, SECOND, "Second").await;
    let agent = app.agent(&owner, "a1", "ws://127.0.0.1:9/agent").await;
    app.assign(&owner, &number, &agent, "INBOUND").await;
    let second = app.sim.numbers(&routed.account.sid).into_iter();
    let second = second.into_iter().find(|number| number.phone_number == SECOND).unwrap();
    assert_eq!(routed.sign(&second.voice_url, &routed.form()).send().await.status, 200);
}

/// Twilio takes a 429 for a failure: the caller hears the constant sentence of the number's fallback.
#[tokio::test]
async fn who_calls_too_soon_hears_the_fallback() {
    let routed = Routed::in_app(TestApp::start_serving(two_at_once).await).await;
    assert_eq!(routed.genuine().send().await.status, 200);
    let sid = routed.app.sim.ring(CALLER, NUMBER);
    let call = routed.app.sim.call_finished(&sid).await;
    let voice = call.webhooks_for(WebhookPurpose::Twiml).next().unwrap();
    assert_eq!(voice.status, Some(429));
    assert_eq!(call.verbs(), ["Say", "Hangup"]);
}
