//! The terminal: what it can show, and whether text can be handed to its clipboard.

use std::io::{IsTerminal, stdin, stdout};
use std::process::Command;

use supports_color::Stream;

use super::Finding;
use crate::cli::When;
use crate::config::Settings;
use crate::surroundings::variable;

/// The smallest screen that everything fits.
const SMALLEST: (u16, u16) = (40, 10);

pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    vec![size(), term(), colours(settings), locale(settings), clipboard()]
}

fn size() -> Finding {
    if !stdin().is_terminal() || !stdout().is_terminal() {
        let todo = "the screen needs one; commands and --once do not";
        return Finding::warn("terminal", "standard input or output is none", todo);
    }
    match crossterm::terminal::size() {
        Ok((columns, rows)) if columns < SMALLEST.0 || rows < SMALLEST.1 => Finding::warn(
            "terminal",
            format!("{columns}x{rows}"),
            "make it at least 40x10, better 80x24",
        ),
        Ok((columns, rows)) => Finding::ok("terminal", format!("{columns}x{rows}")),
        Err(error) => Finding::warn("terminal", error.to_string(), "it does not tell its size"),
    }
}

fn term() -> Finding {
    match variable("TERM").as_deref() {
        None => Finding::warn("TERM", "is not set", "without it --plain is used"),
        Some("dumb") => Finding::warn(
            "TERM",
            "dumb",
            "--plain is used, as such a terminal cannot move its cursor",
        ),
        Some(name) => Finding::ok("TERM", name),
    }
}

fn colours(settings: &Settings) -> Finding {
    if variable("NO_COLOR").is_some() || settings.color == When::Never {
        return Finding::ok("colours", "off, as you asked for");
    }
    match supports_color::on(Stream::Stdout) {
        None => Finding::warn(
            "colours",
            "none",
            "signs and words say the same; COLORTERM=truecolor tells that there are some",
        ),
        Some(level) if level.has_16m => Finding::ok("colours", "16 million"),
        Some(level) if level.has_256 => Finding::ok("colours", "256"),
        Some(_) => Finding::ok("colours", "16"),
    }
}

fn locale(settings: &Settings) -> Finding {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| Some((name, variable(name)?)));
    match set {
        None => Finding::ok(
            "locale",
            "none is set: UTF-8 is taken for granted, --ascii is there if it is not",
        ),
        Some((name, locale)) => {
            let is_utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
            if is_utf8 || settings.ascii {
                Finding::ok("locale", format!("{name}={locale}"))
            } else {
                let todo = "everything is drawn in ASCII; LANG=C.UTF-8 shows all signs";
                Finding::warn("locale", format!("{name}={locale} is not UTF-8"), todo)
            }
        }
    }
}

/// Whether text that is copied comes through tmux to the terminal.
fn clipboard() -> Finding {
    if variable("TMUX").is_none() {
        return Finding::ok(
            "clipboard",
            "text is copied by the terminal (OSC 52), where it allows that",
        );
    }
    let told = Command::new("tmux")
        .args(["show-options", "-s", "-v", "set-clipboard"])
        .output();
    let set = told.ok().filter(|told| told.status.success());
    let set = set.map(|told| String::from_utf8_lossy(&told.stdout).trim().to_owned());
    match set.as_deref() {
        Some("on") => Finding::ok("clipboard", "tmux passes it on"),
        set => {
            let seen = format!(
                "tmux has set-clipboard {}",
                set.unwrap_or("in a state that it does not tell")
            );
            Finding::warn(
                "clipboard",
                seen,
                "`tmux set -s set-clipboard on` lets copies through to the terminal",
            )
        }
    }
}
