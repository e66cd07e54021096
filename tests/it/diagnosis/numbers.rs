//! A number, its routing, its agent and where it may call.

use chrono::TimeDelta;
use serde_json::json;

use super::{Bench, cause, check, diagnose};

#[tokio::test]
async fn the_number_is_gone_or_takes_no_calls() {
    let bench = Bench::ready().await;
    bench.app.sim.release_number(&bench.sid());
    assert_eq!(
        cause(&bench.ask(None).await),
        ("NUMBER_OWNED", "NUMBER_GONE"),
        "asked one by one"
    );
    let bench = Bench::ready().await;
    let other = bench.app.sim.add_account(twilio_sim::AccountSpec::default());
    bench.app.sim.move_number(&bench.sid(), &other.sid);
    bench.sync().await;
    assert_eq!(
        cause(&bench.diagnose().await),
        ("NUMBER_OWNED", "NUMBER_GONE"),
        "found by the sync"
    );
    let bench = Bench::ready().await;
    bench
        .app
        .sim
        .change_number(&bench.sid(), |number| number.voice_receive_mode = "fax".into());
    assert_eq!(cause(&bench.ask(None).await), ("NUMBER_VOICE", "FAX_MODE"));
}

/// What somebody does to a number at Twilio.
type Change = fn(&mut twilio_sim::SimNumber);

#[tokio::test]
async fn routing_that_somebody_changed() {
    let changes: [(Change, &str); 5] = [
        (|number| number.voice_url = String::new(), "NOT_SET"),
        (
            |number| number.voice_url = "https://me:pa55@other.example/voice".into(),
            "URL_CHANGED",
        ),
        (|number| number.voice_method = "GET".into(), "WRONG_METHOD"),
        (
            |number| number.trunk_sid = "TK0123456789abcdef0123456789abcdef".into(),
            "OVERRIDDEN_BY_TRUNK",
        ),
        (
            |number| number.voice_application_sid = "AP0123456789abcdef0123456789abcdef".into(),
            "OVERRIDDEN_BY_APPLICATION",
        ),
    ];
    let bench = Bench::ready().await;
    let before = bench.app.sim.number(&bench.sid()).unwrap();
    for (change, reason) in changes {
        bench.app.sim.change_number(&bench.sid(), change);
        let diagnosis = bench.ask(None).await;
        assert_eq!(cause(&diagnosis), ("ROUTING_OURS", reason), "{diagnosis:#}");
        assert_eq!(check(&diagnosis, "WEBHOOK_ANSWERED")["state"], "NOT_REACHED");
        assert!(!diagnosis.to_string().contains("pa55"), "{diagnosis}");
        let before = before.clone();
        bench
            .app
            .sim
            .change_number(&bench.sid(), move |number| *number = before);
    }
    assert_eq!(cause(&bench.ask(None).await), ("none", "none"), "and back");
}

#[tokio::test]
async fn a_country_that_may_not_be_called() {
    let bench = Bench::ready().await;
    bench.app.sim.set_blocked_countries(&bench.twilio.sid, &["DE"]);
    let diagnosis = bench.ask(Some("+4930123456")).await;
    assert_eq!(
        cause(&diagnosis),
        ("GEO_PERMISSION", "COUNTRY_NOT_PERMITTED"),
        "{diagnosis:#}"
    );
    assert!(
        !diagnosis.to_string().contains("30123456"),
        "a third party's number: {diagnosis}"
    );
    assert_eq!(cause(&bench.ask(Some("GB")).await), ("none", "none"));
}

#[tokio::test]
async fn an_agent_that_is_not_there() {
    let bench = Bench::ready().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("ws://{}/agent", listener.local_addr().unwrap());
    drop(listener);
    bench.app.clock.advance(TimeDelta::minutes(1));
    let gone = bench.app.agent(&bench.owner, "a2", &endpoint).await;
    bench.app.assign(&bench.owner, &bench.number, &gone, "INBOUND").await;
    assert_eq!(cause(&bench.ask(None).await), ("AGENT_REACHABLE", "AGENT_UNREACHABLE"));
    bench
        .owner
        .done(
            "unassignAgent",
            "phoneNumber { id }",
            json!({ "phoneNumberId": bench.number, "direction": "INBOUND" }),
        )
        .await;
    bench.app.run_jobs().await;
    assert_eq!(cause(&bench.diagnose().await), ("AGENT_ASSIGNED", "NO_AGENT"));
    let second = bench.app.add(&bench.owner, "+14155550102", "Second").await;
    let never = diagnose(&bench.owner, &json!({ "n": second })).await;
    assert_eq!(
        (cause(&never), &check(&never, "AGENT_ASSIGNED")["reason"]),
        (("none", "none"), &json!("SETUP_NOT_FINISHED"))
    );
}
