//! The command line.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Deserialize;

use crate::state::connection::Connection;
use crate::state::rows::{AuditEntry, Call, Episode, Job, Number};
use crate::state::table::Row;

/// Callab's operator console: who is broken now, and why
#[derive(Debug, Parser)]
#[command(name = "callab-console", version)]
#[command(after_help = filter_help(Connection::FIELDS, "callab-console --once --filter 'health:fail,degr customer:acme'"))]
pub struct Cli {
    /// The API's address, such as <https://byot.callab.example/graphql>
    #[arg(long, env = "CALLAB_URL", global = true, value_name = "URL")]
    pub url: Option<String>,

    /// Signs in as support to the `callab demo` that runs beside, or whose demo.json is named
    #[arg(long, global = true, value_name = "FILE", num_args = 0..=1, default_missing_value = "data/demo/demo.json")]
    pub demo: Option<PathBuf>,

    /// Another configuration than $XDG_CONFIG_HOME/callab-console/config.toml
    #[arg(long, env = "CALLAB_CONSOLE_CONFIG", global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Writes every connection and its health, and exits: 0 all healthy, 1 some are not
    #[arg(long)]
    pub once: bool,

    /// Writes JSON
    #[arg(long, global = true, conflicts_with = "csv")]
    pub json: bool,

    /// Writes CSV
    #[arg(long, global = true)]
    pub csv: bool,

    /// Only what this filter lets through, of --once, watch and lists: words, `field:a,b` (one of), `!x` (not), `"x"` (exactly)
    #[arg(long, global = true, value_name = "FILTER", default_value = "")]
    pub filter: String,

    /// Lets keys change things, as far as your role allows; falls back to reading after 15 minutes without a key
    #[arg(long)]
    pub write: bool,

    /// Numbered menus and one line for each change, without a screen: for screen readers and logs
    #[arg(long)]
    pub plain: bool,

    /// Draws once a second at most, for slow lines
    #[arg(long, env = "CALLAB_CONSOLE_SLOW", num_args = 0..=1, require_equals = true, default_missing_value = "true",
        value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub slow: Option<bool>,

    /// Takes down what happens in a new file, for a report; without the session, whole numbers, and digits that are typed
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// The colours; `auto` asks the terminal once
    #[arg(long, env = "CALLAB_CONSOLE_THEME", value_name = "THEME")]
    pub theme: Option<ThemeName>,

    /// Signs, frames and sparklines in ASCII
    #[arg(long, env = "CALLAB_CONSOLE_ASCII", num_args = 0..=1, require_equals = true, default_missing_value = "true",
        value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub ascii: Option<bool>,

    /// When to use colours
    #[arg(long, env = "CALLAB_CONSOLE_COLOR", value_name = "WHEN")]
    pub color: Option<When>,

