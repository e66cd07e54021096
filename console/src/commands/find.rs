//! Which connection, or which number, is meant.

use std::fmt::Write;

use cynic::QueryBuilder;

use super::Failure;
use super::output::Asker;
use crate::queries::calls::IdVars;
use crate::queries::commands::find::{
    ConnectionById, NumberById, NumberName, SearchConnections, SearchNumbers, SearchVars,
};
use crate::scrub::scrub;
use crate::state::connection::Connection;

/// How many are named where several are meant.
const NAMED: usize = 10;

/// The connection that is meant: by its id, its account SID, its name as it is shown (`customer / label`), or a part of it that
/// only one has; a whole phone number means the connection that has it.
///
/// # Errors
/// When none is meant, or several, which are named; or the API does not answer.
pub async fn connection(asker: &Asker, meant: &str) -> Result<Connection, Failure> {
    let found = connections(asker, meant).await?;
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(none("connection", meant)),
        several => {
            let told = several.iter().map(|row| (row.sid.clone(), row.name()));
            Err(many("connections", meant, told))
        }
    }
}

/// The connections that may be meant: one where an id, a SID or a name is just that.
///
/// # Errors
/// When the API does not answer.
pub async fn connections(asker: &Asker, meant: &str) -> Result<Vec<Connection>, Failure> {
    let meant = meant.trim();
    if is_global_id(meant) {
        let found = asker.ask(ConnectionById::build(IdVars { id: meant.into() })).await?;
        if let Some(account) = found.twilio_account {
            return Ok(vec![Connection::from(&account)]);
        }
    }
    let (customer, label) = parts(meant);
    let search = label.split('…').next().unwrap_or(label).to_owned();
    let found = asker.ask(SearchConnections::build(SearchVars { search })).await?;
    let rows = found.twilio_accounts.nodes.iter().map(Connection::from);
    Ok(choose(rows.collect(), meant, customer))
}

/// Of those that the search found: the one whose id, SID or name is just that, or else all that fit.
fn choose(rows: Vec<Connection>, meant: &str, customer: Option<&str>) -> Vec<Connection> {
    let lower = |text: &str| text.to_lowercase();
    let of_customer = |row: &Connection| customer.is_none_or(|name| lower(&row.customer).contains(&lower(name)));
    let end = meant.split_once('…').map(|(_, end)| lower(end));
    let ends = |row: &Connection| end.as_ref().is_none_or(|end| lower(&row.sid).ends_with(end));
    let rows: Vec<Connection> = rows.into_iter().filter(|row| of_customer(row) && ends(row)).collect();
    let is_just = |row: &Connection| {
        let names = [&row.id, &row.sid, &row.label, &row.customer, &row.name()].map(|text| lower(text));
        names.contains(&lower(meant))
    };
    let just: Vec<Connection> = rows.iter().filter(|row| is_just(row)).cloned().collect();
    if just.is_empty() { rows } else { just }
}

/// The number that is meant: by its id, all of its digits, or the name that the customer gave it.
///
/// # Errors
/// When none is meant, or several, which are named; or the API does not answer.
pub async fn number(asker: &Asker, meant: &str) -> Result<NumberName, Failure> {
    let meant = meant.trim();
    if is_global_id(meant) {
        let found = asker.ask(NumberById::build(IdVars { id: meant.into() })).await?;
        if let Some(number) = found.phone_number {
            return Ok(number);
        }
    }
    let (customer, name) = parts(meant);
    let search = SearchVars {
        search: name.to_owned(),
    };
    let found = asker.ask(SearchNumbers::build(search)).await?.phone_numbers.nodes;
    let of_customer = |number: &NumberName| {
        let name = number
            .account
            .as_ref()
            .and_then(|account| account.workspace.as_ref())
            .map(|workspace| workspace.name.to_lowercase());
        customer.is_none_or(|customer| name.is_some_and(|name| name.contains(&customer.to_lowercase())))
    };
    let found: Vec<NumberName> = found.into_iter().filter(of_customer).collect();
    let just: Vec<&NumberName> = found
        .iter()
        .filter(|number| {
            number
                .nickname
                .as_deref()
                .is_some_and(|nickname| nickname.eq_ignore_ascii_case(name))
        })
        .collect();
    let told = |number: &NumberName| (number.id.inner().to_owned(), number.name());
    match (just.as_slice(), found.as_slice()) {
        ([only], _) => Ok((*only).clone()),
        (_, [only]) => Ok(only.clone()),
        (_, []) => Err(none("number", meant)),
        (_, several) => Err(many("numbers", meant, several.iter().map(told))),
    }
}

