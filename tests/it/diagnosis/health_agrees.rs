//! What the diagnosis says of the only number, the account's health says as well.

use chrono::TimeDelta;
use domain::Clock as _;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{Bench, cause, check};

impl Bench {
    async fn health(&self) -> (String, Vec<String>) {
        let document = "query($id: ID!) { twilioAccount(id: $id) { health { state reasons { code } } } }";
        let told = self.owner.ask(document, json!({ "id": self.account })).await;
        let health = &told["twilioAccount"]["health"];
        let codes = health["reasons"].as_array().unwrap().iter();
        let code = |reason: &Value| reason["code"].as_str().unwrap().to_owned();
        (health["state"].as_str().unwrap().to_owned(), codes.map(code).collect())
    }

    /// The answer that the agent gave when it was asked now.
    async fn agent_answered(&self, state: &str) {
        use entity::health_check::{self, Column};
        let answered = health_check::Entity::update_many()
            .col_expr(Column::State, Expr::value(state))
            .col_expr(Column::Reason, Expr::value("AGENT_FAILING"))
            .col_expr(Column::At, Expr::value(self.app.clock.now()))
            .filter(Column::CheckName.eq("AGENT_REACHABLE"));
        if answered
            .clone()
            .exec(&self.app.services.db)
            .await
            .unwrap()
            .rows_affected
            == 0
        {
            self.ask(None).await;
            answered.exec(&self.app.services.db).await.unwrap();
        }
    }

    /// Lets the account's health be judged anew, twice: getting better takes two evaluations.
    async fn judge(&self) {
        for _ in 0..2 {
            self.verify().await;
        }
    }
}

fn failing(codes: &[&str]) -> (String, Vec<String>) {
    (
        "FAILING".to_owned(),
        codes.iter().map(|code| (*code).to_owned()).collect(),
    )
}

#[tokio::test]
async fn an_address_that_decides_nothing_about_calls_fails_no_number() {
    let bench = Bench::ready().await;
    let changed = |number: &mut twilio_sim::SimNumber| number.status_callback = "https://other.example/status".into();
    bench.app.sim.change_number(&bench.sid(), changed);
    bench.sync().await;
    let diagnosis = bench.diagnose().await;
    let routing = check(&diagnosis, "ROUTING_OURS");
    assert_eq!(
        (&routing["state"], &routing["reason"]),
        (&json!("WARN"), &json!("CALLBACKS_CHANGED"))
    );
    bench.judge().await;
    assert_eq!(bench.health().await, ("HEALTHY".to_owned(), vec![]));
    let moved = |number: &mut twilio_sim::SimNumber| number.voice_url = "https://other.example/voice".into();
    bench.app.sim.change_number(&bench.sid(), moved);
    bench.sync().await;
    assert_eq!(
        bench.health().await,
        failing(&["EVERY_NUMBER_FAILS", "ROUTING_CHANGED"])
    );
}

#[tokio::test]
async fn a_refused_signature_and_an_agent_that_is_gone_fail_their_number() {
    let bench = Bench::ready().await;
    bench.app.clock.advance(TimeDelta::minutes(2));
    assert!(bench.app.sim.happen(&bench.twilio.sid, "signature_failing"));
    bench.ring().await;
    bench.judge().await;
    assert_eq!(cause(&bench.diagnose().await), ("SIGNATURE_VALID", "SIGNATURE_REFUSED"));
    assert_eq!(
        bench.health().await,
        failing(&["EVERY_NUMBER_FAILS", "SIGNATURE_REFUSED"])
    );
    bench.app.clock.advance(TimeDelta::minutes(2));
    assert!(bench.app.sim.happen(&bench.twilio.sid, "calm"));
    bench.ring().await;
    bench
        .app
        .until("good health", async || {
            bench.judge().await;
            (bench.health().await.0 == "HEALTHY").then_some(())
        })
        .await;

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("ws://{}/agent", listener.local_addr().unwrap());
    drop(listener);
    let gone = bench.app.agent(&bench.owner, "a2", &nobody).await;
    bench.app.assign(&bench.owner, &bench.number, &gone, "INBOUND").await;
    bench.app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(cause(&bench.ask(None).await), ("AGENT_REACHABLE", "AGENT_UNREACHABLE"));
    bench.judge().await;
    assert_eq!(
        bench.health().await,
        failing(&["EVERY_NUMBER_FAILS", "AGENT_UNREACHABLE"])
    );
}

#[tokio::test]
async fn another_agents_name_ends_no_trouble_and_another_address_does() {
    let bench = Bench::ready().await;
    bench.app.clock.advance(TimeDelta::minutes(2));
    let call = bench.app.sim.calls(&bench.twilio.sid)[0].sid.clone();
    let spec = twilio_sim::AlertSpec {
        error_code: 31920,
        resource_sid: Some(call),
        ..super::alert()
    };
    bench.app.sim.plant_alert(&bench.twilio.sid, spec);
    assert_eq!(cause(&bench.ask(None).await), ("AGENT_REACHABLE", "STREAM_REFUSED"));
    bench.app.clock.advance(TimeDelta::minutes(1));
    let register = async |name: &str, endpoint: &str| {
        let input = json!({ "externalId": "a1", "name": name, "endpoint": endpoint });
        bench.owner.done("registerAgent", "agent { id }", input).await;
    };
    register("Another name", bench.agent.url()).await;
    assert_eq!(
        cause(&bench.diagnose().await),
        ("AGENT_REACHABLE", "STREAM_REFUSED"),
        "the address is the same"
    );
    register("Another name", "wss://elsewhere.example/agent").await;
    assert_eq!(cause(&bench.diagnose().await), ("none", "none"));
}

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
