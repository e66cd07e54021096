//! Redis away, restarted, emptied, frozen, or used by somebody else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use callab_tests::logs::Logs;
use callab_tests::redis::{PrivateRedis, new_prefix};
use domain::jobs::{Nudge, Queue as _};
use redis::FromRedisValue;
use redis::aio::MultiplexedConnection;
use tokio_util::sync::CancellationToken;
use worker::{RedisTransport, Source as _};

use super::{fill, pop, routine, soon, take, urgent};

/// A server of the test's own, and a transport that is connected to it.
async fn start() -> (PrivateRedis, Arc<RedisTransport>) {
    let server = PrivateRedis::start(&[]).expect("a Redis");
    let transport = Arc::new(RedisTransport::connect(server.client(), "callab"));
    until("it is connected", async || transport.is_up()).await;
    (server, transport)
}

async fn ask<T: FromRedisValue>(server: &PrivateRedis, command: &str) -> T {
    ask_over(&mut server.connection().await.expect("a connection"), command).await
}

async fn ask_over<T: FromRedisValue>(connection: &mut MultiplexedConnection, command: &str) -> T {
    let mut words = command.split(' ');
    let mut asked = redis::cmd(words.next().expect("a word"));
    for word in words {
        asked.arg(word);
    }
    asked.query_async(connection).await.expect("an answer")
}

/// A figure of the server's.
async fn figure(server: &PrivateRedis, name: &str) -> u64 {
    let info: String = ask(server, "INFO").await;
    let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.expect("the figure").parse().expect("a number")
}

async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..2000 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain until {what}");
}

/// Waits for an id in the background, and returns once that is so.
async fn waiting_pop(server: &PrivateRedis, transport: &Arc<RedisTransport>) -> tokio::task::JoinHandle<Vec<Nudge>> {
    let popping = transport.clone();
    let waiting = tokio::spawn(async move { pop(&*popping, 10).await });
    until("a pop waits", async || figure(server, "blocked_clients").await == 1).await;
    waiting
}

/// Pushes, and ends a test that would wait for Redis.
async fn push(transport: &RedisTransport, nudges: &[Nudge]) {
    soon(transport.push(nudges)).await.expect("it never fails");
}

/// Pushes until something arrives.
async fn pushed_and_popped(transport: &Arc<RedisTransport>, waiting: tokio::task::JoinHandle<Vec<Nudge>>) {
    let mut number = 0;
    until("an id came through", async || {
        number += 1;
        push(transport, &[routine(number)]).await;
        waiting.is_finished()
    })
    .await;
    assert!(!waiting.await.expect("no panic").is_empty());
}

#[tokio::test]
async fn a_closed_connection_loses_no_id_and_is_no_outage() {
    let (server, transport) = start().await;
    for number in 1..=3 {
        let waiting = waiting_pop(&server, &transport).await;
        let _: i64 = ask(&server, "CLIENT KILL TYPE normal SKIPME yes").await;
        push(&transport, &[urgent(number)]).await;
        assert_eq!(soon(waiting).await.unwrap(), [urgent(number)]);
        assert!(transport.is_up());
    }
}

#[tokio::test]
async fn a_restarted_server_is_found_again_and_an_outage_is_told_once() {
    let logs = Logs::keep();
    let (server, transport) = start().await;
    let (password, address) = server.url().trim_start_matches("redis://:").split_once('@').unwrap();
    fill(&server, "callab", &[urgent(1), urgent(2)]).await;
    assert_eq!(pop(&*transport, 1).await, [urgent(1)]);
    assert_eq!(pop(&*transport, 1).await, [urgent(2)]);
    let waiting = waiting_pop(&server, &transport).await;

    server.kill().unwrap();
    push(&transport, &[urgent(3)]).await;
    assert_eq!(
        soon(waiting).await.unwrap(),
        [urgent(3)],
        "this process's own ids go on"
    );
    until("it has noticed", async || !transport.is_up()).await;
    tokio::time::sleep(Duration::from_secs(3)).await; // Attempts of both sides, the longest wait included.
    push(&transport, &[urgent(4)]).await;

    server.start_again().unwrap();
    let other = Arc::new(RedisTransport::connect(server.client(), "callab"));
    let waiting = tokio::spawn(async move { pop(&*other, 10).await });
    assert_eq!(
        soon(waiting).await.unwrap(),
        [urgent(4)],
        "what no worker of the process took is sent once the server is back"
    );
    // The popping side has nothing to say of the server before it asks again.
    let waiting = waiting_pop(&server, &transport).await;
    until("both sides are back", async || transport.is_up()).await;
    push(&transport, &[urgent(5)]).await;
    assert_eq!(soon(waiting).await.unwrap(), [urgent(5)]);
    let text = logs.text();
    let told = |what: &str| text.matches(what).count();
    let pushing = format!("Redis at {address} is back: ids of jobs are pushed again");
    assert_eq!(told(&pushing), 1, "an outage is told once by each side");
    assert!(password.len() > 20 && told(password) == 0, "no log holds the password");
}

#[tokio::test]
async fn a_stop_during_an_outage_ends_the_pop() {
    let (server, transport) = start().await;
    let stop = CancellationToken::new();
    let (popping, stopped) = (transport.clone(), stop.clone());
    let waiting = tokio::spawn(async move { popping.pop(1.try_into().unwrap(), &stopped).await });
    server.kill().unwrap();
    until("it has noticed", async || !transport.is_up()).await;
    stop.cancel();
    assert_eq!(soon(waiting).await.unwrap(), []);
    transport.put_back(vec![urgent(1)]).await;
}

