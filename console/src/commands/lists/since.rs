//! How old a row may be, as operators write it.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::commands::Failure;
use crate::scrub::scrub;

/// A moment: so long before now (`90m`, `2h`, `7d`), a day in UTC, or a moment by RFC 3339.
pub(super) fn parse(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Failure> {
    let text = text.trim();
    ago(text, now)
        .or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN).and_utc()))
        .or_else(|| Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc()))
        .ok_or_else(|| {
            let text = scrub(text, 40);
            Failure::Usage(format!(
                "--since: `{text}` is no time: use 90m, 2h, 7d, 2026-11-27 or 2026-11-27T09:00:00Z"
            ))
        })
}

fn ago(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let unit = text.chars().last()?;
    let count: i64 = text.strip_suffix(unit)?.parse().ok().filter(|count| *count >= 0)?;
    let length = match unit {
        's' => TimeDelta::try_seconds(count),
        'm' => TimeDelta::try_minutes(count),
        'h' => TimeDelta::try_hours(count),
        'd' => TimeDelta::try_days(count),
        'w' => TimeDelta::try_weeks(count),
        _ => None,
    };
    now.checked_sub_signed(length?)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn times_are_read_as_operators_write_them() {
        let now = Utc.with_ymd_and_hms(2026, 11, 27, 14, 0, 0).unwrap();
        let at = |day, hour, minute| Utc.with_ymd_and_hms(2026, 11, day, hour, minute, 0).unwrap();
        for (text, read) in [
            ("90m", at(27, 12, 30)),
            ("2h", at(27, 12, 0)),
            ("7d", at(20, 14, 0)),
            ("2026-11-26", at(26, 0, 0)),
            ("2026-11-27T09:30:00+01:00", at(27, 8, 30)),
        ] {
            assert_eq!(parse(text, now).unwrap(), read, "{text}");
        }
        for text in [
            "",
            "h",
            "-2h",
            "2y",
            "yesterday",
            "99999999999999999d",
            "2026-13-01",
            "é",
        ] {
            assert!(parse(text, now).is_err(), "{text}");
        }
    }
}
