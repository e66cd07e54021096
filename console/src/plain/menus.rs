//! The menus: what needs attention, a connection by its name, jobs, alerts, the audit log.

use std::io::Write;

use tokio::io::AsyncBufRead;

use super::connection;
use super::talk::{Said, Talk};
use crate::commands::lists::{self, Asked, Record};
use crate::commands::{Failure, find, once};
use crate::state::View;
use crate::state::connection::Connection;
use crate::state::table::Row;
use crate::surroundings::now;

/// How many rows are told at once.
const PAGE: usize = 20;

/// How many rows of the lists are read.
const READ: usize = 100;

/// The main menu, until the operator leaves.
pub(super) async fn main<I: AsyncBufRead + Unpin, O: Write>(talk: &mut Talk<I, O>) -> Result<(), Failure> {
    loop {
        talk.freshen().await?;
        talk.say_where()?;
        let problems = talk.rows.values().filter(|row| row.is_problem()).count();
        talk.say(format!("1 what needs attention, worst first ({problems})"))?;
        talk.say(format!("2 all connections ({})", talk.rows.len()))?;
        talk.say("3 find a connection: by name, SID or whole number")?;
        talk.say("4 jobs, failed ones first")?;
        talk.say("5 billing alerts")?;
        talk.say("6 who changed what")?;
        let views: Vec<View> = talk.options.views.clone();
        for (place, view) in views.iter().enumerate() {
            talk.say(format!("{} view {}", place + 7, view.name))?;
        }
        let Said::Line(line) = talk.ask("number, a name to find, or q to quit:").await? else {
            return Ok(());
        };
        let asked = Asked {
            limit: READ,
            ..Asked::default()
        };
        let goes_on = match line.as_str() {
            "" => true,
            "1" => {
                choose(
                    talk,
                    &View {
                        problems_only: true,
                        ..View::default()
                    },
                )
                .await?
            }
            "2" => choose(talk, &View::default()).await?,
            "3" => search(talk).await?,
            "4" => {
                let read = lists::jobs(&talk.asker, &asked).await.map_err(Failure::from);
                list(talk, read).await?
            }
            "5" => {
                let read = lists::billing(&talk.asker, &asked).await.map_err(Failure::from);
                list(talk, read).await?
            }
            "6" => {
                let read = lists::audit(&talk.asker, &asked).await.map_err(Failure::from);
                list(talk, read).await?
            }
            other => match other
                .parse::<usize>()
                .ok()
                .and_then(|number| views.get(number.checked_sub(7)?))
            {
                Some(view) => choose(talk, view).await?,
                None => open(talk, other).await?,
            },
        };
        if !goes_on {
            return Ok(());
        }
    }
}

/// A connection of those in a view. `false` where the operator leaves.
async fn choose<I: AsyncBufRead + Unpin, O: Write>(talk: &mut Talk<I, O>, view: &View) -> Result<bool, Failure> {
    talk.freshen().await?;
    let rows = talk
        .rows
        .values()
        .filter(|row| !view.problems_only || row.is_problem())
        .cloned();
    let rows = once::sorted(rows, &view.filter, view.sort());
    if rows.is_empty() {
        talk.say("none")?;
        return Ok(true);
    }
    let (mut first, mut tells) = (0, true);
    loop {
        for (place, row) in rows.iter().enumerate().skip(first).take(if tells { PAGE } else { 0 }) {
            // As it is by now: it may have changed since the list was made, and keeps its number.
            let line = match talk.rows.get(&row.id) {
                Some(row) => told(row, talk.is_current()),
                None => format!("gone: {}", row.name()),
            };
            talk.say(format!("{} {line}", place + 1))?;
        }
        let more = if first + PAGE < rows.len() { ", m for more" } else { "" };
        let question = format!("{} in all. Number{more}, b for back, q to quit:", rows.len());
        tells = true;
        match talk.ask(&question).await? {
            Said::Leave => return Ok(false),
            Said::Line(line) => match line.as_str() {
                "m" if first + PAGE < rows.len() => first += PAGE,
                "b" | "" => return Ok(true),
                other => {
                    if let Some(row) = numbered(other, &rows) {
                        if !connection::menu(talk, &row.id).await? {
                            return Ok(false);
                        }
                    } else {
                        talk.say("there is no such number")?;
                        tells = false;
                    }
                }
            },
        }
        if tells {
            talk.freshen().await?;
        }
    }
}

