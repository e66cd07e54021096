//! Which colours read on this terminal: it is asked once, and not for long.

use std::time::Duration;

use supports_color::Stream;
use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

use crate::look::{Depth, Look, Theme};
use crate::surroundings::variable;

/// How long the terminal may take to tell its background.
const PATIENCE: Duration = Duration::from_millis(100);

/// The look for this terminal. `theme` is what was asked for: none for whatever fits. Asks the terminal, and so must come before
/// its keys are read.
#[must_use]
pub fn theme_of_terminal(theme: Option<Theme>, ascii: bool, colour: bool) -> Look {
    let colours = supports_color::on_cached(Stream::Stdout).filter(|_| colour);
    let (depth, has_colour) = match colours {
        None => (Depth::Basic, false),
        Some(level) if level.has_16m => (Depth::True, true),
        Some(level) if level.has_256 => (Depth::Indexed, true),
        Some(_) => (Depth::Basic, true),
    };
    let theme = if has_colour {
        theme.unwrap_or_else(fitting)
    } else {
        Theme::Mono
    };
    Look {
        theme,
        depth,
        ascii: ascii || !is_utf8(),
    }
}

/// Over SSH the answer may come so late that it would be taken for keys: there nobody asks.
fn fitting() -> Theme {
    if variable("SSH_CONNECTION").is_some() || variable("SSH_TTY").is_some() {
        return Theme::Neutral;
    }
    let mut options = QueryOptions::default();
    options.timeout = PATIENCE;
    match theme_mode(options) {
        Ok(ThemeMode::Dark) => Theme::Dark,
        Ok(ThemeMode::Light) => Theme::Light,
        Err(_) => Theme::Neutral,
    }
}

/// Whether the locale is UTF-8: the first of these that is set says it.
fn is_utf8() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    set.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
