//! How a number's calls went: its last ones, and those of the last 24 hours.

use chrono::{DateTime, Utc};

use crate::queries::numbers::CallFigures;
use crate::state::table::Glance;

/// How many attempts a connect rate needs before anybody judges by it.
pub(super) const JUDGED_FROM: u32 = 10;

/// A connect rate below this, in percent, is failing.
const FAILS_BELOW: f64 = 80.0;

/// One below this works in part.
const WORKS_IN_PART_BELOW: f64 = 95.0;

/// A number's last calls, and how those of the last 24 hours went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// When the newest inbound call began.
    pub last_in_at: Option<DateTime<Utc>>,
    /// When the newest outbound call began.
    pub last_out_at: Option<DateTime<Utc>>,
    /// The calls of the last 24 hours.
    pub calls: u32,
    /// Those of them that could connect and whose end is known.
    pub attempts: u32,
    /// How many percent of the attempts connected; none without one.
    pub connected: Option<f64>,
}

impl From<&CallFigures> for Figures {
    fn from(told: &CallFigures) -> Self {
        let count = |calls: i32| u32::try_from(calls).unwrap_or_default();
        Self {
            last_in_at: told.last_inbound_at,
            last_out_at: told.last_outbound_at,
            calls: count(told.calls),
            attempts: count(told.attempts),
            connected: told.connect_rate.map(|rate| rate * 100.0),
        }
    }
}

impl Figures {
    /// When the newest call of any direction began.
    #[must_use]
    pub fn last_at(&self) -> Option<DateTime<Utc>> {
        self.last_in_at.max(self.last_out_at)
    }

    /// How many percent of the attempts connected, in text.
    #[must_use]
    pub fn percent(&self) -> String {
        self.connected
            .map_or_else(|| "–".to_owned(), |percent| format!("{percent:.1}"))
    }

    /// The connect rate in percent, where it has attempts enough to be judged by.
    fn judged(&self) -> Option<f64> {
        self.connected.filter(|_| self.attempts >= JUDGED_FROM)
    }

    /// Whether so few of the attempts connected that calls cannot be said to work.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.judged().is_some_and(|percent| percent < FAILS_BELOW)
    }

    /// What is the matter with the connect rate, in a sentence; none where it is good, or says little.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let percent = self.judged().filter(|percent| *percent < WORKS_IN_PART_BELOW)?;
        let attempts = self.attempts;
        Some(format!(
            "{percent:.1} % of {attempts} attempts connected in the last 24 hours"
        ))
    }

    /// For an order by the connect rate, worst first: too few attempts say little, and none nothing.
    pub(super) fn rate_rank(&self) -> (bool, f64) {
        (self.attempts < JUDGED_FROM, self.connected.unwrap_or(f64::INFINITY))
    }
}

/// A moment in seven columns: the time of a call of today, the day of another, the month of one of another year.
pub(super) fn day_or_time(at: DateTime<Utc>, glance: Glance) -> String {
    let (day, today) = (glance.time(at, "%Y-%m-%d"), glance.time(glance.now, "%Y-%m-%d"));
    let format = if day == today {
        "%H:%M"
    } else if day.get(..4) == today.get(..4) {
        "%d %b"
    } else {
        "%Y-%m"
    };
    glance.time(at, format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_says_which_day_it_is_of() {
        let moment = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let glance = Glance {
            now: moment("2026-11-27T14:02:11Z"),
            is_utc: true,
        };
        for (at, told) in [
            ("2026-11-27T00:00:00Z", "00:00"),
            ("2026-11-26T23:59:59Z", "26 Nov"),
            ("2026-01-01T00:00:00Z", "01 Jan"),
            ("2025-12-31T23:59:59Z", "2025-12"),
        ] {
            assert_eq!(day_or_time(moment(at), glance), told);
        }
    }

    #[test]
    fn a_rate_is_judged_by_the_bounds_of_health_from_ten_attempts_on() {
        for (attempts, percent, is_failing, told) in [
            (9, 0.0, false, None),
            (
                10,
                0.0,
                true,
                Some("0.0 % of 10 attempts connected in the last 24 hours"),
            ),
            (
                393,
                79.9,
                true,
                Some("79.9 % of 393 attempts connected in the last 24 hours"),
            ),
            (
                100,
                80.0,
                false,
                Some("80.0 % of 100 attempts connected in the last 24 hours"),
            ),
            (
                100,
                94.9,
                false,
                Some("94.9 % of 100 attempts connected in the last 24 hours"),
            ),
            (100, 95.0, false, None),
        ] {
            let figures = Figures {
                attempts,
                connected: Some(percent),
                ..Figures::default()
            };
            assert_eq!(figures.is_failing(), is_failing, "{figures:?}");
            assert_eq!(figures.trouble().as_deref(), told, "{figures:?}");
        }
    }

    #[test]
    fn a_rate_of_few_attempts_comes_behind_those_that_can_be_judged() {
        let of = |attempts: u32, connected: Option<f64>| Figures {
            attempts,
            connected,
            ..Figures::default()
        };
        let mut order = [of(0, None), of(9, Some(0.0)), of(10, Some(97.0)), of(400, Some(31.0))];
        order.sort_by(|one, other| one.rate_rank().partial_cmp(&other.rate_rank()).unwrap());
        assert_eq!(order.map(|figures| figures.attempts), [400, 10, 9, 0]);
        assert_eq!(order.map(|figures| figures.percent()), ["31.0", "97.0", "0.0", "–"]);
    }
}
