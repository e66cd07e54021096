//! Followers of events lose their API, read too slowly, come back, and miss nothing.

use std::collections::HashSet;
use std::time::Duration;

use callab_tests::Client;
use entity::event;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::json;

use crate::cluster::Cluster;
use crate::customer::Customer;
use crate::follower::{Broken, Follower, Told, newest_cursor};
use crate::until::until_true;

/// Promise 7: a follower whose API is killed goes on at another one after the last event it was told. Meanwhile one API and one
/// worker that bring events about are killed in the middle of them.
#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_told_once_and_in_order_whoever_is_killed() {
    let cluster = Cluster::start().await;
    let (mut first, second, mut third) = (cluster.api().await, cluster.api().await, cluster.api().await);
    let (mut dies, _lives) = (cluster.worker().await, cluster.worker().await);
    let at = |api_url: &str| cluster.owner("a", api_url);
    let customers = Customer::settled(&cluster, &at(&second.url), 12).await;
    let begin = newest_cursor(&at(&second.url)).await;
    let since = numbered(&cluster.db, 0).await.len();
    let mut told = Vec::new();

    let mut follower = Follower::after(&first.url, &at(&first.url), Some(&begin)).await;
    let flood = [
        tokio::spawn(rename_again_and_again(customers[0].number.clone(), at(&second.url))),
        tokio::spawn(rename_again_and_again(customers[1].number.clone(), at(&third.url))),
        tokio::spawn(sync_again_and_again(customers)),
    ];
    take(&mut follower, &mut told, 60).await.expect("events");
    first.process.kill();
    let broken = take(&mut follower, &mut told, usize::MAX)
        .await
        .expect_err("the end of the socket");
    assert_eq!(broken, Broken::Closed(None));

    let mut follower = Follower::after(
        &second.url,
        &at(&second.url),
        told.last().map(|event| event.cursor.as_str()),
    )
    .await;
    let so_far = told.len();
    take(&mut follower, &mut told, so_far + 60).await.expect("events");
    third.process.kill();
    dies.process.kill();
    let so_far = told.len();
    take(&mut follower, &mut told, so_far + 60).await.expect("events");

    // At one that has just been started, and knows the past from the rows alone.
    let fresh = cluster.api().await;
    let cursor = told.last().map(|event| event.cursor.clone());
    take(&mut follower, &mut Vec::new(), 20)
        .await
        .expect("events that are told again");
    let mut follower = Follower::after(&fresh.url, &at(&fresh.url), cursor.as_deref()).await;
    flood.iter().for_each(tokio::task::JoinHandle::abort);

    until_true("every event to be numbered", async || {
        let waiting = event::Entity::find().filter(event::COLUMN.seq.is_null());
        waiting.one(&cluster.db).await.expect("the database").is_none()
    })
    .await;
    let rows = numbered(&cluster.db, since).await;
    take(&mut follower, &mut told, rows.len()).await.expect("events");
    assert_in_order(&told[..rows.len()], &rows);
}

/// A follower that reads nothing is cut off, told where, and goes on from there.
#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_reads_too_slowly_is_cut_off_and_goes_on_from_there() {
    let cluster = Cluster::start().await;
    let api = cluster.api().await;
    let owner = cluster.owner("a", &api.url);
    let begin = newest_cursor(&owner).await;
    let mut told = Vec::new();
    let mut follower = Follower::after(&api.url, &owner, Some(&begin)).await;
    happen(&cluster.db, 1).await;
    take(&mut follower, &mut told, 1).await.expect("an event");

    // More than fits into the sockets, and then more than an API keeps for those who are late.
    let many = 20_000;
    happen(&cluster.db, many).await;
    until_true("every event to be numbered", async || {
        numbered(&cluster.db, 0).await.len() > many
    })
    .await;
    let broken = take(&mut follower, &mut told, usize::MAX)
        .await
        .expect_err("it was too slow");
    let Broken::Error(error) = broken else {
        panic!("{broken:?}")
    };
    assert_eq!(error["extensions"]["code"], "FELL_BEHIND", "{error}");
    let cursor = error["extensions"]["cursor"].as_str();
    assert!(told.len() < many && cursor == told.last().map(|event| event.cursor.as_str()));

    let mut follower = Follower::after(&api.url, &owner, cursor).await;
    take(&mut follower, &mut told, many + 1).await.expect("events");
    assert_in_order(&told, &numbered(&cluster.db, 0).await);
}

/// A cursor of another installation, and one after which events were removed, are refused with what to do.
#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_leads_nowhere_is_refused() {
    let (cluster, other) = (Cluster::start().await, Cluster::start().await);
    let (api, elsewhere) = (cluster.api().await, other.api().await);
    let owner = cluster.owner("a", &api.url);
    let refused = async |cursor: &str| {
        let mut follower = Follower::after(&api.url, &owner, Some(cursor)).await;
        match follower.next().await {
            Err(Broken::Error(error)) => error["extensions"]["code"].as_str().unwrap_or_default().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    let foreign = newest_cursor(&other.owner("a", &elsewhere.url)).await;
    assert_eq!(refused(&foreign).await, "BAD_CURSOR");
    assert_eq!(refused("nonsense").await, "BAD_CURSOR");

    let old = newest_cursor(&owner).await;
    happen(&cluster.db, 10).await;
    until_true("every event to be numbered", async || {
        numbered(&cluster.db, 0).await.len() == 10
    })
    .await;
    let pruned = event::Entity::delete_many().filter(event::COLUMN.seq.lt(5));
    pruned.exec(&cluster.db).await.expect("the database");
    assert_eq!(refused(&old).await, "CURSOR_TOO_OLD");
}

/// Notes what is told, until it is so many events in all.
async fn take(follower: &mut Follower, told: &mut Vec<Told>, up_to: usize) -> Result<(), Broken> {
    while told.len() < up_to {
        told.push(follower.next().await?);
    }
    Ok(())
}

fn assert_in_order(told: &[Told], rows: &[event::Model]) {
    let cursors: HashSet<&str> = told.iter().map(|event| event.cursor.as_str()).collect();
    assert_eq!(cursors.len(), told.len(), "an event was told twice");
    assert!(
        told.iter().map(|event| event.at).eq(rows.iter().map(|row| row.at)),
        "not in their order"
    );
}

/// The numbered events in their order, without the first so many.
async fn numbered(db: &DatabaseConnection, but: usize) -> Vec<event::Model> {
    let events = event::Entity::find().filter(event::COLUMN.seq.is_not_null());
    let events = events.order_by_asc(event::COLUMN.seq).all(db).await;
    events.expect("the database").split_off(but)
}

/// Many things happen to the workspace in one moment.
async fn happen(db: &DatabaseConnection, many: usize) {
    let sql = format!(
        "INSERT INTO event (id, workspace_id, kind, subject, data, at) \
         SELECT gen_random_uuid(), w.id, 'account.changed', w.id, \
         jsonb_build_object('text', repeat('x', 1000)), clock_timestamp() + n * interval '1 microsecond' \
         FROM workspace w, generate_series(1, {many}) AS n"
    );
    db.execute_unprepared(&sql).await.expect("the database");
}

async fn rename_again_and_again(number: String, client: Client) {
    for name in 0_u64.. {
        let input = json!({ "phoneNumberId": number, "nickname": format!("Line {name}") });
        client.done("updatePhoneNumber", "phoneNumber { id }", input).await;
    }
}

async fn sync_again_and_again(customers: Vec<Customer>) {
    loop {
        for customer in &customers {
            customer.sync().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
