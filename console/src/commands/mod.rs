//! What the console does without its screen: data to standard output, messages to standard error.

pub(crate) mod bundle;
pub(crate) mod change;
pub(crate) mod diagnose;
mod doctor;
mod failure;
pub(crate) mod find;
pub(crate) mod lists;
pub(crate) mod once;
pub(crate) mod output;
pub(crate) mod show;
pub(crate) mod test_call;
mod watch;

use std::io::{Write, stdout};

use bundle::{To, bundle};
use change::change;
pub use change::{Ended, What};
pub use doctor::doctor;
pub use failure::Failure;
pub use output::{Asker, Format, say};

use crate::cli::{Cli, Command};
use crate::config;
use crate::connection::Api;
use crate::exit::Exit;
use crate::state::connection::Connection;
use crate::state::filter::Filter;
use crate::state::rows::{AuditEntry, Call, Episode, Job, Number};
use crate::state::table::Row;

/// The format that was asked for.
#[must_use]
pub fn format(cli: &Cli) -> Format {
    if cli.json {
        Format::Json
    } else if cli.csv {
        Format::Csv
    } else {
        Format::Text
    }
}

/// Does what the API is asked for, until it is done or interrupted.
///
/// # Errors
/// When it is not done.
pub async fn run(cli: &Cli, api: Api) -> Result<Exit, Failure> {
    let asker = Asker::new(api);
    // It hangs up when it is interrupted.
    if let Some(Command::TestCall(args)) = &cli.command {
        return test_call::test_call(&asker, args, format(cli), &mut stdout().lock()).await;
    }
    tokio::select! {
        done = command(cli, &asker) => done,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    }
}

/// A filter that names a field that there is not would let nothing through, and nothing looks good.
fn check_filter(cli: &Cli) -> Result<(), Failure> {
    let fields = match &cli.command {
        None | Some(Command::Watch { .. }) => Connection::FIELDS,
        Some(Command::Numbers(_)) => Number::FIELDS,
        Some(Command::Calls(_)) => Call::FIELDS,
        Some(Command::Billing(_)) => Episode::FIELDS,
        Some(Command::Jobs(_)) => Job::FIELDS,
        Some(Command::Audit(_)) => AuditEntry::FIELDS,
        Some(_) => return Ok(()),
    };
    match Filter::parse(&cli.filter).fault(fields) {
        Some(fault) => Err(Failure::Usage(format!("--filter: {fault}"))),
        None => Ok(()),
    }
}

async fn command(cli: &Cli, asker: &Asker) -> Result<Exit, Failure> {
    check_filter(cli)?;
    let (format, mut out) = (format(cli), stdout().lock());
    let out = &mut out;
    match &cli.command {
        Some(Command::Show { id }) => show::show(asker, id, format, out).await,
        Some(Command::Diagnose { id }) => diagnose::diagnose(asker, id, format, out).await,
        Some(Command::Sync(args)) => change(asker, (What::Sync, &args.id, args.wait), format, out).await,
        Some(Command::Verify(args)) => change(asker, (What::Verify, &args.id, args.wait), format, out).await,
        Some(
            command @ (Command::Numbers(_)
            | Command::Calls(_)
            | Command::Billing(_)
            | Command::Jobs(_)
            | Command::Audit(_)),
        ) => {
            let filter = &cli.filter;
            lists::list(asker, command, lists::Output { format, filter, out }).await
        }
        Some(Command::Watch { after }) => watch::watch(asker, after.clone(), &cli.filter, out).await,
        Some(Command::Bundle { id, output, force }) => {
            let to = To {
                output,
                force: *force,
                format,
            };
            bundle(asker, id, to, out).await
        }
        _ => once::once(asker, format, &cli.filter, out).await,
    }
}

/// `config`: where the file is, and whether it can be used; or one with every default.
///
/// # Errors
/// When it cannot be used, or nobody reads.
pub fn configuration(cli: &Cli, print_default: bool, out: &mut impl Write) -> Result<Exit, Failure> {
    if print_default {
        out.write_all(config::default_file().as_bytes())?;
        return Ok(Exit::Good);
    }
    config::read(cli.config.as_deref())?;
    match cli.config.clone().or_else(config::path) {
        Some(path) if path.exists() => writeln!(out, "{} is sound", path.display())?,
        Some(path) => writeln!(out, "{} is not there: the defaults hold", path.display())?,
        None => writeln!(out, "neither XDG_CONFIG_HOME nor HOME is set: the defaults hold")?,
    }
    Ok(Exit::Good)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[test]
    fn the_filters_of_the_help_make_sense_and_no_other_is_taken() {
        let program = Cli::command();
        let helps = std::iter::once(&program).chain(program.get_subcommands());
        let helps = helps.filter_map(|command| command.get_after_help().map(ToString::to_string));
        let examples: Vec<String> = helps
            .filter_map(|help| Some(help.split_once("Example: ")?.1.replace('\'', "")))
            .collect();
        assert_eq!(examples.len(), 7, "{examples:?}");
        for example in examples {
            let (line, filter) = example.split_once(" --filter ").expect("a filter");
            let mut words: Vec<&str> = line.split_whitespace().collect();
            words.extend(["--filter", filter]);
            assert!(check_filter(&Cli::parse_from(&words)).is_ok(), "{words:?}");
            words.extend(["--filter", "helth:fail"]);
            words.drain(words.len() - 4..words.len() - 2);
            let failure = check_filter(&Cli::parse_from(&words)).expect_err("no such field");
            assert_eq!(failure.exit(), Exit::Usage);
            assert!(failure.to_string().contains("no field `helth` here: "), "{failure}");
        }
    }
}
