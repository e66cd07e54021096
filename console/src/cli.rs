//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Callab's operator console: who is broken now, and why
#[derive(Debug, Parser)]
#[command(name = "callab-console", version)]
pub struct Cli {
    /// The API's address, such as <https://byot.callab.example/graphql>
    #[arg(long, env = "CALLAB_URL", global = true, value_name = "URL")]
    pub url: Option<String>,

    /// Signs in as support to the `callab demo` that runs beside, or whose demo.json is named
    #[arg(long, global = true, value_name = "FILE", num_args = 0..=1, default_missing_value = "data/demo/demo.json")]
    pub demo: Option<PathBuf>,

    /// Writes every connection and its health, and exits: 0 all healthy, 1 some are not
    #[arg(long)]
    pub once: bool,

    /// Writes JSON
    #[arg(long, global = true, conflicts_with = "csv")]
    pub json: bool,

    /// Writes CSV
    #[arg(long, global = true)]
    pub csv: bool,

    /// Only what this filter lets through, such as `health:fail,degr customer:acme`
    #[arg(long, value_name = "FILTER", default_value = "")]
    pub filter: String,

    /// Lets keys change things, as far as your role allows; falls back to reading after 15 minutes without a key
    #[arg(long)]
    pub write: bool,

    /// The colours; `auto` asks the terminal once
    #[arg(long, value_name = "THEME", default_value = "auto")]
    pub theme: ThemeName,

    /// Signs, frames and sparklines in ASCII
    #[arg(long)]
    pub ascii: bool,

    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: When,

    /// What to do without the screen
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What is done without the screen.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keeps the token on standard input for later, in a file that only you can read
    Login,
    /// Why a connection's calls do not connect: 0 nothing is known that stops them, 1 something is
    Diagnose {
        /// The connection's id
        id: String,
    },
    /// Writes a shell's completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// A set of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
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
}
