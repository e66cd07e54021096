//! A whole number, and what it leads to.

use crate::queries::commands::find::{FindNumber, NumberFound};
use crate::queries::numbers::{AtTwilio, NumberState};
use crate::scrub::scrub;

/// The connection that has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The connection's id.
    pub connection: String,
    /// The number's id, and as it is shown; none where the API tells of the connection alone.
    pub number: Option<(String, String)>,
}

impl Found {
    /// The one of the connections where the number is most likely called: a number that was moved is still known where it was before.
    #[must_use]
    pub fn of(told: &FindNumber) -> Option<Self> {
        let accounts = &told.twilio_accounts.nodes;
        let is_there = |number: &&NumberFound| {
            let owner = number.account.as_ref();
            owner.is_some_and(|owner| accounts.iter().any(|account| account.id == owner.id))
        };
        let rank = |number: &&NumberFound| (number.at_twilio == AtTwilio::Gone, number.state != NumberState::Added);
        let number = told.phone_numbers.nodes.iter().filter(is_there).min_by_key(rank);
        match number.and_then(|number| Some((number, number.account.as_ref()?))) {
            Some((number, owner)) => Some(Self {
                connection: owner.id.inner().to_owned(),
                number: Some((number.id.inner().to_owned(), scrub(&number.number, 40))),
            }),
            None => accounts.first().map(|account| Self {
                connection: account.id.inner().to_owned(),
                number: None,
            }),
        }
    }
}

/// A whole number in E.164, as it may be typed: with spaces, dashes and brackets.
#[must_use]
pub fn whole_number(text: &str) -> Option<String> {
    let digits = text.trim().strip_prefix('+')?;
    let is_odd = |c: char| !c.is_ascii_digit() && !" -().".contains(c);
    let number: String = digits.chars().filter(char::is_ascii_digit).collect();
    (!digits.contains(is_odd) && (7..=15).contains(&number.len())).then(|| format!("+{number}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_number_is_told_from_a_filter() {
        assert_eq!(whole_number("+1 (415) 555-0126").as_deref(), Some("+14155550126"));
        for filter in ["415 555 0126", "+12", "+1 415 acme", "customer:+1"] {
            assert_eq!(whole_number(filter), None, "{filter}");
        }
    }

    fn found(accounts: &[&str], numbers: &[(&str, &str, &str)]) -> Option<(String, Option<String>)> {
        let numbers = numbers.iter().enumerate().map(|(place, (account, state, at_twilio))| {
            json!({
                "id": format!("no-{place}"), "number": "+1 415 ••• 26", "state": state, "atTwilio": at_twilio,
                "account": { "id": account },
            })
        });
        let numbers: Vec<_> = numbers.collect();
        let accounts: Vec<_> = accounts.iter().map(|id| json!({ "id": id })).collect();
        let told = json!({ "twilioAccounts": { "nodes": accounts }, "phoneNumbers": { "nodes": numbers } });
        let found = Found::of(&serde_json::from_value(told).unwrap())?;
        Some((found.connection, found.number.map(|(id, _)| id)))
    }

    #[test]
    fn a_number_that_was_moved_is_found_where_it_is_now() {
        let at = |connection: &str, number: Option<&str>| Some((connection.to_owned(), number.map(ToOwned::to_owned)));
        assert_eq!(
            found(
                &["a", "b", "c"],
                &[
                    ("a", "ADDED", "GONE"),
                    ("b", "AVAILABLE", "LISTED"),
                    ("c", "ADDED", "LISTED")
                ]
            ),
            at("c", Some("no-2"))
        );
        // That of a connection that is no more leads nowhere.
        let of_others = [("gone", "ADDED", "LISTED"), ("a", "REMOVED", "GONE")];
        assert_eq!(found(&["a"], &of_others), at("a", Some("no-1")));
        assert_eq!(found(&["a"], &[]), at("a", None));
        assert_eq!(found(&[], &of_others), None);
    }
}
