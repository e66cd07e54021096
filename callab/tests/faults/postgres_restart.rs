//! PostgreSQL crashes and comes back, under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use callab_tests::postgres::PrivatePostgres;
use callab_tests::{Client, TestAgent};
use serde_json::{Value, json};

use crate::cluster::{Cluster, Setup};
use crate::customer::{Customer, agent};
use crate::process::get;
use crate::rows;
use crate::until::until_true;

/// A number of nobody's that rings at customers.
const CALLER: &str = "+14155550177";

/// How long PostgreSQL is away.
const AWAY: Duration = Duration::from_secs(3);

/// Words of a database or of a program, which nobody outside should read.
const INNER_WORDS: [&str; 5] = ["postgres", "sql", "connection", "pool", "relation"];

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_crashes_ends_no_process_and_loses_no_job() {
    let durable = ["fsync = on", "synchronous_commit = on", "full_page_writes = on"];
    let setup = Setup {
        postgres: Some(PrivatePostgres::start(&durable).expect("PostgreSQL")),
        settings: vec![("CALLAB__WORKER__SWEEP_EVERY_S", "2".to_owned())],
        ..Setup::default()
    };
    let cluster = Cluster::start_with(setup).await;
    let (mut api, mut worker) = (cluster.api().await, cluster.worker().await);
    let owner = cluster.owner("a", &api.url);
    let customers = Customer::settled(&cluster, &owner, 5).await;
    let front_desk = TestAgent::start().await.expect("an agent");
    let agent = agent(&owner, front_desk.url()).await;
    for customer in &customers {
        customer.assign(&agent).await;
    }
    rows::all_ended(&cluster.db).await;

    let over = Arc::new(AtomicBool::new(false));
    let asking = tokio::spawn(ask_again_and_again(owner.clone(), customers.clone(), over.clone()));
    let calling = tokio::spawn(call_again_and_again(
        cluster.sim.clone(),
        customers.clone(),
        over.clone(),
    ));
    tokio::time::sleep(Duration::from_secs(1)).await;
    cluster.postgres.crash().expect("the end of PostgreSQL");
    until_true("readiness to tell of it", async || {
        let answer = get(&api.ops, "/readyz").expect("an answer");
        answer.starts_with("HTTP/1.0 503") && answer.contains("\"database\":\"away\"")
    })
    .await;
    assert!(
        get(&api.ops, "/healthz")
            .expect("an answer")
            .starts_with("HTTP/1.0 200")
    );
    tokio::time::sleep(AWAY).await;
    cluster.postgres.start_again().expect("PostgreSQL");
    until_true("readiness", async || {
        get(&api.ops, "/readyz").expect("an answer").starts_with("HTTP/1.0 200")
    })
    .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    over.store(true, Ordering::Relaxed);

    let answers = asking.await.expect("answers");
    assert!(
        answers.iter().any(|answer| !answer["errors"].is_null()),
        "it was noticed"
    );
    answers.iter().for_each(is_clean);
    let statuses = calling.await.expect("calls");
    assert!(
        statuses.contains(&Some(503)),
        "callers were led to the fallback: {statuses:?}"
    );
    assert!(
        statuses.iter().all(|status| matches!(status, Some(200 | 204 | 503))),
        "{statuses:?}"
    );

    // As before.
    assert!(api.process.runs() && worker.process.runs());
    let statuses = call(&cluster.sim, &customers[0]).await;
    assert!(
        statuses.iter().all(|status| matches!(status, Some(200 | 204))),
        "{statuses:?}"
    );
    customers[0].sync().await;
    let jobs = rows::all_ended(&cluster.db).await;
    assert!(jobs.iter().all(|job| job.state.as_str() == "DONE"), "{jobs:?}");
    assert!(api.process.runs() && worker.process.runs());
}

/// Has numbers read and names changed, and answers all that was answered.
async fn ask_again_and_again(client: Client, customers: Vec<Customer>, over: Arc<AtomicBool>) -> Vec<Value> {
    let sync = "mutation($i: SyncNumbersInput!) { syncNumbers(input: $i) { account { id } userErrors { code } } }";
    let mut answers = Vec::new();
    while !over.load(Ordering::Relaxed) {
        for customer in &customers {
            let input = json!({ "i": { "accountId": customer.account } });
            answers.push(client.send(sync, input).await.0);
        }
    }
    answers
}

/// Has numbers rung, and answers what was answered to Twilio's webhooks.
async fn call_again_and_again(
    sim: twilio_sim::Sim,
    customers: Vec<Customer>,
    over: Arc<AtomicBool>,
) -> Vec<Option<u16>> {
    let mut statuses = Vec::new();
    while !over.load(Ordering::Relaxed) {
        for customer in &customers {
            statuses.extend(call(&sim, customer).await);
        }
    }
    statuses
}

async fn call(sim: &twilio_sim::Sim, customer: &Customer) -> Vec<Option<u16>> {
    let call = sim.ring(CALLER, &customer.original.phone_number);
    let call = sim.call_finished(&call).await;
    call.webhooks().map(|webhook| webhook.status).collect()
}

/// An answer without the inner words of anything.
fn is_clean(answer: &Value) {
    let Some(errors) = answer["errors"].as_array() else {
        return;
    };
    for error in errors {
        let text = error.to_string().to_lowercase();
        assert!(INNER_WORDS.iter().all(|word| !text.contains(word)), "{error}");
        assert!(error["extensions"]["traceId"].is_string(), "{error}");
        let code = error["extensions"]["code"].as_str();
        assert!(matches!(code, Some("INTERNAL" | "TIMEOUT" | "UNAVAILABLE")), "{error}");
    }
}
