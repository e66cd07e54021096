//! What was seen of single numbers, by Twilio's log, by questions and by calls: it counts alike in the diagnosis and in health.

use chrono::TimeDelta;
use sea_orm::EntityTrait as _;
use serde_json::json;

use super::health_agrees::failing;
use super::{Bench, cause, check};

/// An entry of Twilio's error log about the newest call, read at once.
async fn reported(bench: &Bench, error_code: u32) {
    bench.app.clock.advance(TimeDelta::minutes(1));
    let call = bench.app.sim.calls(&bench.twilio.sid).last().unwrap().sid.clone();
    let spec = twilio_sim::AlertSpec {
        error_code,
        resource_sid: Some(call),
        ..super::alert()
    };
    bench.app.sim.plant_alert(&bench.twilio.sid, spec);
    bench.ask(None).await;
}

/// What Twilio reports of a number's calls fails it for both, until an agent is on the line.
#[tokio::test]
async fn what_twilio_reports_of_a_number_fails_it_until_it_is_over() {
    for (code, cause_told, reason) in [
        (11200, ("WEBHOOK_ANSWERED", "WEBHOOK_FAILED"), "WEBHOOK_FAILED"),
        (12100, ("WEBHOOK_ANSWERED", "WEBHOOK_BAD_ANSWER"), "WEBHOOK_FAILED"),
        (31920, ("AGENT_REACHABLE", "STREAM_REFUSED"), "AGENT_UNREACHABLE"),
    ] {
        let bench = Bench::ready().await;
        reported(&bench, code).await;
        assert_eq!(cause(&bench.diagnose().await), cause_told);
        assert_eq!(bench.health().await, failing(&["EVERY_NUMBER_FAILS", reason]), "{code}");
        let account = super::diagnose(&bench.owner, &json!({ "a": bench.account })).await;
        assert_eq!(cause(&account), cause_told, "of the account as well");

        bench.app.clock.advance(TimeDelta::minutes(1));
        bench.ring().await;
        bench.app.run_jobs().await;
        assert_eq!(cause(&bench.diagnose().await), ("none", "none"), "{code}");
        bench.judge().await;
        assert_eq!(bench.health().await, ("HEALTHY".to_owned(), vec![]), "{code}");
    }
}

/// An entry that names the number in the place of a call is about the number.
#[tokio::test]
async fn an_entry_that_names_the_number_is_about_it() {
    let bench = Bench::ready().await;
    bench.app.clock.advance(TimeDelta::minutes(1));
    assert!(bench.app.sim.happen(&bench.sid(), "webhook_failing"));
    let told = ("WEBHOOK_ANSWERED", "WEBHOOK_FAILED");
    assert_eq!(cause(&bench.ask(None).await), told);
    let account = super::diagnose(&bench.owner, &json!({ "a": bench.account })).await;
    assert_eq!(cause(&account), told);
    assert_eq!(bench.health().await, failing(&["EVERY_NUMBER_FAILS", "WEBHOOK_FAILED"]));
}

/// What was answered to a request of a day ago says nothing of today.
#[tokio::test]
async fn what_twilio_reported_counts_for_a_day() {
    let bench = Bench::ready().await;
    reported(&bench, 11200).await;
    bench.app.pass(TimeDelta::hours(25)).await;
    assert_eq!(cause(&bench.diagnose().await), ("none", "none"));
    bench.judge().await;
    assert_eq!(bench.health().await, ("HEALTHY".to_owned(), vec![]));
}

/// What was asked a day ago and not since is no evidence any more.
#[tokio::test]
async fn an_agent_that_did_not_answer_yesterday_fails_no_number_today() {
    let bench = Bench::ready().await;
    bench.app.clock.advance(TimeDelta::minutes(2));
    bench.agent_answered("FAIL").await;
    bench.app.pass(TimeDelta::hours(23)).await;
    let told = bench.diagnose().await;
    assert_eq!(check(&told, "AGENT_REACHABLE")["isStale"], true);
    assert_eq!(cause(&told), ("AGENT_REACHABLE", "AGENT_FAILING"));
    bench.app.pass(TimeDelta::hours(2)).await;
    assert_eq!(check(&bench.diagnose().await, "AGENT_REACHABLE")["reason"], "NOT_ASKED");
    bench.judge().await;
    assert_eq!(bench.health().await, ("HEALTHY".to_owned(), vec![]));
}

