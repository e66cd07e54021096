//! Asking addresses that customers name: webhooks of theirs, agents of theirs.
//!
//! A customer must not have us ask what only we can reach: this machine, our network, a cloud's metadata. So an address is
//! checked as it is written ([`Destination`]), a name's addresses when it is resolved ([`Resolver`]), and the connection goes to
//! exactly what was checked: there is no second look-up in which another answer could come. Redirects are never followed.

mod address;
mod destination;
mod outbound;
mod resolver;

pub use address::is_public;
pub use destination::{BadDestination, Destination};
pub use outbound::{NoAnswer, Outbound};
pub use resolver::{Lookup, NotResolved, Resolver, SystemLookup};

/// What may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reachable {
    /// Public addresses, over TLS.
    #[default]
    Public,
    /// Private ones too, and this machine without TLS: for demos and tests.
    Private,
}
