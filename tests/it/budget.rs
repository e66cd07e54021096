//! The budget of requests at Twilio that processes share through Redis. Two budgets stand for two processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use callab::redis::{RedisBudget, RedisBudgetConfig};
use callab_tests::logs::Logs;
use callab_tests::redis::{PrivateRedis, new_prefix};
use twilio::{AccountSid, Budget as _, Permit, Region};

/// A lease that ends after every test.
const LONG: Duration = Duration::from_hours(1);

const US1: Region = Region::Us1;

fn sid(digit: char) -> AccountSid {
    AccountSid::parse(&format!("AC{}", digit.to_string().repeat(32))).expect("a SID")
}

/// The budgets of two processes.
fn two(server: &PrivateRedis, max_in_flight: usize, lease: Duration) -> [Arc<RedisBudget>; 2] {
    two_under(&new_prefix(), server, max_in_flight, lease)
}

fn two_under(prefix: &str, server: &PrivateRedis, max_in_flight: usize, lease: Duration) -> [Arc<RedisBudget>; 2] {
    ["first", "second"].map(|process| {
        let config = RedisBudgetConfig {
            prefix: prefix.to_owned(),
            process: process.to_owned(),
            max_in_flight,
            lease,
        };
        Arc::new(RedisBudget::new(server.client(), config))
    })
}

async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(30), future)
        .await
        .expect("this should not have taken so long")
}

/// Whether a request has to wait. A free place would be to be had within milliseconds.
async fn has_to_wait(budget: &RedisBudget, sid: &AccountSid, region: Region) -> bool {
    let acquired = tokio::time::timeout(Duration::from_millis(300), budget.acquire(sid, region));
    acquired.await.is_err()
}

