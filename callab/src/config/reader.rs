//! Reads settings one by one and remembers which are wrong, so that all of them can be named at once.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use config::ValueKind;

use super::WrongSetting;
use super::layers::Flat;

/// The settings, and what was wrong with those read so far.
///
/// Each reading answers `None` when the setting is wrong. A section reads all of its settings before it looks at any answer.
pub(super) struct Reader {
    settings: Flat,
    wrong: Vec<WrongSetting>,
}

impl Reader {
    pub(super) fn new(settings: Flat, wrong: Vec<WrongSetting>) -> Self {
        Self { settings, wrong }
    }

    /// What was wrong, in the order of reading.
    pub(super) fn into_wrong(self) -> Vec<WrongSetting> {
        self.wrong
    }

    pub(super) fn refuse(&mut self, name: &str, why: impl Display) {
        self.wrong.push(WrongSetting::new(name, &why));
    }

    /// A text, blanks around it dropped; empty when it is not set.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let text = self
            .settings
            .get(name)
            .cloned()
            .and_then(|value| value.into_string().ok());
        if text.is_none() {
            self.refuse(name, "a text is needed");
        }
        text.map(|text| text.trim().to_owned())
    }

    /// Any type that is written as a text. `what` says what is needed, such as `a number`. What is there instead is not repeated: it
    /// may be a secret that belongs into another setting.
    pub(super) fn parse<T: FromStr>(&mut self, name: &str, what: &str) -> Option<T> {
        let text = self.text(name)?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.refuse(name, format_args!("{what} is needed"));
        }
        parsed
    }

    /// The same, where an empty text means "not set".
    #[expect(clippy::option_option, reason = "wrong, not set, set")]
    pub(super) fn optional<T: FromStr>(&mut self, name: &str, what: &str) -> Option<Option<T>> {
        if self.text(name)?.is_empty() {
            return Some(None);
        }
        self.parse(name, what).map(Some)
    }

    /// A whole number within bounds, both included.
    pub(super) fn within<T: FromStr + PartialOrd + Display + Copy>(
        &mut self,
        name: &str,
        least: T,
        most: T,
    ) -> Option<T> {
        let number: T = self.parse(name, "a whole number")?;
        if number < least || number > most {
            self.refuse(name, format_args!("must be from {least} to {most}, not {number}"));
            return None;
        }
        Some(number)
    }

    /// Whole seconds within bounds, both included.
    pub(super) fn seconds(&mut self, name: &str, least: u64, most: u64) -> Option<Duration> {
        self.within(name, least, most).map(Duration::from_secs)
    }

    /// A list: an array in a file, separated by commas in the environment.
    pub(super) fn list<T: FromStr>(&mut self, name: &str, what: &str) -> Option<Vec<T>> {
        let texts: Vec<String> = match self.settings.get(name).map(|value| value.kind.clone()) {
            Some(ValueKind::Array(values)) => values.into_iter().map(|value| value.to_string()).collect(),
            _ => self.text(name)?.split(',').map(str::to_owned).collect(),
        };
        let mut list = Vec::new();
        for text in texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
            let Ok(item) = text.parse() else {
                self.refuse(name, format_args!("{what} is needed"));
                return None;
            };
            list.push(item);
        }
        Some(list)
    }
}
