//! The conversation: what is said, what the operator answers, and what happens meanwhile.

use std::collections::HashMap;
use std::fmt::Display;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Local, Utc};
use cynic::QueryBuilder;
use tokio::io::{AsyncBufRead, Lines};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::{Options, live};
use crate::commands::{Asker, Failure, once};
use crate::connection::{Heard, Trouble, follow};
use crate::queries::calls::IdVars;
use crate::queries::commands::find::ConnectionById;
use crate::queries::viewer::{NewestEvent, Permission, WhoAmI};
use crate::scrub::scrub;
use crate::state::connection::Connection;
use crate::state::table::{Counted, Row};
use crate::state::totals;
use crate::surroundings::now;
use crate::view::text::age;

/// How many news may wait.
const WAITING: usize = 256;

/// How long the line may take to be open before the conversation begins without it.
const OPENS_WITHIN: Duration = Duration::from_secs(2);

/// The conversation.
pub struct Talk<I, O> {
    /// The API.
    pub(super) asker: Asker,
    /// How it was started.
    pub(super) options: Options,
    /// All connections by their ids.
    pub(super) rows: HashMap<String, Connection>,
    permissions: Vec<Permission>,
    who: String,
    input: Lines<I>,
    out: O,
    news: mpsc::Receiver<Heard>,
    follower: JoinHandle<()>,
    /// When all connections were read last.
    read_at: DateTime<Utc>,
    /// Whether the last reading failed: what is told is of an earlier one.
    is_old: bool,
    /// Whether changes are told as they happen.
    is_live: bool,
    /// Whether the operator was told that it is not.
    was_told: bool,
    /// When the operator typed a line last, or began.
    typed_at: DateTime<Utc>,
}

impl<I, O> Drop for Talk<I, O> {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

/// What the operator answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A line.
    Line(String),
    /// That they leave, or the input ended.
    Leave,
}

impl<I: AsyncBufRead + Unpin, O: Write> Talk<I, O> {
    /// Reads all connections, and follows what becomes of them.
    pub(super) async fn begin(asker: Asker, options: Options, input: Lines<I>, out: O) -> Result<Self, Failure> {
        let who = asker.ask(WhoAmI::build(())).await?.viewer;
        let (heard, news) = mpsc::channel(1);
        drop(heard);
        let mut talk = Self {
            asker,
            options,
            rows: HashMap::new(),
            permissions: who.permissions,
            who: format!("{} ({})", scrub(&who.subject, 60), who.role.word()),
            input,
            out,
            news,
            follower: tokio::spawn(async {}),
            read_at: now(),
            is_old: false,
            is_live: false,
            was_told: false,
            typed_at: now(),
        };
        talk.read_all().await?;
        // So that the first thing that is said of the line is how it is.
        let opened = tokio::time::timeout(OPENS_WITHIN, talk.news.recv()).await;
        if let Ok(heard) = opened {
            talk.heard(heard).await?;
        }
        Ok(talk)
    }

    async fn read_all(&mut self) -> Result<(), Failure> {
        let cursor = self.asker.ask(NewestEvent::build(())).await?.event_cursor;
        self.take(once::all(&self.asker).await?);
        let (heard, news) = mpsc::channel(WAITING);
        self.follower.abort();
        self.follower = tokio::spawn(follow(
            self.asker.api().clone(),
            Some(cursor),
            heard,
            Arc::new(Notify::new()),
        ));
        self.news = news;
        Ok(())
    }

    fn take(&mut self, rows: Vec<Connection>) {
        self.rows = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        (self.read_at, self.is_old) = (now(), false);
    }

    /// Reads all connections again where they were read a while ago: no event tells of their figures, nor that nobody checks them any
    /// more. What cannot be read stays as it was last known; while the line is down it is said to be that anyway.
    pub(super) async fn freshen(&mut self) -> Result<(), Failure> {
        let is_fresh = !self.is_old && now() - self.read_at < self.options.fresh_for;
        if is_fresh || !self.is_live {
            return Ok(());
        }
        let read = once::all(&self.asker).await;
        match self.survive(read.map_err(Failure::from))? {
            Some(rows) => self.take(rows),
            None => self.is_old = true,
        }
        Ok(())
    }

    /// Reads one connection again; it is gone where there is none any more.
    pub(super) async fn renew(&mut self, id: &str) -> Result<(), Failure> {
        if !self.is_live {
            return Ok(());
        }
        let read = self.asker.ask(ConnectionById::build(IdVars { id: id.into() })).await;
        match self.survive(read.map_err(Failure::from))? {
            Some(read) => {
                self.rows.remove(id);
                let row = read.twilio_account.as_ref().map(Connection::from);
                self.rows.extend(row.map(|row| (row.id.clone(), row)));
            }
            None => self.is_old = true,
        }
        Ok(())
    }

    /// Whether what is known of the connections is as it is now.
    pub(super) fn is_current(&self) -> bool {
        self.is_live && !self.is_old
    }

    /// Says a line.
    pub(super) fn say(&mut self, line: impl Display) -> Result<(), Failure> {
        writeln!(self.out, "{line}")?;
        self.out.flush()?;
        Ok(())
    }

