//! Why calls do not connect: every cause is brought about at the simulated Twilio, the jobs run, and the diagnosis names it.

mod every_cause;

use std::time::Duration;

use callab_tests::statements::Statements;
use callab_tests::story::CALLER;
use callab_tests::{Client, Said, Socket, Story, TestAgent, TestApp};
use chrono::TimeDelta;
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use twilio_sim::{AccountStatus, Fault, FaultKind, Match, SimAccount, SuspendedForm, scenario};

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

fn alert() -> twilio_sim::AlertSpec {
    twilio_sim::AlertSpec::default()
}

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

#[tokio::test]
async fn a_run_is_told_check_by_check_and_ends() {
    let bench = Bench::ready().await;
    let input = json!({ "phoneNumberId": bench.number, "destination": "DE" });
    let payload = bench
        .owner
        .done("startDiagnosis", "diagnosisRun { id checks { name } }", input)
        .await;
    let first: Vec<&str> = payload["diagnosisRun"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        first,
        ["SID_FORMAT", "AGENT_ASSIGNED"],
        "what need not be asked is known at once"
    );
    let mut socket = Socket::signed_in(&bench.app.url, bench.owner.token()).await;
    let document =
        "subscription($id: ID!) { diagnosis(id: $id) { finishedAt checks { name state } diagnosis { summary } } }";
    socket
        .subscribe("1", document, json!({ "id": payload["diagnosisRun"]["id"] }))
        .await;
    let kind = FaultKind::Slow {
        delay: Duration::from_millis(200),
    };
    let on = Match::default();
    bench.app.sim.fail(Fault { on, times: None, kind }); // So that there is something to see on the way.
    let (_, mut told) = tokio::join!(bench.app.run_jobs(), async {
        let mut told = Vec::new();
        loop {
            let Said::Message(said) = socket.next().await else {
                panic!("closed")
            };
            match said["type"].as_str() {
                Some("next") => told.push(said["payload"]["data"]["diagnosis"].clone()),
                Some("complete") => break told,
                _ => panic!("{said}"),
            }
        }
    });
    let last = told.pop().unwrap();
    assert!(
        !last["finishedAt"].is_null() && last["diagnosis"]["summary"].is_string(),
        "{last}"
    );
    assert_eq!(last["checks"].as_array().unwrap().len(), 16);
    let counts: Vec<usize> = told.iter().map(|run| run["checks"].as_array().unwrap().len()).collect();
    assert!(counts.len() >= 3 && counts.is_sorted() && counts[0] < 16, "{counts:?}");
}

#[tokio::test]
async fn another_workspace_learns_nothing_and_staff_see_masked_numbers() {
    let bench = Bench::ready().await;
    let stranger = bench.app.client(Some("b"), "owner");
    for variables in [json!({ "n": bench.number }), json!({ "a": bench.account })] {
        assert_eq!(diagnose(&stranger, &variables).await, Value::Null);
        let document = "query($n: ID, $a: ID) { supportBundle(phoneNumberId: $n, accountId: $a) { markdown } }";
        assert_eq!(stranger.ask(document, variables).await["supportBundle"], Value::Null);
    }
    for input in [
        json!({ "phoneNumberId": bench.number }),
        json!({ "accountId": bench.account }),
    ] {
        assert_eq!(stranger.refused("startDiagnosis", input).await[0].0, "NOT_FOUND");
    }
    for input in [
        json!({}),
        json!({ "phoneNumberId": bench.number, "accountId": bench.account }),
    ] {
        assert_eq!(bench.owner.refused("startDiagnosis", input).await[0].0, "MALFORMED");
    }
    let support = bench.app.client(None, "support");
    let seen = diagnose(&support, &json!({ "n": bench.number })).await;
    assert!(
        seen["summary"].is_string() && !seen.to_string().contains(NUMBER),
        "{seen}"
    );
}