#[tokio::test]
async fn a_server_that_was_emptied_goes_on() {
    let (server, transport) = start().await;
    fill(&server, "callab", &[urgent(1), routine(2)]).await;
    server.flush().await.unwrap();
    let _: () = ask(&server, "SCRIPT FLUSH").await;
    push(&transport, &[routine(3)]).await;
    assert_eq!(pop(&*transport, 10).await, [routine(3)]);
}

#[tokio::test]
async fn a_clock_that_went_back_lets_nobody_jump_the_line() {
    let server = PrivateRedis::shared().await.unwrap();
    let prefix = new_prefix();
    let far_ahead = "4000000000000000"; // In the year 2096.
    let command = format!("ZADD {prefix}:jobs:urgent {far_ahead} {}", urgent(1).job.0);
    let _: i64 = ask(server, &command).await;
    let more: Vec<Nudge> = (2..=40).map(urgent).collect();
    fill(server, &prefix, &more).await;
    let transport = RedisTransport::connect(server.client(), &prefix);
    let popped = take(&transport, 40).await;
    assert_eq!((popped[0], &popped[1..]), (urgent(1), &more[..]));
}

#[tokio::test]
async fn members_that_are_no_ids_are_ignored() {
    let server = PrivateRedis::shared().await.unwrap();
    let prefix = new_prefix();
    let transport = RedisTransport::connect(server.client(), &prefix);
    let mut connection = server.connection().await.unwrap();
    for (score, member) in [(1, &b"not-an-id"[..]), (2, b""), (3, b"\xff\xfe"), (4, &[b'a'; 5000])] {
        let mut command = redis::cmd("ZADD");
        command.arg(format!("{prefix}:jobs:urgent")).arg(score).arg(member);
        let added: i64 = command.query_async(&mut connection).await.unwrap();
        assert_eq!(added, 1);
    }
    fill(server, &prefix, &[urgent(1)]).await;
    assert_eq!(pop(&transport, 1).await, [urgent(1)]);
    let left: bool = ask(server, &format!("EXISTS {prefix}:jobs:urgent")).await;
    assert!(!left);
}

#[tokio::test]
async fn an_engineer_can_read_the_queues() {
    let server = PrivateRedis::shared().await.unwrap();
    let prefix = new_prefix();
    fill(server, &prefix, &[routine(0xabc)]).await;
    let ids: Vec<String> = ask(server, &format!("ZRANGE {prefix}:jobs:routine 0 -1")).await;
    assert_eq!(ids, ["00000000-0000-0000-0000-000000000abc"]);
}

#[tokio::test]
async fn a_push_returns_at_once_from_a_server_that_is_silent_or_gone() {
    let (server, transport) = start().await;
    let many: Vec<Nudge> = (1..=1000).map(urgent).collect();
    for freeze in [true, false] {
        if freeze {
            server.freeze().unwrap();
        } else {
            server.kill().unwrap();
        }
        let begun = Instant::now();
        for _ in 0..300 {
            push(&transport, &many).await; // Three times what it holds.
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        until("it has noticed", async || !transport.is_up()).await;
        if freeze {
            server.thaw().unwrap();
        } else {
            server.start_again().unwrap();
        }
        let popping = transport.clone();
        pushed_and_popped(&transport, tokio::spawn(async move { pop(&*popping, 1).await })).await;
    }
}

#[tokio::test]
async fn a_silent_server_is_found_again_by_the_pop_that_waits() {
    let (server, transport) = start().await;
    let waiting = waiting_pop(&server, &transport).await;
    server.freeze().unwrap();
    until("it has noticed", async || !transport.is_up()).await;
    server.thaw().unwrap();
    pushed_and_popped(&transport, waiting).await;
}

#[tokio::test]
async fn a_server_that_refuses_is_not_stormed() {
    let (server, transport) = start().await;
    let mut connection = server.connection().await.unwrap();
    let _: () = ask_over(&mut connection, "SET callab:jobs:urgent taken").await;
    let before = figure(&server, "total_connections_received").await;
    let popping = transport.clone();
    let waiting = tokio::spawn(async move { pop(&*popping, 10).await });
    until("it has noticed", async || !transport.is_up()).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let attempts = figure(&server, "total_connections_received").await - before;
    assert!(attempts < 40, "{attempts} connections in a second");

    let _: i64 = ask_over(&mut connection, "DEL callab:jobs:urgent").await;
    pushed_and_popped(&transport, waiting).await;
    assert!(transport.is_up());
}

#[tokio::test]
async fn a_close_sends_what_was_pushed_and_takes_no_more() {
    let server = PrivateRedis::shared().await.unwrap();
    let prefix = new_prefix();
    let transport = RedisTransport::connect(server.client(), &prefix);
    let many: Vec<Nudge> = (1..=5000).map(urgent).collect();
    push(&transport, &many).await;
    transport.close().await;
    push(&transport, &[urgent(5001)]).await;
    transport.close().await;
    assert_eq!(take(&transport, 5000).await, many);
    let left: bool = ask(server, &format!("EXISTS {prefix}:jobs:urgent")).await;
    assert!(!left);
}
