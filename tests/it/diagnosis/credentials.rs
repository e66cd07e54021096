//! A changed token, a signature that does not fit, and a suspended account in every form that Twilio leaves open.

use chrono::TimeDelta;
use serde_json::json;
use twilio_sim::{AccountStatus, SuspendedForm};

use super::{Bench, cause, check};

#[tokio::test]
async fn a_token_changed_behind_our_back() {
    let bench = Bench::ready().await;
    bench.app.sim.rotate_token(&bench.twilio.sid);
    bench
        .owner
        .done(
            "verifyTwilioAccount",
            "account { id }",
            json!({ "accountId": bench.account }),
        )
        .await;
    bench.app.run_jobs().await;
    let once = bench.diagnose().await;
    assert_eq!(
        (
            &check(&once, "TOKEN_ACCEPTED")["state"],
            &check(&once, "TOKEN_ACCEPTED")["reason"]
        ),
        (&json!("WARN"), &json!("REJECTED_ONCE"))
    );
    bench.app.pass(TimeDelta::seconds(31)).await;
    let twice = bench.diagnose().await;
    assert_eq!(cause(&twice), ("TOKEN_ACCEPTED", "TOKEN_CHANGED_OR_SUSPENDED"));
    assert_eq!(check(&twice, "ACCOUNT_ACTIVE")["state"], "NOT_REACHED");
    assert_eq!(
        check(&twice, "NUMBER_OWNED")["state"],
        "PASS",
        "what was seen is still shown"
    );
    // A call that Twilio signs with the new token leaves no doubt.
    bench.app.clock.advance(TimeDelta::minutes(2));
    bench.ring().await;
    let called = bench.diagnose().await;
    assert_eq!(cause(&called), ("TOKEN_ACCEPTED", "TOKEN_ROTATED"), "{called:#}");
    assert_eq!(check(&called, "SIGNATURE_VALID")["sameCauseAs"], "TOKEN_ACCEPTED");
    assert_eq!(called["otherCauses"], json!([]));
    assert_eq!(called["cause"]["whoActs"], "CUSTOMER");
}

#[tokio::test]
async fn refused_signatures_are_counted_and_forgotten_after_a_good_one() {
    let bench = Bench::ready().await;
    let good = bench.app.sim.account(&bench.twilio.sid).unwrap().auth_token;
    bench.app.clock.advance(TimeDelta::minutes(1));
    bench.app.sim.rotate_token(&bench.twilio.sid);
    bench.ring().await;
    let refused = bench.diagnose().await;
    assert_eq!(cause(&refused), ("SIGNATURE_VALID", "SIGNATURE_REFUSED"), "{refused:#}");
    assert!(
        check(&refused, "SIGNATURE_VALID")["evidence"]
            .as_str()
            .unwrap()
            .contains("refused since"),
        "{refused:#}"
    );
    bench.app.clock.advance(TimeDelta::minutes(2));
    bench
        .app
        .sim
        .change_account(&bench.twilio.sid, |account| account.auth_token.clone_from(&good));
    bench.ring().await;
    let mended = bench.app.until("a good one noted", async || {
        let diagnosis = bench.diagnose().await;
        (check(&diagnosis, "SIGNATURE_VALID")["state"] == "PASS").then_some(diagnosis)
    });
    assert_eq!(cause(&mended.await), ("none", "none"));
}

#[tokio::test]
async fn a_suspended_account_in_every_form() {
    let forms = [
        (SuspendedForm::StatusOnly, "ACCOUNT_ACTIVE", "ACCOUNT_SUSPENDED"),
        (
            SuspendedForm::Forbidden,
            "ACCOUNT_ACTIVE",
            "ACCOUNT_SUSPENDED_OR_CLOSED",
        ),
        // Twilio's code is that of a wrong token; the sentence says both.
        (
            SuspendedForm::Unauthorized,
            "TOKEN_ACCEPTED",
            "TOKEN_CHANGED_OR_SUSPENDED",
        ),
    ];
    for (form, name, reason) in forms {
        let bench = Bench::ready().await;
        bench.app.sim.set_suspended_form(&bench.twilio.sid, form);
        bench.app.sim.set_status(&bench.twilio.sid, AccountStatus::Suspended);
        bench.verify().await;
        let diagnosis = bench.diagnose().await;
        assert_eq!(cause(&diagnosis), (name, reason), "{form:?}: {diagnosis:#}");
        assert!(
            diagnosis["summary"].as_str().unwrap().contains("suspended"),
            "{diagnosis:#}"
        );
    }
    let bench = Bench::ready().await;
    bench
        .app
        .sim
        .set_suspended_form(&bench.twilio.sid, SuspendedForm::StatusOnly);
    bench.app.sim.set_status(&bench.twilio.sid, AccountStatus::Closed);
    bench.verify().await;
    assert_eq!(cause(&bench.diagnose().await), ("ACCOUNT_ACTIVE", "ACCOUNT_CLOSED"));
}
