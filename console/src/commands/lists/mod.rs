//! `numbers`, `calls`, `billing`, `jobs`, `audit`: the lists of the screens, to be written.

mod read;
mod records;
mod since;

use std::io::Write;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::output::{self, Asker, Format, say};
use super::{Failure, find, once};
use crate::cli::{Command, ListArgs};
use crate::exit::Exit;
use crate::state::table::Row;
use crate::surroundings::now;
pub(crate) use read::{Asked, Read, audit, billing, calls, jobs, numbers};

/// A row that can be written.
pub(crate) trait Record: Row {
    /// The list's name in JSON.
    const NAME: &'static str;

    /// The fields, in the order of a table.
    const HEADS: &'static [&'static str];

    /// The row as an object.
    fn record(&self) -> Value;

    /// The row in a line, for people.
    fn line(&self, now: DateTime<Utc>) -> String;

    /// Whether it is older than it should be.
    fn is_stale(&self) -> bool {
        false
    }
}

/// Writes a list. Good when it is whole.
///
/// # Errors
/// When the API does not answer, or nobody reads.
pub async fn list(asker: &Asker, command: &Command, to: Output<'_, impl Write>) -> Result<Exit, Failure> {
    match command {
        Command::Numbers(args) => write(asker, to, numbers(asker, &asked(asker, args, None).await?).await?),
        Command::Calls(args) => write(
            asker,
            to,
            calls(asker, &asked(asker, &args.list, args.since.as_deref()).await?).await?,
        ),
        Command::Billing(args) => write(
            asker,
            to,
            billing(asker, &asked(asker, &args.list, args.since.as_deref()).await?).await?,
        ),
        Command::Jobs(args) => write(
            asker,
            to,
            jobs(asker, &asked(asker, &args.list, args.since.as_deref()).await?).await?,
        ),
        Command::Audit(args) => write(
            asker,
            to,
            audit(asker, &asked(asker, &args.list, args.since.as_deref()).await?).await?,
        ),
        _ => Err(Failure::Usage("that is no list".to_owned())),
    }
}

/// How and where a list is written.
#[derive(Debug)]
pub struct Output<'o, W> {
    /// How.
    pub format: Format,
    /// What is let through.
    pub filter: &'o str,
    /// Where.
    pub out: &'o mut W,
}

async fn asked(asker: &Asker, args: &ListArgs, since: Option<&str>) -> Result<Asked, Failure> {
    let since = since.map(|text| since::parse(text, now())).transpose()?;
    let account = match &args.of {
        Some(meant) => Some(find::connection(asker, meant).await?.id),
        None => None,
    };
    Ok(Asked {
        account,
        since,
        limit: args.limit as usize,
    })
}

fn write<R: Record>(asker: &Asker, to: Output<'_, impl Write>, read: Read<R>) -> Result<Exit, Failure> {
    let Output { format, filter, out } = to;
    if read.has_more {
        say(&format!(
            "there is more than the {} that were read: --limit reads further",
            read.rows.len()
        ));
    }
    let has_more = read.has_more;
    let rows = once::let_through(read.rows, filter);
    match format {
        Format::Json => {
            let stale = rows.iter().filter(|row| row.is_stale()).count();
            let data = Map::from_iter([
                (R::NAME.to_owned(), rows.iter().map(Record::record).collect()),
                ("more".to_owned(), Value::Bool(has_more)),
            ]);
            output::json(out, asker.is_partial(), stale, data)?;
        }
        Format::Csv => {
            let rows: Vec<Map<String, Value>> = rows.iter().filter_map(|row| output::map(&row.record())).collect();
            output::csv(out, R::HEADS, &rows)?;
        }
        Format::Text => {
            let now = now();
            for row in &rows {
                writeln!(out, "{}", row.line(now).trim_end())?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::of(asker.is_partial(), true, false))
}
