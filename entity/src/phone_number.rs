//! `phone_number`: a number that Twilio lists for a connected account.

use sea_orm::entity::prelude::*;

use crate::{AccountId, E164, NumberId, Routing, WorkspaceId};

crate::text_enum! {
    /// Where a number comes from.
    pub enum NumberSource {
        /// The customer's own Twilio account.
        Byot = "BYOT",
        /// Managed by Callab.
        Callab = "CALLAB",
    }
}

crate::text_enum! {
    /// Whether Callab uses the number.
    pub enum NumberState {
        /// Listed, not in use.
        Available = "AVAILABLE",
        /// In use by Callab.
        Added = "ADDED",
        /// Was in use; may be added again.
        Removed = "REMOVED",
    }
}

crate::text_enum! {
    /// Whether Twilio still lists the number for this account.
    pub enum AtTwilio {
        /// Listed at the last sync.
        Listed = "LISTED",
        /// No longer listed: released, ported or moved.
        Gone = "GONE",
        /// Nobody asks: the account is disconnected.
        Undetermined = "UNKNOWN",
    }
}

crate::text_enum! {
    /// Who a number's calls go to, as far as Callab brought it about.
    pub enum RoutingState {
        /// Callab has not changed the routing, or has given it back.
        NotOurs = "NOT_OURS",
        /// Callab's routing is about to be written.
        Applying = "APPLYING",
        /// Calls come to Callab.
        Ours = "OURS",
        /// Someone changed what Callab wrote.
        Drifted = "DRIFTED",
        /// The borrowed routing is about to be given back.
        ReturnPending = "RETURN_PENDING",
        /// The borrowed routing could not be given back, or only in part.
        ReturnBlocked = "RETURN_BLOCKED",
    }
}

crate::text_enum! {
    /// The type of a phone number.
    pub enum NumberKind {
        /// Bound to a place.
        Local = "LOCAL",
        /// A mobile number.
        Mobile = "MOBILE",
        /// Free for the caller.
        TollFree = "TOLL_FREE",
        /// Valid in a whole country, bound to no place.
        National = "NATIONAL",
    }
}

/// A phone number. Rows are never deleted: their webhook addresses are answered for years.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "phone_number")]
pub struct Model {
    /// Its id here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NumberId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account that lists it.
    pub twilio_account_id: AccountId,
    /// Its SID at Twilio, `PN…`. Unique in its account.
    pub sid: String,
    /// The number. In the whole system at most one row of it is `ADDED` and `LISTED`.
    pub e164: E164,
    /// Where it comes from.
    pub source: NumberSource,
    /// Whether Callab uses it.
    pub state: NumberState,
    /// Whether Twilio still lists it.
    pub at_twilio: AtTwilio,
    /// Who its calls go to.
    pub routing: RoutingState,
    /// Why `routing` is not what was wanted, as a stable code.
    pub routing_problem: Option<String>,
    /// Twilio's error code behind the problem.
    pub routing_twilio_code: Option<i32>,
    /// The customer's own name for it.
    pub nickname: Option<String>,
    /// Its name at Twilio.
    pub friendly_name: Option<String>,
    /// Its country, ISO 3166-1 alpha-2; none where the number belongs to no country (`+800`).
    pub country: Option<String>,
    /// Its type.
    pub kind: NumberKind,
    /// Whether Twilio lists the capability `voice` and the number does not receive faxes: it can be used by an agent.
    pub voice: bool,
    /// Whether Twilio lists the capability `sms`.
    pub sms: bool,
    /// Whether Twilio lists the capability `mms`.
    pub mms: bool,
    /// Whether Twilio lists the capability `fax`.
    pub fax: bool,
    /// Its status at Twilio, such as `in-use`.
    pub twilio_status: Option<String>,
    /// The routing as last seen at Twilio.
    pub seen_routing: Routing,
    /// When it was last seen.
    pub seen_at: DateTimeUtc,
    /// The routing Callab last wrote; none when it is not ours.
    pub written_routing: Option<Routing>,
    /// When the routing was found to be no longer what Callab wrote; none while it is. What differs is between `written_routing` and
    /// `seen_routing`.
    pub drifted_at: Option<DateTimeUtc>,
    /// The reference in its current webhook addresses.
    pub reference: Option<String>,
    /// When it was last added.
    pub added_at: Option<DateTimeUtc>,
    /// When it was last removed.
    pub removed_at: Option<DateTimeUtc>,
    /// When it was first listed.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Every number of a workspace.
    #[must_use]
    pub fn of_workspace(workspace: WorkspaceId) -> Select<Self> {
        Self::find().filter(COLUMN.workspace_id.eq(workspace))
    }

    /// Every number of an account.
    #[must_use]
    pub fn of_account(account: AccountId) -> Select<Self> {
        Self::find().filter(COLUMN.twilio_account_id.eq(account))
    }
}
