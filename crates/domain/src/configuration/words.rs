//! Changes in words, for people.

use ::entity::agent_assignment::Direction;
use ::entity::configuration_change::{self, ConfigurationKind};

/// What was changed, in English, in one sentence without its number, its agent and the full stop.
#[must_use]
pub fn sentence(change: &configuration_change::Model) -> String {
    let calls = match change.direction {
        Some(Direction::Inbound) => "incoming calls",
        Some(Direction::Outbound) => "outgoing calls",
        Some(Direction::Unknown(_)) | None => "calls",
    };
    let because = |text: &str| match change.reason.as_deref() {
        Some(reason) => format!("{text}: {reason}"),
        None => text.to_owned(),
    };
    match &change.kind {
        ConfigurationKind::AccountConnected => "the account was connected".to_owned(),
        ConfigurationKind::AccountDisconnected => {
            "the account was disconnected, its numbers are no longer used".to_owned()
        }
        ConfigurationKind::AccountPaused => "checks, alerts and test calls were stopped".to_owned(),
        ConfigurationKind::AccountResumed => "checks, alerts and test calls go on".to_owned(),
        ConfigurationKind::CredentialsChanged => "other credentials were entered".to_owned(),
        ConfigurationKind::TokenRotated => "Callab changed the Auth Token, at Twilio and here".to_owned(),
        ConfigurationKind::NumberListed => "Twilio lists the number".to_owned(),
        ConfigurationKind::NumberGone => "Twilio no longer lists the number".to_owned(),
        ConfigurationKind::NumberAdded => "Callab may use the number".to_owned(),
        ConfigurationKind::NumberRemoved => "Callab no longer uses the number".to_owned(),
        ConfigurationKind::AgentAssigned => format!("an agent was assigned to {calls}"),
        ConfigurationKind::AgentUnassigned => format!("no agent is assigned to {calls} any more"),
        ConfigurationKind::AgentMoved => format!("the agent for {calls} was given another address"),
        ConfigurationKind::RoutingApplied => "Callab's routing was written: calls come to Callab".to_owned(),
        ConfigurationKind::RoutingBlocked => because("the routing could not be written"),
        ConfigurationKind::RoutingDrifted => match change.fields.0.as_slice() {
            [] => because("the routing was changed at Twilio"),
            fields => because(&format!("the routing was changed at Twilio ({})", fields.join(", "))),
        },
        ConfigurationKind::RoutingRestored => "Callab's routing was put back at Twilio".to_owned(),
        ConfigurationKind::RoutingReturned => because("the borrowed routing was given back"),
        ConfigurationKind::RoutingAccepted => "the change at Twilio was accepted".to_owned(),
        ConfigurationKind::WebhookMoved => "Twilio was given Callab's new webhook address".to_owned(),
        ConfigurationKind::Unknown(word) => format!("? {word}"),
    }
}
