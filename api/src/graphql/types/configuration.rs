//! How an account's calls are set up, and were.

use ::entity::configuration_change;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use domain::Permission;
use domain::audit::act_of;
use domain::configuration::sentence;

use super::mirror::mirror;
use super::{Agent, AuditEntry, Direction, PhoneNumber};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::loaders::ActAt;

mirror! {
    /// What was changed of how an account's calls are set up.
    pub enum ConfigurationChangeKind of ::entity::configuration_change::ConfigurationKind {
        /// The account was connected.
        AccountConnected,
        /// The account was disconnected, and its numbers taken out of use.
        AccountDisconnected,
        /// The account's checks, alerts and test calls were stopped.
        AccountPaused,
        /// The account's checks, alerts and test calls go on.
        AccountResumed,
        /// Other credentials were entered.
        CredentialsChanged,
        /// Callab changed the Auth Token, at Twilio and here.
        TokenRotated,
        /// Twilio lists a number that it did not list before.
        NumberListed,
        /// Twilio no longer lists a number: it was released, ported or moved.
        NumberGone,
        /// A number was added: Callab may use it.
        NumberAdded,
        /// A number was removed: Callab no longer uses it.
        NumberRemoved,
        /// An agent was assigned to a number.
        AgentAssigned,
        /// An agent's time on a number was ended.
        AgentUnassigned,
        /// An agent of a number was given another address, by `updateAgent` or `registerAgent`.
        AgentMoved,
        /// Callab's routing was written: calls come to Callab.
        RoutingApplied,
        /// Callab's routing could not be written, or what was borrowed not be given back; `reason` says why.
        RoutingBlocked,
        /// Someone changed at Twilio what Callab wrote; `reason` and `fields` say how.
        RoutingDrifted,
        /// Someone put back at Twilio what Callab wrote.
        RoutingRestored,
        /// The borrowed routing was given back; `reason` says if a part of it was left to someone who changed it.
        RoutingReturned,
        /// A drift was accepted: the number is left to the one who changed it.
        RoutingAccepted,
        /// Callab's webhook address on the number was replaced by its new one.
        WebhookMoved,
    }
}

/// A change.
pub struct ConfigurationChange(pub configuration_change::Model);

/// A change of how an account's calls are set up.
#[Object]
impl ConfigurationChange {
    /// Its id, to tell changes apart. `node` does not find it.
    async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// What was changed.
    async fn kind(&self) -> ConfigurationChangeKind {
        (&self.0.kind).into()
    }

    /// What was changed, in English, for people, without the names of number and agent.
    async fn text(&self) -> String {
        sentence(&self.0)
    }

    /// When it was done, which is the moment of its audit entry too; of a change at Twilio, when it was seen.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// The entry of the audit log that tells who made it. Null for who may not read the audit log, and for what was seen at Twilio or
    /// done by Callab's jobs.
    async fn act(&self, ctx: &Context<'_>) -> Result<Option<AuditEntry>, ApiError> {
        if !ctx.actor().may(Permission::ReadAudit) {
            return Ok(None);
        }
        let moment = ActAt(self.0.workspace_id, self.0.at);
        let acts = ctx.loaders().load_one(moment).await?.unwrap_or_default();
        Ok(act_of(&self.0, acts).map(AuditEntry))
    }

    /// The number that it is about, as it is now; null where it is about the account.
    async fn phone_number(&self, ctx: &Context<'_>) -> Result<Option<PhoneNumber>, ApiError> {
        match self.0.phone_number_id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(PhoneNumber)),
            None => Ok(None),
        }
    }

    /// The agent that was assigned, unassigned or given another address, as it is now; null otherwise.
    async fn agent(&self, ctx: &Context<'_>) -> Result<Option<Agent>, ApiError> {
        match self.0.agent_id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(Agent)),
            None => Ok(None),
        }
    }

    /// Which calls the agent is or was for; null otherwise.
    async fn direction(&self) -> Option<Direction> {
        self.0.direction.as_ref().map(Direction::from)
    }

    /// Why, as a stable code: of a drift as in `RoutingDrift.reason`, of a routing that could not be written as in
    /// `RoutingProblem.code`; null where there is nothing to say. Example: `URL_CHANGED`.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The fields of the routing that drifted, in Twilio's names. Example: `["voice_url"]`.
    async fn fields(&self) -> &[String] {
        &self.0.fields.0
    }
}
