//! Redis goes away, comes back empty, and forgets everything, while jobs flow.

use std::time::{Duration, Instant};

use callab_tests::redis::PrivateRedis;

use crate::cluster::{Api, Cluster, Setup};
use crate::customer::Customer;
use crate::process::get;
use crate::rows;
use crate::until::until_true;

/// What a mutation may take while Redis is away: nobody is made to wait for it.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// How long after it became due a job is found by the sweep alone.
const OUT_OF_SIGHT: Duration = Duration::from_secs(4);

/// How many customers have their numbers read.
const CUSTOMERS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_away_or_forgets_delays_jobs_and_loses_none() {
    let setup = Setup {
        redis: Some(PrivateRedis::start(&[]).expect("Redis")),
        settings: vec![
            ("CALLAB__WORKER__SWEEP_EVERY_S", "2".to_owned()),
            ("CALLAB__WORKER__SLOTS", "2".to_owned()),
        ],
        ..Setup::default()
    };
    let cluster = Cluster::start_with(setup).await;
    let (api, mut worker) = (cluster.api().await, cluster.worker().await);
    let customers = Customer::settled(&cluster, &cluster.owner("a", &api.url), CUSTOMERS).await;
    is_ready(&api, "ok").await;

    // Away.
    all_sync(&customers).await;
    cluster.redis.kill().expect("the end of Redis");
    is_ready(&api, "away").await;
    let asked_at = Instant::now();
    all_sync(&customers).await;
    let each = asked_at.elapsed() / u32::try_from(CUSTOMERS).expect("some");
    assert!(each < ANSWERS_WITHIN, "a mutation took {each:?} while Redis was away");
    rows::all_ended(&cluster.db).await; // Workers find them in the rows.
    is_ready(&api, "away").await;
    all_sync(&customers).await;
    cluster.redis.start_again().expect("Redis");
    rows::all_ended(&cluster.db).await;
    is_ready(&api, "ok").await;

    // Back at once, and empty, while ids wait in it.
    all_sync(&customers).await;
    cluster.redis.kill().expect("the end of Redis");
    cluster.redis.start_again().expect("Redis");
    all_sync(&customers).await;
    rows::all_ended(&cluster.db).await;

    // There all the time, and forgets: with nobody to take the ids before it does.
    worker.process.kill();
    all_sync(&customers).await;
    cluster.redis.flush().await.expect("an empty Redis");
    tokio::time::sleep(OUT_OF_SIGHT).await;
    let _worker = cluster.worker().await;
    let jobs = rows::all_ended(&cluster.db).await;
    assert!(jobs.iter().all(|job| job.state.as_str() == "DONE"), "{jobs:?}");
}

async fn all_sync(customers: &[Customer]) {
    for customer in customers {
        customer.sync().await;
    }
}

/// Readiness is good, and reports Redis in this word sooner or later.
async fn is_ready(api: &Api, redis: &str) {
    let word = format!("\"redis\":\"{redis}\"");
    until_true(&format!("redis to be {redis}"), async || {
        let answer = get(&api.ops, "/readyz").expect("an answer");
        assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
        answer.contains(&word)
    })
    .await;
}
