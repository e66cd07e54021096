//! `--plain`: numbered menus that are read by line, and a line for each change. No alternate screen, no boxes, no cursor moves:
//! for screen readers, dumb terminals and logs.

mod connection;
mod live;
mod menus;
mod talk;
mod test_call;

use std::io;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, BufReader};

use crate::commands::{self, Asker, Failure};
use crate::connection::Api;
use crate::exit::Exit;
use crate::queries::calls::TestCall;
use crate::state::{FRESH_FOR, View, WRITES_FOR};
pub use talk::Talk;

/// How it is started.
#[derive(Debug)]
pub struct Options {
    /// The word for the installation.
    pub environment: String,
    /// Whether things may be changed, as far as the role allows.
    pub write: bool,
    /// For how long without a line they may be: then the conversation only reads.
    pub writes_for: TimeDelta,
    /// For so long what was read of the connections is told without being read again.
    pub fresh_for: TimeDelta,
    /// Saved views.
    pub views: Vec<View>,
    /// The test call that goes on: it is hung up where the operator breaks off.
    pub running: Arc<Mutex<Option<TestCall>>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            environment: String::new(),
            write: false,
            writes_for: WRITES_FOR,
            fresh_for: FRESH_FOR,
            views: Vec::new(),
            running: Arc::default(),
        }
    }
}

/// Talks with the operator on standard input and output, until they quit or the input ends.
///
/// # Errors
/// When the session is over, or nobody reads.
pub async fn run(api: Api, options: Options) -> Result<Exit, Failure> {
    let input = BufReader::new(tokio::io::stdin());
    let (asker, running) = (Asker::new(api.clone()), options.running.clone());
    tokio::select! {
        ended = run_on(api, options, input, io::stdout()) => return ended,
        _ = tokio::signal::ctrl_c() => {}
    }
    let test = running.lock().ok().and_then(|mut running| running.take());
    if let Some(test) = test {
        commands::test_call::hang_up(&asker, &test).await?;
        commands::say("the test call was hung up");
    }
    Err(Failure::Interrupted)
}

/// The same on any input and output.
///
/// # Errors
/// When the session is over, or nobody reads.
pub async fn run_on(
    api: Api,
    options: Options,
    input: impl AsyncBufRead + Unpin,
    out: impl io::Write,
) -> Result<Exit, Failure> {
    let mut talk = Talk::begin(Asker::new(api), options, input.lines(), out).await?;
    menus::main(&mut talk).await?;
    Ok(Exit::Good)
}
