//! Shows what assigning an agent would write at Twilio, before anything is written.

use ::entity::{AgentId, NumberId, Routing, agent, phone_number, twilio_account};
use sha2::{Digest, Sha256};
use twilio::{NumberSid, TwilioError};

use super::plan::read_routing;
use super::queries;
use super::repair;
use super::routing::{self, FieldWrite};
use crate::{
    Actor, Error, Fault, Permission, Refusal, RefusalCode, Services, accounts, agents, public_url, secrets,
    twilio_refusal,
};

/// Something a person should know before they agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoutingWarning {
    /// The number is on a SIP trunk, which takes its calls today.
    OnTrunk,
    /// A Twilio application answers the number today.
    AnsweredByApplication,
    /// Another service answers the number today.
    AnsweredElsewhere,
}

/// What would be written.
#[derive(Clone, Debug)]
pub struct RoutingPlan {
    /// Names this plan: it changes when the number's routing at Twilio does.
    pub id: String,
    /// The number.
    pub number: phone_number::Model,
    /// The agent.
    pub agent: agent::Model,
    /// What stands at Twilio now.
    pub live: Routing,
    /// The exact writes; empty when calls come to us already.
    pub writes: Vec<FieldWrite>,
    /// What to know beforehand.
    pub warnings: Vec<RoutingWarning>,
}

/// Plans the assignment of an agent to a number's inbound calls, or, without one, the repair of its routing for the agent that answers
/// it. Asks Twilio, and changes nothing.
///
/// # Errors
/// Refused when the number is not in use, there is no such agent, our public address is not set, or Twilio cannot be asked.
pub async fn routing_plan(
    services: &Services,
    actor: &Actor,
    number: NumberId,
    agent: Option<AgentId>,
) -> Result<RoutingPlan, Error> {
    actor.require(Permission::View)?;
    let number = queries::get_added(services, actor, number).await?;
    queries::require_listed(&number)?;
    let agent = match agent {
        Some(agent) => agents::get_in(services, number.workspace_id, agent).await?,
        None => repair::answering(services, &number).await?,
    };
    plan_for(services, &number, &agent).await
}

/// Plans the assignment for rows that were read already.
pub(crate) async fn plan_for(
    services: &Services,
    number: &phone_number::Model,
    agent: &agent::Model,
) -> Result<RoutingPlan, Error> {
    let public = public_url::required(services)?;
    let account = accounts::get(services, number.twilio_account_id).await?;
    accounts::require_token(&account)?;
    let live = match live_routing(services, &account, number).await? {
        Ok(live) => live,
        Err(error) => return Err(twilio_refusal::refusal(&error).on("phoneNumberId").into()),
    };
    let reference = number
        .reference
        .as_deref()
        .ok_or_else(|| unreadable(number, "its reference"))?;
    let writes = routing::writes(&live, &routing::ours(public.base(), reference, &live));
    let warnings = if routing::leads_to_us(&live, public.base()) {
        Vec::new()
    } else {
        warnings(&live)
    };
    Ok(RoutingPlan {
        id: plan_id(number, agent, &writes),
        number: number.clone(),
        agent: agent.clone(),
        live,
        writes,
        warnings,
    })
}

/// Reads a number's routing at Twilio.
///
/// # Errors
/// A fault on our side; Twilio's own word is inside.
pub(crate) async fn live_routing(
    services: &Services,
    account: &twilio_account::Model,
    number: &phone_number::Model,
) -> Result<Result<Routing, TwilioError>, Error> {
    let Some(who) = secrets::credentials(services, account).await? else {
        let message = "The account is disconnected. Connect it again first.";
        return Err(Refusal::new(RefusalCode::AccountDisconnected, message).into());
    };
    let sid = NumberSid::parse(&number.sid).map_err(|_| unreadable(number, "its SID"))?;
    Ok(services
        .twilio
        .fetch_number(&who, &sid)
        .await
        .map(|live| read_routing(&live)))
}

pub(super) fn unreadable(number: &phone_number::Model, what: &'static str) -> Fault {
    Fault::Unreadable {
        row: format!("phone_number/{}", number.id),
        what,
    }
}

/// A digest of all that the person sees: other writes, or other values to be replaced, make another plan.
fn plan_id(number: &phone_number::Model, agent: &agent::Model, writes: &[FieldWrite]) -> String {
    let mut digest = Sha256::new();
    digest.update(number.id.0.as_bytes());
    digest.update(agent.id.0.as_bytes());
    for write in writes {
        digest.update(format!("{:?}\0{:?}\0{:?}\0", write.field, write.from, write.to));
    }
    hex::encode(&digest.finalize()[..16])
}

/// Who answers today, in Twilio's order of precedence.
fn warnings(live: &Routing) -> Vec<RoutingWarning> {
    let mut warnings = Vec::new();
    if live.trunk_sid.is_some() {
        warnings.push(RoutingWarning::OnTrunk);
    }
    if live.voice_application_sid.is_some() {
        warnings.push(RoutingWarning::AnsweredByApplication);
    }
    // Twilio gives new numbers its own demonstration as voice URL: nobody's service.
    if live
        .voice_url
        .as_deref()
        .is_some_and(|url| !url.starts_with("https://demo.twilio.com/"))
    {
        warnings.push(RoutingWarning::AnsweredElsewhere);
    }
    warnings
}
