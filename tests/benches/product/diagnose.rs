//! Why calls do not connect: from what is stored, and with everything asked afresh.

use std::time::{Duration, Instant};

use anyhow::ensure;
use callab_tests::statements::Statements;
use callab_tests::story::CALLER;
use callab_tests::{Client, Story, TestApp};
use chrono::TimeDelta;
use entity::agent_assignment::Direction;
use entity::call::CallStatus;
use entity::call_step::StepKind;
use entity::twilio_alert::AlertLevel;
use entity::{CallId, CallStepId, TwilioAlertId, call, call_step, phone_number, twilio_alert};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};
use twilio_sim::{Fault, FaultKind, Match};

use crate::figures::{Samples, head};
use crate::statements;

const CALLS: usize = 2000;
const ROUNDS: usize = 300;
const RUNS: usize = 20;

/// What a request to Twilio takes.
const TWILIO: Duration = Duration::from_millis(100);

const DIAGNOSE: &str = "query($n: ID, $a: ID) { diagnose(phoneNumberId: $n, accountId: $a, destination: \"DE\") {
    summary cause { name fix whoActs } otherCauses { name } checks { name state reason sentence evidence expected actual asOf isStale } } }";

pub async fn run() -> anyhow::Result<()> {
    let heard = Statements::default();
    let app = TestApp::start_with(|services| heard.watch(services)).await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "startTestCall").await;
    fill(&app).await?;
    head(
        "diagnose: from what is stored, a number with 2,000 calls and errors behind it",
        "under 30 ms, as many statements for many rows as for few",
    );
    let (number, account) = (json!({ "n": story.ids.number }), json!({ "a": story.ids.account }));
    let (mut of_number, mut of_account, mut constant) = (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..ROUNDS {
        of_number.time(read(&story.client, &number)).await?;
        of_account.time(read(&story.client, &account)).await?;
        let smallest = async { Ok(story.client.ask("{ __typename }", json!({})).await) };
        constant.time(smallest).await?;
    }
    of_number.print("of a number");
    of_account.print("of its account");
    constant.print("  floor: the smallest query, signed in, same server");
    let _ = heard.take();
    read(&story.client, &number).await?;
    let ran = statements::of_request(&heard.take());
    println!("  {} statements: {}", ran.len(), ran.join(", "));
    ask_afresh(&app, &story).await
}

async fn read(client: &Client, variables: &Value) -> anyhow::Result<()> {
    let data = client.ask(DIAGNOSE, variables.clone()).await;
    let checks = data["diagnose"]["checks"].as_array().map_or(0, Vec::len);
    ensure!(checks == 16, "{data}");
    Ok(())
}

/// From the mutation to the end of the job.
async fn ask_afresh(app: &TestApp, story: &Story) -> anyhow::Result<()> {
    head(
        "start-diagnosis: everything asked afresh, 100 ms a request to Twilio",
        "under 1.5 s",
    );
    let kind = FaultKind::Slow { delay: TWILIO };
    app.sim.fail(Fault {
        on: Match::default(),
        times: None,
        kind,
    });
    let mut whole = Samples::default();
    let before = app.sim.count_requests();
    for _ in 0..RUNS {
        let started = Instant::now();
        let input = json!({ "phoneNumberId": story.ids.number, "destination": "DE" });
        story.client.done("startDiagnosis", "diagnosisRun { id }", input).await;
        app.run_jobs().await;
        whole.push(started.elapsed());
    }
    let requests = (app.sim.count_requests() - before) / RUNS;
    whole.print_with("from the mutation to the end", &format!("{requests} requests"));
    app.sim.clear_faults();
    Ok(())
}

/// Calls with their steps, and an error for every tenth.
async fn fill(app: &TestApp) -> anyhow::Result<()> {
    let numbers = phone_number::Entity::find().all(&app.services.db).await?;
    let number = numbers.iter().find(|number| number.reference.is_some());
    let number = number.ok_or_else(|| anyhow::anyhow!("no number in use"))?;
    let (mut calls, mut steps, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..CALLS {
        let at = domain::Clock::now(&*app.clock) - TimeDelta::seconds(i64::try_from(n)?);
        let call = a_call(app, number, at);
        for kind in [
            StepKind::WebhookReceived,
            StepKind::AgentConnecting,
            StepKind::StreamStarted,
            StepKind::Ended,
        ] {
            let step = call_step::Model {
                id: CallStepId(app.services.ids.new_id()),
                workspace_id: number.workspace_id,
                call_id: call.id,
                same_as: kind.to_string(),
                kind,
                at,
                noted_at: at,
                code: None,
                detail: None,
            };
            steps.push(step.into_active_model().reset_all());
        }
        if n % 10 == 0 {
            let error = twilio_alert::Model {
                id: TwilioAlertId(app.services.ids.new_id()),
                workspace_id: number.workspace_id,
                twilio_account_id: number.twilio_account_id,
                sid: format!("NO{}", call.id.0.simple()),
                level: AlertLevel::Warning,
                error_code: Some(15003),
                resource_sid: Some(call.sid.clone()),
                alert_text: None,
                generated_at: at,
                noted_at: at,
            };
            errors.push(error.into_active_model().reset_all());
        }
        calls.push(call.into_active_model().reset_all());
    }
    let db = &app.services.db;
    for rows in calls.chunks(500) {
        call::Entity::insert_many(rows.to_vec())
            .exec_without_returning(db)
            .await?;
    }
    for rows in steps.chunks(500) {
        call_step::Entity::insert_many(rows.to_vec())
            .exec_without_returning(db)
            .await?;
    }
    twilio_alert::Entity::insert_many(errors)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

fn a_call(app: &TestApp, number: &phone_number::Model, at: chrono::DateTime<chrono::Utc>) -> call::Model {
    let id = CallId(app.services.ids.new_id());
    call::Model {
        id,
        workspace_id: number.workspace_id,
        twilio_account_id: number.twilio_account_id,
        phone_number_id: number.id,
        agent_id: None,
        call_intent_id: None,
        sid: format!("CA{}", id.0.simple()),
        direction: Direction::Inbound,
        from_number: CALLER.to_owned(),
        to_number: number.e164.to_string(),
        status: CallStatus::Completed,
        status_sequence: None,
        duration_s: Some(7),
        sip_code: None,
        price: None,
        price_currency: None,
        error_code: None,
        other_country: Some("US".into()),
        quality: None,
        quality_at: None,
        ringing_at: None,
        setup_ms: None,
        log_seen_at: None,
        started_at: at,
        answered_at: Some(at),
        ended_at: Some(at),
        updated_at: at,
    }
}
