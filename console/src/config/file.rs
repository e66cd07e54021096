//! The file as it is written, and what it must not say.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::{ConfigError, Signs};
use crate::cli::{ThemeName, When};
use crate::keymap::{Keymap, KeymapError};
use crate::state::View;
use crate::state::connection::Connection;
use crate::state::filter::Filter;
use crate::state::table::Row;
use crate::surroundings::variable;

/// The longest word for an installation.
const LONGEST_WORD: usize = 12;

/// What the file says, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The API's address.
    pub url: Option<String>,
    /// The colours.
    pub theme: Option<ThemeName>,
    /// Whether everything is drawn in ASCII.
    pub ascii: Option<bool>,
    /// When colours are used.
    pub color: Option<When>,
    /// Whether the screen is drawn once a second at most.
    pub slow: Option<bool>,
    /// The web app's address of a connection, with `{account}` for its id.
    pub dashboard: Option<String>,
    /// What installations are called, by their hosts.
    pub environments: BTreeMap<String, String>,
    /// The keys of some actions.
    pub keymap: Keymap,
    /// The signs that are replaced.
    pub signs: Signs,
    /// Saved views.
    pub views: Vec<View>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Raw {
    url: Option<String>,
    theme: Option<ThemeName>,
    ascii: Option<bool>,
    color: Option<When>,
    slow: Option<bool>,
    dashboard: Option<String>,
    #[serde(default)]
    environments: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    keys: BTreeMap<String, Spanned<Keys>>,
    #[serde(default)]
    signs: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    views: BTreeMap<String, Spanned<RawView>>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Keys {
    One(String),
    Some(Vec<String>),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawView {
    filter: Option<Spanned<String>>,
    sort: Option<Spanned<String>>,
    #[serde(default)]
    problems_only: bool,
}

/// Where the file is looked for.
#[must_use]
pub fn path() -> Option<PathBuf> {
    let config = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".config")))?;
    Some(config.join("callab-console/config.toml"))
}

/// What the operator set; nothing where there is no file. One that was named must be there.
///
/// # Errors
/// When it cannot be read, or says something that makes no sense: with the line and the key.
pub fn read(named: Option<&Path>) -> Result<File, ConfigError> {
    let Some(path) = named.map(Path::to_owned).or_else(path) else {
        return Ok(File::default());
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&path, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => Ok(File::default()),
        Err(source) => Err(ConfigError::Unreadable { path, source }),
    }
}

pub(super) fn parse(path: &Path, text: &str) -> Result<File, ConfigError> {
    let raw: Raw = toml::from_str(text).map_err(|error| {
        let what = error.message().trim_end().replace('\n', "; ");
        ConfigError::at(path, text, error.span().as_ref(), what)
    })?;
    let keys: BTreeMap<String, Vec<String>> = raw
        .keys
        .iter()
        .map(|(name, keys)| (name.clone(), keys.get_ref().all()))
        .collect();
    let keymap = Keymap::new(&keys).map_err(|error| {
        // Of two that clash the file has at least one.
        let named = match &error {
            KeymapError::UnknownAction(action) | KeymapError::UnknownKey { action, .. } => vec![action.as_str()],
            KeymapError::Clash { first, second, .. } => vec![*second, *first],
        };
        let span = named.iter().find_map(|action| Some(raw.keys.get(*action)?.span()));
        ConfigError::at(path, text, span.as_ref(), error.to_string())
    })?;
    let mut environments = BTreeMap::new();
    for (host, word) in raw.environments {
        if !is_word(word.get_ref()) {
            let what = format!("[environments] {host}: a word of 1 to {LONGEST_WORD} capitals, digits and dashes");
            return Err(ConfigError::at(path, text, Some(&word.span()), what));
        }
        environments.insert(host, word.into_inner());
    }
    let mut signs = Signs::default();
    for (name, sign) in &raw.signs {
        let wrong = |why| ConfigError::at(path, text, Some(&sign.span()), format!("[signs] {name}: {why}"));
        signs.set(name, sign.get_ref()).map_err(wrong)?;
    }
    if let Some((first, second)) = signs.clash() {
        let span = raw
            .signs
            .get(second.name())
            .or_else(|| raw.signs.get(first.name()))
            .map(Spanned::span);
        let what = format!("[signs] {} and {} cannot be told apart", first.name(), second.name());
        return Err(ConfigError::at(path, text, span.as_ref(), what));
    }
    let mut views = Vec::new();
    for (name, view) in raw.views {
        let view = view.into_inner();
        if let Some(sort) = &view.sort
            && !Connection::SORTS.contains(&sort.get_ref().as_str())
        {
            let orders = Connection::SORTS.join(" | ");
            let what = format!("[views.{name}] sort: there is no such order; there are {orders}");
            return Err(ConfigError::at(path, text, Some(&sort.span()), what));
        }
        if let Some(filter) = &view.filter
            && let Some(fault) = Filter::parse(filter.get_ref()).fault(Connection::FIELDS)
        {
            let what = format!("[views.{name}] filter: {fault}");
            return Err(ConfigError::at(path, text, Some(&filter.span()), what));
        }
        let sort = view.sort.map(Spanned::into_inner);
        views.push(View {
            name,
            filter: view.filter.map(Spanned::into_inner).unwrap_or_default(),
            sort,
            problems_only: view.problems_only,
        });
    }
    Ok(File {
        url: raw.url,
        theme: raw.theme,
        ascii: raw.ascii,
        color: raw.color,
        slow: raw.slow,
        dashboard: raw.dashboard,
        environments,
        keymap,
        signs,
        views,
    })
}

