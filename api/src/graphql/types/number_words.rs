//! The words of a phone number.

use super::mirror::mirror;

mirror! {
    /// Where a number comes from.
    pub enum NumberSource of ::entity::phone_number::NumberSource {
        /// The customer's own Twilio account.
        Byot,
        /// Managed by Callab.
        Callab,
    }
}

mirror! {
    /// Whether Callab uses a number.
    pub enum NumberState of ::entity::phone_number::NumberState {
        /// Listed by Twilio, and not in use by Callab.
        Available,
        /// In use by Callab.
        Added,
        /// Was in use; may be added again.
        Removed,
    }
}

mirror! {
    /// Whether Twilio still lists a number for its account.
    pub enum AtTwilio of ::entity::phone_number::AtTwilio {
        /// Listed at the last sync.
        Listed,
        /// No longer listed: released, ported or moved to another account.
        Gone,
        /// It cannot be said: the account is disconnected, so nobody asks any more.
        #[graphql(name = "UNKNOWN")]
        Undetermined,
    }
}

mirror! {
    /// Who a number's calls go to, as far as Callab brought it about.
    pub enum RoutingState of ::entity::phone_number::RoutingState {
        /// Callab has not changed the routing, or has given it back.
        NotOurs,
        /// Callab's routing is about to be written.
        Applying,
        /// Calls come to Callab.
        Ours,
        /// Someone changed what Callab wrote.
        Drifted,
        /// The borrowed routing is about to be given back.
        ReturnPending,
        /// The borrowed routing could not be given back, or only in part; `routingProblem` says why.
        ReturnBlocked,
    }
}

mirror! {
    /// The type of a phone number.
    pub enum NumberType of ::entity::phone_number::NumberKind {
        /// Bound to a place.
        Local,
        /// A mobile number.
        Mobile,
        /// Free for the caller.
        TollFree,
        /// Valid in a whole country, bound to no place.
        National,
    }
}