/// The row with the number that was typed, counted from 1.
pub(super) fn numbered<'r, R>(line: &str, rows: &'r [R]) -> Option<&'r R> {
    rows.get(line.parse::<usize>().ok()?.checked_sub(1)?)
}

/// A row in a line; `is_current` tells whether it is as it is now.
fn told(row: &Connection, is_current: bool) -> String {
    let cause = row.likely_cause();
    let cause = if cause.is_empty() { cause } else { format!(": {cause}") };
    format!("{}, {}{cause}", row.in_words(is_current, now()), row.name())
}

async fn search<I: AsyncBufRead + Unpin, O: Write>(talk: &mut Talk<I, O>) -> Result<bool, Failure> {
    match talk.ask("name, SID or whole number:").await? {
        Said::Leave => Ok(false),
        Said::Line(line) if line.is_empty() => Ok(true),
        Said::Line(line) => open(talk, &line).await,
    }
}

/// Opens what is meant; where several are, tells them.
async fn open<I: AsyncBufRead + Unpin, O: Write>(talk: &mut Talk<I, O>, meant: &str) -> Result<bool, Failure> {
    match find::connections(&talk.asker, meant).await {
        Ok(rows) if rows.len() > 1 => {
            let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
            for row in rows {
                talk.rows.insert(row.id.clone(), row); // Newer than what was known.
            }
            pick(talk, &ids).await
        }
        Ok(rows) => {
            let Some(row) = rows.into_iter().next() else {
                talk.say("there is no such connection")?;
                return Ok(true);
            };
            let id = row.id.clone();
            talk.rows.insert(id.clone(), row);
            connection::menu(talk, &id).await
        }
        Err(error) => {
            talk.survive::<()>(Err(error))?;
            Ok(true)
        }
    }
}

/// One of a few.
async fn pick<I: AsyncBufRead + Unpin, O: Write>(talk: &mut Talk<I, O>, ids: &[String]) -> Result<bool, Failure> {
    for (place, id) in ids.iter().enumerate() {
        let row = talk.rows.get(id);
        let line = row.map(|row| told(row, talk.is_current())).unwrap_or_default();
        talk.say(format!("{} {line}", place + 1))?;
    }
    match talk.ask("several are meant. Number, or b for back:").await? {
        Said::Leave => Ok(false),
        Said::Line(line) => match numbered(&line, ids) {
            Some(id) => connection::menu(talk, id).await,
            None => Ok(true),
        },
    }
}

/// Tells a list.
pub(super) async fn list<I: AsyncBufRead + Unpin, O: Write, R: Record>(
    talk: &mut Talk<I, O>,
    read: Result<lists::Read<R>, Failure>,
) -> Result<bool, Failure> {
    let Some(read) = talk.survive(read)? else {
        return Ok(true);
    };
    let more = if read.has_more { ", and there are more" } else { "" };
    let rows = once::arranged(read.rows, "");
    let mut first = 0;
    loop {
        for row in rows.iter().skip(first).take(PAGE) {
            talk.say_all(row.line(now()).as_bytes())?;
        }
        first += PAGE;
        if first >= rows.len() {
            talk.say(format!("{} in all{more}.", rows.len()))?;
            return Ok(true);
        }
        match talk.ask("m for more, anything else for back:").await? {
            Said::Leave => return Ok(false),
            Said::Line(line) if line == "m" => {}
            Said::Line(_) => return Ok(true),
        }
    }
}