/// Warnings warn, and fail no number.
#[tokio::test]
async fn a_warning_of_twilios_fails_no_number() {
    let bench = Bench::ready().await;
    let call = bench.app.sim.calls(&bench.twilio.sid)[0].sid.clone();
    let spec = twilio_sim::AlertSpec {
        error_code: 12200,
        log_level: twilio_sim::LogLevel::Warning,
        resource_sid: Some(call),
        ..super::alert()
    };
    bench.app.clock.advance(TimeDelta::minutes(1));
    bench.app.sim.plant_alert(&bench.twilio.sid, spec);
    let told = bench.ask(None).await;
    assert_eq!(check(&told, "WEBHOOK_ANSWERED")["state"], "WARN");
    assert_eq!(bench.health().await, ("HEALTHY".to_owned(), vec![]));
}

/// Before an agent answered the number, Twilio asked the customer's own address, and that failed.
#[tokio::test]
async fn what_failed_before_callab_answered_the_number_is_none_of_its_troubles() {
    let bench = Bench::ready().await;
    let second = "+14155550102";
    let sid = bench.app.sim.numbers(&bench.twilio.sid);
    let sid = &sid.iter().find(|number| number.phone_number == second).unwrap().sid;
    bench
        .app
        .sim
        .change_number(sid, |number| number.voice_url = "https://gone.invalid/voice".into());
    let call = bench.app.sim.ring(callab_tests::story::CALLER, second);
    bench.app.sim.call_finished(&call).await;
    let number = bench.app.add(&bench.owner, second, "Second").await;
    let agent = bench.app.agent(&bench.owner, "a1", bench.agent.url()).await;
    bench.app.clock.advance(TimeDelta::minutes(1));
    bench.app.assign(&bench.owner, &number, &agent, "INBOUND").await;
    let services = &bench.app.services;
    let row = entity::twilio_account::Entity::find()
        .one(&services.db)
        .await
        .unwrap()
        .unwrap();
    let mut tx = services.begin().await.unwrap();
    tx.enqueue(&row, &domain::jobs::SyncCalls { account: row.id })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    bench.app.run_jobs().await; // Twilio's logs are read.
    let bench = Bench { number, ..bench };
    let diagnosis = bench.ask(None).await;
    assert_eq!(cause(&diagnosis), ("none", "none"), "{diagnosis}");
    assert_eq!(check(&diagnosis, "TWILIO_ERRORS")["state"], "WARN", "it is shown");
    bench.judge().await;
    assert_eq!(bench.health().await, ("HEALTHY".to_owned(), vec![]));
}

/// An agent that did not answer when it was asked, and took a call since.
#[tokio::test]
async fn a_call_that_reached_the_agent_proves_more_than_a_question_before() {
    let bench = Bench::ready().await;
    bench.app.clock.advance(TimeDelta::minutes(2));
    bench.agent_answered("FAIL").await;
    assert_eq!(cause(&bench.diagnose().await), ("AGENT_REACHABLE", "AGENT_FAILING"));
    bench.judge().await;
    assert_eq!(
        bench.health().await,
        failing(&["EVERY_NUMBER_FAILS", "AGENT_UNREACHABLE"])
    );
    bench.ring().await;
    bench.judge().await;
    assert_eq!(cause(&bench.diagnose().await), ("none", "none"));
    assert_eq!(bench.health().await, ("HEALTHY".to_owned(), vec![]));

    // And of another address it says nothing at all.
    bench.app.clock.advance(TimeDelta::minutes(2));
    bench.agent_answered("FAIL").await;
    bench.app.clock.advance(TimeDelta::minutes(2));
    bench
        .app
        .agent(&bench.owner, "a1", "wss://elsewhere.example/agent")
        .await;
    bench.judge().await;
    assert_eq!(cause(&bench.diagnose().await), ("none", "none"));
    assert_eq!(bench.health().await, ("HEALTHY".to_owned(), vec![]));
}

/// Each account has its own answers: one says nothing of another's numbers, however they are judged.
#[tokio::test]
async fn what_one_account_was_told_of_an_agent_fails_no_number_of_another() {
    let bench = Bench::ready().await;
    let other = twilio_sim::scenario::answered_elsewhere(&bench.app.sim);
    let other_account = bench.app.connect(&bench.owner, &other).await;
    let number = bench.app.add(&bench.owner, "+15035550140", "Other").await;
    let agent = bench.app.agent(&bench.owner, "a1", bench.agent.url()).await;
    bench.app.assign(&bench.owner, &number, &agent, "INBOUND").await;
    // A change that leaves its calls alone has the number looked at one by one.
    let sid = bench.app.sim.numbers(&other.sid)[0].sid.clone();
    let changed = |number: &mut twilio_sim::SimNumber| number.status_callback = "https://other.example/status".into();
    bench.app.sim.change_number(&sid, changed);
    let input = json!({ "accountId": other_account });
    bench.owner.done("syncNumbers", "account { id }", input).await;
    bench.app.run_jobs().await;
    bench.app.clock.advance(TimeDelta::minutes(2));
    bench.agent_answered("FAIL").await;
    let db = &bench.app.services.db;
    let rows = entity::twilio_account::Entity::find().all(db).await.unwrap();
    domain::health::reassess(&bench.app.services, rows).await.unwrap();
    assert_eq!(bench.health().await.0, "FAILING");
    let other = Bench {
        account: other_account,
        ..bench
    };
    assert_eq!(other.health().await, ("HEALTHY".to_owned(), vec![]));
}

