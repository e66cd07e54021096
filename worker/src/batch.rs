//! What many ask for at the same moment, done together.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::DbErr;
use tokio::sync::{mpsc, oneshot};

/// Why a batch was not done. Everyone who was part of it hears of the same cause.
#[derive(Clone, Debug, thiserror::Error)]
#[error("could not read or write jobs")]
pub struct BatchError(#[source] Arc<DbErr>);

impl From<DbErr> for BatchError {
    fn from(error: DbErr) -> Self {
        Self(Arc::new(error))
    }
}

/// One item that waits to be done, and where its answer goes.
type Ask<I, O> = (I, oneshot::Sender<Result<O, BatchError>>);

/// Gathers items while the batch before is under way: alone, an item waits for nothing, and under load one statement and one
/// flush of the database's log serve many.
#[derive(Debug)]
pub(crate) struct Batches<I, O> {
    asks: mpsc::UnboundedSender<Ask<I, O>>,
}

impl<I: Send + 'static, O: Send + 'static> Batches<I, O> {
    /// Batches of at most `at_most` items. `work` answers each item, in their order, `within` so long or not at all. It ends when this is dropped and the last
    /// batch is done.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub(crate) fn new<W>(at_most: usize, within: Duration, work: W) -> Self
    where
        W: Fn(Vec<I>) -> BoxFuture<'static, Result<Vec<O>, DbErr>> + Send + 'static,
    {
        let (asks, asked) = mpsc::unbounded_channel();
        let work = move |items| {
            let done = AssertUnwindSafe(work(items)).catch_unwind();
            async move {
                match tokio::time::timeout(within, done).await {
                    Ok(Ok(done)) => done,
                    Ok(Err(_)) => Err(DbErr::Custom("it panicked".to_owned())), // The panic hook told more.
                    Err(_) => Err(DbErr::Custom(format!("the database did not answer within {within:?}"))),
                }
            }
            .boxed()
        };
        tokio::spawn(gather(at_most, asked, work));
        Self { asks }
    }

    /// Has one item done, and waits for its answer.
    ///
    /// # Errors
    /// When the batch that it was part of failed.
    pub(crate) async fn ask(&self, item: I) -> Result<O, BatchError> {
        let ended = || BatchError::from(DbErr::Custom("the batch was broken off".to_owned()));
        let (answer, answered) = oneshot::channel();
        self.asks.send((item, answer)).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

async fn gather<I, O, W>(at_most: usize, mut asked: mpsc::UnboundedReceiver<Ask<I, O>>, work: W)
where
    W: Fn(Vec<I>) -> BoxFuture<'static, Result<Vec<O>, DbErr>>,
{
    let mut asks = Vec::with_capacity(at_most);
    while asked.recv_many(&mut asks, at_most).await > 0 {
        let (items, answers): (Vec<I>, Vec<_>) = asks.drain(..).unzip();
        match work(items).await {
            // Whoever asked may be gone: then nobody waits for the answer.
            Ok(done) => {
                for (answer, done) in answers.into_iter().zip(done) {
                    let _ = answer.send(Ok(done));
                }
            }
            Err(error) => {
                let error = BatchError::from(error);
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn items_that_wait_are_done_together_and_each_gets_its_own_answer() {
        let (sizes, mut seen) = unbounded_channel();
        let batches = Batches::new(3, MINUTE, move |items: Vec<u32>| {
            sizes.send(items.len()).unwrap();
            async move { Ok(items.into_iter().map(|item| item * 10).collect()) }.boxed()
        });
        let answers = join_all((1..=7).map(|item| batches.ask(item))).await;
        let answers: Vec<u32> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, [10, 20, 30, 40, 50, 60, 70]);
        drop(batches);
        let mut all = Vec::new();
        while let Some(size) = seen.recv().await {
            all.push(size);
        }
        assert_eq!(all, [3, 3, 1]);
    }

    #[tokio::test]
    async fn a_batch_that_fails_fails_for_all_of_it_and_the_next_goes_on() {
        let batches = Batches::new(8, MINUTE, |items: Vec<u32>| {
            let failed = items.contains(&0);
            async move {
                if failed {
                    Err(DbErr::Custom("broken".to_owned()))
                } else {
                    Ok(items)
                }
            }
            .boxed()
        });
        let (first, second) = tokio::join!(batches.ask(0), batches.ask(1));
        assert!(first.is_err() && second.is_err());
        assert_eq!(batches.ask(2).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_batch_that_hangs_or_panics_holds_up_no_other() {
        let batches = Batches::new(1, Duration::from_millis(20), |items: Vec<u32>| {
            async move {
                match items[0] {
                    0 => std::future::pending().await,
                    1 => panic!("on purpose"),
                    _ => Ok(items),
                }
            }
            .boxed()
        });
        assert!(batches.ask(0).await.is_err());
        assert!(batches.ask(1).await.is_err());
        assert_eq!(batches.ask(2).await.unwrap(), 2);
    }
}
