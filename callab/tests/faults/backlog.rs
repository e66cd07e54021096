//! Twenty thousand jobs are due at once.

use std::time::{Duration, Instant};

use callab_tests::redis::PrivateRedis;
use entity::job::{self, JobState};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use crate::cluster::{Cluster, Setup};
use crate::customer::Customer;
use crate::rows;
use crate::until::{until, until_true};

/// How many become due.
const MANY: u64 = 20_000;

/// How long a job may wait that a person waits for, on a machine that is busy with all the others.
const URGENT_WITHIN: Duration = Duration::from_secs(15);

/// What Redis may need for the ids of all of them: 144 bytes each, and some room.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_is_worked_off_while_urgent_jobs_go_first_and_redis_stays_small() {
    let setup = Setup {
        redis: Some(PrivateRedis::start(&[]).expect("Redis")),
        settings: vec![
            ("CALLAB__WORKER__SLOTS", "50".to_owned()),
            ("CALLAB__WORKER__SWEEP_EVERY_S", "2".to_owned()),
            ("CALLAB__LOG__FILTER", "warn".to_owned()),
        ],
        ..Setup::default()
    };
    let cluster = Cluster::start_with(setup).await;
    let (api, worker) = (cluster.api().await, cluster.worker().await);
    let customers = Customer::settled(&cluster, &cluster.owner("a", &api.url), 5).await;
    drop(worker);
    let bytes_before = redis_bytes(&cluster).await;
    due_at_once(&cluster).await;

    let (_first, _second) = (cluster.worker().await, cluster.worker().await);
    until_true("workers at work", async || done(&cluster).await > 100).await;
    let mut most_ids = 0;
    for customer in &customers {
        let asked_at = Instant::now();
        customer.sync().await;
        let account = rows::account(&cluster.db, &customer.twilio.sid).await;
        let sync = rows::job_about(&cluster.db, "sync-numbers", account.id).await.id;
        until("an urgent job", async || {
            (rows::job(&cluster.db, sync).await.state == JobState::Done).then_some(())
        })
        .await;
        let took = asked_at.elapsed();
        assert!(took < URGENT_WITHIN, "an urgent job waited {took:?}");
        most_ids = most_ids.max(waiting_ids(&cluster).await);
    }
    assert!(done(&cluster).await < MANY, "there was a backlog all the time");
    let bytes = redis_bytes(&cluster).await.saturating_sub(bytes_before);
    assert!(most_ids <= MANY + 10, "{most_ids} ids: each waits once");
    assert!(bytes < MOST_BYTES, "{bytes} bytes");

    let jobs = rows::all_ended(&cluster.db).await;
    assert!(
        jobs.iter().all(|job| job.state == JobState::Done && job.attempt == 1),
        "each ran once"
    );
    assert_eq!(waiting_ids(&cluster).await, 0);
}

/// Checks of accounts that are no longer there: the cheapest work there is.
async fn due_at_once(cluster: &Cluster) {
    let sql = format!(
        "INSERT INTO job (id, workspace_id, kind, version, queue, subject, unique_key, payload, state, run_at, attempt, \
         max_attempts, fence, story, created_at) \
         SELECT id, w, 'verify-account', 1, 'routine', id::text, 'verify-account/' || id, jsonb_build_object('account', id), \
         'WAITING', now(), 0, 10, 0, '[]', now() \
         FROM (SELECT gen_random_uuid() AS id, (SELECT id FROM workspace LIMIT 1) AS w FROM generate_series(1, {MANY})) AS new"
    );
    cluster.db.execute_unprepared(&sql).await.expect("the database");
}

async fn done(cluster: &Cluster) -> u64 {
    let done = job::Entity::find().filter(job::COLUMN.state.eq(JobState::Done));
    let done = done.filter(job::COLUMN.kind.eq("verify-account"));
    done.count(&cluster.db).await.expect("the database")
}

async fn waiting_ids(cluster: &Cluster) -> u64 {
    let mut connection = cluster.redis.connection().await.expect("Redis");
    let mut ids = 0;
    for queue in ["urgent", "routine"] {
        let key = format!("{}:jobs:{queue}", cluster.prefix);
        let waiting: u64 = redis::cmd("ZCARD")
            .arg(key)
            .query_async(&mut connection)
            .await
            .expect("Redis");
        ids += waiting;
    }
    ids
}

async fn redis_bytes(cluster: &Cluster) -> u64 {
    let mut connection = cluster.redis.connection().await.expect("Redis");
    let told: String = redis::cmd("INFO")
        .arg("memory")
        .query_async(&mut connection)
        .await
        .expect("Redis");
    let used = told.lines().find_map(|line| line.strip_prefix("used_memory:"));
    used.and_then(|bytes| bytes.trim().parse().ok()).expect("a figure")
}
