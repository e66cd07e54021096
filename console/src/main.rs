//! The operators' terminal console.

use std::io::{self, IsTerminal, Write, stdin, stdout};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use console::cli::{Cli, Command, ThemeName, When};
use console::commands::{self, Failure};
use console::config::{self, Settings};
use console::connection::{Api, Trouble};
use console::exit::Exit;
use console::log::Log;
use console::look::Theme;
use console::record::{self, Recorder};
use console::session::{Access, AccessError, login, logout};
use console::state::{Mode, Model, Session};
use console::surroundings::variable;
use console::{app, plain, surroundings, term};
use tokio::runtime::{Builder, Runtime};

fn main() -> ExitCode {
    let cli = Cli::parse();
    term::restore_when_it_panics();
    match run(&cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if failure.is_told() {
                commands::say(&failure.to_string());
            }
            failure.exit().into()
        }
    }
}

fn run(cli: &Cli) -> Result<Exit, Failure> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        return Err(Trouble::Unreachable("TLS cannot be set up".to_owned()).into());
    }
    match &cli.command {
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "callab-console", &mut script);
            // It panics where it cannot write by itself.
            stdout().write_all(&script)?;
            stdout().flush()?;
            return Ok(Exit::Good);
        }
        Some(Command::Config { print_default }) => {
            return commands::configuration(cli, *print_default, &mut stdout().lock());
        }
        Some(Command::Doctor) => {
            let format = commands::format(cli);
            return to_its_end(runtime()?, commands::doctor(cli, format, &mut stdout().lock()));
        }
        _ => {}
    }
    let settings = Settings::of(cli, config::read(cli.config.as_deref())?);
    if let Some(Command::Replay { file, all }) = &cli.command {
        return runtime()?.block_on(record::replay(file, *all, settings.keymap, &mut stdout().lock()));
    }
    if let Some(Command::Login { .. } | Command::Logout) = &cli.command {
        return sign(cli, &settings);
    }
    let access = match &cli.demo {
        Some(path) => Access::demo(Some(path))?,
        None => Access::of(settings.url.as_deref())?,
    };
    let access = access.called(&settings.environments);
    let session = Session {
        environment: access.environment.clone(),
        is_demo: access.is_demo(),
        ..Session::default()
    };
    let api = access.api()?;
    let runtime = runtime()?;
    if cli.once || cli.command.is_some() {
        return to_its_end(runtime, commands::run(cli, api));
    }
    let is_dumb = variable("TERM").as_deref() == Some("dumb") && stdout().is_terminal();
    if cli.plain || is_dumb {
        let options = plain::Options {
            environment: session.environment,
            write: cli.write,
            views: settings.views,
            ..plain::Options::default()
        };
        return to_its_end(runtime, plain::run(api, options));
    }
    screen(cli, settings, session, api, runtime)
}

/// `login` and `logout`.
fn sign(cli: &Cli, settings: &Settings) -> Result<Exit, Failure> {
    let url = settings.url.clone().ok_or(AccessError::NoUrl)?;
    let Some(Command::Login { file }) = cli.command else {
        logout(&url)?;
        commands::say(&format!("the token for {url} is forgotten"));
        return Ok(Exit::Good);
    };
    // Whatever ends it, the terminal shows again what is typed.
    let _hidden = stdin().is_terminal().then(|| {
        commands::say(&format!("the token for {url}, which is not shown as you paste it:"));
        term::hide_input()
    });
    let runtime = runtime()?;
    let kept = to_its_end(runtime, async {
        let login = tokio::task::spawn_blocking(move || login(&url, &mut stdin().lock(), file));
        tokio::select! {
            kept = login => kept.map_err(|error| Failure::Terminal(error.into()))?.map_err(Failure::from),
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        }
    });
    commands::say(&format!("the token is kept in {}", kept?));
    Ok(Exit::Good)
}

fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(Failure::Terminal)
}

/// Runs it to its end, and waits for nothing else: a line that is being read, or a look-up of a name that hangs, must not hold the
/// program up.
fn to_its_end<T>(runtime: Runtime, work: impl Future<Output = T>) -> T {
    let ended = runtime.block_on(work);
    runtime.shutdown_background();
    ended
}

/// The screen, for as long as the operator likes.
fn screen(cli: &Cli, settings: Settings, session: Session, api: Api, runtime: Runtime) -> Result<Exit, Failure> {
    if !stdout().is_terminal() || !stdin().is_terminal() {
        let why = "there is no terminal; --once writes every connection and its health without one";
        return Err(Failure::Usage(why.to_owned()));
    }
    let recorder = cli.record.as_ref().map(|path| {
        let new = Recorder::new(path);
        new.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
    });
    let recorder = recorder.transpose()?;
    let theme = match settings.theme {
        ThemeName::Auto => None,
        ThemeName::Dark => Some(Theme::Dark),
        ThemeName::Light => Some(Theme::Light),
        ThemeName::Neutral => Some(Theme::Neutral),
        ThemeName::Mono => Some(Theme::Mono),
    };
    let colour = settings.color != When::Never && settings.theme != ThemeName::Mono;
    let look = term::theme_of_terminal(theme, settings.ascii, colour);
    let mut model = Model::new(surroundings::now(), look, settings.keymap, session);
    model.mode = if cli.write { Mode::Write } else { Mode::ReadOnly };
    model.signs = settings.signs;
    model.views = settings.views;
    model.is_slow = settings.slow;
    model.is_still = variable("NO_MOTION").is_some();
    model.dashboard = settings.dashboard;
    let log = surroundings::state_folder().map(|folder| Log::open(&folder, model.now));
    if let Some(Err(error)) = &log {
        let (now, text) = (model.now, format!("there will be no log: {error}"));
        model.messages.trouble(now, text);
    }
    let log = log.and_then(Result::ok);
    let ended: io::Result<Exit> = to_its_end(runtime, app::run(model, api, recorder, log));
    term::restore();
    ended.map_err(Failure::Terminal)
}
