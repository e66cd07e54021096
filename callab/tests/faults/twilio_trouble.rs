//! Twilio is slow, limits, fails, and loses answers after it did what it was asked.

use std::time::Duration;

use entity::twilio_account::{self, CredentialState};
use sea_orm::{ColumnTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _};
use twilio_sim::{Fault, FaultKind};

use crate::cluster::Cluster;
use crate::customer::{Customer, agent};
use crate::rows;
use crate::trouble::requests;
use crate::until::until;

/// How often it happens to reads, which are sent again some times before their job hears of it.
const READS: u32 = 8;

/// How often it happens to writes, which are the job's to send again.
const WRITES: u32 = 3;

/// Every write.
const ALL: &str = "";

/// Writes to numbers alone. A call that Twilio did not answer for may exist: it is looked for, and the test would last as long.
const NUMBERS: &str = "IncomingPhoneNumbers";

/// What happens to the requests of one customer: to all reads, and to writes with this in their path.
fn troubles() -> [(&'static str, FaultKind, &'static str); 8] {
    let unavailable = FaultKind::Status {
        status: 503,
        code: 20503,
        message: "Service unavailable".to_owned(),
    };
    let limited = |retry_after| FaultKind::RateLimited { retry_after };
    let delay = Duration::from_secs(2);
    [
        ("slow", FaultKind::Slow { delay }, ALL),
        ("429", limited(None), ALL),
        ("429 with Retry-After", limited(Some(Duration::from_secs(1))), ALL),
        ("503", unavailable, NUMBERS),
        ("a proxy's page", FaultKind::Html { status: 502 }, NUMBERS),
        ("cut off", FaultKind::CutOff, NUMBERS),
        ("lost answers", FaultKind::CutOffAfterEffect, ALL),
        ("broken answers", FaultKind::BrokenJson, ALL),
    ]
}

/// Promise 5: a silence is no refusal. Each customer has another trouble, several times in a row.
#[tokio::test(flavor = "multi_thread")]
async fn every_job_ends_and_nothing_is_done_twice_or_by_half_or_blamed_on_the_credentials() {
    let cluster = Cluster::start().await;
    let api = cluster.api().await;
    let owner = cluster.owner("a", &api.url);
    let agent = agent(&owner, "ws://127.0.0.1:9/agent").await;
    let settling = cluster.worker().await;
    let troubles = troubles();
    let customers = Customer::settled(&cluster, &owner, troubles.len()).await;
    drop(settling);

    // What they want, while no worker runs and Twilio is well.
    let mut tests = Vec::new();
    for customer in &customers {
        customer.assign(&agent).await;
        tests.push(customer.test_call().await);
        customer.sync().await;
        customer.check().await;
    }
    for (customer, (_, kind, writes)) in customers.iter().zip(&troubles) {
        for (method, path, times) in [("GET", ALL, READS), ("POST", *writes, WRITES)] {
            cluster.sim.fail(Fault {
                on: requests(method, path, &customer.twilio.sid),
                times: Some(times),
                kind: kind.clone(),
            });
        }
    }
    let doubted = tokio::spawn(until_credentials_are_doubted(cluster.db.clone()));
    let (_first, _second) = (cluster.worker().await, cluster.worker().await);

    for ((customer, test), (trouble, ..)) in customers.iter().zip(&tests).zip(&troubles) {
        let verdict = until("a verdict", async || customer.verdict(test).await).await;
        assert!(
            ["PASS", "FAIL", "UNKNOWN"].contains(&verdict.as_str()),
            "{trouble}: {verdict}"
        );
        let calls = customer.calls(&cluster.sim);
        assert!(calls <= 1, "{trouble}: {calls} calls");
        assert!(verdict != "PASS" || calls == 1, "{trouble}");
    }
    rows::all_ended(&cluster.db).await;
    for customer in &customers {
        customer.has_our_routing(&cluster).await;
    }
    assert!(!doubted.is_finished(), "a silence was taken for a rejection");
    doubted.abort();
}

/// Ends once any account's credentials are no longer taken for accepted.
async fn until_credentials_are_doubted(db: DatabaseConnection) {
    let is_doubted = twilio_account::COLUMN.credential_state.ne(CredentialState::Accepted);
    let doubted = || twilio_account::Entity::find().filter(is_doubted.clone());
    while doubted().one(&db).await.expect("the database").is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