/// Twilio answers the number in a region in which Callab's routing has no effect.
#[tokio::test]
async fn a_number_in_another_region_fails_until_a_call_comes() {
    let bench = Bench::ready().await;
    bench.app.clock.advance(TimeDelta::minutes(1));
    assert!(bench.app.sim.happen(&bench.sid(), "other_region"));
    assert_eq!(cause(&bench.ask(None).await), ("ROUTING_OURS", "OTHER_REGION"));
    assert_eq!(bench.health().await, failing(&["EVERY_NUMBER_FAILS", "OTHER_REGION"]));
    assert!(bench.app.sim.happen(&bench.sid(), "other_region"));
    bench
        .app
        .sim
        .change_number(&bench.sid(), |number| number.voice_region = "us1".into());
    bench.app.clock.advance(TimeDelta::minutes(1));
    bench.ring().await;
    assert_eq!(check(&bench.diagnose().await, "ROUTING_OURS")["state"], "WARN");
    bench.judge().await;
    assert_eq!(bench.health().await, ("HEALTHY".to_owned(), vec![]));
}

/// Of two agents of a number each stands for itself: the one that calls from it, and the one that answers.
#[tokio::test]
async fn a_call_of_one_agent_says_nothing_of_the_numbers_other_agent() {
    let bench = Bench::ready().await;
    let (app, owner) = (&bench.app, &bench.owner);
    let caller = app.agent(owner, "a2", "wss://caller.invalid/agent").await;
    app.assign(owner, &bench.number, &caller, "OUTBOUND").await;
    app.clock.advance(TimeDelta::minutes(1));
    app.sim.phone(
        "+14155550166",
        twilio_sim::Phone::Answers {
            after: std::time::Duration::from_millis(5),
            talks: std::time::Duration::from_secs(1),
        },
    );
    let input = json!({ "phoneNumberId": bench.number, "to": "+14155550166" });
    owner.done("placeCall", "callIntent { id }", input).await;
    app.run_jobs().await;
    let placed = app.sim.calls(&bench.twilio.sid).last().unwrap().sid.clone();
    app.sim.call_finished(&placed).await;
    let failed = bench.ask(None).await;
    assert_eq!(cause(&failed).0, "AGENT_REACHABLE", "{failed}");
    let told = check(&failed, "AGENT_REACHABLE")["evidence"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(told.contains("caller.invalid"), "{told}");
    assert_eq!(
        bench.health().await,
        failing(&["EVERY_NUMBER_FAILS", "AGENT_UNREACHABLE"])
    );

    app.clock.advance(TimeDelta::minutes(1));
    bench.ring().await;
    bench.judge().await;
    assert_eq!(
        cause(&bench.diagnose().await).0,
        "AGENT_REACHABLE",
        "the other agent was on the line"
    );
    assert_eq!(bench.health().await.0, "FAILING");

    let input = json!({ "phoneNumberId": bench.number, "direction": "OUTBOUND" });
    owner.done("unassignAgent", "phoneNumber { id }", input).await;
    assert_eq!(cause(&bench.diagnose().await), ("none", "none"));
    bench.judge().await;
    assert_eq!(bench.health().await, ("HEALTHY".to_owned(), vec![]));
}

/// The log of an account tells also of numbers that Callab uses no more.
#[tokio::test]
async fn an_entry_about_a_number_that_is_not_in_use_is_said_to_be_that() {
    let bench = Bench::ready().await;
    bench.app.add(&bench.owner, "+14155550102", "Stays").await;
    reported(&bench, 11200).await;
    let input = json!({ "phoneNumberId": bench.number });
    bench.owner.done("removePhoneNumber", "phoneNumber { id }", input).await;
    bench.app.run_jobs().await;
    let account = super::diagnose(&bench.owner, &json!({ "a": bench.account })).await;
    let told = check(&account, "TWILIO_ERRORS")["evidence"].as_str().unwrap();
    assert_eq!(
        told,
        "Error 11200, once in the last day, about a number that is not looked at here."
    );
}
