//! Somebody else than Twilio, or Twilio for somebody else.

use callab_tests::hook::{Hook, SIGNATURE, Told, pairs};
use reqwest::header::HeaderValue;
use twilio_sim::{shared_signature, signature};

use super::*;

#[tokio::test]
async fn what_twilio_did_not_sign_for_this_address_is_forbidden() {
    let routed = Routed::new().await;
    let (token, form) = (routed.account.auth_token.as_str(), routed.form());
    let genuine = || routed.genuine();
    let good = signature(token, &routed.voice, &pairs(&form));
    let by_sha_256 = shared_signature(token, &routed.voice, &pairs(&form));
    let mut two = genuine();
    two.headers.append(SIGNATURE, HeaderValue::from_str(&good).unwrap());
    let mut not_text = genuine();
    not_text
        .headers
        .insert(SIGNATURE, HeaderValue::from_bytes(b"\xff\xfe").unwrap());
    let changed = String::from_utf8(genuine().body)
        .unwrap()
        .replace("ringing", "completed");
    let cases = [
        ("no signature", genuine().without(SIGNATURE), "unsigned"),
        ("two signatures", two, "unsigned"),
        ("a signature that is no text", not_text, "unsigned"),
        ("an empty signature", genuine().with(SIGNATURE, ""), "signature"),
        (
            "a made-up signature",
            genuine().with(SIGNATURE, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            "signature",
        ),
        ("half a signature", genuine().with(SIGNATURE, &good[..14]), "signature"),
        (
            "two in one header",
            genuine().with(SIGNATURE, &format!("{good}, {good}")),
            "signature",
        ),
        ("a changed value", genuine().saying(changed), "signature"),
        (
            "a value more",
            genuine().saying([genuine().body, b"&Digits=1".to_vec()].concat()),
            "signature",
        ),
        (
            "a value less",
            genuine().saying(routed.sign(&routed.voice, &form[..4]).body),
            "signature",
        ),
        (
            "signed for the status address",
            routed.sign(&routed.status, &form).to(&routed.voice),
            "signature",
        ),
        (
            "sent on to the status address",
            genuine().to(&routed.status),
            "signature",
        ),
        (
            "signed for another host",
            routed
                .sign("https://evil.example/twilio/v1/voice/x", &form)
                .to(&routed.voice),
            "signature",
        ),
        (
            "by the stronger hash, and no word of it",
            genuine().with(SIGNATURE, &by_sha_256),
            "signature",
        ),
        (
            "by a shared key that nobody configured",
            genuine()
                .with(SIGNATURE, &by_sha_256)
                .with("x-twilio-webhooks-signature-settings", "key=WK1,algorithm=HMAC_SHA256"),
            "shared_key",
        ),
        (
            "an announced shared key and no signature",
            genuine()
                .without(SIGNATURE)
                .with("x-twilio-webhooks-signature-settings", "key=WK1,algorithm=HMAC_SHA256"),
            "unsigned",
        ),
    ];
    for (name, hook, reason) in cases {
        refused(&routed, name, hook, 403, Some(reason)).await;
    }
}

#[tokio::test]
async fn another_accounts_token_is_no_good_here_whatever_it_says() {
    let routed = Routed::new().await;
    let app = &routed.app;
    let stranger = scenario::trial(&app.sim);
    let tenant = scenario::on_a_trunk(&app.sim);
    app.connect(&app.client(Some("b"), "owner"), &tenant).await;
    let ours = &routed.account.sid;
    for other in [&stranger, &tenant] {
        let by_them = |form: &[(&str, &str)]| Hook::signed(&other.auth_token, &routed.voice, form);
        let mut both = routed.form();
        both.insert(0, ("AccountSid", &other.sid));
        let mut both_turned = routed.form();
        both_turned.push(("AccountSid", &other.sid));
        let cases = [
            ("in our name", by_them(&routed.form()), "signature"),
            (
                "in their own name",
                by_them(&routed.form_with("AccountSid", &other.sid)),
                "account",
            ),
            ("in both names", by_them(&both), "account"),
            ("in both names, ours first", by_them(&both_turned), "signature"),
            (
                "in nobody's name",
                by_them(&routed.form_with("AccountSid", "")),
                "account",
            ),
        ];
        for (name, hook, reason) in cases {
            refused(&routed, name, hook, 403, Some(reason)).await;
        }
    }
    // Our own token does not help who names another account, or none that could be one.
    let upper = ours.to_uppercase();
    let cut = &ours[..33];
    for (name, sid) in [
        ("theirs", tenant.sid.as_str()),
        ("a key's", "SK00000000000000000000000000000001"),
        ("cut short", cut),
        ("a NUL", "\0"),
        ("a quote", "' OR 1=1 --"),
        ("nothing", ""),
    ] {
        let form = routed.form_with("AccountSid", sid);
        refused(&routed, name, routed.sign(&routed.voice, &form), 403, Some("account")).await;
    }
    let form = routed.form_with("AccountSid", &upper);
    assert_eq!(
        routed.sign(&routed.voice, &form).send().await.status,
        200,
        "Twilio's description takes either case"
    );
}

/// The scheme has no time stamp: what was heard on the way can be said again. It is answered again, and nothing is noted twice.
#[tokio::test]
async fn what_is_said_again_changes_nothing() {
    let routed = Routed::new().await;
    let ended = [routed.form_with("CallSid", CALL), vec![("SequenceNumber", "9")]].concat();
    let ended: Vec<(&str, &str)> = ended
        .into_iter()
        .map(|(name, value)| (name, if name == "CallStatus" { "completed" } else { value }))
        .collect();
    let ended = routed.sign(&routed.status, &ended);
    assert_eq!(ended.clone().send().await.status, 204);
    let first = routed.genuine().send().await;
    let before = routed.rows().await;
    for _ in 0..3 {
        let again = routed.genuine().send().await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(ended.clone().send().await.status, 204);
    }
    assert_eq!(difference(&before, &routed.rows().await), [""; 0]);
}

/// All of an answer that could tell one refusal from another. The time and the trace id are of each answer.
fn whole(told: &Told) -> String {
    let mut headers = told.headers.clone();
    for of_each in ["date", "x-request-id"] {
        assert!(headers.remove(of_each).is_some(), "{of_each}: {headers:?}");
    }
    let mut headers: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    format!("{}\n{}\n\n{}", told.status, headers.join("\n"), told.body)
}

/// Why it is refused is for us to know: whether an account is connected, whose it is, by what it signs, and which addresses of
/// which kind there are is told to nobody who cannot sign.
#[tokio::test]
async fn refusals_do_not_tell_why() {
    let routed = Routed::new().await;
    let tenant = scenario::on_a_trunk(&routed.app.sim);
    routed
        .app
        .connect(&routed.app.client(Some("b"), "owner"), &tenant)
        .await;
    let genuine = || routed.genuine();
    let of_account = |sid: &str| {
        let form = routed.form_with("AccountSid", sid);
        Hook::signed("00000000000000000000000000000000", &routed.voice, &form)
    };
    let forbidden = [
        ("unsigned", genuine().without(SIGNATURE)),
        (
            "a wrong signature",
            genuine().with(SIGNATURE, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ),
        ("a signature of no length", genuine().with(SIGNATURE, "")),
        ("of another workspace's account", of_account(&tenant.sid)),
        (
            "of an account that nobody has",
            of_account("AC00000000000000000000000000000001"),
        ),
        ("of no account", of_account("")),
        (
            "by a shared key that nobody configured",
            genuine()
                .with(SIGNATURE, "x")
                .with("x-twilio-webhooks-signature-settings", "key=WK1,algorithm=HMAC_SHA256"),
        ),
        ("with a query", genuine().to(format!("{}?x=1", routed.voice))),
    ];
    assert_alike(403, forbidden).await;

    let (before, reference) = routed.voice.rsplit_once('/').unwrap();
    let other_kind = routed.voice.replace("/voice/", "/usage/");
    let unknown = [
        ("never given out", format!("{before}/{}", "0".repeat(32))),
        ("no reference", format!("{before}/x")),
        ("in capitals", format!("{before}/{}", reference.to_uppercase())),
        ("of another kind", other_kind),
    ];
    assert_alike(
        404,
        unknown.map(|(name, url)| (name, routed.sign(&url, &routed.form()))),
    )
    .await;
}

async fn assert_alike<const N: usize>(status: u16, refused: [(&str, Hook); N]) {
    let mut first = None;
    for (name, hook) in refused {
        let told = hook.send().await;
        assert_eq!(told.status.as_u16(), status, "{name}");
        let told = whole(&told);
        assert_eq!(&told, first.get_or_insert_with(|| told.clone()), "{name}");
    }
}
