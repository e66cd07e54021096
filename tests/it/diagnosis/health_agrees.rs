//! What the diagnosis says of the only number, the account's health says as well.

use chrono::TimeDelta;
use domain::Clock as _;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{Bench, cause, check};

impl Bench {
    /// The account's health and its reasons.
    pub(super) async fn health(&self) -> (String, Vec<String>) {
        let document = "query($id: ID!) { twilioAccount(id: $id) { health { state reasons { code } } } }";
        let told = self.owner.ask(document, json!({ "id": self.account })).await;
        let health = &told["twilioAccount"]["health"];
        let codes = health["reasons"].as_array().unwrap().iter();
        let code = |reason: &Value| reason["code"].as_str().unwrap().to_owned();
        (health["state"].as_str().unwrap().to_owned(), codes.map(code).collect())
    }

    /// The answer that the agent gave when it was asked now.
    pub(super) async fn agent_answered(&self, state: &str) {
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
    pub(super) async fn judge(&self) {
        for _ in 0..2 {
            self.verify().await;
        }
    }
}

pub(super) fn failing(codes: &[&str]) -> (String, Vec<String>) {
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
