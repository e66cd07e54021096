//! The server binary `callab`.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    // First of all: every TLS client and server of the process uses it. An error only says that one is chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = callab::cli::Cli::parse();
    let done = match callab::memory::keep_private() {
        Ok(()) => Box::pin(callab::commands::run(cli)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            use std::io::Write;
            // Nobody is left to be told when standard error is closed.
            let _ = writeln!(std::io::stderr(), "callab: {error:#}");
            ExitCode::FAILURE
        }
    }
}
