//! Who types commands that the audit log keeps.

use domain::{Actor, Ids, Request, Role, SystemIds};

/// An operator's request, by the name they gave. Customers see it as done by Callab's staff.
pub(super) fn request(name: &str) -> Request {
    Request {
        actor: Actor::new(name.to_owned(), Role::Lead, None),
        request_id: SystemIds.new_id().to_string(),
        address: None,
        once: None,
    }
}
