//! `bundle ID -o FILE`: all that may be handed over of a connection. The API makes it, of what it allows to be handed over.

use std::io::{self, Write};
use std::path::Path;

use cynic::QueryBuilder;
use serde_json::Value;

use super::output::{Asker, Format, say};
use super::{Failure, find};
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
        contents(&bundle.json).join(", ")
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
        save(to.output, &text, to.force)?;
        say(&format!("written to {}, which only you can read", to.output.display()));
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

/// What is in a bundle: its parts, with how much there is of each.
pub(crate) fn contents(bundle: &Value) -> Vec<String> {
    let Some(parts) = bundle.as_object() else {
        return Vec::new();
    };
    let told = parts.iter().filter_map(|(name, part)| {
        let name = scrub(name, 40);
        match part {
            Value::Null => None,
            Value::Array(rows) => Some(format!("{name}: {}", rows.len())),
            Value::Object(fields) => Some(format!("{name} ({} fields)", fields.len())),
            _ => Some(name),
        }
    });
    told.collect()
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

/// Writes a file that only its owner can read; one that is there stays, unless told otherwise.
pub(crate) fn save(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let told = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::Usage(format!("{} is there already: --force writes over it", path.display()))
        }
        _ => Failure::Usage(format!("{}: {error}", path.display())),
    };
    if force {
        // Not over what is there: that may be open to others, or lead elsewhere.
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(told(error)),
            _ => {}
        }
    }
    write_private(path, text).map_err(told)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_in_a_bundle_is_told_with_how_much() {
        let bundle = json!({ "account": { "sid": "AC1", "state": "CONNECTED" }, "calls": [1, 2], "number": null, "madeAt": "x" });
        assert_eq!(contents(&bundle), ["account (2 fields)", "calls: 2", "madeAt"]);
    }
}
