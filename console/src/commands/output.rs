//! How data is written, and what every command says beside its data.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, SecondsFormat, Utc};
use cynic::Operation;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Failure;
use crate::change::{Change, Done};
use crate::changes;
use crate::connection::{Api, Trouble};
use crate::scrub::scrub;
use crate::surroundings::now;

/// The version of what is written as JSON. Fields are only ever added.
pub const SCHEMA_VERSION: u32 = 1;

/// How data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

/// The API, and whether something was missing in its answers so far.
#[derive(Debug)]
pub struct Asker {
    api: Api,
    is_partial: AtomicBool,
    is_silent: bool,
}

impl Asker {
    /// Nothing asked yet.
    #[must_use]
    pub fn new(api: Api) -> Self {
        Self {
            api,
            is_partial: AtomicBool::new(false),
            is_silent: false,
        }
    }

    /// One that writes nothing: the screen has the terminal.
    #[must_use]
    pub fn silent(api: Api) -> Self {
        Self {
            is_silent: true,
            ..Self::new(api)
        }
    }

    /// The API.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Asks. An answer that is not whole is taken, and said to be so in the end.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ask<Q, V>(&self, operation: Operation<Q, V>) -> Result<Q, Trouble>
    where
        Q: DeserializeOwned + 'static,
        V: Serialize,
    {
        let answer = self.api.ask(operation).await?;
        self.miss(answer.missing);
        Ok(answer.data)
    }

    /// Has something done.
    ///
    /// # Errors
    /// When the API refuses, or does not answer.
    pub(crate) async fn change(&self, change: &Change) -> Result<Done, Failure> {
        let changed = changes::ask(&self.api, change).await?;
        self.miss(changed.missing);
        changed.done.map_err(|why| Failure::Refused(scrub(&why, 400)))
    }

    fn miss(&self, missing: Option<Trouble>) {
        if let Some(trouble) = missing {
            if !self.is_silent {
                say(&format!("the answer is not whole: {trouble}"));
            }
            self.is_partial.store(true, Ordering::Relaxed);
        }
    }

    /// Whether something was missing.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.is_partial.load(Ordering::Relaxed)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<D> {
    schema_version: u32,
    as_of: String,
    partial: bool,
    stale: usize,
    #[serde(flatten)]
    data: D,
}

/// Writes data as JSON, with the version, the moment, whether something is missing, and how many values are older than they
/// should be.
///
/// # Errors
/// When nobody reads.
pub fn json(out: &mut impl Write, is_partial: bool, stale: usize, data: impl Serialize) -> Result<(), Failure> {
    let told = Envelope {
        schema_version: SCHEMA_VERSION,
        as_of: moment(now()),
        partial: is_partial,
        stale,
        data,
    };
    serde_json::to_writer_pretty(&mut *out, &told).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

/// Writes rows as CSV. The heads are the fields' names in JSON, in snake case.
///
/// # Errors
/// When nobody reads.
pub fn csv(out: &mut impl Write, heads: &[&str], rows: &[Map<String, Value>]) -> Result<(), Failure> {
    let line: Vec<String> = heads.iter().map(|head| snake(head)).collect();
    writeln!(out, "{}", line.join(","))?;
    for row in rows {
        let line: Vec<String> = heads.iter().map(|head| field(&cell(row.get(*head)))).collect();
        writeln!(out, "{}", line.join(","))?;
    }
    Ok(())
}

/// What is written as an object of JSON, for a table.
#[must_use]
pub fn map(row: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(row) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

/// What a value of JSON is in a table.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(other) => other.to_string(),
    }
}

/// `accountSid` is `account_sid`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// A field by RFC 4180. One that a spreadsheet would take for a formula is marked as text.
fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// A moment as it is written.
#[must_use]
pub fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Tells the operator something that is no data.
pub fn say(text: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(io::stderr(), "callab-console: {text}");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_customers_type_is_no_formula() {
        for (text, written) in [
            ("Acme", "Acme"),
            ("=1+1", "'=1+1"),
            ("+1 415 ••• 26", "'+1 415 ••• 26"),
            ("-2", "'-2"),
            ("Acme, \"Inc\"", "\"Acme, \"\"Inc\"\"\""),
            ("=A1,B1", "\"'=A1,B1\""),
            ("@SUM(A1)", "'@SUM(A1)"),
        ] {
            assert_eq!(field(text), written);
        }
    }

    #[test]
    fn tables_have_the_fields_of_json_in_snake_case() {
        let row = json!({ "accountSid": "AC1", "isStale": true, "connectPercent": 91.5, "cause": null });
        let mut out = Vec::new();
        let heads = ["accountSid", "isStale", "connectPercent", "cause"];
        csv(&mut out, &heads, &[row.as_object().unwrap().clone()]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "account_sid,is_stale,connect_percent,cause\nAC1,yes,91.5,\n");
    }
}
