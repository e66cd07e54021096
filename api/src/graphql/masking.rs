//! What each role sees of a phone number. Masked here, so that a full number never reaches the others' programs.
//!
//! | | own number | other people's |
//! |---|---|---|
//! | owner, member, viewer, API key | whole | whole |
//! | support, lead | country code, area code, last two digits | nothing |
//! | staff viewer | country code | nothing |

use ::entity::E164;
use domain::Role;

/// Stands for digits that are not shown, however many.
const HIDDEN: &str = "•••";

/// A number of the customer.
pub(super) fn own(role: Role, number: &E164) -> String {
    match role {
        Role::Owner | Role::Member | Role::Viewer | Role::ApiKey => number.to_string(),
        Role::StaffViewer => match parts(number) {
            Some((country, _)) => format!("+{country} {HIDDEN}"),
            None => HIDDEN.to_owned(),
        },
        Role::Support | Role::Lead => match parts(number) {
            Some((country, national)) => format!("+{country} {}", ends(country, national)),
            None => HIDDEN.to_owned(),
        },
    }
}

/// Who is at the other end of a call, as Twilio wrote it: a number, `anonymous`, `sip:…` or `client:…`.
pub(super) fn other(role: Role, party: &str) -> String {
    if role.is_staff() {
        HIDDEN.to_owned()
    } else {
        party.to_owned()
    }
}

/// A name that a person or Twilio gave a number. It often is the number: staff see its digits hidden.
pub(super) fn name(role: Role, name: &str) -> String {
    if role.is_staff() {
        name.chars().map(|c| if c.is_numeric() { '•' } else { c }).collect()
    } else {
        name.to_owned()
    }
}

/// Where a customer is told: the host of an address, and nothing that may be a secret or a person.
pub(super) fn endpoint(address: &str) -> String {
    if let Some((_, domain)) = address.rsplit_once('@').filter(|_| !address.contains("://")) {
        return format!("{HIDDEN}@{domain}");
    }
    let end = address.find("://").map_or(0, |at| at + 3);
    let host = address[end..].split(['/', '?', '#']).next().unwrap_or_default();
    format!("{}{host}/{HIDDEN}", &address[..end])
}

/// Country code and national number, by the international numbering plan.
fn parts(number: &E164) -> Option<(u16, &str)> {
    let country = phonenumber::parse(None, number.as_str()).ok()?.country().code();
    let national = number.as_str().strip_prefix('+')?.strip_prefix(&country.to_string())?;
    Some((country, national))
}

/// Area code and last two digits: three digits for the area in North America, two elsewhere. A number so short that fewer than
/// four digits were left shows its last two only.
fn ends(country: u16, national: &str) -> String {
    let area = if country == 1 { 3 } else { 2 };
    let last_two = &national[national.len().saturating_sub(2)..];
    if national.len() >= area + 4 + 2 {
        format!("{} {HIDDEN} {last_two}", &national[..area])
    } else {
        format!("{HIDDEN} {last_two}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_sees_exactly_this_of_an_own_number() {
        let table = [
            // number, customer's roles, support and lead, staff viewer
            ("+14155550126", "+14155550126", "+1 415 ••• 26", "+1 •••"),
            ("+4930123456", "+4930123456", "+49 30 ••• 56", "+49 •••"),
            ("+442079460018", "+442079460018", "+44 20 ••• 18", "+44 •••"),
            ("+4712345", "+4712345", "+47 ••• 45", "+47 •••"),
        ];
        for (number, whole, ends, country) in table {
            let number = E164::parse(number).unwrap();
            let seen = Role::ALL.map(|role| own(role, &number));
            assert_eq!(seen, [whole, whole, whole, whole, country, ends, ends]);
        }
    }

    #[test]
    fn staff_see_nothing_of_the_other_party() {
        for party in ["+14155550126", "anonymous", "sip:anna@example.com", "client:anna"] {
            let seen = Role::ALL.map(|role| other(role, party));
            assert_eq!(seen, [party, party, party, party, "•••", "•••", "•••"]);
        }
    }

    #[test]
    fn an_endpoint_shows_its_host_alone() {
        for (address, shown) in [
            (
                "https://hooks.shop.example/s3cret?key=s3cret",
                "https://hooks.shop.example/•••",
            ),
            ("https://hooks.shop.example?s3cret@a", "https://hooks.shop.example/•••"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000/•••"),
            ("anna@shop.example", "•••@shop.example"),
        ] {
            assert_eq!(endpoint(address), shown);
        }
    }

    #[test]
    fn a_name_that_is_the_number_is_hidden_too() {
        assert_eq!(name(Role::Support, "(415) 555-0126"), "(•••) •••-••••");
        assert_eq!(name(Role::Lead, "Front desk ٤١٥"), "Front desk •••");
        assert_eq!(name(Role::Viewer, "(415) 555-0126"), "(415) 555-0126");
    }
}