/// Requests of both processes at the same time: how many were under way at most.
async fn most_at_once(budgets: &[Arc<RedisBudget>; 2], account: char, requests: usize) -> usize {
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let sent: Vec<_> = (0..requests)
        .map(|number| {
            let (budget, under_way, most) = (budgets[number % 2].clone(), under_way.clone(), most.clone());
            tokio::spawn(async move {
                let permit = budget.acquire(&sid(account), US1).await;
                most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await; // Twilio at work.
                under_way.fetch_sub(1, Ordering::SeqCst);
                drop(permit);
            })
        })
        .collect();
    for one in sent {
        soon(one).await.expect("no panic");
    }
    most.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_processes_together_have_no_more_under_way_than_one_may() {
    let server = PrivateRedis::shared().await.unwrap();
    let budgets = two(server, 3, LONG);
    assert_eq!(most_at_once(&budgets, 'a', 60).await, 3);
}

#[tokio::test]
async fn each_account_and_region_has_its_own_allowance() {
    let server = PrivateRedis::shared().await.unwrap();
    let [first, second] = two(server, 1, LONG);
    let _held = soon(first.acquire(&sid('a'), US1)).await;
    assert!(has_to_wait(&second, &sid('a'), US1).await);
    drop(soon(second.acquire(&sid('a'), Region::Ie1)).await); // Another region.
    drop(soon(second.acquire(&sid('b'), US1)).await); // Another account.
    let [elsewhere, _] = two(server, 1, LONG);
    drop(soon(elsewhere.acquire(&sid('a'), US1)).await); // Another installation.
}

#[tokio::test]
async fn a_place_given_back_is_to_be_had_by_the_other_process() {
    let server = PrivateRedis::shared().await.unwrap();
    let [first, second] = two(server, 1, LONG);
    for _ in 0..5 {
        drop(soon(first.acquire(&sid('a'), US1)).await);
        drop(soon(second.acquire(&sid('a'), US1)).await);
    }
}

#[tokio::test]
async fn the_place_of_a_process_that_died_is_free_after_its_lease() {
    let server = PrivateRedis::shared().await.unwrap();
    let lease = Duration::from_secs(1);
    let [first, second] = two(server, 2, lease);
    let begun = Instant::now();
    for _ in 0..2 {
        std::mem::forget(soon(first.acquire(&sid('a'), US1)).await);
    }
    let _permit = soon(second.acquire(&sid('a'), US1)).await;
    assert!(begun.elapsed() >= lease, "after {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_place_is_not_lost_with_a_process_that_died_while_others_go_on() {
    let server = PrivateRedis::shared().await.unwrap();
    let lease = Duration::from_secs(2);
    let [first, second] = two(server, 2, lease);
    std::mem::forget(soon(first.acquire(&sid('a'), US1)).await);
    let begun = Instant::now();
    while begun.elapsed() < lease {
        drop(soon(second.acquire(&sid('a'), US1)).await);
        tokio::time::sleep(Duration::from_millis(20)).await; // So that the account is never idle for as long as a lease.
    }
    let begun = Instant::now();
    let _one = soon(second.acquire(&sid('a'), US1)).await;
    let _other = soon(second.acquire(&sid('a'), US1)).await;
    assert!(begun.elapsed() < lease / 2, "after {:?}", begun.elapsed());
}

#[tokio::test]
async fn who_stops_waiting_leaves_nothing_taken() {
    let server = PrivateRedis::shared().await.unwrap();
    let [first, second] = two(server, 2, LONG);
    drop(soon(first.acquire(&sid('a'), US1)).await); // Connected from here on.
    let (a, mut given_up) = (sid('a'), 0);
    for patience in (0..20).cycle().take(400) {
        // At another point of the way each time.
        let lost_patience = async {
            for _ in 0..patience {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            permit = first.acquire(&a, US1) => drop(permit),
            () = lost_patience => given_up += 1,
        }
    }
    assert!(given_up > 10, "{given_up} gave up");
    let _both: Vec<Permit> = vec![
        soon(second.acquire(&sid('a'), US1)).await,
        soon(second.acquire(&sid('a'), US1)).await,
    ];
}

#[tokio::test]
async fn a_429_of_one_process_holds_up_the_other() {
    let server = PrivateRedis::shared().await.unwrap();
    let [first, second] = two(server, 4, LONG);
    let pause = Duration::from_secs(1);
    let begun = Instant::now();
    first.slow_down(&sid('a'), US1, pause).await;
    first.slow_down(&sid('a'), US1, pause / 100).await;
    drop(soon(second.acquire(&sid('b'), US1)).await); // Another account.
    for budget in [&second, &first] {
        let _permit = soon(budget.acquire(&sid('a'), US1)).await;
        assert!(begun.elapsed() >= pause, "after {:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_each_process_sends_one_request_at_a_time() {
    let logs = Logs::keep();
    for silent in [true, false] {
        let server = PrivateRedis::start(&[]).unwrap();
        let (_, address) = server.url().split_once('@').unwrap();
        let budgets = two(&server, 3, LONG);
        assert_eq!(most_at_once(&budgets, 'a', 12).await, 3);
        let under_way = soon(budgets[0].acquire(&sid('b'), US1)).await;

        if silent { server.freeze() } else { server.kill() }.unwrap();
        assert_eq!(most_at_once(&budgets, 'a', 12).await, 2, "one of each process");
        drop(under_way); // Goes back to Redis later.
        let alone = soon(budgets[0].acquire(&sid('a'), US1)).await;
        assert!(has_to_wait(&budgets[0], &sid('a'), US1).await);
        drop(soon(budgets[0].acquire(&sid('c'), US1)).await); // Another account.
        budgets[0].slow_down(&sid('d'), US1, Duration::from_millis(10)).await;

        // Whoever waits for its turn alone goes on together with the others, once Redis is back.
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let budget = budgets[0].clone();
                tokio::spawn(async move { budget.acquire(&sid('a'), US1).await })
            })
            .collect();
        if silent { server.thaw() } else { server.start_again() }.unwrap();
        for one in waiting {
            drop(soon(one).await.unwrap());
        }
        drop(alone);
        // A process that does not know of it yet sends one request more than it may.
        soon(async {
            while !budgets.iter().all(|budget| budget.is_up()) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        assert_eq!(most_at_once(&budgets, 'e', 12).await, 3);
        for _ in 0..3 {
            std::mem::forget(soon(budgets[1].acquire(&sid('b'), US1)).await); // All three are free.
        }
        let text = logs.text();
        let told = |what: &str| text.matches(&format!("Redis at {address} is {what}")).count();
        assert_eq!((told("away"), told("back")), (2, 2), "once by each process");
    }
}

#[tokio::test]
async fn a_server_that_refuses_counts_as_away() {
    let server = PrivateRedis::start(&["replicaof 127.0.0.1 1"]).unwrap(); // A replica takes no writes.
    let logs = Logs::keep();
    let [budget, _other] = two(&server, 3, LONG);
    let _one = soon(budget.acquire(&sid('a'), US1)).await;
    assert!(has_to_wait(&budget, &sid('a'), US1).await, "one at a time");
    let (_, address) = server.url().split_once('@').unwrap();
    let told = logs.text().matches(&format!("Redis at {address} is away")).count();
    assert_eq!(told, 2, "once by each process");
}

#[tokio::test]
async fn one_account_in_disorder_holds_up_no_other() {
    let server = PrivateRedis::shared().await.unwrap();
    let prefix = new_prefix();
    let [budget, _] = two_under(&prefix, server, 3, LONG);
    let mut connection = server.connection().await.unwrap();
    let key = format!("{prefix}:twilio:{}:{US1}:in-flight", sid('a'));
    let set = redis::cmd("SET")
        .arg(key)
        .arg("taken")
        .query_async(&mut connection)
        .await;
    let _: () = set.unwrap();
    let _one = soon(budget.acquire(&sid('a'), US1)).await;
    assert!(has_to_wait(&budget, &sid('a'), US1).await, "one at a time");
    assert_eq!(most_at_once(&[budget.clone(), budget], 'b', 12).await, 3);
}
