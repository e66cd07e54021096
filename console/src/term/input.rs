//! Reads the keys, on a thread of its own: half an escape sequence, or a terminal that is gone, must stop nothing but itself.

use std::io;
use std::time::Instant;

use crossterm::event::{Event, read};
use tokio::sync::mpsc;

use super::Replies;
use crate::stumble::stumble;

/// How many keys may wait.
const WAITING: usize = 64;

/// What is typed, pasted and done to the terminal. Its end, or an error, is the terminal's.
///
/// # Errors
/// When there are no more threads.
pub fn listen() -> io::Result<mpsc::Receiver<io::Result<Event>>> {
    let (told, events) = mpsc::channel(WAITING);
    // Not a blocking task of the runtime's: that would be waited for at the end.
    std::thread::Builder::new().name("input".to_owned()).spawn(move || {
        let mut replies = Replies::default();
        loop {
            let event = read();
            stumble("input");
            if event
                .as_ref()
                .is_ok_and(|event| replies.swallows(event, Instant::now()))
            {
                continue;
            }
            let is_over = event.is_err();
            if told.blocking_send(event).is_err() || is_over {
                return;
            }
        }
    })?;
    Ok(events)
}
