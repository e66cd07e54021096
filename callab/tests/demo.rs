//! The demo's story, played, and spoiled at the simulated Twilio step by step.

use std::collections::BTreeSet;

use callab::demo::client::{Client, nodes};
use callab::demo::story::{Report, Step, play};
use callab::demo::world::World;
use callab::demo::{Demo, Options, seed};
use domain::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use twilio_sim::{Fault, FaultKind, Match, Phone, Sim};

/// Plays the story; `spoil` happens just before `at`.
async fn play_spoiled(at: Option<Step>, spoil: impl Fn(&Sim, &World)) -> Report {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let demo = Demo::start(Options::quick(), CancellationToken::new())
        .await
        .expect("the demo starts");
    let mut before_step = |name: &str, sim: &Sim| {
        if at.is_some_and(|step| step.name() == name) {
            spoil(sim, &demo.world);
        }
    };
    let report = play(&demo, &mut before_step).await.expect("the story is played");
    let data_dir = demo.data_dir().to_owned();
    demo.stop().await.expect("the demo stops in good order");
    assert!(!data_dir.exists(), "nothing is left behind");
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_passes() {
    let report = play_spoiled(None, |_, _| {}).await;
    let lines: Vec<String> = report.steps.iter().map(ToString::to_string).collect();
    assert_eq!(
        report.to_string(),
        "demo: 13 steps passed, 0 failed",
        "{}",
        lines.join("\n")
    );
}

fn on_every(method: &str, path: &str, kind: FaultKind) -> Fault {
    let on = Match {
        method: Some(method.to_owned()),
        path: Some(path.to_owned()),
        account: None,
    };
    Fault { on, times: None, kind }
}

fn refusal() -> FaultKind {
    FaultKind::Status {
        status: 400,
        code: 21402,
        message: "spoiled".to_owned(),
    }
}

fn spoil(step: Step, sim: &Sim, world: &World) {
    let story = &world.story.sid;
    let number = || {
        let mut numbers = sim.numbers(story).into_iter();
        numbers
            .find(|number| number.phone_number == "+12025550171")
            .expect("the story's number")
    };
    match step {
        Step::Connect => sim.fail(on_every("GET", "", FaultKind::Html { status: 503 })),
        Step::RefuseWrongToken => sim.fail(on_every("GET", "", FaultKind::CutOff)),
        Step::ListUsableNumbers => {
            sim.release_number(&sim.numbers(story)[1].sid);
        }
        Step::AddNumber => {
            sim.release_number(&number().sid);
        }
        Step::AssignAgent | Step::RepairDrift | Step::RemoveNumber => {
            sim.fail(on_every("POST", "IncomingPhoneNumbers", refusal()));
        }
        Step::ReceiveCall => sim.fail(on_every("POST", "/twilio/v1/voice", FaultKind::WrongSignature)),
        Step::PlaceTestCall => sim.phone(callab::demo::world::VERIFIED_PHONE, Phone::Busy),
        Step::RotateToken => sim.fail(on_every("POST", "AuthTokens/Secondary", refusal())),
        Step::ExplainBrokenNumber => sim.fail(on_every("GET", "IncomingPhoneNumbers", FaultKind::CutOff)),
        Step::LowBalance => sim.fail(on_every("GET", "Balance", FaultKind::CutOff)),
        Step::Rename => {
            sim.change_number(&number().sid, |number| {
                "Someone else's".clone_into(&mut number.friendly_name);
            });
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_spoiled_at_twilio_fails_by_its_name() {
    let spoiled = Step::ALL.map(|step| play_spoiled(Some(step), move |sim, world| spoil(step, sim, world)));
    for (step, report) in Step::ALL.into_iter().zip(join_all(spoiled).await) {
        let first = report.failed().next().map(|report| report.step);
        assert_eq!(first, Some(step), "{report}");
    }
}

/// The line of the diagnosis that shows what was planted in an account, its state and reason, and whether it stops calls.
fn planted(label: &str) -> (&'static str, Value, bool) {
    match label {
        "Nordwind Travel USA" => ("TOKEN_ACCEPTED", json!(["FAIL", "TOKEN_CHANGED_OR_SUSPENDED"]), true),
        "Blue Harbor Orthodontics" => ("ACCOUNT_ACTIVE", json!(["FAIL", "ACCOUNT_SUSPENDED"]), true),
        "Blue Harbor Whitening" => ("CREDIT", json!(["WARN", "BALANCE_UNDER_ALERT"]), false),
        "Blue Harbor Archive" => ("TOKEN_ACCEPTED", json!(["UNKNOWN", "NOT_CHECKED_LATELY"]), false),
        "Nordwind Winter" => ("TOKEN_ACCEPTED", json!(["UNKNOWN", "PAUSED"]), false),
        "Nordwind Leipzig" => ("TOKEN_ACCEPTED", json!(["UNKNOWN", "NOT_YET_CHECKED"]), false),
        _ => ("TOKEN_ACCEPTED", json!(["PASS", null]), false),
    }
}

/// What support staff see in a running demo: every state there is, each explained by its cause.
#[tokio::test(flavor = "multi_thread")]
async fn the_demos_accounts_show_every_health_state_and_the_diagnosis_names_each_cause() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let demo = Demo::start(Options::quick(), CancellationToken::new())
        .await
        .expect("the demo starts");
    seed::fill(&demo).await.expect("it is filled");
    let staff = demo.token(Role::Support, None).expect("a token");
    let staff = Client::new(&demo.addresses.graphql(), staff).expect("a client");
    let accounts = "{ twilioAccounts(first: 100) { edges { node { id label health { state reason { code } } } } } }";
    let data = staff.ask(accounts, json!({})).await.expect("an answer");
    let mut states = BTreeSet::new();
    for account in nodes(&data["twilioAccounts"]).expect("accounts") {
        let state = account["health"]["state"].as_str().expect("a state").to_owned();
        let diagnose = "query($id: ID!) { diagnose(accountId: $id) { cause { name } checks { name state reason } } }";
        let told = staff
            .ask(diagnose, json!({ "id": account["id"] }))
            .await
            .expect("an answer");
        let (line, as_told, is_cause) = planted(account["label"].as_str().expect("a label"));
        let checks = told["diagnose"]["checks"].as_array().expect("checks");
        let check = checks.iter().find(|check| check["name"] == line).expect("the line");
        assert_eq!(json!([check["state"], check["reason"]]), as_told, "{account} {told}");
        let cause = if is_cause { json!(line) } else { json!(null) };
        assert_eq!(told["diagnose"]["cause"]["name"], cause, "{account} {told}");
        states.insert(state);
    }
    demo.stop().await.expect("the demo stops in good order");
    let every = [
        "DEGRADED",
        "DISABLED",
        "FAILING",
        "HEALTHY",
        "SUSPENDED",
        "UNKNOWN",
        "UNVERIFIED",
    ];
    assert_eq!(states.iter().map(String::as_str).collect::<Vec<_>>(), every);
}
