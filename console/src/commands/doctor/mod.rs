//! `doctor`: whether everything that the console needs is as it should be, and what to do where it is not.

mod api;
mod terminal;

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::Failure;
use super::output::{Format, csv, json, map};
use crate::cli::Cli;
use crate::config::{self, ConfigError};
use crate::exit::Exit;
use crate::session::{Access, Source};

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum How {
    /// As it should be.
    Ok,
    /// It works with it, but not as well as it could.
    Warn,
    /// It does not work with it.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    how: How,
    name: &'static str,
    /// What was seen.
    seen: String,
    /// What to do; none where nothing is to be done.
    todo: Option<String>,
    /// The exit status where it fails.
    #[serde(skip)]
    exit: Exit,
}

impl Finding {
    fn ok(name: &'static str, seen: impl Into<String>) -> Self {
        Self {
            how: How::Ok,
            name,
            seen: seen.into(),
            todo: None,
            exit: Exit::Good,
        }
    }

    fn warn(name: &'static str, seen: impl Into<String>, todo: impl Into<String>) -> Self {
        Self {
            how: How::Warn,
            todo: Some(todo.into()),
            ..Self::ok(name, seen)
        }
    }

    fn fail(exit: Exit, name: &'static str, seen: impl Into<String>, todo: impl Into<String>) -> Self {
        Self {
            how: How::Fail,
            todo: Some(todo.into()),
            exit,
            ..Self::ok(name, seen)
        }
    }
}

#[derive(Serialize)]
struct Findings<'f> {
    findings: &'f [Finding],
}

/// Looks at everything, as far as it can be reached. The exit status is that of the first thing that fails.
///
/// # Errors
/// When nobody reads.
pub async fn doctor(cli: &Cli, format: Format, out: &mut impl Write) -> Result<Exit, Failure> {
    let read = config::read(cli.config.as_deref());
    let (mut findings, file) = match read {
        Ok(file) => (vec![configured(cli.config.as_deref())], file),
        Err(error) => (vec![misconfigured(&error)], config::File::default()),
    };
    let settings = config::Settings::of(cli, file);
    findings.extend(terminal::look(&settings));
    let access = match &cli.demo {
        Some(path) => Access::demo(Some(path)),
        None => Access::of(settings.url.as_deref()),
    };
    match access {
        Ok(access) => {
            findings.push(session(&access.source));
            findings.extend(api::look(access).await);
        }
        Err(error) => {
            let todo = "give --url or CALLAB_URL, and sign in with `callab-console login`";
            findings.push(Finding::fail(Exit::from(&error), "session", error.to_string(), todo));
        }
    }
    match format {
        Format::Json => json(out, false, 0, Findings { findings: &findings })?,
        Format::Csv => {
            let rows: Vec<_> = findings.iter().filter_map(map).collect();
            csv(out, &["how", "name", "seen", "todo"], &rows)?;
        }
        Format::Text => text(out, &findings)?,
    }
    out.flush()?;
    let failed = findings.iter().find(|finding| finding.how == How::Fail);
    Ok(failed.map_or(Exit::Good, |finding| finding.exit))
}

fn text(out: &mut impl Write, findings: &[Finding]) -> Result<(), Failure> {
    for finding in findings {
        let word = match finding.how {
            How::Ok => "ok  ",
            How::Warn => "warn",
            How::Fail => "fail",
        };
        writeln!(out, "{word}  {:<10} {}", finding.name, finding.seen)?;
        if let Some(todo) = &finding.todo {
            writeln!(out, "{:>18}{todo}", "-> ")?;
        }
    }
    Ok(())
}

fn configured(named: Option<&Path>) -> Finding {
    match named.map(Path::to_owned).or_else(config::path) {
        Some(path) if path.exists() => Finding::ok("config", format!("{} is sound", path.display())),
        Some(path) => Finding::ok("config", format!("none at {}: the defaults hold", path.display())),
        None => Finding::warn(
            "config",
            "neither XDG_CONFIG_HOME nor HOME is set",
            "set one to keep a configuration",
        ),
    }
}

fn misconfigured(error: &ConfigError) -> Finding {
    let todo = "mend it; `callab-console config --print-default` shows every setting";
    Finding::fail(Exit::Usage, "config", error.to_string(), todo)
}

fn session(source: &Source) -> Finding {
    match source {
        Source::Environment => Finding::warn(
            "session",
            "the token is from CALLAB_TOKEN",
            "programs that you start see it as well; `callab-console login` keeps it apart",
        ),
        // A file that others can read is refused before.
        other => Finding::ok("session", format!("the token is from {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_says_how_it_is_and_what_to_do() {
        let findings = [
            Finding::ok("api", "answers in 12 ms"),
            Finding::fail(Exit::SignIn, "session", "none", "sign in"),
        ];
        let mut out = Vec::new();
        text(&mut out, &findings).unwrap();
        let told = String::from_utf8(out).unwrap();
        assert_eq!(
            told,
            "ok    api        answers in 12 ms\nfail  session    none\n               -> sign in\n"
        );
    }
}
