//! Whose name is shown for an act, by who looks.
//!
//! | acted | customers see | staff see |
//! |---|---|---|
//! | a customer | the whole name | its beginning |
//! | Callab's staff, or an operator by a command | `Callab staff` | the whole name |
//! | an API key, Callab itself, Twilio | the whole name | the whole name |

use std::borrow::Cow;

use super::who::OPERATOR;
use crate::Role;

/// What customers see of Callab's own people.
pub const STAFF: &str = "Callab staff";

/// Stands for the rest of a name.
const HIDDEN: &str = "•••";

/// The most characters that staff see of a customer's name.
const SHOWN: usize = 3;

/// The name of who acted in a role, as a viewer sees it. `role` is the word of the entry; none of ours where nobody asked.
#[must_use]
pub fn shown_actor<'a>(viewer: Role, actor: &'a str, role: &str) -> Cow<'a, str> {
    match is_of_staff(role) {
        Some(true) if !viewer.is_staff() => STAFF.into(),
        Some(false) if viewer.is_staff() => format!("{}{HIDDEN}", beginning(actor)).into(),
        _ => actor.into(),
    }
}

/// From where somebody acted, as a viewer sees it: whose whole name is shown. `role` is the word of the entry; none of ours where nobody
/// asked.
#[must_use]
pub fn shown_address<'a>(viewer: Role, address: Option<&'a str>, role: &str) -> Option<&'a str> {
    address.filter(|_| is_of_staff(role).is_none_or(|is_staff| is_staff == viewer.is_staff()))
}

/// Whether a person acted for Callab, or for a customer; none where no person did: a key names none.
fn is_of_staff(role: &str) -> Option<bool> {
    if role == OPERATOR {
        return Some(true);
    }
    Role::of_token(role).map(Role::is_staff)
}

/// The role in which somebody acted, as a viewer sees it: customers do not see which of Callab's people it was. `role` is the word
/// of the entry; none of ours where nobody asked.
#[must_use]
pub fn shown_role(viewer: Role, role: &str) -> Option<Role> {
    Role::parse(role).filter(|acted| viewer.is_staff() || !acted.is_staff())
}

/// As much of a customer's name as staff see: three characters, and never more than half of it.
fn beginning(actor: &str) -> &str {
    let shown = SHOWN.min(actor.chars().count() / 2);
    let end = actor.char_indices().nth(shown).map_or(actor.len(), |(at, _)| at);
    &actor[..end]
}

/// What an entry's actor must be to be shown as `typed` to the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ActedBy {
    /// Anybody of Callab's staff.
    Staff,
    /// Nobody of Callab's staff, with this name.
    NotStaff(String),
    /// This name, if it is no customer's; or a customer's that begins like this.
    NameOrBeginning(String, String),
}

impl ActedBy {
    /// Reads what the viewer typed: a name as it is shown to them. Staff may type a customer's whole name too, and find all that
    /// are shown alike.
    pub(super) fn of(viewer: Role, typed: &str) -> Self {
        let typed = typed.trim();
        if viewer.is_staff() {
            let begins = typed.strip_suffix(HIDDEN).unwrap_or_else(|| beginning(typed));
            Self::NameOrBeginning(typed.to_owned(), begins.to_owned())
        } else if typed == STAFF {
            Self::Staff
        } else {
            Self::NotStaff(typed.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_sees_exactly_this_of_who_acted() {
        let table = [
            // acted, role, customers see, staff see
            ("m.kruse", "owner", "m.kruse", "m.k•••"),
            ("anna", "viewer", "anna", "an•••"),
            ("a", "member", "a", "•••"),
            ("日本語の人", "member", "日本語の人", "日本•••"),
            ("op-17", "support", STAFF, "op-17"),
            ("op-9", "lead", STAFF, "op-9"),
            ("operator/olga", "operator", STAFF, "operator/olga"),
            ("worker", "worker", "worker", "worker"),
            ("api_key/0190", "api_key", "api_key/0190", "api_key/0190"),
        ];
        for (actor, role, customers, staff) in table {
            let seen = Role::ALL.map(|viewer| shown_actor(viewer, actor, role));
            assert_eq!(seen, [customers, customers, customers, customers, staff, staff, staff]);
        }
    }

    #[test]
    fn an_address_is_shown_with_the_whole_name() {
        let table = [
            // role, customers see it, staff see it
            ("owner", true, false),
            ("lead", false, true),
            ("operator", false, true),
            ("api_key", true, true),
            ("unverified webhook", true, true),
        ];
        for (role, customers, staff) in table {
            for viewer in Role::ALL {
                let seen = shown_address(viewer, Some("192.0.2.7"), role).is_some();
                assert_eq!(seen, if viewer.is_staff() { staff } else { customers }, "{role}");
                assert_eq!(shown_address(viewer, None, role), None);
            }
        }
    }

    #[test]
    fn each_role_sees_exactly_this_of_the_role_in_which_someone_acted() {
        let table = [
            // role, customers see, staff see
            ("owner", Some(Role::Owner), Some(Role::Owner)),
            ("api_key", Some(Role::ApiKey), Some(Role::ApiKey)),
            ("support", None, Some(Role::Support)),
            ("lead", None, Some(Role::Lead)),
            ("worker", None, None),
            ("", None, None),
        ];
        for (role, customers, staff) in table {
            let seen = Role::ALL.map(|viewer| shown_role(viewer, role));
            assert_eq!(
                seen,
                [customers, customers, customers, customers, staff, staff, staff],
                "{role}"
            );
        }
    }

    #[test]
    fn a_name_is_looked_for_as_it_is_shown() {
        assert_eq!(ActedBy::of(Role::Owner, STAFF), ActedBy::Staff);
        assert_eq!(ActedBy::of(Role::Owner, " op-17 "), ActedBy::NotStaff("op-17".into()));
        let found = |typed: &str, begins: &str| ActedBy::NameOrBeginning(typed.into(), begins.into());
        assert_eq!(ActedBy::of(Role::Support, "m.k•••"), found("m.k•••", "m.k"));
        assert_eq!(ActedBy::of(Role::Support, "m.kruse"), found("m.kruse", "m.k"));
    }
}
