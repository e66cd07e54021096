//! Releases meet a database that others migrate, that lacks migrations, or that has more.

use std::time::Duration;

use sea_orm::ConnectionTrait as _;

use crate::cluster::{Cluster, Setup};
use crate::process::get;
use crate::until::until_true;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_migrated_once_and_processes_start_only_on_one_that_has_all_they_need() {
    let cluster = Cluster::empty(Setup::default()).await;
    for role in ["api", "worker"] {
        let mut process = cluster.process(role, &[]);
        let status = process.ended_within(Duration::from_secs(30)).await;
        assert_eq!(status.code(), Some(1), "{role}");
        assert!(
            process.log().contains("run `callab migrate` first"),
            "{}",
            process.log()
        );
    }

    let mut both = [cluster.process("migrate", &[]), cluster.process("migrate", &[])];
    let mut applied = Vec::new();
    for process in &mut both {
        assert!(
            process.ended_within(Duration::from_mins(1)).await.success(),
            "{}",
            process.log()
        );
        let told = process.output();
        let (count, _) = told.split_once(" migrations applied").expect("a count");
        applied.push(count.parse::<usize>().expect("a number"));
    }
    applied.sort_unstable();
    assert!(applied[0] == 0 && applied[1] > 0, "{applied:?}");

    // A newer release was here, and was rolled back.
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_of_a_newer_release', 0)";
    cluster.db.execute_unprepared(newer).await.expect("the database");
    let (api, worker) = (cluster.api().await, cluster.worker().await);
    for ops in [&api.ops, &worker.ops] {
        until_true("readiness", async || {
            get(ops, "/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.0 200"))
        })
        .await;
    }
}