/// What fits into the header.
fn is_word(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    (1..=LONGEST_WORD).contains(&word.len()) && word.chars().all(is_plain)
}

impl Keys {
    fn all(&self) -> Vec<String> {
        match self {
            Self::One(key) => vec![key.clone()],
            Self::Some(keys) => keys.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::*;
    use crate::action::Action;
    use crate::state::health::Health;

    fn read(text: &str) -> Result<File, String> {
        parse(Path::new("config.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn keys_signs_and_views_are_read() {
        let file = read(
            "theme = \"light\"\nascii = true\n[keys]\ndown = \"ctrl-n\"\nup = [\"ctrl-p\", \"up\"]\n[signs]\nfailing = \"!\"\n\
             [views.mornings]\nfilter = \"health:fail\"\nsort = \"calls\"\nproblems_only = true\n",
        )
        .unwrap();
        assert_eq!((file.theme, file.ascii), (Some(ThemeName::Light), Some(true)));
        let pressed = KeyEvent::new(KeyCode::Char('n'), KeyModifiers::CONTROL);
        assert_eq!(file.keymap.action(pressed), Some(Action::Down));
        assert_eq!(file.signs.health(&Health::Failing, false), "!");
        let view = View {
            name: "mornings".into(),
            filter: "health:fail".into(),
            sort: Some("calls".into()),
            problems_only: true,
        };
        assert_eq!(file.views, [view]);
    }

    #[test]
    fn what_makes_no_sense_is_named_with_its_line() {
        for (text, line, word) in [
            ("theme = \"dark\"\ncolour = \"never\"", 2, "unknown field `colour`"),
            ("write = true", 1, "unknown field `write`"),
            ("\n\ntheme = \"pink\"", 3, "pink"),
            (
                "[environments]\n\"a.example\" = \"not prod\"",
                2,
                "[environments] a.example: a word",
            ),
            ("[keys]\n\njump = \"x\"", 3, "jump"),
            ("[keys]\ndown = \"hyper-x\"", 2, "hyper-x"),
            (
                "[keys]\nup = \"z\"\ndown = \"s\"",
                3,
                "`s` is given to both down and sort",
            ),
            ("[signs]\nfailing = \"XX\"", 2, "not one character"),
            ("[signs]\nfailing = \"東\"", 2, "not one column wide"),
            (
                "[signs]\nfailing = \"#\"",
                2,
                "failing and suspended cannot be told apart",
            ),
            ("[signs]\nsick = \"x\"", 2, "no sign of that name"),
            (
                "[views.a]\nfilter = \"x\"\nsort = \"best\"",
                3,
                "there is no such order",
            ),
            ("[views.a]\nfilters = \"x\"", 2, "unknown field `filters`"),
            (
                "[views.a]\nsort = \"calls\"\nfilter = \"healt:x\"",
                3,
                "[views.a] filter: no field `healt` here: health, ",
            ),
            ("ascii = \"yes\"", 1, "expected a boolean"),
            ("ascii = ", 1, ""),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.starts_with(&format!("config.toml, line {line}: ")), "{told}");
            assert!(told.contains(word), "{told}");
        }
    }
}