    /// Says lines that were made for eyes, without the gaps that make columns of them.
    pub(super) fn say_all(&mut self, lines: &[u8]) -> Result<(), Failure> {
        for line in String::from_utf8_lossy(lines)
            .lines()
            .filter(|line| !line.trim().is_empty())
        {
            let words: Vec<&str> = line.split_whitespace().collect();
            self.say(words.join(" "))?;
        }
        Ok(())
    }

    /// The API, and where to write while it is asked.
    pub(super) fn parts(&mut self) -> (&Asker, &mut O) {
        (&self.asker, &mut self.out)
    }

    /// Says where one is: installation, operator, what is allowed, whether it is live, and how all connections are.
    pub(super) fn say_where(&mut self) -> Result<(), Failure> {
        let mode = if self.options.write {
            "may change things"
        } else {
            "reading only"
        };
        let how = if self.is_live { "live" } else { "not live" };
        let rows: Vec<Counted> = self.rows.values().filter_map(Row::counted).collect();
        let (counts, stale) = totals(rows.iter().map(|counted| (counted, 1)), self.is_current());
        let counts = counts.iter().filter(|(_, count)| *count > 0);
        let mut counts: Vec<String> = counts
            .map(|(health, count)| format!("{count} {}", health.name()))
            .collect();
        let (known, all) = if self.is_current() {
            (String::new(), "")
        } else {
            (format!("Last known, read {} ago: ", age(self.read_at, now())), "all ")
        };
        if stale > 0 {
            counts.push(format!("{all}{stale} stale"));
        }
        if counts.is_empty() {
            counts.push("no connections".to_owned());
        }
        let line = format!(
            "{}, {}, {mode}, {how}. {known}{}.",
            self.options.environment,
            self.who,
            counts.join(", ")
        );
        self.say(line)
    }

    /// Waits for a line of the operator's. What happens meanwhile is told.
    pub(super) async fn ask(&mut self, question: &str) -> Result<Said, Failure> {
        self.say(question)?;
        loop {
            let may_still = self.options.writes_for - (now() - self.typed_at);
            tokio::select! {
                line = self.input.next_line() => {
                    // This machine may have slept meanwhile.
                    self.fall_back()?;
                    self.typed_at = now();
                    return Ok(match line? {
                        Some(line) if matches!(line.trim(), "q" | "quit") => Said::Leave,
                        Some(line) => Said::Line(scrub(line.trim(), 200)),
                        None => Said::Leave,
                    });
                }
                heard = self.news.recv() => self.heard(heard).await?,
                () = sleep(may_still.to_std().unwrap_or_default()), if self.options.write => self.fall_back()?,
            }
        }
    }

    /// Only reads from now on, where nothing was typed for too long: who comes by may not be who began.
    fn fall_back(&mut self) -> Result<(), Failure> {
        let options = &mut self.options;
        if !options.write || now() - self.typed_at < options.writes_for {
            return Ok(());
        }
        options.write = false;
        let minutes = options.writes_for.num_minutes();
        self.say_now(&format!(
            "{minutes} minutes without a line: reading only, start with --write to change things"
        ))
    }

    /// Tells what happened.
    async fn heard(&mut self, heard: Option<Heard>) -> Result<(), Failure> {
        match heard {
            Some(Heard::Changed(account)) => {
                let row = Connection::from(account.as_ref());
                let before = self.rows.insert(row.id.clone(), row.clone());
                if let Some(line) = live::change(before.as_ref(), &row, now()) {
                    self.say_now(&line)?;
                }
            }
            Some(Heard::Open) => {
                self.is_live = true;
                if std::mem::take(&mut self.was_told) {
                    self.say_now("live again: what was missed is told now")?;
                }
            }
            Some(Heard::Closed { why, .. }) if !self.was_told => {
                (self.is_live, self.was_told) = (false, true);
                self.say_now(&format!(
                    "not live any more: {why}. What is told from now on is how it was."
                ))?;
            }
            Some(Heard::Closed { .. }) => {}
            Some(Heard::GapTooBig) => {
                self.say_now("what happened meanwhile cannot be told: everything was read again")?;
                self.read_all().await?;
            }
            Some(Heard::SignedOut) | None => return Err(Trouble::SignedOut.into()),
        }
        Ok(())
    }

    /// Says a line with the time of day.
    fn say_now(&mut self, line: &str) -> Result<(), Failure> {
        let at = now().with_timezone(&Local).format("%H:%M");
        self.say(format!("{at} {line}"))
    }

    /// Whether something may be changed; says why where it may not.
    pub(super) fn may(&mut self, permission: &Permission) -> Result<bool, Failure> {
        let why = if !self.options.write {
            "that changes something, and this session only reads: start with --write"
        } else if !self.permissions.contains(permission) {
            "your role does not allow it"
        } else if !self.is_live {
            "not while the line to the API is down"
        } else {
            return Ok(true);
        };
        self.say(why)?;
        Ok(false)
    }

    /// Tells of a failure, and goes on; only what ends the session ends the conversation.
    pub(super) fn survive<T>(&mut self, done: Result<T, Failure>) -> Result<Option<T>, Failure> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(Failure::Api(Trouble::SignedOut)) => Err(Trouble::SignedOut.into()),
            Err(error @ (Failure::Output(_) | Failure::Interrupted)) => Err(error),
            Err(other) => {
                self.say(format!("that did not work: {other}"))?;
                Ok(None)
            }
        }
    }
}
