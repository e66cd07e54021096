//! `bundle ID -o FILE`: all that may be handed over of a connection. The API makes it, of what it allows to be handed over.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use cynic::QueryBuilder;
use serde_json::Value;

use super::output::{Asker, Format, say};
use super::{Failure, find};
use crate::bundle::contents;
use crate::exit::Exit;
use crate::queries::bundle::{Bundle, SupportBundle};
use crate::queries::calls::IdVars;
use crate::scrub::{scrub, scrub_lines};
use crate::surroundings::write_private;

/// Where to, and how.
#[derive(Clone, Copy, Debug)]
pub struct To<'a> {
    /// A file, or `-` for standard output.
    pub output: &'a Path,
    /// Whether a file that is there is written over.
    pub force: bool,
    /// Whether JSON was asked for where the name does not say it.
    pub format: Format,
}

/// Tells on standard error what is in it, then writes it.
///
/// # Errors
/// When there is no such connection, the API does not answer, or the file is there already or cannot be written.
pub async fn bundle(asker: &Asker, meant: &str, to: To<'_>, out: &mut impl Write) -> Result<Exit, Failure> {
    let row = find::connection(asker, meant).await?;
    let bundle = read(asker, &row.id).await?;
    say(&format!(
        "the bundle of {} holds {}",
        row.name(),
        contents(&bundle.json)
    ));
    let is_stdout = to.output == Path::new("-");
    let text = match (is_stdout, to.format) {
        (true, Format::Text) => text(&bundle, Path::new("-.md")),
        _ => text(&bundle, to.output),
    };
    if is_stdout {
        out.write_all(text.as_bytes())?;
        out.flush()?;
    } else {
        let path = to.output.display();
        if !save(to.output, &text, to.force)? {
            return Err(Failure::Usage(format!(
                "{path} is there already: --force writes over it"
            )));
        }
        say(&format!("written to {path}, which only you can read"));
    }
    Ok(Exit::of(asker.is_partial(), true, false))
}

/// The bundle as the file's name wants it: Markdown where it ends in .md, JSON else.
pub(crate) fn text(bundle: &SupportBundle, path: &Path) -> String {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .map(str::to_ascii_lowercase);
    match ending.as_deref() {
        Some("md" | "markdown") => scrub_lines(&bundle.markdown),
        _ => format!("{:#}\n", clean_json(&bundle.json)),
    }
}

/// The bundle of a connection.
pub(crate) async fn read(asker: &Asker, id: &str) -> Result<SupportBundle, Failure> {
    let told = asker.ask(Bundle::build(IdVars { id: id.into() })).await?;
    told.support_bundle
        .ok_or_else(|| Failure::Usage("the connection is gone".to_owned()))
}

/// JSON whose text has nothing in it that could steer a terminal.
pub(crate) fn clean_json(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(scrub(text, 10_000)),
        Value::Array(rows) => rows.iter().map(clean_json).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (scrub(name, 80), clean_json(value)))
            .collect(),
        other => other.clone(),
    }
}

/// Writes a file that only its owner can read. One that is there stays, unless `over` is said: then the answer is `false`.
pub(crate) fn save(path: &Path, text: &str, over: bool) -> Result<bool, Failure> {
    let told = |error: io::Error| Failure::Usage(format!("{}: {error}", path.display()));
    if over {
        // Not over what is there: that may be open to others, or lead elsewhere.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(told(error)),
            _ => {}
        }
    }
    match write_private(path, text) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        written => written.map(|()| true).map_err(told),
    }
}
