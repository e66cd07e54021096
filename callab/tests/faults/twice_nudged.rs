//! A job is handed to two workers many times.

use std::time::Duration;

use entity::job::JobState;

use crate::cluster::Cluster;
use crate::customer::Customer;
use crate::rows;
use crate::trouble::{answer_late, came_since, requests};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_two_workers_are_told_of_again_and_again_runs_once() {
    let cluster = Cluster::start().await;
    let (api, _first, _second) = (cluster.api().await, cluster.worker().await, cluster.worker().await);
    let customers = Customer::settled(&cluster, &cluster.owner("a", &api.url), 1).await;
    let (sid, mark) = (customers[0].twilio.sid.as_str(), cluster.sim.count_requests());
    let list = requests("GET", "IncomingPhoneNumbers.json", sid);
    answer_late(&cluster.sim, list.clone(), Duration::from_secs(2));
    customers[0].sync().await;
    let account = rows::account(&cluster.db, sid).await;
    let job = rows::job_about(&cluster.db, "sync-numbers", account.id).await.id;

    // Before, while and after it runs.
    let mut connection = cluster.redis.connection().await.expect("Redis");
    let mut after = 0;
    while after < 50 {
        for queue in ["urgent", "routine"] {
            let key = format!("{}:jobs:{queue}", cluster.prefix);
            let add = redis::cmd("ZADD").arg(key).arg(0).arg(job.0.to_string()).to_owned();
            let _: i64 = add.query_async(&mut connection).await.expect("Redis");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        after += i32::from(rows::job(&cluster.db, job).await.state == JobState::Done);
    }
    let row = rows::job(&cluster.db, job).await;
    assert_eq!((row.state, row.attempt, row.fence), (JobState::Done, 1, 1));
    assert!(came_since(&cluster.sim, mark, &list));
    let lists = cluster.sim.requests_since(mark);
    let lists = lists
        .iter()
        .filter(|request| request.path.contains("IncomingPhoneNumbers.json"));
    assert_eq!(lists.count(), 1);
}
