//! One connection: why its calls do not connect, and what can be done about it.

use std::cell::RefCell;
use std::io::Write;
use std::path::Path;

use cynic::QueryBuilder;
use tokio::io::AsyncBufRead;

use super::menus::list;
use super::talk::{Said, Talk};
use super::test_call;
use crate::bundle::{contents, file_name};
use crate::commands::change::{self, What};
use crate::commands::lists::{self, Asked};
use crate::commands::{Failure, bundle, diagnose, show};
use crate::queries::diagnosis::{Detail as Question, DetailVars};
use crate::queries::viewer::Permission;
use crate::state::Advice;
use crate::state::connection::Connection;
use crate::state::detail::Detail;
use crate::surroundings::now;

/// What can be asked for.
const MENU: [&str; 9] = [
    "1 why calls do not connect: the checks",
    "2 reply for the customer",
    "3 numbers",
    "4 calls",
    "5 test call",
    "6 verify again",
    "7 read the numbers again",
    "8 support bundle",
    "9 who changed what",
];

/// How many rows of the lists are read.
const READ: usize = 100;

/// The connection's menu. `false` where the operator leaves.
pub(super) async fn menu<I: AsyncBufRead + Unpin, O: Write>(talk: &mut Talk<I, O>, id: &str) -> Result<bool, Failure> {
    let mut tells = true;
    loop {
        if tells {
            talk.renew(id).await?;
        }
        let Some(row) = talk.rows.get(id).cloned() else {
            talk.say("this connection is gone")?;
            return Ok(true);
        };
        if tells {
            let detail = detail(talk, id).await?;
            let mut told = Vec::new();
            show::text(&mut told, (&row, talk.is_current()), detail.as_ref(), now())?;
            talk.say_all(&told)?;
            for line in MENU {
                talk.say(line)?;
            }
        }
        tells = false;
        let asked = Asked {
            account: Some(id.to_owned()),
            since: None,
            limit: READ,
        };
        let Said::Line(line) = talk.ask("number, m for the menu, b for back, q to quit:").await? else {
            return Ok(false);
        };
        let goes_on = match line.as_str() {
            "1" => {
                if let Some(detail) = detail(talk, id).await? {
                    let mut told = Vec::new();
                    diagnose::text(&mut told, &row, &detail)?;
                    talk.say_all(&told)?;
                }
                true
            }
            "2" => {
                if let Some(detail) = detail(talk, id).await? {
                    talk.say(Advice::of(Some(&row), &detail).reply)?;
                }
                true
            }
            "3" => {
                let read = lists::numbers(&talk.asker, &asked).await.map_err(Failure::from);
                list(talk, read).await?
            }
            "4" => {
                let read = lists::calls(&talk.asker, &asked).await.map_err(Failure::from);
                list(talk, read).await?
            }
            "5" => test_call::place(talk, &row).await?,
            "6" => {
                change(talk, What::Verify, &row).await?;
                true
            }
            "7" => {
                change(talk, What::Sync, &row).await?;
                true
            }
            "8" => save(talk, &row).await?,
            "9" => {
                let read = lists::audit(&talk.asker, &asked).await.map_err(Failure::from);
                list(talk, read).await?
            }
            "m" => {
                tells = true;
                true
            }
            "b" | "" => return Ok(true),
            _ => {
                talk.say("there is no such number")?;
                true
            }
        };
        if !goes_on {
            return Ok(false);
        }
    }
}

async fn detail<I: AsyncBufRead + Unpin, O: Write>(talk: &mut Talk<I, O>, id: &str) -> Result<Option<Detail>, Failure> {
    let told = talk.asker.ask(Question::build(DetailVars { id: id.into() })).await;
    let told = talk.survive(told.map_err(Failure::from))?;
    Ok(told.as_ref().and_then(Detail::read))
}

/// Has it done, and tells how it ends.
async fn change<I: AsyncBufRead + Unpin, O: Write>(
    talk: &mut Talk<I, O>,
    what: What,
    row: &Connection,
) -> Result<(), Failure> {
    if !talk.may(&Permission::CheckAccounts)? {
        return Ok(());
    }
    let (asker, out) = talk.parts();
    let out = RefCell::new(out);
    let tell = |line: &str| {
        // One that reads no more is noticed at the next line that is said.
        let mut out = out.borrow_mut();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    };
    let done = async {
        let asked_at = change::ask(asker, what, row).await?;
        change::end(asker, what, (&row.id, &row.name()), asked_at, tell).await
    }
    .await;
    if let Some((_, ended)) = talk.survive(done)? {
        talk.say(ended.told)?;
    }
    Ok(())
}

/// Writes the support bundle into a new file.
async fn save<I: AsyncBufRead + Unpin, O: Write>(talk: &mut Talk<I, O>, row: &Connection) -> Result<bool, Failure> {
    let read = bundle::read(&talk.asker, &row.id).await;
    let Some(made) = talk.survive(read)? else {
        return Ok(true);
    };
    talk.say(format!("it holds {}", contents(&made.json)))?;
    let name = file_name(&made);
    let question = format!("file, .md or .json; Enter for {name}, b for back:");
    let (mut path, mut over) = (String::new(), false);
    loop {
        if !over {
            path = match talk.ask(&question).await? {
                Said::Leave => return Ok(false),
                Said::Line(line) if line == "b" => return Ok(true),
                Said::Line(line) if line.is_empty() => name.clone(),
                Said::Line(line) => line,
            };
        }
        let file = Path::new(&path);
        let written = bundle::save(file, &bundle::text(&made, file), over);
        match talk.survive(written)? {
            Some(true) => {
                talk.say(format!("written to {path}, which only you can read"))?;
                return Ok(true);
            }
            Some(false) => {
                let question =
                    format!("{path} is there already: type yes to write over it, anything else for another name:");
                match talk.ask(&question).await? {
                    Said::Leave => return Ok(false),
                    Said::Line(line) => over = line.eq_ignore_ascii_case("yes"),
                }
            }
            None => return Ok(true),
        }
    }
}
