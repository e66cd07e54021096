//! A schema whose fields panic, fail, and never come.

use std::time::Duration;

use async_graphql::{Error, Object, Result, Schema, Subscription};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::Mutex;

pub(super) type Bad = Schema<Query, Mutation, Subscriptions>;

pub(super) fn bad() -> Bad {
    Schema::new(Query, Mutation::default(), Subscriptions)
}

pub(super) struct Query;

#[Object]
impl Query {
    async fn one(&self) -> i32 {
        1
    }

    /// Fails, and others may answer beside it.
    async fn fails(&self) -> Result<Option<i32>> {
        std::future::ready(Err(Error::new("no"))).await
    }

    async fn panics(&self) -> Option<i32> {
        assert!(std::hint::black_box(false), "a field that panics");
        None
    }

    async fn never(&self) -> i32 {
        std::future::pending().await
    }
}

#[derive(Default)]
pub(super) struct Mutation {
    turn: Mutex<()>,
}

#[Object]
impl Mutation {
    async fn change(&self) -> i32 {
        2
    }

    /// Takes so long, one after the other, as writers of SQLite's do.
    async fn takes_its_turn(&self, ms: u64) -> i32 {
        let _turn = self.turn.lock().await;
        tokio::time::sleep(Duration::from_millis(ms)).await;
        3
    }
}

pub(super) struct Subscriptions;

#[Subscription]
impl Subscriptions {
    /// Counts up to `to`.
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=to)
    }

    /// Counts without an end, every now and then.
    async fn ticks(&self) -> impl Stream<Item = i32> {
        stream::iter(1..).then(async |n| {
            tokio::time::sleep(Duration::from_millis(1)).await;
            n
        })
    }

    /// More than anybody reads.
    async fn floods(&self) -> impl Stream<Item = String> {
        stream::repeat_with(|| "x".repeat(100_000))
    }

    async fn silent(&self) -> impl Stream<Item = i32> {
        stream::pending()
    }

    async fn refuses(&self) -> Result<stream::Empty<i32>> {
        std::future::ready(Err(Error::new("not here"))).await
    }

    async fn panics_after(&self, told: i32) -> impl Stream<Item = i32> {
        stream::iter(0..).map(move |n| {
            assert!(n < told, "a stream that panics");
            n
        })
    }
}