#[tokio::test]
async fn the_bundle_tells_all_and_no_secret() {
    let mut bench = Bench::ready().await;
    let token = bench.twilio.auth_token.clone();
    let other = "+4915112345678";
    // Planted wherever a person or Twilio could put them.
    let planted = format!("call {other} with {token}");
    let label = json!({ "accountId": bench.account, "label": planted });
    bench.owner.done("updateTwilioAccount", "account { id }", label).await;
    let nickname = json!({ "phoneNumberId": bench.number, "nickname": planted });
    bench
        .owner
        .done("updatePhoneNumber", "phoneNumber { id }", nickname)
        .await;
    bench.app.sim.change_number(&bench.sid(), |number| {
        number.friendly_name.clone_from(&planted);
        number.voice_url = format!("https://user:{token}@{other}.example/{token}?to={other}");
    });
    let call = bench.app.sim.ring(other, NUMBER);
    bench.app.sim.call_finished(&call).await;
    for (code, resource) in [(99_123, call.clone()), (99_124, token.clone())] {
        let spec = twilio_sim::AlertSpec {
            error_code: code,
            resource_sid: Some(resource),
            message: planted.clone(),
            ..alert()
        };
        bench.app.sim.plant_alert(&bench.twilio.sid, spec);
    }
    bench.ask(Some(other)).await;
    let jobs = entity::job::Entity::update_many();
    jobs.col_expr(entity::job::Column::LastError, Expr::value(Some(planted.clone())))
        .filter(Expr::value(true))
        .exec(&bench.app.services.db)
        .await
        .unwrap();
    let staff = bench.app.client(None, "support");
    for client in [&bench.owner, &staff] {
        for variables in [json!({ "n": bench.number }), json!({ "a": bench.account })] {
            let document =
                "query($n: ID, $a: ID) { supportBundle(phoneNumberId: $n, accountId: $a) { markdown json fileName } }";
            let bundle = client.ask(document, variables).await["supportBundle"].clone();
            let text = bundle.to_string();
            assert!(
                text.contains(&bench.twilio.sid) && text.contains("99123") && text.contains("ROUTING_OURS"),
                "{text}"
            );
            assert!(text.contains("+1 415 ••• 01"), "{text}");
            for secret in [
                token.as_str(),
                other,
                "4915112345678",
                NUMBER,
                "14155550101",
                CALLER,
                "pa55",
            ] {
                assert!(!text.contains(secret), "{secret} in {bundle:#}");
            }
        }
    }
    bench.twilio.auth_token.clear();
}

/// As many statements for a number with much behind it as for one with little.
#[tokio::test]
async fn a_diagnosis_costs_the_same_statements_however_much_is_stored() {
    let statements = Statements::default();
    let watching = statements.clone();
    let app = TestApp::start_with(move |services| watching.watch(services)).await;
    let bench = Bench::of(app).await;
    let count = async |variables: Value| {
        let _ = statements.take();
        diagnose(&bench.owner, &variables).await;
        statements
            .take()
            .into_iter()
            .filter(|sql| sql.starts_with("SELECT"))
            .count()
    };
    let (number, account) = (json!({ "n": bench.number }), json!({ "a": bench.account }));
    let few = (count(number.clone()).await, count(account.clone()).await);
    for n in 0..5 {
        bench.ring().await;
        let code = 99_120 + n;
        let call = bench.app.sim.calls(&bench.twilio.sid)[0].sid.clone();
        bench.app.sim.plant_alert(
            &bench.twilio.sid,
            twilio_sim::AlertSpec {
                error_code: code,
                resource_sid: Some(call),
                ..alert()
            },
        );
    }
    let second = bench.app.add(&bench.owner, "+14155550102", "More").await;
    let agent = bench.app.agent(&bench.owner, "a2", bench.agent.url()).await;
    bench.app.assign(&bench.owner, &second, &agent, "INBOUND").await;
    bench.ask(Some("DE")).await;
    let many = (count(number).await, count(account).await);
    assert_eq!(few, many);
    assert!((5..=16).contains(&few.0) && (5..=16).contains(&few.1), "{few:?}");
}

#[tokio::test]
async fn the_story_has_a_diagnosis() {
    let app = TestApp::start().await;
    let story = Story::settled(&app, app.owner()).await;
    let document = "query($id: ID!) { node(id: $id) { id ... on DiagnosisRun { startedAt finishedAt } } }";
    let node = story.client.ask(document, json!({ "id": story.ids.diagnosis })).await;
    assert!(!node["node"]["finishedAt"].is_null(), "{node}");
}
