//! Signs that the operator replaced, for a font or a screen reader that does not have the usual ones.

use unicode_width::UnicodeWidthChar;

use crate::state::health::Health;

/// One sign for each state of health, and one for what is stale; none where the usual one stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    of_health: [Option<&'static str>; Health::ALL.len()],
    stale: Option<&'static str>,
}

impl Signs {
    /// The names that signs have in the configuration.
    #[must_use]
    pub fn names() -> Vec<String> {
        let states = Health::ALL.iter().map(|health| health.name().to_owned());
        states.chain(["stale".to_owned()]).collect()
    }

    /// Replaces a sign. `Err` says why it cannot be.
    pub(super) fn set(&mut self, name: &str, sign: &str) -> Result<(), String> {
        let mut chars = sign.chars();
        let (Some(sign), None) = (chars.next(), chars.next()) else {
            return Err(format!("`{sign}` is not one character"));
        };
        if sign.width() != Some(1) || sign.is_whitespace() {
            return Err(format!("`{sign}` is not one column wide"));
        }
        let place = match Health::ALL.iter().position(|health| health.name() == name) {
            Some(place) => &mut self.of_health[place],
            None if name == "stale" => &mut self.stale,
            None => {
                return Err(format!(
                    "there is no sign of that name; there are {}",
                    Self::names().join(", ")
                ));
            }
        };
        // The few that are replaced live as long as the program, so that a look stays as light as it is.
        *place = Some(String::from(sign).leak());
        Ok(())
    }

    /// Two states that would have the same sign, in the usual set or in ASCII.
    pub(super) fn clash(self) -> Option<(Health, Health)> {
        for ascii in [false, true] {
            for (place, health) in Health::ALL.iter().enumerate() {
                let other = &Health::ALL[..place];
                if let Some(same) = other
                    .iter()
                    .find(|other| self.health(other, ascii) == self.health(health, ascii))
                {
                    return Some((same.clone(), health.clone()));
                }
            }
        }
        None
    }

    /// The sign of a state.
    #[must_use]
    pub fn health(self, health: &Health, ascii: bool) -> &'static str {
        let place = Health::ALL.iter().position(|state| state == health);
        match place.and_then(|place| self.of_health[place]) {
            Some(sign) => sign,
            None => health.sign(ascii),
        }
    }

    /// The mark of what is stale; none where the usual one stays.
    #[must_use]
    pub fn stale(self) -> Option<&'static str> {
        self.stale
    }
}