/// `customer / label`, or just a word.
fn parts(meant: &str) -> (Option<&str>, &str) {
    match meant.split_once(" / ") {
        Some((customer, label)) if !label.trim().is_empty() => (Some(customer.trim()), label.trim()),
        _ => (None, meant),
    }
}

/// The API's ids are base64 of a type and a UUID: long, and without spaces. What is taken for one by mistake is asked for in
/// vain, and then searched.
fn is_global_id(text: &str) -> bool {
    text.len() > 40
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '='))
}

fn none(thing: &str, meant: &str) -> Failure {
    Failure::Usage(format!(
        "there is no {thing} `{}`: by id, SID or name",
        scrub(meant, 80)
    ))
}

fn many(things: &str, meant: &str, found: impl ExactSizeIterator<Item = (String, String)>) -> Failure {
    let count = found.len();
    let mut told = format!(
        "`{}` may mean {count} {things}; name one by its id or SID:",
        scrub(meant, 80)
    );
    for (id, name) in found.take(NAMED) {
        let _ = write!(told, "\n  {id}  {}", scrub(&name, 100));
    }
    if count > NAMED {
        let _ = write!(told, "\n  and {} more", count - NAMED);
    }
    Failure::Usage(told)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::state::health::Health;

    fn row(sid: &str, customer: &str, label: &str) -> Connection {
        Connection {
            id: format!("id-{sid}"),
            customer: customer.into(),
            label: label.into(),
            sid: sid.into(),
            health: Health::Healthy,
            since: Utc.with_ymd_and_hms(2026, 11, 27, 14, 0, 0).unwrap(),
            as_of: None,
            is_stale: false,
            is_last_known: false,
            is_idle: false,
            is_flapping: false,
            cause: None,
            numbers: 0,
            calls: 0,
            connected: None,
        }
    }

    fn chosen(meant: &str) -> Vec<String> {
        let rows = vec![
            row("AC1aa1", "Nordwind", "main"),
            row("AC1bb2", "Nordwind", "test"),
            row("AC2cc3", "Acme", "main"),
        ];
        let (customer, label) = parts(meant);
        let search = label.split('…').next().unwrap().to_lowercase();
        let hit = |row: &Connection| row.whole_text().contains(&search);
        let found = rows.into_iter().filter(hit).collect();
        choose(found, meant, customer).into_iter().map(|row| row.sid).collect()
    }

    impl Connection {
        fn whole_text(&self) -> String {
            format!("{} {} {} {}", self.id, self.customer, self.label, self.sid).to_lowercase()
        }
    }

    #[test]
    fn one_is_meant_by_sid_name_or_a_part_of_it() {
        for (meant, sid) in [
            ("AC1aa1", "AC1aa1"),
            ("ac2c", "AC2cc3"),
            ("Nordwind / main", "AC1aa1"),
            ("acme / main", "AC2cc3"),
            ("Acme", "AC2cc3"),
            ("test", "AC1bb2"),
            ("AC1…b2", "AC1bb2"),
        ] {
            assert_eq!(chosen(meant), [sid], "{meant}");
        }
    }

    #[test]
    fn several_are_named_and_none_is_said() {
        assert_eq!(chosen("main"), ["AC1aa1", "AC2cc3"]);
        assert!(chosen("nobody").is_empty());
        let named = [("AC1aa1".to_owned(), "Nordwind / main".to_owned())];
        let told = many("connections", "main", named.into_iter()).to_string();
        assert!(
            told.contains("1 connections") && told.contains("AC1aa1  Nordwind / main"),
            "{told}"
        );
    }
}
