//! Why calls do not connect: every cause is brought about at the simulated Twilio, the jobs run, and the diagnosis names it.

mod credentials;
mod every_cause;
mod every_code;
mod figures;
mod health_agrees;
mod numbers;
mod of_numbers;
mod privacy;
mod runs;
mod ways_back;

use std::time::Duration;

use callab_tests::story::CALLER;
use callab_tests::{Client, TestAgent, TestApp};
use chrono::TimeDelta;
use serde_json::{Value, json};
use twilio_sim::{SimAccount, scenario};

const NUMBER: &str = "+14155550101";

const DIAGNOSIS: &str = "summary cause { name reason twilioCode whoActs } otherCauses { name reason } \
    checks { name state reason evidence expected actual twilioCode twilioText sameCauseAs isStale asOf fix }";

/// A connected account with an agent on one of its numbers, and a call that came through.
struct Bench {
    app: TestApp,
    owner: Client,
    twilio: SimAccount,
    account: String,
    number: String,
    agent: TestAgent,
}

impl Bench {
    async fn ready() -> Self {
        Self::of(TestApp::start().await).await
    }

    async fn of(mut app: TestApp) -> Self {
        let page = format!("{}/status", app.sim_url).parse().unwrap();
        app.services.status_page = Some(twilio::StatusPage::new(page, Duration::from_secs(2)).unwrap());
        let owner = app.owner();
        let twilio = scenario::healthy(&app.sim);
        let account = app.connect(&owner, &twilio).await;
        let number = app.add(&owner, NUMBER, "Main").await;
        let agent = TestAgent::start().await.unwrap();
        let id = app.agent(&owner, "a1", agent.url()).await;
        app.assign(&owner, &number, &id, "INBOUND").await;
        let bench = Self {
            app,
            owner,
            twilio,
            account,
            number,
            agent,
        };
        bench.ring().await;
        bench
    }

    async fn ring(&self) {
        let call = self.app.sim.ring(CALLER, NUMBER);
        self.app.sim.call_finished(&call).await;
    }

    /// The number's SID at the simulated Twilio.
    fn sid(&self) -> String {
        let numbers = self.app.sim.numbers(&self.twilio.sid);
        numbers
            .iter()
            .find(|number| number.phone_number == NUMBER)
            .unwrap()
            .sid
            .clone()
    }

    /// What is said of the number from what is stored.
    async fn diagnose(&self) -> Value {
        diagnose(&self.owner, &json!({ "n": self.number })).await
    }

    /// Has everything asked afresh and answers the diagnosis at the end.
    async fn ask(&self, destination: Option<&str>) -> Value {
        let input = json!({ "phoneNumberId": self.number, "destination": destination });
        let payload = self.owner.done("startDiagnosis", "diagnosisRun { id }", input).await;
        self.app.run_jobs().await;
        let document =
            format!("query($id: ID!) {{ diagnosisRun(id: $id) {{ finishedAt diagnosis {{ {DIAGNOSIS} }} }} }}");
        let run = self
            .owner
            .ask(&document, json!({ "id": payload["diagnosisRun"]["id"] }))
            .await;
        assert!(!run["diagnosisRun"]["finishedAt"].is_null(), "{run}");
        run["diagnosisRun"]["diagnosis"].clone()
    }

    /// Lets the recurring checks find out what happened.
    async fn verify(&self) {
        let input = json!({ "accountId": self.account });
        self.owner.done("verifyTwilioAccount", "account { id }", input).await;
        self.app.run_jobs().await;
        self.app.pass(TimeDelta::seconds(31)).await;
    }

    async fn sync(&self) {
        let input = json!({ "accountId": self.account });
        self.owner.done("syncNumbers", "account { id }", input).await;
        self.app.run_jobs().await;
    }
}

async fn diagnose(client: &Client, variables: &Value) -> Value {
    let document = format!(
        "query($n: ID, $a: ID, $d: String) {{ diagnose(phoneNumberId: $n, accountId: $a, destination: $d) {{ {DIAGNOSIS} }} }}"
    );
    client.ask(&document, variables.clone()).await["diagnose"].clone()
}

fn check<'d>(diagnosis: &'d Value, name: &str) -> &'d Value {
    let checks = diagnosis["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap()
}

/// The cause's name and reason.
fn cause(diagnosis: &Value) -> (&str, &str) {
    let text = |field: &str| diagnosis["cause"][field].as_str().unwrap_or("none");
    (text("name"), text("reason"))
}

/// An entry of the error log, to be filled in.
fn alert() -> twilio_sim::AlertSpec {
    twilio_sim::AlertSpec::default()
}

#[tokio::test]
async fn a_number_that_works_has_no_cause_and_every_line_has_its_evidence() {
    let bench = Bench::ready().await;
    let stored = bench.diagnose().await;
    assert_eq!(cause(&stored), ("none", "none"), "{stored:#}");
    assert_eq!(stored["checks"].as_array().unwrap().len(), 16);
    for name in [
        "SID_FORMAT",
        "TOKEN_ACCEPTED",
        "ACCOUNT_ACTIVE",
        "CREDIT",
        "NUMBER_OWNED",
        "NUMBER_VOICE",
        "AGENT_ASSIGNED",
        "AGENT_REACHABLE",
        "ROUTING_OURS",
        "WEBHOOK_ANSWERED",
        "SIGNATURE_VALID",
        "CALLER_ID",
        "TRIAL_LIMITS",
    ] {
        assert_eq!(check(&stored, name)["state"], "PASS", "{name}: {stored:#}");
    }
    assert_eq!(bench.agent.calls().len(), 1);
    // What nobody asked for is not known, and is not guessed.
    assert_eq!(check(&stored, "GEO_PERMISSION")["reason"], "NO_DESTINATION");
    assert_eq!(check(&stored, "TWILIO_ERRORS")["reason"], "LOG_NOT_READ");
    let asked = bench.ask(Some("DE")).await;
    assert_eq!(cause(&asked), ("none", "none"), "{asked:#}");
    for name in ["GEO_PERMISSION", "TWILIO_ERRORS", "ROUTING_OURS"] {
        assert_eq!(check(&asked, name)["state"], "PASS", "{name}: {asked:#}");
    }
    // It is stored: the next diagnosis tells it without asking.
    let requests = bench.app.sim.count_requests();
    let again = diagnose(&bench.owner, &json!({ "n": bench.number, "d": "+4930123456" })).await;
    assert_eq!(check(&again, "GEO_PERMISSION")["state"], "PASS");
    assert_eq!(bench.app.sim.count_requests(), requests);
}
