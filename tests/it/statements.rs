//! SQL statements do not grow with the rows, and a ring costs one read before its answer.

use callab_tests::statements::Statements;
use callab_tests::story::CALLER;
use callab_tests::{Story, TestApp};
use entity::agent_assignment::Direction;
use entity::call::CallStatus;
use entity::{CallId, CallStepId, borrowed_routing, call, call_step, phone_number, workspace_key};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;

/// The product with statements that are listened to.
async fn counted() -> (TestApp, Statements) {
    let statements = Statements::default();
    let watching = statements.clone();
    let app = TestApp::start_with(move |services| watching.watch(services)).await;
    (app, statements)
}

/// How many statements a query takes, and how many rows it shows.
async fn cost(app: &TestApp, statements: &Statements, document: &str, list: &str) -> (usize, usize) {
    let _ = statements.take();
    let data = app.owner().ask(document, json!({})).await;
    let ran: Vec<String> = statements
        .take()
        .into_iter()
        .filter(|sql| sql.starts_with("SELECT"))
        .collect();
    (ran.len(), data[list]["nodes"].as_array().unwrap().len())
}

const NUMBERS: &str = "{ phoneNumbers(first: 100) { nodes { number account { sid label } borrowedRouting { voiceUrl } \
    inboundAssignment { agent { name } } outboundAssignment { agent { name } } callFigures { calls connectRate lastInboundAt } } } }";
const AGENTS: &str =
    "{ agents(first: 100) { nodes { name assignments { direction phoneNumber { number account { sid } } } } } }";
const CALLS: &str =
    "{ calls(first: 100) { nodes { sid steps { kind } agent { name } phoneNumber { number account { sid } } } } }";
const ACCOUNTS: &str = "{ twilioAccounts(first: 100) { nodes { sid workspace { name } phoneNumbers(first: 5) { nodes { number } } \
     configurationHistory(first: 5) { nodes { act { actor } } } } } }";

/// `count` numbers in use with agents of their own and borrowed routing, each with a call.
async fn fill(app: &TestApp, story: &Story, from: usize, count: usize) {
    for n in from..from + count {
        let digits = format!("+1650555{n:04}");
        app.sim
            .add_numbers(&story.twilio.sid, &digits, 1, &twilio_sim::NumberSpec::default());
    }
    story
        .client
        .done("syncNumbers", "account { id }", story.input("syncNumbers"))
        .await;
    app.run_jobs().await;
    for n in from..from + count {
        let digits = format!("+1650555{n:04}");
        let id = app.add(&story.client, &digits, "Line").await;
        let agent = app
            .agent(&story.client, &format!("agent-{n}"), "sip:a@pbx.example")
            .await;
        for direction in ["INBOUND", "OUTBOUND"] {
            app.assign(&story.client, &id, &agent, direction).await;
        }
    }
    let numbers = phone_number::Entity::find().all(&app.services.db).await.unwrap();
    for number in numbers
        .iter()
        .filter(|number| number.e164.as_str().starts_with("+1650"))
        .skip(from)
    {
        note_call(app, number).await;
    }
}

async fn note_call(app: &TestApp, number: &phone_number::Model) {
    let (id, at) = (CallId(app.services.ids.new_id()), domain::Clock::now(&*app.clock));
    let row = call::Model {
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
        error_code: None,
        price: None,
        price_currency: None,
        other_country: None,
        quality: None,
        quality_at: None,
        ringing_at: None,
        setup_ms: None,
        log_seen_at: None,
        started_at: at,
        answered_at: Some(at),
        ended_at: Some(at),
        updated_at: at,
    };
    call::Entity::insert(call::ActiveModel::from(row).reset_all())
        .exec_without_returning(&app.services.db)
        .await
        .unwrap();
    let step = call_step::ActiveModel {
        id: Set(CallStepId(app.services.ids.new_id())),
        workspace_id: Set(number.workspace_id),
        call_id: Set(id),
        kind: Set(call_step::StepKind::Ended),
        same_as: Set("ended".to_owned()),
        at: Set(at),
        noted_at: Set(at),
        code: Set(None),
        detail: Set(None),
    };
    call_step::Entity::insert(step)
        .exec_without_returning(&app.services.db)
        .await
        .unwrap();
}

#[tokio::test]
async fn lists_cost_the_same_for_few_rows_and_for_many() {
    let (app, statements) = counted().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell(&app, "connectTwilioAccount").await;
    fill(&app, &story, 0, 3).await;
    let lists = [(NUMBERS, "phoneNumbers"), (AGENTS, "agents"), (CALLS, "calls")];
    let mut few = Vec::new();
    for (document, list) in lists {
        few.push(cost(&app, &statements, document, list).await);
    }
    fill(&app, &story, 3, 57).await;
    let borrowed = borrowed_routing::Entity::find().all(&app.services.db).await.unwrap();
    assert_eq!(borrowed.len(), 60);
    for ((document, list), (statements_of_few, few)) in lists.into_iter().zip(few) {
        let (statements_of_many, many) = cost(&app, &statements, document, list).await;
        assert!(few >= 3 && many >= few + 57, "{list}: {few} and {many} rows");
        assert_eq!(statements_of_many, statements_of_few, "{list}");
        assert!(statements_of_few > 1, "{list}: statements are counted");
    }
}

#[tokio::test]
async fn accounts_with_their_numbers_cost_the_same_for_few_and_for_many() {
    let (app, statements) = counted().await;
    let owner = app.owner();
    let mut costs = Vec::new();
    for more in [3, 57] {
        for _ in 0..more {
            let mut story = Story::begin(&app, owner.clone()).await;
            story.tell(&app, "connectTwilioAccount").await;
        }
        costs.push(cost(&app, &statements, ACCOUNTS, "twilioAccounts").await);
    }
    assert_eq!((costs[0].1, costs[1].1), (3, 60));
    assert_eq!(costs[0].0, costs[1].0);
}

/// Before the answer there is one read: what the address stands for, with the agent and the sealed tokens.
#[tokio::test]
async fn a_ring_costs_one_read() {
    let (app, statements) = counted().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "startTestCall").await;
    let call = app.sim.ring(CALLER, &story.number);
    app.sim.call_finished(&call).await;

    // The token is cached now: without the workspace's key no other could be opened.
    let damaged =
        workspace_key::Entity::update_many().col_expr(workspace_key::Column::Sealed, Expr::value(vec![0u8; 8]));
    assert_eq!(
        damaged
            .filter(Expr::value(true))
            .exec(&app.services.db)
            .await
            .unwrap()
            .rows_affected,
        1
    );
    let _ = statements.take();
    let call = app.sim.ring(CALLER, &story.number);
    app.sim.call_finished(&call).await;
    let ran = statements.take();
    let is_address = |sql: &&String| sql.contains("FROM \"webhook_address\"");
    let of_the_ring: Vec<&String> = ran.iter().skip(1).take_while(|sql| !is_address(sql)).collect();
    assert!(ran.first().as_ref().is_some_and(is_address), "{ran:#?}");
    assert!(
        of_the_ring.iter().all(|sql| sql.starts_with("INSERT")),
        "one read, and the note: {of_the_ring:#?}"
    );
    assert_eq!(
        story.agent.calls().len(),
        2,
        "the second call was verified with the cached token"
    );

    // And a minute later it is opened afresh, which the damaged key does not allow: the call hears the fallback.
    app.clock.advance(chrono::TimeDelta::seconds(61));
    let call = app.sim.ring(CALLER, &story.number);
    app.sim.call_finished(&call).await;
    assert_eq!(story.agent.calls().len(), 2, "the damage was real");
}
