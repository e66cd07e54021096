//! `twilio_account`: a Twilio account that a workspace connected.

use sea_orm::entity::prelude::*;

use crate::evidence::{Reasons, Rights};
use crate::{AccountId, Amount, WorkspaceId};

crate::text_enum! {
    /// Whether Callab uses the account.
    pub enum AccountState {
        /// In use.
        Connected = "CONNECTED",
        /// No longer used. Kept, and found again when the same account is connected once more.
        Disconnected = "DISCONNECTED",
    }
}

crate::text_enum! {
    /// What Twilio says of the account itself.
    pub enum TwilioStatus {
        /// In order.
        Active = "ACTIVE",
        /// Suspended by Twilio: no calls.
        Suspended = "SUSPENDED",
        /// Closed for good.
        Closed = "CLOSED",
        /// Twilio does not tell: the credentials may not read the account.
        Undetermined = "UNKNOWN",
    }
}

crate::text_enum! {
    /// The kind of account at Twilio.
    pub enum AccountKind {
        /// A trial account with its limits.
        Trial = "TRIAL",
        /// A paid account.
        Full = "FULL",
        /// Twilio does not tell: the credentials may not read the account.
        Undetermined = "UNKNOWN",
    }
}

crate::text_enum! {
    /// What Twilio last said of the credentials.
    pub enum CredentialState {
        /// Accepted.
        Accepted = "ACCEPTED",
        /// Rejected once; asked again before anything is concluded.
        RejectedOnce = "REJECTED_ONCE",
        /// Rejected, and rejected again.
        Rejected = "REJECTED",
    }
}

crate::text_enum! {
    /// Connection health: can calls work through this account?
    pub enum Health {
        /// Switched off in Callab.
        Disabled = "DISABLED",
        /// Twilio reports the account suspended or closed.
        Suspended = "SUSPENDED",
        /// The first full check has not finished.
        Unverified = "UNVERIFIED",
        /// Calls cannot work now.
        Failing = "FAILING",
        /// There is no valid evidence, for a cause on Callab's side.
        Undetermined = "UNKNOWN",
        /// Works in part.
        Degraded = "DEGRADED",
        /// Works.
        Healthy = "HEALTHY",
    }
}

crate::text_enum! {
    /// What becomes of an Auth Token that grows old.
    pub enum RotationPolicy {
        /// Nothing.
        None = "NONE",
        /// The customer is reminded.
        Remind = "REMIND",
        /// Callab rotates it.
        Rotate = "ROTATE",
    }
}

/// A connected Twilio account. One row for each workspace, account SID and region, for good.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "twilio_account")]
pub struct Model {
    /// Its id here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// Who connected it.
    pub workspace_id: WorkspaceId,
    /// Its SID at Twilio, `AC…`.
    pub sid: String,
    /// `us1`, `ie1` or `au1`: credentials and data are per region.
    pub region: String,
    /// The customer's own name for it.
    pub label: String,
    /// Whether Callab uses it.
    pub state: AccountState,
    /// What Twilio says of it.
    pub twilio_status: TwilioStatus,
    /// Trial or full.
    pub kind: AccountKind,
    /// The parent account when it is a subaccount, else its own SID.
    pub owner_sid: Option<String>,
    /// Its name at Twilio.
    pub friendly_name: Option<String>,
    /// What Twilio last said of the credentials.
    pub credential_state: CredentialState,
    /// Its connection health.
    pub health: Health,
    /// Since when it has this health.
    pub health_since: DateTimeUtc,
    /// Why, as a stable code; none when healthy.
    pub health_reason: Option<String>,
    /// Twilio's error code behind the reason.
    pub health_twilio_code: Option<i32>,
    /// All reasons of the health, the weightiest first; empty when healthy.
    pub health_reasons: Reasons,
    /// How many evaluations in a row found it better than `health` says: getting better takes two.
    pub better_evaluations: i32,
    /// Until when the health counts as flapping: it changed more than three times in an hour.
    pub flaps_until: Option<DateTimeUtc>,
    /// Whether it had no calls when its health was last evaluated.
    pub idle: bool,
    /// What Twilio last answered to each right that Callab needs.
    pub rights: Rights,
    /// When every right is asked again, and not the account alone; none for the next check.
    pub rights_due_at: Option<DateTimeUtc>,
    /// How many probes in a row Twilio did not answer.
    pub failed_probes: i32,
    /// Since when its checks, alerts and test calls are switched off. Inbound calls go on.
    pub paused_at: Option<DateTimeUtc>,
    /// The balance Twilio last told.
    pub balance: Option<Amount>,
    /// The balance's currency, ISO 4217.
    pub balance_currency: Option<String>,
    /// When the balance was read.
    pub balance_at: Option<DateTimeUtc>,
    /// When Twilio last accepted the credentials.
    pub verified_at: Option<DateTimeUtc>,
    /// When Twilio was last asked, whatever it said.
    pub checked_at: Option<DateTimeUtc>,
    /// When the numbers were last read whole.
    pub synced_at: Option<DateTimeUtc>,
    /// When `verify-account` is due.
    pub next_check_at: DateTimeUtc,
    /// When `sync-numbers` is due.
    pub next_sync_at: DateTimeUtc,
    /// When `check-billing` is due.
    pub next_billing_at: DateTimeUtc,
    /// When balance and usage were last read whole.
    pub billing_read_at: Option<DateTimeUtc>,
    /// When `sync-calls` is due.
    pub next_calls_at: DateTimeUtc,
    /// Up to which start of calls Twilio's call log was read.
    pub calls_read_until: Option<DateTimeUtc>,
    /// Up to which moment Twilio's alerts were read.
    pub alerts_read_until: Option<DateTimeUtc>,
    /// What becomes of an Auth Token that grows old.
    pub rotation_policy: RotationPolicy,
    /// After how many days; none without a policy.
    pub rotation_days: Option<i32>,
    /// Since when Callab has the current Auth Token; it may be older at Twilio. None without a token.
    pub token_set_at: Option<DateTimeUtc>,
    /// When the customer was last reminded that the token grows old.
    pub rotation_reminded_at: Option<DateTimeUtc>,
    /// When it was first connected.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// When it was disconnected.
    pub disconnected_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// A workspace's accounts, disconnected ones left out.
    #[must_use]
    pub fn of_workspace(workspace: WorkspaceId) -> Select<Self> {
        Self::find()
            .filter(COLUMN.workspace_id.eq(workspace))
            .filter(COLUMN.state.eq(AccountState::Connected))
    }
}
