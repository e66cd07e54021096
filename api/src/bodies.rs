//! Memory for bodies that are on their way in. Who sends one slowly, or stops in the middle of it, holds what has come: small ones are
//! bounded by the number of connections, large ones by places, which are few.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use domain::places::Places;
use futures_util::StreamExt;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long a body may take to arrive: those asked of us are small, and come in one piece from all but the slowest. Twilio gives up on the
/// whole of a webhook after 15 seconds.
pub(crate) const WITHIN: Duration = Duration::from_secs(10);

/// As many bytes come in without a place: a connection's own buffers hold about as much. Most requests are smaller.
const SMALL: usize = 16 * 1024;

/// The places for large bodies of each `K` and of all of them. Cheap to clone; every clone is the same places.
#[derive(Clone, Debug)]
pub(crate) struct Bodies<K> {
    of_each: Places<K>,
    of_all: Arc<Semaphore>,
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is larger than it may be.
    TooLarge,
    /// It did not come to an end in time.
    Slow,
    /// It broke off.
    CutOff,
    /// As many large ones of the same `K` are on their way as may be.
    TooMany,
}

impl<K: Hash + Eq + Clone> Bodies<K> {
    /// At most so many large bodies of each, and of all together, at the same time.
    pub(crate) fn at_once(of_each: usize, of_all: usize) -> Self {
        Self {
            of_each: Places::new(of_each),
            of_all: Arc::new(Semaphore::new(of_all)),
        }
    }

    /// Reads a whole body of at most so many bytes, within this time. A large one waits until there is room for one more of all.
    ///
    /// # Errors
    /// Why it was not read to its end.
    pub(crate) async fn read(&self, of: K, body: Body, most: usize, within: Duration) -> Result<Bytes, Unread> {
        timeout(within, self.read_all(of, body, most))
            .await
            .map_err(|_| Unread::Slow)?
    }

    async fn read_all(&self, of: K, body: Body, most: usize) -> Result<Bytes, Unread> {
        let (mut whole, mut place) = (Vec::new(), None);
        let mut parts = body.into_data_stream();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|_| Unread::CutOff)?;
            let length = whole.len() + part.len();
            if length > most {
                return Err(Unread::TooLarge);
            }
            if length > SMALL && place.is_none() {
                let of_each = self.of_each.take(of.clone()).ok_or(Unread::TooMany)?;
                let of_all = self.of_all.acquire().await; // It is never closed.
                place = Some((of_each, of_all));
            }
            whole.extend_from_slice(&part);
        }
        Ok(whole.into())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{FutureExt, stream};

    use super::*;

    const SOON: Duration = Duration::from_millis(50);
    const MOST: usize = 4 * SMALL;

    /// A body that begins with so many bytes and does not end.
    fn stalled(bytes: usize) -> Body {
        let begun = stream::once(async move { Ok::<_, Infallible>(vec![b' '; bytes]) });
        Body::from_stream(begun.chain(stream::pending()))
    }

    #[tokio::test]
    async fn a_body_is_read_whole_and_no_more_than_it_may_have() {
        let bodies = Bodies::at_once(1, 1);
        let read = async |bytes: usize| bodies.read("a", Body::from(vec![b'x'; bytes]), MOST, SOON).await;
        assert_eq!(read(MOST).await.map(|body| body.len()), Ok(MOST));
        assert_eq!(read(MOST + 1).await, Err(Unread::TooLarge));
        assert_eq!(read(0).await.map(|body| body.len()), Ok(0));
        let broken = Body::from_stream(stream::once(async { Err::<Bytes, _>(std::io::Error::other("gone")) }));
        assert_eq!(bodies.read("a", broken, MOST, SOON).await, Err(Unread::CutOff));
        assert_eq!(bodies.read("a", stalled(1), MOST, SOON).await, Err(Unread::Slow));
    }

    #[tokio::test]
    async fn large_bodies_have_places_and_small_ones_need_none() {
        let bodies = Bodies::at_once(1, 2);
        let long = Duration::from_mins(1);
        let begin = |of, bytes| {
            let bodies = bodies.clone();
            tokio::spawn(async move { bodies.read(of, stalled(bytes), MOST, long).await })
        };
        let first = begin("a", SMALL + 1);
        tokio::task::yield_now().await;
        assert_eq!(begin("a", SMALL + 1).await.unwrap(), Err(Unread::TooMany));
        let second = begin("b", SMALL + 1);
        tokio::task::yield_now().await;
        let large = || Body::from(vec![b'x'; SMALL + 1]);
        let waits = bodies.read("c", large(), MOST, SOON).await;
        assert_eq!(waits, Err(Unread::Slow), "there is room for two");
        let small = bodies.read("a", Body::from(vec![b'x'; SMALL]), MOST, SOON);
        assert!(small.now_or_never().expect("at once").is_ok());
        first.abort();
        let _ = first.await;
        assert!(
            bodies.read("c", large(), MOST, SOON).await.is_ok(),
            "its place was given back"
        );
        second.abort();
    }
}
