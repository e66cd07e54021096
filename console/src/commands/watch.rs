//! `watch`: each change of a connection's health as a line of JSON.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use serde::Serialize;
use tokio::sync::{Notify, mpsc};

use super::Failure;
use super::once::{self, Entry};
use super::output::{Asker, SCHEMA_VERSION, moment, say};
use crate::connection::{Heard, Trouble, follow};
use crate::exit::Exit;
use crate::queries::viewer::NewestEvent;
use crate::state::connection::Connection;
use crate::state::filter::{Filter, matcher};
use crate::state::table::Row;
use crate::surroundings::now;
use cynic::QueryBuilder;

/// How many changes may wait to be written.
const WAITING: usize = 256;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'c> {
    schema_version: u32,
    as_of: String,
    partial: bool,
    stale: usize,
    /// `state` of what stands at the begin, `change` of what changed since.
    kind: &'static str,
    before: Option<&'c str>,
    cursor: Option<&'c str>,
    #[serde(flatten)]
    connection: Entry<'c>,
}

/// What was told of each connection, and to whom.
struct Watch<'w, W> {
    filter: Filter,
    health: HashMap<String, String>,
    out: &'w mut W,
    is_partial: bool,
}

/// Writes lines until it is interrupted, or nobody reads. After a break of the line it goes on where it was; where that is not
/// possible any more, everything is told again.
///
/// # Errors
/// When the API refuses, or nobody reads.
pub async fn watch(asker: &Asker, after: Option<String>, filter: &str, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut watch = Watch {
        filter: Filter::parse(filter),
        health: HashMap::new(),
        out,
        is_partial: false,
    };
    let mut after = after;
    loop {
        let from = match after.take() {
            Some(cursor) => cursor,
            None => watch.begin(asker).await?,
        };
        let (heard, mut news) = mpsc::channel(WAITING);
        let following = tokio::spawn(follow(asker.api().clone(), Some(from), heard, Arc::new(Notify::new())));
        let ended = watch.follow(&mut news).await;
        following.abort();
        ended?;
        say("what happened meanwhile cannot be told: everything is told again");
    }
}

impl<W: Write> Watch<'_, W> {
    /// Tells all as it stands, and answers from where to follow.
    async fn begin(&mut self, asker: &Asker) -> Result<String, Failure> {
        let cursor = asker.ask(NewestEvent::build(())).await?.event_cursor;
        let rows = once::all(asker).await?;
        self.is_partial = asker.is_partial();
        for row in &rows {
            self.tell(row, "state", None)?;
        }
        Ok(cursor)
    }

    /// Tells changes until the gap is too big.
    async fn follow(&mut self, news: &mut mpsc::Receiver<Heard>) -> Result<(), Failure> {
        let mut looks = tokio::time::interval(Duration::from_secs(1));
        loop {
            let heard = tokio::select! {
                heard = news.recv() => heard,
                _ = looks.tick() => {
                    if nobody_reads() {
                        return Err(Failure::Output(std::io::ErrorKind::BrokenPipe.into()));
                    }
                    continue;
                }
            };
            match heard {
                Some(Heard::Changed(account)) => {
                    self.tell(&Connection::from(account.as_ref()), "change", account.cursor.as_deref())?;
                }
                Some(Heard::Open) => {}
                Some(Heard::Closed { why, again_in }) => {
                    say(&format!("{why}; the next try comes in {:.1} s", again_in.as_secs_f64()));
                }
                Some(Heard::GapTooBig) => return Ok(()),
                Some(Heard::SignedOut) | None => return Err(Trouble::SignedOut.into()),
            }
        }
    }

    fn tell(&mut self, row: &Connection, kind: &'static str, cursor: Option<&str>) -> Result<(), Failure> {
        let before = self.health.insert(row.id.clone(), row.judged().name().to_owned());
        let is_same = before.as_deref() == Some(row.judged().name());
        let fits = self
            .filter
            .score(
                &mut matcher(),
                |name| [row.field(name), row.shown_word(name)],
                &row.whole(),
            )
            .is_some();
        if !fits || (kind == "change" && is_same) {
            return Ok(());
        }
        let line = Line {
            schema_version: SCHEMA_VERSION,
            as_of: moment(now()),
            partial: self.is_partial,
            stale: usize::from(row.is_stale),
            kind,
            before: before.as_deref(),
            cursor,
            connection: row.into(),
        };
        serde_json::to_writer(&mut *self.out, &line).map_err(std::io::Error::from)?;
        writeln!(self.out)?;
        self.out.flush()?;
        Ok(())
    }
}

/// Whether the reader of a pipe is gone: without something to write it would not be noticed.
fn nobody_reads() -> bool {
    let out = std::io::stdout();
    let mut asked = [PollFd::new(&out, PollFlags::empty())];
    let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut asked, Some(&now)).is_ok() && asked[0].revents().intersects(PollFlags::ERR | PollFlags::NVAL)
}
