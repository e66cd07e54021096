//! `configuration_change`: how what decides an account's calls was changed, at Twilio and here.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::agent_assignment::Direction;
use crate::{AccountId, AgentId, ConfigurationChangeId, NumberId, WorkspaceId};

crate::text_enum! {
    /// What was changed.
    pub enum ConfigurationKind {
        /// The account was connected.
        AccountConnected = "ACCOUNT_CONNECTED",
        /// The account was disconnected, and its numbers taken out of use.
        AccountDisconnected = "ACCOUNT_DISCONNECTED",
        /// The account's checks, alerts and test calls were stopped.
        AccountPaused = "ACCOUNT_PAUSED",
        /// The account's checks, alerts and test calls go on.
        AccountResumed = "ACCOUNT_RESUMED",
        /// Other credentials were entered.
        CredentialsChanged = "CREDENTIALS_CHANGED",
        /// Callab changed the Auth Token, at Twilio and here.
        TokenRotated = "TOKEN_ROTATED",
        /// Twilio lists a number that it did not list before.
        NumberListed = "NUMBER_LISTED",
        /// Twilio no longer lists a number.
        NumberGone = "NUMBER_GONE",
        /// Callab may use a number.
        NumberAdded = "NUMBER_ADDED",
        /// Callab no longer uses a number.
        NumberRemoved = "NUMBER_REMOVED",
        /// An agent was assigned to a number.
        AgentAssigned = "AGENT_ASSIGNED",
        /// An agent's time on a number was ended.
        AgentUnassigned = "AGENT_UNASSIGNED",
        /// An agent of a number was given another address.
        AgentMoved = "AGENT_MOVED",
        /// Callab's routing was written: calls come to Callab.
        RoutingApplied = "ROUTING_APPLIED",
        /// Callab's routing could not be written, or what was borrowed not be given back.
        RoutingBlocked = "ROUTING_BLOCKED",
        /// Someone changed what Callab wrote.
        RoutingDrifted = "ROUTING_DRIFTED",
        /// Someone put back at Twilio what Callab wrote.
        RoutingRestored = "ROUTING_RESTORED",
        /// The borrowed routing was given back.
        RoutingReturned = "ROUTING_RETURNED",
        /// A drift was accepted: the number is left to the one who changed it.
        RoutingAccepted = "ROUTING_ACCEPTED",
        /// Callab's webhook address on the number was replaced by its new one.
        WebhookMoved = "WEBHOOK_MOVED",
    }
}

/// Names of fields of a number's routing, such as `voice_url`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct FieldNames(pub Vec<String>);

/// One change. Written in the transaction of the change itself, or of that which saw it at Twilio; never changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "configuration_change")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConfigurationChangeId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account.
    pub twilio_account_id: AccountId,
    /// The number; none where it is about the account.
    pub phone_number_id: Option<NumberId>,
    /// The agent that was assigned, unassigned or given another address.
    pub agent_id: Option<AgentId>,
    /// What was changed.
    pub kind: ConfigurationKind,
    /// Which calls the agent was for.
    pub direction: Option<Direction>,
    /// Why, as a stable code: what is blocked, or how it drifted.
    pub reason: Option<String>,
    /// What of the routing drifted.
    pub fields: FieldNames,
    /// When it was done, or seen at Twilio.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