    /// What to do without the screen
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What is done without the screen. Where a connection is asked for, its id, its account SID, its name or a part of it will do,
/// as long as only one is meant.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keeps the token on standard input for later: in the keyring, or else in a file that only you can read
    Login {
        /// In the file, also where there is a keyring
        #[arg(long)]
        file: bool,
    },
    /// Forgets the token of the last login
    Logout,
    /// What is known of a connection: 0 it is healthy, 1 it is not
    Show {
        /// The connection
        id: String,
    },
    /// Why a connection's calls do not connect: 0 nothing is known that stops them, 1 something is
    Diagnose {
        /// The connection
        id: String,
    },
    /// Phone numbers, worst first
    #[command(after_help = filter_help(Number::FIELDS, "callab-console numbers --filter 'state:fail !webhook:ours'"))]
    Numbers(ListArgs),
    /// Calls, newest first
    #[command(after_help = filter_help(Call::FIELDS, "callab-console calls --filter 'result:failed dir:in'"))]
    Calls(SinceArgs),
    /// Billing alerts that opened, those that nobody took note of first
    #[command(after_help = filter_help(Episode::FIELDS, "callab-console billing --filter 'state:new customer:acme'"))]
    Billing(SinceArgs),
    /// Background jobs, failed ones first
    #[command(after_help = filter_help(Job::FIELDS, "callab-console jobs --filter 'state:failed kind:sync-numbers'"))]
    Jobs(SinceArgs),
    /// Who changed what, newest first
    #[command(after_help = filter_help(AuditEntry::FIELDS, "callab-console audit --filter 'actor:op-17 action:test_call'"))]
    Audit(SinceArgs),
    /// Places a test call on the customer's bill, and tells each step: 0 it passed, 1 it did not
    TestCall(TestCallArgs),
    /// Has a connection's numbers read again
    Sync(ChangeArgs),
    /// Has a connection's credentials and rights checked again
    Verify(ChangeArgs),
    /// Writes each change of a connection's health as a line of JSON, until interrupted
    #[command(after_help = filter_help(Connection::FIELDS, "callab-console watch --filter 'customer:acme'"))]
    Watch {
        /// Goes on after this cursor of an earlier line; begins with everything as it stands if not given
        #[arg(long, value_name = "CURSOR")]
        after: Option<String>,
    },
    /// Writes all that may be handed over of a connection: JSON, or Markdown where the file ends in .md
    Bundle {
        /// The connection
        id: String,
        /// Where to: a new file, or - for standard output
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Writes over a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Shows what a file of --record ended with
    Replay {
        /// The file
        file: PathBuf,
        /// Every frame, and what led to it
        #[arg(long)]
        all: bool,
    },
    /// Whether terminal, session, clock and API are as they should be
    Doctor,
    /// The configuration: where it is, and whether it can be used
    Config {
        /// Writes a file with every setting and its default
        #[arg(long)]
        print_default: bool,
    },
    /// Writes a shell's completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What `--filter` knows of a list.
fn filter_help(fields: &[&str], example: &str) -> String {
    format!("Fields of --filter: {}\nExample: {example}", fields.join(", "))
}

/// What lists take.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Only of this connection
    #[arg(long, value_name = "ID")]
    pub of: Option<String>,

    /// How many are read at most
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
}

/// What lists of what happened take.
#[derive(Args, Debug)]
pub struct SinceArgs {
    /// As every list.
    #[command(flatten)]
    pub list: ListArgs,

    /// Only what is not older: `90m`, `2h`, `7d`, a day such as 2026-11-27, or a moment such as 2026-11-27T09:00:00Z
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
}

/// What a test call takes.
#[derive(Args, Debug)]
pub struct TestCallArgs {
    /// The number under test: its id, the whole number, or the name that the customer gave it
    pub id: String,

    /// The number calls out: to the line of Callab's with this name or number, or to the first
    #[arg(long, value_name = "TARGET", num_args = 0..=1, default_missing_value = "", required_unless_present = "inbound")]
    pub out: Option<String>,

    /// The customer calls the number, and what happens is told
    #[arg(long = "in", conflicts_with = "out")]
    pub inbound: bool,

    /// Starts without asking
    #[arg(long)]
    pub yes: bool,
}

/// What a change of a connection takes.
#[derive(Args, Debug)]
pub struct ChangeArgs {
    /// The connection
    pub id: String,

    /// Waits for the end, and exits by it: 0 good, 1 not
    #[arg(long)]
    pub wait: bool,
}

/// A set of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeName {
    /// Whatever fits the terminal.
    Auto,
    /// For a dark background.
    Dark,
    /// For a light one.
    Light,
    /// Reads on both.
    Neutral,
    /// No colours.
    Mono,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// When the terminal has some, and `NO_COLOR` is not set.
    Auto,
    /// Never.
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
        let demo = Cli::parse_from(["callab-console", "--demo"]);
        assert_eq!(demo.demo, Some(PathBuf::from("data/demo/demo.json")));
        let here = Cli::parse_from(["callab-console", "--demo", "x.json", "--once", "--json"]);
        assert_eq!(
            (here.demo, here.once, here.json),
            (Some(PathBuf::from("x.json")), true, true)
        );
    }

    #[test]
    fn a_test_call_says_which_way() {
        let parse = |line: &str| Cli::try_parse_from(line.split_whitespace());
        assert!(parse("callab-console test-call N1").is_err());
        assert!(parse("callab-console test-call N1 --in --out x").is_err());
        for line in [
            "callab-console test-call N1 --in --yes",
            "callab-console test-call N1 --out",
        ] {
            assert!(parse(line).is_ok(), "{line}");
        }
    }
}
