//! Where in the order of events a live view told something.

use crate::graphql::cursor::EventOrder;

/// The event up to which something shows everything.
#[derive(Clone, Debug)]
pub struct Told {
    /// The event's number.
    pub seq: i64,
    /// The order it is of.
    pub order: EventOrder,
}

impl Told {
    /// The cursor to go on from.
    pub(super) fn cursor(&self) -> String {
        self.order.cursor(self.seq)
    }
}
