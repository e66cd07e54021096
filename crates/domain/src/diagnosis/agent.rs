//! Is there an agent, and does it answer?

use ::entity::agent;
use ::entity::agent::EndpointKind;
use ::entity::test_call::CheckState;
use chrono::{DateTime, Utc};

use super::checks::Check;
use super::evidence::{AgentMet, Evidence, NumberEvidence};
use super::number::is_in_use;
use crate::checklist::CheckName;

pub(super) fn assigned(seen: &Evidence, number: &NumberEvidence) -> Check {
    let name = CheckName::AgentAssigned;
    let is_removed = |agent: &agent::Model| agent.removed_at.is_some();
    let check = match (&number.inbound, &number.outbound) {
        _ if !is_in_use(number) => Check::fail(name, "NUMBER_NOT_ADDED", "The number is not in use by Callab."),
        (Some(agent), _) | (None, Some(agent)) if is_removed(agent) => {
            Check::fail(name, "AGENT_REMOVED", "The agent that is assigned was removed.")
        }
        (Some(_), _) => Check::pass(name, "An agent answers the number."),
        (None, Some(_)) => Check::warn(
            name,
            "OUTBOUND_ONLY",
            "An agent calls from the number, and none answers it.",
        ),
        (None, None) if number.was_assigned => {
            Check::fail(name, "NO_AGENT", "The number had an agent, and has none now.")
        }
        (None, None) => Check::warn(name, "SETUP_NOT_FINISHED", "The number never had an agent."),
    };
    check.seen(Some(seen.now), seen.now, seen.fresh.asked) // Our own table is never old.
}

/// What calls proved counts as much as what was asked; the newest says it.
pub(super) fn reachable(seen: &Evidence, number: &NumberEvidence) -> Check {
    let name = CheckName::AgentReachable;
    let Some(AgentMet {
        agent, connected_at, ..
    }) = number.agent()
    else {
        return Check::not_reached(name, "There is no agent to reach.");
    };
    let asked = seen.answer(name.as_str(), &agent.id.to_string());
    // What was asked of another address says nothing of this one.
    let asked = asked.filter(|row| row.at >= agent.endpoint_set_at() && row.state != CheckState::Undetermined);
    let good_at = connected_at.max(asked.filter(|row| super::evidence::passed(row)).map(|row| row.at));
    if let Some(found) = seen.trouble(name, |trouble| trouble.number == Some(number.row.id))
        && asked.is_none_or(|row| row.state != CheckState::Fail || found.0.at > row.at)
    {
        let met = number.agent_met(found.0).map_or(agent, |met| met.agent);
        let told = format!("The last call could not be handed to {}.", host_of(met));
        return Check::of_trouble(seen, name, found, told);
    }
    match asked {
        Some(row) if row.state == CheckState::Fail && connected_at.is_none_or(|at| at < row.at) => {
            let reason = row.reason.as_deref().unwrap_or("AGENT_UNREACHABLE");
            let told = format!("{} was asked and did not answer as it should.", host_of(agent));
            Check::fail(name, reason, told).seen(Some(row.at), seen.now, seen.fresh.asked)
        }
        _ if good_at.is_some() => good(seen, agent, good_at, connected_at),
        _ if is_sip_over_udp(agent) => Check::unknown(
            name,
            "SIP_OVER_UDP",
            format!("{} is called by SIP over UDP.", host_of(agent)),
        ),
        _ => Check::unknown(
            name,
            "NOT_ASKED",
            format!("{} has not been asked, and no call went there.", host_of(agent)),
        ),
    }
}

fn good(seen: &Evidence, agent: &agent::Model, at: Option<DateTime<Utc>>, connected: Option<DateTime<Utc>>) -> Check {
    let told = if connected == at {
        format!("The last call was handed to {}.", host_of(agent))
    } else {
        format!("{} answers.", host_of(agent))
    };
    let fresh = if connected == at {
        seen.fresh.calls
    } else {
        seen.fresh.asked
    };
    Check::pass(CheckName::AgentReachable, told).seen(at, seen.now, fresh)
}

/// Whether Twilio would call the address over UDP: its default, unless the address says TLS or TCP.
#[must_use]
pub(super) fn is_sip_over_udp(agent: &agent::Model) -> bool {
    let endpoint = agent.endpoint.to_ascii_lowercase();
    let says = |transport: &str| endpoint.contains(&format!(";transport={transport}"));
    agent.endpoint_kind == EndpointKind::Sip && !endpoint.starts_with("sips:") && !says("tls") && !says("tcp")
}

/// The host of an agent's address: its path may hold what only the agent should know.
#[must_use]
pub(super) fn host_of(agent: &agent::Model) -> &str {
    let address = agent
        .endpoint
        .split_once(':')
        .map_or("", |(_, rest)| rest)
        .trim_start_matches('/');
    let address = address.rsplit_once('@').map_or(address, |(_, host)| host);
    address.split(['/', ';', '?']).next().unwrap_or_default()
}
