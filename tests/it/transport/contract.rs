//! What a worker relies on, whatever the transport.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::jobs::{Nudge, Queue as _};
use tokio_util::sync::CancellationToken;
use worker::Source as _;

use super::{Bench, InMemory, OverRedis, number, pop, routine, soon, take, urgent};

/// Runs each of these on every transport.
macro_rules! on_every_transport {
    ($($name:ident)*) => {
        mod in_memory {
            $(#[tokio::test] async fn $name() { super::$name::<super::InMemory>().await; })*
        }
        mod over_redis {
            $(#[tokio::test] async fn $name() { super::$name::<super::OverRedis>().await; })*
        }
    };
}

on_every_transport! {
    urgent_ids_overtake_routine_ones_which_get_one_turn_in_eight
    ids_of_a_queue_are_popped_in_the_order_of_their_push
    a_pop_that_waits_is_woken_by_a_push
    a_stop_ends_a_pop_that_waits
    a_pop_takes_no_more_than_it_was_asked_for
    what_is_put_back_is_next_in_its_old_order
    what_is_put_back_and_waits_again_is_next_and_comes_once
    an_id_that_waits_is_not_added_twice
    an_id_that_was_popped_can_be_pushed_again
    two_that_pop_never_get_the_same_id
}

async fn urgent_ids_overtake_routine_ones_which_get_one_turn_in_eight<B: Bench>() {
    let bench = B::new().await;
    let patient: Vec<Nudge> = (101..=104).map(routine).collect();
    let pressing: Vec<Nudge> = (1..=40).map(urgent).collect();
    bench.fill(&patient).await;
    bench.fill(&pressing).await;

    let mut order = Vec::new();
    for _ in 0..44 {
        order.extend(pop(&*bench.transport(), 1).await);
    }

    let places: Vec<usize> = (0..44).filter(|place| patient.contains(&order[*place])).collect();
    assert_eq!(places, [7, 15, 23, 31]);
}

async fn ids_of_a_queue_are_popped_in_the_order_of_their_push<B: Bench>() {
    let bench = B::new().await;
    // Numbers that fall: an order by the ids themselves would be another.
    let all: Vec<Nudge> = (1..=3000).rev().map(routine).collect();
    for part in all.chunks(1100) {
        bench.fill(part).await;
    }
    let mut popped = take(&*bench.transport(), 1).await;
    popped.extend(take(&*bench.transport(), 7).await);
    popped.extend(take(&*bench.transport(), 2992).await);
    assert_eq!(popped, all);
}

async fn a_pop_that_waits_is_woken_by_a_push<B: Bench>() {
    let bench = B::new().await;
    let begun = Instant::now();
    for number in 1..=60 {
        let transport = bench.transport();
        let popping = tokio::spawn(async move { pop(&*transport, 10).await });
        tokio::task::yield_now().await;
        bench.transport().push(&[urgent(number)]).await.expect("taken");
        assert_eq!(popping.await.expect("no panic"), [urgent(number)]);
    }
    // Whoever looks twice a second takes 15 seconds on average.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

async fn a_stop_ends_a_pop_that_waits<B: Bench>() {
    let bench = B::new().await;
    let (transport, stop) = (bench.transport(), CancellationToken::new());
    let waiting = transport.pop(10.try_into().unwrap(), &stop);
    let (popped, ()) = soon(async { tokio::join!(waiting, async { stop.cancel() }) }).await;
    assert_eq!(popped, []);

    bench.fill(&[urgent(1)]).await;
    assert_eq!(
        transport.pop(10.try_into().unwrap(), &stop).await,
        [],
        "it takes no more"
    );
    assert_eq!(pop(&*transport, 10).await, [urgent(1)], "and loses nothing");
}

async fn a_pop_takes_no_more_than_it_was_asked_for<B: Bench>() {
    let bench = B::new().await;
    let five: Vec<Nudge> = (1..=5).map(urgent).collect();
    bench.fill(&five).await;
    assert_eq!(pop(&*bench.transport(), 2).await, five[..2]);
    assert_eq!(pop(&*bench.another(), 10).await, five[2..], "the rest is for others");
}

async fn what_is_put_back_is_next_in_its_old_order<B: Bench>() {
    let bench = B::new().await;
    let all: Vec<Nudge> = (1..=5).map(routine).collect();
    bench.fill(&all).await;
    let two = pop(&*bench.transport(), 2).await;
    let one = pop(&*bench.another(), 1).await;
    bench.another().put_back(one).await;
    bench.transport().put_back(two).await;
    bench.transport().put_back(vec![urgent(6)]).await;
    assert_eq!(pop(&*bench.transport(), 1).await, [urgent(6)], "each in its queue");
    assert_eq!(take(&*bench.transport(), 5).await, all);
}

async fn what_is_put_back_and_waits_again_is_next_and_comes_once<B: Bench>() {
    let bench = B::new().await;
    bench.fill(&[urgent(1), urgent(2)]).await;
    let one = pop(&*bench.transport(), 1).await;
    bench.fill(&one).await;
    bench.transport().put_back(one).await;
    bench.fill(&[urgent(3)]).await;
    assert_eq!(take(&*bench.transport(), 3).await, [urgent(1), urgent(2), urgent(3)]);
}

async fn an_id_that_waits_is_not_added_twice<B: Bench>() {
    let bench = B::new().await;
    bench.fill(&[urgent(1), urgent(1), urgent(2)]).await;
    bench.fill(&[urgent(2), urgent(1)]).await;
    bench.fill(&[urgent(3)]).await;
    assert_eq!(take(&*bench.transport(), 3).await, [urgent(1), urgent(2), urgent(3)]);
}

async fn an_id_that_was_popped_can_be_pushed_again<B: Bench>() {
    let bench = B::new().await;
    for _ in 0..3 {
        bench.fill(&[urgent(1)]).await;
        assert_eq!(pop(&*bench.transport(), 10).await, [urgent(1)]);
    }
}

async fn two_that_pop_never_get_the_same_id<B: Bench>() {
    let bench = B::new().await;
    let all: Vec<Nudge> = (1..=500).map(urgent).collect();
    bench.fill(&all).await;
    let (stop, count) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
    let popping: Vec<_> = [bench.transport(), bench.another()]
        .into_iter()
        .map(|transport| {
            let (stop, count) = (stop.clone(), count.clone());
            tokio::spawn(async move {
                let mut popped = Vec::new();
                while !stop.is_cancelled() {
                    let some = transport.pop(7.try_into().unwrap(), &stop).await;
                    if count.fetch_add(some.len(), Ordering::SeqCst) + some.len() >= 500 {
                        stop.cancel();
                    }
                    popped.extend(some);
                }
                popped
            })
        })
        .collect();
    let mut popped = Vec::new();
    for one in popping {
        popped.extend(soon(one).await.expect("no panic"));
    }
    popped.sort_by_key(number);
    assert_eq!(popped, all);
}
