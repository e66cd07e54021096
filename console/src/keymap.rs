//! Which key does what.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use crokey::{KeyCombination, KeyCombinationFormat};
use crossterm::event::KeyEvent;

use crate::action::Action;

/// The keys of every action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap(Vec<(KeyCombination, Action)>);

/// Why keys cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// No such action.
    #[error("[keys] {0}: there is no action of that name")]
    UnknownAction(String),
    /// No such key.
    #[error("[keys] {action}: `{key}` is no key; examples: j, shift-g, ctrl-d, pagedown")]
    UnknownKey {
        /// The action.
        action: String,
        /// What stands there.
        key: String,
    },
    /// Two actions want one key.
    #[error("[keys] `{key}` is given to both {first} and {second}")]
    Clash {
        /// The key.
        key: String,
        /// An action.
        first: &'static str,
        /// Another.
        second: &'static str,
    },
}

impl Keymap {
    /// The usual keys, with those of some actions, by name, put in the place of theirs.
    ///
    /// # Errors
    /// For an action or a key that there is not, and for a key that two actions want.
    pub fn new(rebound: &BTreeMap<String, Vec<String>>) -> Result<Self, KeymapError> {
        let known = |name: &String| Action::ALL.iter().any(|action| action.name() == name);
        if let Some(unknown) = rebound.keys().find(|name| !known(name)) {
            return Err(KeymapError::UnknownAction(unknown.clone()));
        }
        let mut keys: Vec<(KeyCombination, Action)> = Vec::new();
        for action in Action::ALL {
            let usual = action.default_keys().iter().map(|key| (*key).to_owned());
            let wanted = rebound.get(action.name()).cloned().unwrap_or_else(|| usual.collect());
            for key in wanted {
                let combination = KeyCombination::from_str(&as_typed(&key)).map_err(|_| KeymapError::UnknownKey {
                    action: action.name().to_owned(),
                    key: key.clone(),
                })?;
                let combination = combination.normalized();
                if let Some((_, first)) = keys.iter().find(|(taken, _)| *taken == combination) {
                    let (first, second) = (first.name(), action.name());
                    return Err(KeymapError::Clash { key, first, second });
                }
                keys.push((combination, *action));
            }
        }
        Ok(Self(keys))
    }

    /// What a key does.
    #[must_use]
    pub fn action(&self, key: KeyEvent) -> Option<Action> {
        let pressed = KeyCombination::from(key).normalized();
        self.0
            .iter()
            .find(|(key, _)| *key == pressed)
            .map(|(_, action)| *action)
    }

    /// The keys of an action, as they are shown.
    #[must_use]
    pub fn keys(&self, action: Action) -> Vec<String> {
        let format = KeyCombinationFormat::default();
        let of_action = self.0.iter().filter(|(_, of)| *of == action);
        of_action.map(|(key, _)| shown(&format.to_string(*key))).collect()
    }

    /// The first key of an action, as it is shown; empty where it has none.
    #[must_use]
    pub fn key(&self, action: Action) -> String {
        self.keys(action).into_iter().next().unwrap_or_default()
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(&BTreeMap::new()).expect("the usual keys do not clash")
    }
}

/// `V` is `shift-V`: the parser would take it for the small letter. With Ctrl a terminal sends the same for both.
fn as_typed(key: &str) -> Cow<'_, str> {
    let mut parts = key.rsplit('-');
    let is_capital = parts
        .next()
        .is_some_and(|letter| letter.len() == 1 && letter.starts_with(|c: char| c.is_ascii_uppercase()));
    if is_capital && !parts.any(|modifier| modifier.eq_ignore_ascii_case("ctrl")) {
        format!("shift-{key}").into()
    } else {
        key.into()
    }
}

/// `Shift-g` is shown as it is typed: `G`.
fn shown(key: &str) -> String {
    match key.strip_prefix("Shift-") {
        Some(letter) if letter.chars().count() == 1 => letter.to_uppercase(),
        None if key == "Hyphen" => "-".to_owned(),
        _ => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    fn rebound(action: &str, keys: &[&str]) -> Result<Keymap, KeymapError> {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Keymap::new(&BTreeMap::from([(action.to_owned(), keys)]))
    }

    #[test]
    fn every_usual_key_is_a_key_and_does_one_thing() {
        let keys = Keymap::default();
        for action in Action::ALL {
            assert!(!keys.key(*action).is_empty(), "{action:?}");
        }
        let press = |code, modifiers| keys.action(KeyEvent::new(code, modifiers));
        assert_eq!(press(KeyCode::Char('j'), KeyModifiers::NONE), Some(Action::Down));
        assert_eq!(press(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Action::Last));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::QuitNow));
        assert_eq!(press(KeyCode::Char(']'), KeyModifiers::NONE), Some(Action::NextProblem));
    }

    /// A slip of Shift or Ctrl must change nothing: the small and Ctrl forms of changing keys do nothing.
    #[test]
    fn a_slip_of_shift_or_ctrl_changes_nothing() {
        let keys = Keymap::default();
        for action in Action::ALL.iter().filter(|action| action.changes()) {
            for key in keys.keys(*action) {
                let letter = key.chars().next().unwrap().to_ascii_lowercase();
                for modifiers in [KeyModifiers::NONE, KeyModifiers::CONTROL] {
                    assert_eq!(
                        keys.action(KeyEvent::new(KeyCode::Char(letter), modifiers)),
                        None,
                        "{action:?}"
                    );
                }
            }
        }
    }

    /// As the help shows it: never the small letter, which must do nothing where the capital changes something.
    #[test]
    fn a_capital_is_the_key_with_shift() {
        let press = |keys: &Keymap, letter, modifiers| keys.action(KeyEvent::new(KeyCode::Char(letter), modifiers));
        for capital in ["V", "shift-v", "shift-V"] {
            let keys = rebound("pause", &["K"]).and(rebound("verify", &[capital])).unwrap();
            assert_eq!(
                press(&keys, 'V', KeyModifiers::SHIFT),
                Some(Action::Verify),
                "{capital}"
            );
            assert_eq!(press(&keys, 'v', KeyModifiers::NONE), None, "{capital}");
            assert_eq!(keys.key(Action::Verify), "V");
        }
        let clash = KeymapError::Clash {
            key: "T".into(),
            first: "test_call",
            second: "verify",
        };
        assert_eq!(rebound("verify", &["T"]), Err(clash));
        let keys = rebound("reload", &["Ctrl-R"]).unwrap();
        assert_eq!(press(&keys, 'r', KeyModifiers::CONTROL), Some(Action::Reload));
    }

    #[test]
    fn clashes_and_what_there_is_not_are_named() {
        assert!(rebound("down", &["ctrl-n"]).is_ok());
        assert_eq!(
            rebound("down", &["k"]),
            Err(KeymapError::Clash {
                key: "k".into(),
                first: "down",
                second: "up"
            })
        );
        assert_eq!(rebound("jump", &["x"]), Err(KeymapError::UnknownAction("jump".into())));
        let no_key = KeymapError::UnknownKey {
            action: "down".into(),
            key: "hyper-x".into(),
        };
        assert_eq!(rebound("down", &["hyper-x"]), Err(no_key));
    }
}
