//! A worker stands still for longer than its lease, and goes on when nobody expects it any more.

use std::time::Duration;

use entity::job::{self, JobState};
use entity::twilio_account;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, QueryFilter as _, Statement,
    TransactionTrait as _,
};
use serde_json::json;
use twilio_sim::{FaultKind, HangUp};

use crate::cluster::{Cluster, Setup, Worker};
use crate::customer::{Customer, agent};
use crate::rows;
use crate::trouble::{answer_late, came_since, once, requests};
use crate::until::{until, until_true};

/// How long the worker waits for Twilio, in seconds: it has to be frozen before it gives up.
const TIMEOUT_S: u64 = 14;

/// How long Twilio's answers take that the worker is frozen before it hears.
const SLOW: Duration = Duration::from_secs(TIMEOUT_S - 1);

/// How long a request is under way that arrives when another worker has done the job already.
const VERY_LATE: Duration = Duration::from_secs(58);

/// Those whose jobs the frozen worker has, and in which moment.
struct Frozen {
    /// Twilio lists the numbers.
    reads: Customer,
    /// Twilio tells a number's routing. The number is wanted all the time.
    before_answer: Customer,
    /// Between the reading of the number's routing and the write, inside of a transaction. Meanwhile nobody wants the write.
    before_write: Customer,
    /// The write is under way. Meanwhile nobody wants it.
    late_write: Customer,
    /// The write that gives the routing back is under way. Meanwhile the number is wanted.
    late_return: Customer,
    /// Before a call is placed.
    before_call: Customer,
    /// The request that places a call is under way. Meanwhile it is called off.
    late_call: Customer,
}

/// The frozen worker thaws, and writes nothing that another did meanwhile; and what it had sent to Twilio before is put right.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_worker_does_too_late_changes_nothing_and_what_it_sent_too_late_is_put_right() {
    let settings = vec![("CALLAB__TWILIO__TIMEOUT_S", TIMEOUT_S.to_string())];
    let cluster = Cluster::start_with(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    let api = cluster.api().await;
    let owner = cluster.owner("a", &api.url);
    let agent = agent(&owner, "ws://127.0.0.1:9/agent").await;
    let settling = cluster.worker().await;
    let customers = Customer::settled(&cluster, &owner, 7).await;
    let [
        reads,
        before_answer,
        before_write,
        late_write,
        late_return,
        before_call,
        late_call,
    ] = customers.try_into().expect("seven");
    let frozen = Frozen {
        reads,
        before_answer,
        before_write,
        late_write,
        late_return,
        before_call,
        late_call,
    };
    frozen.late_return.assign(&agent).await;
    rows::all_ended(&cluster.db).await;
    frozen.late_return.has_our_routing(&cluster).await;
    drop(settling);

    let mark = cluster.sim.count_requests();
    let (mut first, tests) = freeze_in_the_middle(&cluster, &frozen, &agent).await;
    let begun = running(&cluster).await;
    assert_eq!(begun.len(), 7, "{begun:?}");

    // Another worker comes; the wishes change.
    let _second = cluster.worker().await;
    frozen.before_write.unassign().await;
    frozen.late_write.unassign().await;
    frozen.late_return.assign(&agent).await;
    let [placed, called_off] = &tests;
    owner
        .done("cancelTestCall", "testCall { id }", json!({ "testCallId": called_off }))
        .await;
    rows::all_ended(&cluster.db).await;
    assert_eq!(frozen.before_call.verdict(placed).await.as_deref(), Some("PASS"));
    for customer in [&frozen.before_answer, &frozen.late_return] {
        customer.has_our_routing(&cluster).await;
    }
    for customer in [&frozen.before_write, &frozen.late_write] {
        let row = rows::number(&cluster.db, &customer.original.phone_number).await;
        assert_eq!(row.routing.as_str(), "NOT_OURS", "{row:?}");
    }

    // What was under way arrives.
    let arrives = [
        requests("POST", &frozen.late_write.original.sid, &frozen.late_write.twilio.sid),
        requests("POST", &frozen.late_return.original.sid, &frozen.late_return.twilio.sid),
        requests("POST", "Calls.json", &frozen.late_call.twilio.sid),
    ];
    until_true("what was under way", async || {
        arrives.iter().all(|on| came_since(&cluster.sim, mark, on))
    })
    .await;
    let late = frozen.late_write.at_twilio(&cluster.sim);
    assert!(late.voice_url.starts_with(&cluster.public.url), "{late:?}");

    let before = written(&cluster, &frozen, &begun).await;
    first.process.thaw();
    until_true("the worker to find that its jobs are gone", async || {
        first.process.log().matches("was taken from this worker").count() >= begun.len()
    })
    .await;
    assert_eq!(written(&cluster, &frozen, &begun).await, before);
    until_true("the late writes to be put right", async || {
        let given_back = frozen.late_write.at_twilio(&cluster.sim).voice_url == frozen.late_write.original.voice_url;
        let ours = frozen.late_return.at_twilio(&cluster.sim).voice_url != frozen.late_return.original.voice_url;
        given_back && ours
    })
    .await;
    rows::all_ended(&cluster.db).await;
    frozen.late_return.has_our_routing(&cluster).await;
    for customer in [&frozen.reads, &frozen.before_write, &frozen.late_write] {
        customer.has_its_own_routing(&cluster.sim);
    }
    assert_eq!(frozen.before_call.calls(&cluster.sim), 1);
    let calls = cluster.sim.calls(&frozen.late_call.twilio.sid);
    assert_eq!(calls.len(), 1);
    let call = cluster.sim.call_finished(&calls[0].sid).await;
    let hung_up = call.verbs() == ["Hangup"] || call.hung_up_by == Some(HangUp::Api);
    assert!(hung_up, "a call that nobody waits for is hung up: {call:?}");
    assert!(call.streams.is_empty(), "it reaches no agent: {call:?}");
}

