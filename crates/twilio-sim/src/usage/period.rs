//! Which days a usage record is about.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days as DayCount, Months, NaiveDate};

/// Some days in a row, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) first: NaiveDate,
    pub(crate) last: NaiveDate,
}

impl Days {
    /// As a range for lookups; an empty one when the last day lies before the first.
    pub(super) fn range(self) -> RangeInclusive<NaiveDate> {
        self.first.min(self.last)..=self.last
    }
}

/// How usage is cut into records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    /// One record over all days asked for.
    AllTime,
    Daily,
    Monthly,
    Yearly,
    Today,
    Yesterday,
    ThisMonth,
    LastMonth,
}

impl Period {
    /// Reads the end of a path: `Daily` of `Usage/Records/Daily`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "AllTime" => Self::AllTime,
            "Daily" => Self::Daily,
            "Monthly" => Self::Monthly,
            "Yearly" => Self::Yearly,
            "Today" => Self::Today,
            "Yesterday" => Self::Yesterday,
            "ThisMonth" => Self::ThisMonth,
            "LastMonth" => Self::LastMonth,
            _ => return None,
        })
    }

    /// The intervals of the records, newest first. `asked` is what `StartDate` and `EndDate` leave; the four that name a time
    /// themselves ignore it.
    pub(crate) fn intervals(self, asked: Days, today: NaiveDate) -> Vec<Days> {
        let month = first_of_month(today);
        match self {
            Self::AllTime if asked.first > asked.last => Vec::new(),
            Self::AllTime => vec![asked],
            Self::Daily => cut(asked, today, |day| day),
            Self::Monthly => cut(asked, today, first_of_month),
            Self::Yearly => cut(asked, today, first_of_year),
            Self::Today => vec![one(today)],
            Self::Yesterday => vec![one(before(today))],
            Self::ThisMonth => vec![Days {
                first: month,
                last: today,
            }],
            Self::LastMonth => vec![Days {
                first: month.checked_sub_months(Months::new(1)).unwrap_or(month),
                last: before(month),
            }],
        }
    }
}

fn one(day: NaiveDate) -> Days {
    Days { first: day, last: day }
}

fn before(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(DayCount::new(1)).unwrap_or(day)
}

pub(crate) fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

pub(crate) fn first_of_year(day: NaiveDate) -> NaiveDate {
    day.with_ordinal(1).unwrap_or(day)
}

/// Cuts days into intervals from the last one back; `start_of` gives the first day of the interval a day lies in.
fn cut(asked: Days, today: NaiveDate, start_of: impl Fn(NaiveDate) -> NaiveDate) -> Vec<Days> {
    let mut last = asked.last.min(today);
    let mut intervals = Vec::new();
    while last >= asked.first {
        let first = start_of(last).max(asked.first);
        intervals.push(Days { first, last });
        last = before(first);
    }
    intervals
}

#[cfg(test)]
mod tests {
    use super::{Days, Period};

    fn days(first: &str, last: &str) -> Days {
        Days {
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
        }
    }

    #[test]
    fn days_are_cut_from_the_newest_back() {
        let today = "2026-03-05".parse().unwrap();
        let asked = days("2025-12-30", "2026-04-01");
        assert_eq!(
            Period::Monthly.intervals(asked, today),
            [
                days("2026-03-01", "2026-03-05"),
                days("2026-02-01", "2026-02-28"),
                days("2026-01-01", "2026-01-31"),
                days("2025-12-30", "2025-12-31"),
            ]
        );
        assert_eq!(Period::Daily.intervals(asked, today).len(), 66);
        assert_eq!(
            Period::Yearly.intervals(asked, today),
            [days("2026-01-01", "2026-03-05"), days("2025-12-30", "2025-12-31")]
        );
        assert_eq!(
            Period::LastMonth.intervals(asked, today),
            [days("2026-02-01", "2026-02-28")]
        );
        assert_eq!(Period::Daily.intervals(days("2026-03-02", "2026-03-01"), today), []);
    }
}
