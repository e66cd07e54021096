//! Jobs of another release, and what is no job at all.

use entity::job::JobState;
use sea_orm::ConnectionTrait as _;

use crate::cluster::{Cluster, Setup};
use crate::customer::Customer;
use crate::process::get;
use crate::rows;
use crate::until::until_true;

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_another_release_wait_and_are_told_of_and_hold_nobody_up() {
    let settings = vec![("CALLAB__WORKER__SWEEP_EVERY_S", "1".to_owned())];
    let cluster = Cluster::start_with(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    let (api, worker) = (cluster.api().await, cluster.worker().await);
    let customers = Customer::settled(&cluster, &cluster.owner("a", &api.url), 1).await;
    for (kind, version) in [("read-minds", 1), ("sync-numbers", 99)] {
        let sql = format!(
            "INSERT INTO job (id, workspace_id, kind, version, queue, subject, unique_key, payload, state, run_at, attempt, \
             max_attempts, fence, story, created_at) \
             SELECT gen_random_uuid(), id, '{kind}', {version}, 'urgent', 'x', '{kind}/{version}', '{{\"odd\": true}}', 'WAITING', \
             now(), 0, 10, 0, '[]', now() FROM workspace"
        );
        cluster.db.execute_unprepared(&sql).await.expect("the database");
    }
    let mut connection = cluster.redis.connection().await.expect("Redis");
    let key = format!("{}:jobs:urgent", cluster.prefix);
    for member in ["nonsense", "", "\u{1F600}"] {
        let add = redis::cmd("ZADD").arg(&key).arg(0).arg(member).to_owned();
        let _: i64 = add.query_async(&mut connection).await.expect("Redis");
    }

    customers[0].sync().await;
    until_true("the known jobs to end", async || {
        rows::open_jobs(&cluster.db).await == 2
    })
    .await;
    until_true("the log to tell of all of it", async || {
        let log = worker.process.log();
        let told = ["knows read-minds/1", "knows sync-numbers/99", "is no id of a job"];
        told.iter().all(|told| log.contains(told))
    })
    .await;
    until_true("the metric", async || {
        let metrics = get(&worker.ops, "/metrics").expect("an answer");
        metrics.lines().any(|line| line == "callab_jobs_unknown 2")
    })
    .await;
    for job in rows::jobs(&cluster.db, "read-minds").await {
        assert_eq!((job.state, job.attempt, job.fence), (JobState::Waiting, 0, 0));
    }
    let synced = rows::jobs(&cluster.db, "sync-numbers").await;
    let waiting = synced.iter().filter(|job| job.state == JobState::Waiting);
    assert!(waiting.map(|job| (job.version, job.fence)).eq([(99, 0)]), "{synced:?}");
}
