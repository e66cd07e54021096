//! A change in a line.

use chrono::{DateTime, Utc};

use crate::state::connection::Connection;

/// What changed, in a line; none where only figures did.
pub(super) fn change(before: Option<&Connection>, now: &Connection, at: DateTime<Utc>) -> Option<String> {
    let customer = format!("{} {}", now.customer, now.label);
    let why = match now.likely_cause() {
        cause if cause.is_empty() => String::new(),
        cause => format!(": {cause}"),
    };
    match before {
        None => Some(format!("{customer} is new, {}{why}", now.judged().name())),
        Some(before) if !before.is_last_known && now.is_last_known => {
            Some(format!("{customer} {}{why}", now.in_words(true, at)))
        }
        Some(before) if before.judged() != now.judged() => Some(format!(
            "{customer} {} -> {}{why}",
            before.judged().name(),
            now.judged().name()
        )),
        Some(before) if !before.is_stale && now.is_stale => Some(format!("{customer} {}", now.in_words(true, at))),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};

    use super::*;
    use crate::state::connection::Cause;
    use crate::state::health::Health;

    fn row(health: Health, cause: Option<&str>) -> Connection {
        let cause = cause.map(|text| Cause {
            code: "TOKEN_REJECTED".into(),
            text: text.into(),
            evidence: None,
            twilio_code: None,
            who: None,
        });
        Connection {
            id: "a".into(),
            customer: "Nordwind".into(),
            label: "eu-prod".into(),
            sid: "AC1".into(),
            health,
            since: Utc.with_ymd_and_hms(2026, 11, 27, 14, 1, 0).unwrap(),
            as_of: None,
            is_stale: false,
            is_last_known: false,
            is_idle: false,
            is_flapping: false,
            cause,
            numbers: 1,
            calls: 0,
            connected: None,
        }
    }

    #[test]
    fn only_what_changes_the_state_is_a_line() {
        let (well, ill) = (row(Health::Healthy, None), row(Health::Failing, Some("token rejected")));
        let at = well.since + TimeDelta::minutes(5);
        let change = |before: Option<&Connection>, now: &Connection| change(before, now, at);
        assert_eq!(
            change(Some(&well), &ill).unwrap(),
            "Nordwind eu-prod healthy -> failing: token rejected"
        );
        assert_eq!(
            change(Some(&ill), &well).unwrap(),
            "Nordwind eu-prod failing -> healthy"
        );
        assert_eq!(
            change(
                Some(&well),
                &Connection {
                    calls: 7,
                    ..well.clone()
                }
            ),
            None
        );
        assert_eq!(change(None, &well).unwrap(), "Nordwind eu-prod is new, healthy");
        let old = Connection {
            is_stale: true,
            as_of: Some(well.since),
            ..well.clone()
        };
        assert_eq!(
            change(Some(&well), &old).unwrap(),
            "Nordwind eu-prod healthy for 5m, last checked 5m ago"
        );
        let unknown = Connection {
            is_last_known: true,
            ..old.clone()
        };
        assert_eq!(
            change(Some(&old), &unknown).unwrap(),
            "Nordwind eu-prod last known healthy, last checked 5m ago"
        );
        assert_eq!(change(Some(&unknown), &unknown), None);
    }
}
