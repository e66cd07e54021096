//! Answers that were made and are not read yet. Their memory is held by who asked, for as long as they like to read: each person may
//! have so much of it, and nothing more is carried out for them until they have read.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Response;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, header};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::room::busy;
use crate::person::Person;

/// The most bytes of answers that one person has not read, when something more of theirs is begun. What runs then comes on top.
const MOST: usize = 16 << 20;

/// An answer that is not written yet takes so many times the bytes that it will be: each value has its place in a tree.
const OF_A_TREE: usize = 4;

/// As many bytes of an answer are on their way at once. Smaller answers are not counted over HTTP: a connection buffers as much.
const PIECE: usize = 64 * 1024;

/// What is not read yet in one process. Cheap to clone; every clone counts the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Undelivered(Arc<Mutex<HashMap<Person, usize>>>);

/// An answer that is not read yet. It counts until it is dropped.
#[derive(Debug)]
struct Held {
    all: Undelivered,
    of: Person,
    bytes: usize,
}

impl Undelivered {
    /// Whether more may be carried out for somebody.
    ///
    /// # Errors
    /// With the answer to one who has to read first.
    pub(super) fn look_at(&self, of: &Person) -> Result<(), Box<Response>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.get(of).is_none_or(|bytes| *bytes < MOST) {
            return Ok(());
        }
        let message = "Answers of yours wait to be read. Read them first: nothing of this was carried out.";
        Err(Box::new(busy("undelivered", message)))
    }

    fn hold(&self, of: &Person, bytes: usize) -> Held {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *held.entry(of.clone()).or_default() += bytes;
        Held {
            all: self.clone(),
            of: of.clone(),
            bytes,
        }
    }

    /// The same HTTP answer, counted until it is sent.
    pub(super) fn sent(&self, of: &Person, answer: axum::response::Response) -> axum::response::Response {
        let (mut parts, body) = answer.into_parts();
        let bytes = match body.size_hint().exact() {
            Some(bytes) if bytes > PIECE as u64 => bytes,
            _ => return axum::response::Response::from_parts(parts, body),
        };
        let held = self.hold(of, usize::try_from(bytes).unwrap_or(usize::MAX));
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
        // It is in memory: as one piece, of which a connection would take all at once. A copy of a part lets go of the whole.
        let whole = body.into_data_stream().map(move |whole| {
            let _ = &held;
            whole.map(|whole| stream::iter(pieces(whole)).map(Ok::<_, axum::Error>))
        });
        let pieces = whole.flat_map(|whole| match whole {
            Ok(pieces) => pieces.left_stream(),
            Err(error) => stream::iter([Err(error)]).right_stream(),
        });
        axum::response::Response::from_parts(parts, Body::from_stream(pieces))
    }

    /// The same answers of a socket, each counted until the next is asked for, which is once it was taken. They end where too much is
    /// not read.
    pub(super) fn taken(&self, of: Person, answers: BoxStream<'static, Response>) -> BoxStream<'static, Response> {
        let all = self.clone();
        stream::unfold(Some((answers, None)), move |state| {
            let (all, of) = (all.clone(), of.clone());
            async move {
                let (mut answers, taken): (_, Option<Held>) = state?;
                drop(taken);
                if let Err(busy) = all.look_at(&of) {
                    return Some((*busy, None));
                }
                let answer: Response = answers.next().await?;
                let held = all.hold(&of, length(&answer).saturating_mul(OF_A_TREE));
                Some((answer, Some((answers, Some(held)))))
            }
        })
        .boxed()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = held.get_mut(&self.of) {
            *bytes = bytes.saturating_sub(self.bytes);
            if *bytes == 0 {
                held.remove(&self.of);
            }
        }
    }
}

fn pieces(whole: Bytes) -> impl Iterator<Item = Bytes> {
    (0..whole.len())
        .step_by(PIECE)
        .map(move |from| Bytes::copy_from_slice(&whole[from..whole.len().min(from + PIECE)]))
}

/// How many bytes an answer will be.
fn length(answer: &Response) -> usize {
    struct Count(usize);
    impl Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    let _ = serde_json::to_writer(&mut count, answer); // What cannot be written is told where it is.
    count.0
}

#[cfg(test)]
mod tests {
    use async_graphql::Value;
    use axum::body::to_bytes;

    use super::super::is_busy;
    use super::*;

    fn somebody(name: &str) -> Person {
        (None, name.to_owned())
    }

    fn text(bytes: usize) -> Response {
        Response::new(Value::from("x".repeat(bytes)))
    }

    #[tokio::test]
    async fn an_answer_over_http_counts_until_it_is_sent_and_comes_whole() {
        let (all, one) = (Undelivered::default(), somebody("one"));
        let whole = Bytes::from((0..=250).cycle().take(MOST).collect::<Vec<u8>>());
        let answer = all.sent(&one, axum::response::Response::new(whole.clone().into()));
        assert_eq!(answer.headers()["content-length"], MOST.to_string());
        assert!(is_busy(&all.look_at(&one).unwrap_err()));
        assert!(all.look_at(&somebody("other")).is_ok());
        assert!(to_bytes(answer.into_body(), usize::MAX).await.unwrap() == whole);
        assert!(all.look_at(&one).is_ok());
        assert!(all.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_answer_that_is_given_up_counts_no_more() {
        let (all, one) = (Undelivered::default(), somebody("one"));
        let answer = all.sent(&one, axum::response::Response::new(vec![0; MOST].into()));
        let mut pieces = answer.into_body().into_data_stream();
        assert_eq!(pieces.next().await.unwrap().unwrap().len(), PIECE);
        assert!(all.look_at(&one).is_err(), "most of it is not sent");
        drop(pieces);
        assert!(all.look_at(&one).is_ok());
    }

    #[tokio::test]
    async fn answers_of_sockets_count_until_they_are_taken_and_end_where_too_much_waits() {
        let (all, one) = (Undelivered::default(), somebody("one"));
        let follow = || all.taken(one.clone(), stream::repeat_with(|| text(MOST / 8)).boxed());
        let (mut first, mut second) = (follow(), follow());
        assert!(!is_busy(&first.next().await.unwrap()));
        assert!(!is_busy(&first.next().await.unwrap()), "the one before was taken");
        assert!(
            !is_busy(&second.next().await.unwrap()),
            "half of what may wait is the first one's"
        );
        let mut third = follow();
        assert!(is_busy(&third.next().await.unwrap()));
        assert!(third.next().await.is_none());
        drop((first, second));
        assert!(!is_busy(&follow().next().await.unwrap()));
    }
}
