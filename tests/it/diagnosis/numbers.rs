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

/// A run about an account asks the region of twenty numbers, and the next of others; of a number it always asks.
#[tokio::test]
async fn the_regions_of_many_numbers_are_asked_in_turns() {
    let bench = Bench::ready().await;
    let (app, owner) = (&bench.app, &bench.owner);
    let agent = app.agent(owner, "a1", bench.agent.url()).await;
    let many = (0..22).map(|n| format!("+1206555{:04}", 100 + n));
    let many: Vec<String> = many.collect();
    for number in &many {
        let spec = twilio_sim::NumberSpec {
            phone_number: number.clone(),
            ..twilio_sim::NumberSpec::default()
        };
        app.sim.add_number(&bench.twilio.sid, spec);
    }
    bench.sync().await;
    let mut last = String::new();
    for number in &many {
        last = app.add(owner, number, "Line").await;
        app.assign(owner, &last, &agent, "INBOUND").await;
    }
    app.add(owner, "+14155550102", "Answered by nobody").await;
    let moved = app.sim.numbers(&bench.twilio.sid);
    let moved = moved
        .iter()
        .find(|number| Some(&number.phone_number) == many.last())
        .unwrap();
    app.sim
        .change_number(&moved.sid, |number| number.voice_region = "ie1".into());
    let run = async || {
        let before = app.sim.count_requests_to("GET", "/v2/PhoneNumbers/");
        let input = json!({ "accountId": bench.account });
        owner.done("startDiagnosis", "diagnosisRun { id }", input).await;
        app.run_jobs().await;
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let told = super::diagnose(owner, &json!({ "a": bench.account })).await;
        let routing = check(&told, "ROUTING_OURS").clone();
        let asked = app.sim.count_requests_to("GET", "/v2/PhoneNumbers/") - before;
        (asked, routing["reason"].clone())
    };
    // 23 numbers are answered: those of the first run are not asked again before the others.
    assert_eq!(run().await, (20, json!(null)));
    assert_eq!(run().await, (20, json!("OTHER_REGION")));
    app.sim
        .change_number(&moved.sid, |number| number.voice_region = "us1".into());
    assert_eq!(run().await, (20, json!(null)), "what was bad is asked first");

    app.sim
        .change_number(&moved.sid, |number| number.voice_region = "ie1".into());
    let of_one = super::Bench { number: last, ..bench };
    assert_eq!(cause(&of_one.ask(None).await), ("ROUTING_OURS", "OTHER_REGION"));
}
