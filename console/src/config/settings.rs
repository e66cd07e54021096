//! What holds in the end: command line, environment, file, default, in this order.

use std::collections::BTreeMap;

use super::{File, Signs};
use crate::cli::{Cli, ThemeName, When};
use crate::keymap::Keymap;
use crate::state::View;

/// What holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The API's address; none where none was given.
    pub url: Option<String>,
    /// The colours.
    pub theme: ThemeName,
    /// Whether everything is drawn in ASCII.
    pub ascii: bool,
    /// When colours are used.
    pub color: When,
    /// Whether the screen is drawn once a second at most.
    pub slow: bool,
    /// The web app's address of a connection, with `{account}` for its id.
    pub dashboard: Option<String>,
    /// What installations are called, by their hosts.
    pub environments: BTreeMap<String, String>,
    /// What the keys do.
    pub keymap: Keymap,
    /// The signs that are replaced.
    pub signs: Signs,
    /// Saved views.
    pub views: Vec<View>,
}

impl Settings {
    /// What holds of a command line, which has the environment in it, and a file.
    #[must_use]
    pub fn of(cli: &Cli, file: File) -> Self {
        Self {
            url: cli.url.clone().or(file.url),
            theme: cli.theme.or(file.theme).unwrap_or(ThemeName::Auto),
            ascii: cli.ascii.or(file.ascii).unwrap_or(false),
            color: cli.color.or(file.color).unwrap_or(When::Auto),
            slow: cli.slow.or(file.slow).unwrap_or(false),
            dashboard: file.dashboard,
            environments: file.environments,
            keymap: file.keymap,
            signs: file.signs,
            views: file.views,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn the_command_line_wins_over_the_file_and_the_file_over_the_default() {
        let file = || File {
            theme: Some(ThemeName::Light),
            slow: Some(true),
            ascii: Some(true),
            ..File::default()
        };
        let settings = Settings::of(
            &Cli::parse_from(["callab-console", "--theme", "mono", "--ascii=false"]),
            file(),
        );
        assert_eq!(
            (settings.theme, settings.slow, settings.ascii),
            (ThemeName::Mono, true, false)
        );
        let settings = Settings::of(&Cli::parse_from(["callab-console"]), file());
        assert_eq!((settings.theme, settings.color), (ThemeName::Light, When::Auto));
        let settings = Settings::of(
            &Cli::parse_from(["callab-console", "--ascii", "--slow"]),
            File::default(),
        );
        assert_eq!(
            (settings.theme, settings.slow, settings.ascii),
            (ThemeName::Auto, true, true)
        );
    }
}
