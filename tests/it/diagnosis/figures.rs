//! Money that is missing or late, codes that nobody knows, silences, and two causes at once.

use chrono::TimeDelta;
use serde_json::json;
use twilio_sim::{Fault, FaultKind, Match};

use super::{Bench, alert, cause, check, diagnose};

#[tokio::test]
async fn an_account_without_funds() {
    let bench = Bench::ready().await;
    bench.app.sim.set_balance(&bench.twilio.sid, "-1.50");
    bench.verify().await;
    let warned = bench.diagnose().await;
    assert_eq!(cause(&warned), ("none", "none"), "a figure alone stops nothing");
    assert_eq!(
        (&check(&warned, "CREDIT")["state"], &check(&warned, "CREDIT")["actual"]),
        (&json!("WARN"), &json!("-1.50 USD"))
    );
    bench.app.sim.plant_alert(
        &bench.twilio.sid,
        twilio_sim::AlertSpec {
            error_code: 10003,
            ..alert()
        },
    );
    assert_eq!(
        cause(&bench.ask(None).await),
        ("CREDIT", "NO_FUNDS"),
        "it stops every number"
    );
    let whole = diagnose(&bench.owner, &json!({ "a": bench.account })).await;
    assert_eq!(cause(&whole), ("CREDIT", "NO_FUNDS"), "{whole:#}");
    assert_eq!(check(&whole, "TWILIO_ERRORS")["sameCauseAs"], "CREDIT");
}

#[tokio::test]
async fn a_code_that_nobody_knows_is_shown_as_it_is() {
    let bench = Bench::ready().await;
    let call = bench.app.sim.calls(&bench.twilio.sid)[0].sid.clone();
    let spec = twilio_sim::AlertSpec {
        error_code: 99_123,
        resource_sid: Some(call),
        message: "The line to +14155550177 melted".into(),
        ..alert()
    };
    bench.app.sim.plant_alert(&bench.twilio.sid, spec);
    let diagnosis = bench.ask(None).await;
    assert_eq!(cause(&diagnosis), ("TWILIO_ERRORS", "TWILIO_ERROR"), "{diagnosis:#}");
    let check = check(&diagnosis, "TWILIO_ERRORS");
    assert_eq!(
        (&check["twilioCode"], &check["twilioText"]),
        (&json!(99123), &json!("The line to +••• melted"))
    );
}

#[tokio::test]
async fn of_two_causes_the_first_is_named_and_the_second_listed() {
    let bench = Bench::ready().await;
    bench.app.sim.set_blocked_countries(&bench.twilio.sid, &["DE"]);
    bench
        .app
        .sim
        .change_number(&bench.sid(), |number| number.voice_url = String::new());
    let diagnosis = bench.ask(Some("DE")).await;
    assert_eq!(cause(&diagnosis), ("ROUTING_OURS", "NOT_SET"));
    assert_eq!(
        diagnosis["otherCauses"],
        json!([{ "name": "GEO_PERMISSION", "reason": "COUNTRY_NOT_PERMITTED" }])
    );
}

#[tokio::test]
async fn a_silence_is_no_refusal_and_old_figures_are_marked() {
    let bench = Bench::ready().await;
    bench.app.sim.fail(Fault {
        on: Match::default(),
        times: None,
        kind: FaultKind::CutOff,
    });
    bench.app.clock.advance(TimeDelta::hours(3));
    let diagnosis = bench.ask(Some("DE")).await;
    assert_eq!(cause(&diagnosis), ("none", "none"), "{diagnosis:#}");
    assert_eq!(check(&diagnosis, "TOKEN_ACCEPTED")["state"], "UNKNOWN");
    for name in ["NUMBER_OWNED", "CREDIT", "ROUTING_OURS"] {
        assert_eq!(
            (&check(&diagnosis, name)["state"], &check(&diagnosis, name)["isStale"]),
            (&json!("PASS"), &json!(true)),
            "{name}"
        );
    }
    assert_eq!(check(&diagnosis, "GEO_PERMISSION")["state"], "UNKNOWN");
}
