//! A change in a line.

use crate::state::connection::Connection;

/// What changed, in a line; none where only figures did.
pub(super) fn change(before: Option<&Connection>, now: &Connection) -> Option<String> {
    let customer = format!("{} {}", now.customer, now.label);
    let why = match now.likely_cause() {
        cause if cause.is_empty() => String::new(),
        cause => format!(": {cause}"),
    };
    match before {
        None => Some(format!("{customer} is new, {}{why}", now.judged().name())),
        Some(before) if before.judged() != now.judged() => Some(format!(
            "{customer} {} -> {}{why}",
            before.judged().name(),
            now.judged().name()
        )),
        Some(before) if !before.is_stale && now.is_stale => Some(format!(
            "{customer} is {}, but that is older than it should be",
            now.judged().name()
        )),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

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
            ..well.clone()
        };
        assert!(change(Some(&well), &old).unwrap().ends_with("older than it should be"));
    }
}
