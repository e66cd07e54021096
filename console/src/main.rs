//! The operators' terminal console.

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

/// Callab's operator console
#[derive(Debug, Parser)]
#[command(name = "callab-console", version)]
struct Cli {}

/// Answers `--version` and `--help`; the console has no screens in this release.
fn main() -> ExitCode {
    Cli::parse();
    let usage = Cli::command().render_usage();
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(
        std::io::stderr(),
        "callab-console: this release has no screens; only --help and --version\n\n{usage}"
    );
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
