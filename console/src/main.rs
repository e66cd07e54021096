//! The operators' terminal console.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use console::cli::{Cli, Command, ThemeName, When};
use console::commands::{Format, diagnose, once};
use console::connection::Api;
use console::exit::Exit;
use console::keymap::Keymap;
use console::look::Theme;
use console::session::{Access, AccessError, login};
use console::state::{Mode, Model, Session};
use console::{app, surroundings, term};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(exit) => exit.into(),
        Err((exit, why)) => {
            // Nobody is left to be told when standard error is closed.
            let _ = writeln!(io::stderr(), "callab-console: {why}");
            exit.into()
        }
    }
}

type Failed = (Exit, String);

fn run(cli: &Cli) -> Result<Exit, Failed> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        return Err((Exit::Unreachable, "TLS cannot be set up".to_owned()));
    }
    match &cli.command {
        Some(Command::Completions { shell }) => {
            clap_complete::generate(*shell, &mut Cli::command(), "callab-console", &mut io::stdout());
            return Ok(Exit::Good);
        }
        Some(Command::Login) => {
            let url = cli.url.as_deref().ok_or_else(|| refused(&AccessError::NoUrl))?;
            let path = login(url, &mut io::stdin().lock()).map_err(|error| refused(&error))?;
            let _ = writeln!(io::stderr(), "callab-console: the token is kept in {}", path.display());
            return Ok(Exit::Good);
        }
        Some(Command::Diagnose { .. }) | None => {}
    }
    let access = match &cli.demo {
        Some(path) => Access::demo(Some(path)),
        None => Access::of(cli.url.as_deref()),
    };
    let access = access.map_err(|error| refused(&error))?;
    let session = Session {
        environment: access.environment.clone(),
        ..Session::default()
    };
    let api = Api::new(access.url, access.token).map_err(|trouble| (Exit::from(&trouble), trouble.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| (Exit::Unreachable, error.to_string()))?;
    let format = if cli.json {
        Format::Json
    } else if cli.csv {
        Format::Csv
    } else {
        Format::Text
    };
    let done = match &cli.command {
        Some(Command::Diagnose { id }) => runtime.block_on(diagnose(&api, id, format, &mut io::stdout().lock())),
        _ if cli.once => runtime.block_on(once(&api, format, &cli.filter, &mut io::stdout().lock())),
        _ => return screen(cli, session, api, &runtime),
    };
    done.or_else(|failure| match failure {
        console::commands::Failure::Api(trouble) => Err((Exit::from(&trouble), trouble.to_string())),
        // `| head` has what it wanted.
        console::commands::Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Good),
        console::commands::Failure::Output(error) => Err((Exit::Partial, format!("nothing can be written: {error}"))),
    })
}

/// The screen, for as long as the operator likes.
fn screen(cli: &Cli, session: Session, api: Api, runtime: &tokio::runtime::Runtime) -> Result<Exit, Failed> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        let why = "there is no terminal; --once writes every connection and its health without one";
        return Err((Exit::Usage, why.to_owned()));
    }
    let theme = match cli.theme {
        ThemeName::Auto => None,
        ThemeName::Dark => Some(Theme::Dark),
        ThemeName::Light => Some(Theme::Light),
        ThemeName::Neutral => Some(Theme::Neutral),
        ThemeName::Mono => Some(Theme::Mono),
    };
    let look = term::theme_of_terminal(
        theme,
        cli.ascii,
        cli.color != When::Never && cli.theme != ThemeName::Mono,
    );
    term::restore_when_it_panics();
    let mode = if cli.write { Mode::Write } else { Mode::ReadOnly };
    let mut model = Model::new(surroundings::now(), look, Keymap::default(), session);
    model.mode = mode;
    let ended = runtime.block_on(app::run(model, api));
    term::restore();
    match ended {
        Ok(()) => Ok(Exit::Good),
        Err(error) => Err((Exit::Unreachable, format!("the terminal is gone: {error}"))),
    }
}

fn refused(error: &AccessError) -> Failed {
    let exit = match error {
        AccessError::NoToken => Exit::SignIn,
        AccessError::NoDemo { .. } => Exit::Unreachable,
        AccessError::NoUrl | AccessError::NoSuchUrl(_) | AccessError::NotEncrypted(_) | AccessError::File { .. } => {
            Exit::Usage
        }
    };
    (exit, error.to_string())
}
