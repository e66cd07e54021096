//! One large account and many small ones.

use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use std::time::Duration;

use entity::job::{self, JobState};
use twilio_sim::{Fault, FaultKind, Match};

use crate::cluster::{Cluster, Setup};
use crate::customer::{Customer, answered_elsewhere};
use crate::rows;
use crate::until::until_true;

/// How many numbers the large account has.
const NUMBERS: u64 = 1500;

/// How many small accounts there are.
const SMALL: usize = 60;

/// The large account's numbers are all to be looked at, four at a time; the small ones' turn comes long before that is done.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_many_numbers_does_not_hold_up_the_others() {
    let settings = vec![("CALLAB__WORKER__SWEEP_EVERY_S", "1".to_owned())];
    let cluster = Cluster::start_with(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    let api = cluster.api().await;
    let owner = cluster.owner("a", &api.url);
    let mut large = Customer::new(&cluster.sim, &owner);
    for _ in 1..NUMBERS {
        cluster.sim.add_number(&large.twilio.sid, answered_elsewhere());
    }
    large.connect().await;
    let settling = cluster.worker().await;
    rows::all_ended(&cluster.db).await;
    drop(settling);
    let account = rows::account(&cluster.db, &large.twilio.sid).await;
    let on = Match {
        path: Some("IncomingPhoneNumbers/".to_owned()),
        account: Some(large.twilio.sid.clone()),
        ..Match::default()
    };
    let delay = Duration::from_millis(100);
    cluster.sim.fail(Fault {
        on,
        times: None,
        kind: FaultKind::Slow { delay },
    });
    return_all(&cluster, &account.id.0.to_string()).await;

    let (_first, _second) = (cluster.worker().await, cluster.worker().await);
    until_true("the large account's jobs to run", async || {
        left(&cluster).await < NUMBERS
    })
    .await;
    let mut small: Vec<Customer> = (0..SMALL).map(|_| Customer::new(&cluster.sim, &owner)).collect();
    for customer in &mut small {
        customer.connect().await;
    }
    for customer in &small {
        until_true("a small account's numbers", async || {
            rows::account(&cluster.db, &customer.twilio.sid)
                .await
                .synced_at
                .is_some()
        })
        .await;
    }
    let left = left(&cluster).await;
    assert!(
        left > NUMBERS / 3,
        "only {left} of the large account's jobs were left when the small accounts were done"
    );
}

/// Has every number of an account given back, as its disconnection would.
async fn return_all(cluster: &Cluster, account: &str) {
    let pending = format!("UPDATE phone_number SET routing = 'RETURN_PENDING' WHERE twilio_account_id = '{account}'");
    let jobs = format!(
        "INSERT INTO job (id, workspace_id, twilio_account_id, kind, version, queue, subject, unique_key, payload, state, run_at, \
         attempt, max_attempts, fence, story, created_at) \
         SELECT gen_random_uuid(), workspace_id, twilio_account_id, 'return-number', 1, 'urgent', id::text, 'routing/' || id, \
         jsonb_build_object('number', id), 'WAITING', now(), 0, 1000, 0, '[]', now() \
         FROM phone_number WHERE twilio_account_id = '{account}'"
    );
    for sql in [pending, jobs] {
        cluster.db.execute_unprepared(&sql).await.expect("the database");
    }
}

/// How many of the large account's jobs have not ended.
async fn left(cluster: &Cluster) -> u64 {
    let open = job::Entity::find()
        .filter(job::COLUMN.kind.eq("return-number"))
        .filter(job::COLUMN.state.ne(JobState::Done));
    open.count(&cluster.db).await.expect("the database")
}
