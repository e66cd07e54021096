//! Connection health as it is drawn: the API computes it, the console gives it a sign and a word.

use crate::queries::connections::HealthState;
use crate::scrub::unheard;

/// The state of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// Calls cannot work now.
    Failing,
    /// Twilio suspended or closed the account.
    Suspended,
    /// No valid evidence, for a cause of ours.
    Unknown,
    /// Calls work in part.
    Degraded,
    /// Not fully checked yet.
    Unverified,
    /// A word of a newer API.
    Unheard(String),
    /// All is well.
    Healthy,
    /// Switched off in Callab; outside all totals.
    Disabled,
}

impl Health {
    /// Those that have a name here, worst first.
    pub const ALL: [Self; 7] = [
        Self::Failing,
        Self::Suspended,
        Self::Unknown,
        Self::Degraded,
        Self::Unverified,
        Self::Healthy,
        Self::Disabled,
    ];

    /// Its sign, one column wide.
    #[must_use]
    pub fn sign(&self, ascii: bool) -> &'static str {
        match (self, ascii) {
            (Self::Failing, false) => "✖",
            (Self::Failing, true) => "X",
            (Self::Suspended, false) => "■",
            (Self::Suspended, true) => "#",
            (Self::Unknown | Self::Unheard(_), _) => "?",
            (Self::Degraded, false) => "▲",
            (Self::Degraded, true) => "~",
            (Self::Unverified, false) => "◇",
            (Self::Unverified, true) => "o",
            (Self::Healthy, false) => "●",
            (Self::Healthy, true) => "+",
            (Self::Disabled, false) => "‖",
            (Self::Disabled, true) => "=",
        }
    }

    /// Its word in tables, four columns wide at most.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Failing => "FAIL",
            Self::Suspended => "SUSP",
            Self::Unknown => "UNKN",
            Self::Degraded => "DEGR",
            Self::Unverified => "UNVR",
            Self::Healthy => "OK",
            Self::Disabled => "OFF",
            Self::Unheard(word) => word.trim_start_matches("? "), // Its sign is drawn before it.
        }
    }

    /// Its name in sentences and filters.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Failing => "failing",
            Self::Suspended => "suspended",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Unverified => "unverified",
            Self::Healthy => "healthy",
            Self::Disabled => "disabled",
            Self::Unheard(word) => word,
        }
    }

    /// Its place, worst first.
    #[must_use]
    pub fn rank(&self) -> usize {
        match self {
            Self::Unheard(_) => 4,
            known => Self::ALL.iter().position(|state| state == known).unwrap_or(4),
        }
    }

    /// Whether somebody has to look at it.
    #[must_use]
    pub fn is_problem(&self) -> bool {
        matches!(
            self,
            Self::Failing | Self::Suspended | Self::Unknown | Self::Degraded | Self::Unheard(_)
        )
    }
}

impl From<&HealthState> for Health {
    fn from(state: &HealthState) -> Self {
        match state {
            HealthState::Disabled => Self::Disabled,
            HealthState::Suspended => Self::Suspended,
            HealthState::Unverified => Self::Unverified,
            HealthState::Failing => Self::Failing,
            HealthState::Unknown => Self::Unknown,
            HealthState::Degraded => Self::Degraded,
            HealthState::Healthy => Self::Healthy,
            HealthState::Unheard(word) => Self::Unheard(unheard(word)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_state_can_be_told_without_colour_in_both_sets_of_signs() {
        for ascii in [true, false] {
            let signs: HashSet<&str> = Health::ALL.iter().map(|state| state.sign(ascii)).collect();
            assert_eq!(signs.len(), Health::ALL.len());
            assert!(!ascii || signs.iter().all(|sign| sign.is_ascii()));
        }
        assert!(Health::ALL.iter().all(|state| state.word().len() <= 4));
    }

    #[test]
    fn worst_is_first_and_a_word_of_a_newer_api_is_shown() {
        let ranks: Vec<usize> = Health::ALL.iter().map(Health::rank).collect();
        assert_eq!(ranks, [0, 1, 2, 3, 4, 5, 6]);
        let newer = Health::from(&HealthState::Unheard("ON_FIRE".into()));
        assert_eq!((newer.name(), newer.is_problem()), ("? ON_FIRE", true));
    }
}
