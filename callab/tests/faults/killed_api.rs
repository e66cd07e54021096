//! An API is killed the moment it has answered.

use crate::cluster::{Cluster, Setup};
use crate::customer::{Customer, agent};
use crate::rows;
use crate::until::until_true;

/// Promise 7: what was answered is in the database with its job, and the job gets done, whoever is left to see to it.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_api_answered_before_it_was_killed_is_there_and_gets_done() {
    let settings = vec![("CALLAB__WORKER__SWEEP_EVERY_S", "2".to_owned())];
    let cluster = Cluster::start_with(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    let _worker = cluster.worker().await;

    for round in 0..3 {
        let workspace = format!("workspace-{round}");
        let mut api = cluster.api().await;
        let mut customer = Customer::new(&cluster.sim, &cluster.owner(&workspace, &api.url));
        customer.connect().await;
        api.process.kill();
        let row = rows::account(&cluster.db, &customer.twilio.sid).await;
        rows::job_about(&cluster.db, "sync-numbers", row.id).await;

        let mut api = cluster.api().await;
        customer.client = cluster.owner(&workspace, &api.url);
        customer.add_number(&cluster).await;
        let agent = agent(&customer.client, "ws://127.0.0.1:9/agent").await;
        customer.assign(&agent).await;
        api.process.kill();
        let row = rows::number(&cluster.db, &customer.original.phone_number).await;
        rows::job_about(&cluster.db, "configure-number", row.id).await;
        until_true("calls to come to us", async || {
            let row = rows::number(&cluster.db, &customer.original.phone_number).await;
            row.routing.as_str() == "OURS"
        })
        .await;
        customer.has_our_routing(&cluster).await;
    }
    rows::all_ended(&cluster.db).await;
}
