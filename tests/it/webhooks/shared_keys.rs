//! Twilio signs with a key of the account's owner in the place of the token.

use api::webhooks::SharedKeys;
use callab_tests::hook::{Hook, SIGNATURE, pairs};
use twilio_sim::{CallStatus, SharedKey, Sim, SimOptions, WebhookPurpose, shared_signature};

use super::*;

const SETTINGS: &str = "x-twilio-webhooks-signature-settings";
const SECRET: &str = "a-shared-key-of-the-tests-and-no-other";

/// The SIDs of the first accounts of a simulated Twilio, the same in each.
fn sids() -> [String; 2] {
    let sim = Sim::new(SimOptions::new(|| domain::Clock::now(&domain::SystemClock)));
    [scenario::healthy(&sim).sid, scenario::on_a_trunk(&sim).sid]
}

/// The product with a shared key of the first account, and one of the second.
async fn routed() -> Routed {
    let [ours, theirs] = sids();
    let list = format!("{ours} WK1 {SECRET}\n{theirs} WK2 {SECRET}-of-theirs\n");
    let keys = SharedKeys::parse(&list).unwrap();
    let routed = Routed::in_app(TestApp::start_serving(|options| options.with_shared_keys(keys)).await).await;
    assert_eq!(routed.account.sid, ours);
    routed
}

fn by_key(routed: &Routed, secret: &str, settings: &str) -> Hook {
    let signature = shared_signature(secret, &routed.voice, &pairs(&routed.form()));
    routed.genuine().with(SIGNATURE, &signature).with(SETTINGS, settings)
}

#[tokio::test]
async fn a_call_signed_with_a_configured_key_reaches_the_agent() {
    let routed = routed().await;
    let sim = &routed.app.sim;
    let key = |name: &str, secret: &str| SharedKey {
        name: name.to_owned(),
        secret: secret.to_owned(),
    };
    let ring = async || sim.call_finished(&sim.ring(CALLER, NUMBER)).await;
    sim.sign_with(&routed.account.sid, Some(key("WK1", SECRET)));
    let call = ring().await;
    assert_eq!(
        (call.status, call.verbs().contains(&"Connect")),
        (CallStatus::Completed, true)
    );
    assert!(
        call.webhooks().all(|asked| matches!(asked.status, Some(200 | 204))),
        "status and stream callbacks, too"
    );

    // A key that is not configured: refused, and the caller hears the fallback.
    sim.sign_with(&routed.account.sid, Some(key("WK9", "another-secret-of-the-tests")));
    let call = ring().await;
    let voice = call.webhooks_for(WebhookPurpose::Twiml).next().unwrap();
    assert_eq!((voice.status, call.verbs()), (Some(403), vec!["Say", "Hangup"]));

    sim.sign_with(&routed.account.sid, None);
    assert!(ring().await.verbs().contains(&"Connect"), "the token signs as before");
}

/// The headers choose a key and are nobody's word: they accept nothing that no key of the account signed.
#[tokio::test]
async fn a_header_makes_nothing_good_that_is_not_signed() {
    let routed = routed().await;
    let theirs = format!("{SECRET}-of-theirs");
    let token = routed.account.auth_token.clone();
    let good = "key=WK1,algorithm=HMAC_SHA256";
    assert_eq!(by_key(&routed, SECRET, good).send().await.status, 200);
    let sha_1 = twilio_sim::signature(SECRET, &routed.voice, &pairs(&routed.form()));
    let two = {
        let mut hook = by_key(&routed, SECRET, good);
        hook.headers.append(SETTINGS, good.parse().unwrap());
        hook
    };
    let cases = [
        (
            "no settings",
            by_key(&routed, SECRET, good).without(SETTINGS),
            "signature",
        ),
        (
            "another algorithm",
            by_key(&routed, SECRET, "key=WK1,algorithm=HMAC_SHA1"),
            "signature",
        ),
        ("no algorithm", by_key(&routed, SECRET, "key=WK1"), "signature"),
        ("settings twice", two, "signature"),
        (
            "by the weaker hash",
            by_key(&routed, SECRET, good).with(SIGNATURE, &sha_1),
            "shared_key",
        ),
        (
            "another account's key",
            by_key(&routed, &theirs, "key=WK2,algorithm=HMAC_SHA256"),
            "shared_key",
        ),
        ("another account's secret", by_key(&routed, &theirs, good), "shared_key"),
        ("the token by SHA-256", by_key(&routed, &token, good), "shared_key"),
        (
            "nobody's key",
            by_key(&routed, SECRET, "key=WK9,algorithm=HMAC_SHA256"),
            "shared_key",
        ),
        (
            "no signature",
            by_key(&routed, SECRET, good).without(SIGNATURE),
            "unsigned",
        ),
        (
            "another body",
            by_key(&routed, SECRET, good).saying(routed.sign(&routed.voice, &routed.form()[..4]).body),
            "shared_key",
        ),
    ];
    for (name, hook, reason) in cases {
        refused(&routed, name, hook, 403, Some(reason)).await;
    }
    // Nor does it take anything away from what the token signed.
    for settings in [good, "key=WK9,algorithm=HMAC_SHA256", "nonsense"] {
        assert_eq!(
            routed.genuine().with(SETTINGS, settings).send().await.status,
            200,
            "{settings}"
        );
    }
}

/// A tenant that knows its own key signs nothing for another, even where it names itself.
#[tokio::test]
async fn another_workspaces_key_is_no_good_here() {
    let routed = routed().await;
    let [_, theirs] = sids();
    let tenant = scenario::on_a_trunk(&routed.app.sim);
    assert_eq!(tenant.sid, theirs);
    routed
        .app
        .connect(&routed.app.client(Some("b"), "owner"), &tenant)
        .await;
    let form = routed.form_with("AccountSid", &theirs);
    let signature = shared_signature(&format!("{SECRET}-of-theirs"), &routed.voice, &pairs(&form));
    let hook = routed
        .sign(&routed.voice, &form)
        .with(SIGNATURE, &signature)
        .with(SETTINGS, "key=WK2,algorithm=HMAC_SHA256");
    refused(&routed, "theirs", hook, 403, Some("account")).await;
}