/// Starts a worker and freezes it with a job of each. Answers it, and the test calls that it was to place.
async fn freeze_in_the_middle(cluster: &Cluster, frozen: &Frozen, agent: &str) -> (Worker, [String; 2]) {
    frozen.reads.sync().await;
    frozen.before_answer.assign(agent).await;
    frozen.late_write.assign(agent).await;
    frozen.late_return.unassign().await;
    let tests = [frozen.before_call.test_call().await, frozen.late_call.test_call().await];
    let sim = &cluster.sim;
    let late = FaultKind::Late { delay: VERY_LATE };
    let on = |method, path: &str, customer: &Customer| requests(method, path, &customer.twilio.sid);
    once(
        sim,
        on("POST", &frozen.late_write.original.sid, &frozen.late_write),
        late.clone(),
    );
    once(
        sim,
        on("POST", &frozen.late_return.original.sid, &frozen.late_return),
        late.clone(),
    );
    once(sim, on("POST", "Calls.json", &frozen.late_call), late);
    answer_late(
        sim,
        on("GET", &frozen.before_answer.original.sid, &frozen.before_answer),
        SLOW,
    );
    answer_late(sim, on("GET", "Balance", &frozen.before_call), SLOW);
    answer_late(sim, on("GET", "IncomingPhoneNumbers.json", &frozen.reads), SLOW);
    let mut first = cluster.worker().await;
    until_true("the worker in the middle of all of it", async || {
        sim.faults().is_empty()
    })
    .await;

    // What is saved before a write waits for this lock.
    let lock = cluster.db.begin().await.expect("a transaction");
    lock.execute_unprepared("LOCK TABLE borrowed_routing IN SHARE MODE")
        .await
        .expect("the lock");
    frozen.before_write.assign(agent).await;
    someone_waits_for(cluster, "borrowed_routing").await;
    // Then the proof that the job is still the worker's waits for this one. It gets what it waits for once it is frozen.
    let claim = cluster.db.begin().await.expect("a transaction");
    claim
        .execute_unprepared("LOCK TABLE job IN EXCLUSIVE MODE")
        .await
        .expect("the lock");
    lock.rollback().await.expect("the end of the lock");
    someone_waits_for(cluster, "job").await;
    first.process.freeze();
    claim.rollback().await.expect("the end of the lock");
    (first, tests)
}

/// Waits until a statement waits for a lock of a table.
async fn someone_waits_for(cluster: &Cluster, table: &str) {
    let waiting = format!("SELECT 1 AS one FROM pg_locks WHERE NOT granted AND relation = '{table}'::regclass");
    until(&format!("someone to wait for {table}"), async || {
        let waiting = Statement::from_string(DbBackend::Postgres, &waiting);
        cluster.db.query_one_raw(waiting).await.expect("the database")
    })
    .await;
}

/// The rows that the jobs wrote and that nothing puts right afterwards.
async fn written(cluster: &Cluster, frozen: &Frozen, begun: &[job::Model]) -> String {
    let db = &cluster.db;
    let mut rows = Vec::new();
    for job in begun {
        rows.push(format!("{:?}", rows::job(db, job.id).await));
    }
    for customer in [
        &frozen.reads,
        &frozen.before_answer,
        &frozen.before_write,
        &frozen.before_call,
        &frozen.late_call,
    ] {
        let number = rows::number(db, &customer.original.phone_number).await;
        // The reading of Twilio's log, a minute after the test calls, is no job of the frozen worker's.
        let account = twilio_account::Model {
            calls_read_until: None,
            alerts_read_until: None,
            idle: false,
            ..rows::account(db, &customer.twilio.sid).await
        };
        rows.push(format!("{account:?}"));
        rows.push(format!("{:?}", rows::borrowed(db, &number).await));
        rows.push(format!("{:?}", rows::intents(db, &number).await));
        rows.push(format!("{number:?}"));
    }
    rows.join("\n")
}

/// The jobs that a worker has, but for those that follow calls and those of the timetable.
async fn running(cluster: &Cluster) -> Vec<job::Model> {
    let running = job::Entity::find()
        .filter(job::COLUMN.state.eq(JobState::Running))
        .filter(
            job::COLUMN
                .kind
                .is_not_in(["follow-call", "check-billing", "sync-calls"]),
        );
    running.all(&cluster.db).await.expect("the database")
}
