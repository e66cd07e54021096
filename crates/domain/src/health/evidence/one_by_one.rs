//! Numbers of which more is known than their row counts: drift that leaves calls alone, an agent that does not take calls,
//! requests of Twilio's that failed or were refused. They are few, and read one by one. What fails a number here fails it in its
//! diagnosis.

use std::collections::{HashMap, HashSet};

use ::entity::agent_assignment::{self, Direction};
use ::entity::phone_number::{self, AtTwilio, NumberState, RoutingState};
use ::entity::{AccountId, AgentId, NumberId, agent};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::seen::{self, Asked, NUMBERS_A_STATEMENT, Proved, Reported};
use super::{Alike, NumbersInUse, ReasonCode};
use crate::checklist::{CheckName, of_twilio_code};
use crate::diagnosis::{ABOUT_THEN, AgentProof, SAME_MOMENT, VOICE_REGION};
use crate::numbers::routing::calls_still_come;

/// Puts right what was counted of such numbers.
pub(super) async fn refine(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
    counted: &mut HashMap<AccountId, NumbersInUse>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let asked = Asked::read(db, accounts, now).await?;
    let reported = seen::reported(db, accounts, now).await?;
    let rows = of_interest(db, accounts, &asked, &reported).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let agents = assigned(db, &rows).await?;
    let mut reports: HashMap<NumberId, Vec<Reported>> = HashMap::new();
    for report in reported {
        reports.entry(report.phone_number_id).or_default().push(report);
    }
    let numbers: Vec<Number<'_>> = rows
        .iter()
        .map(|row| Number {
            row,
            agents: [Direction::Inbound, Direction::Outbound].map(|direction| agents.get(&(row.id, direction))),
            asked: &asked,
            reports: reports.get(&row.id).map_or(&[], Vec::as_slice),
        })
        .collect();
    // Without anything bad there is nothing to be proved over.
    let doubted = numbers
        .iter()
        .filter(|number| number.fails(Proved::default()).is_some());
    let doubted: Vec<NumberId> = doubted.map(|number| number.row.id).collect();
    let proved = seen::proved(db, &doubted, now).await?;
    for number in numbers {
        let alone = Alike::one(number.row, number.agents[0].is_some());
        let of_account = counted.get_mut(&number.row.twilio_account_id);
        let Some(of_account) = of_account.filter(|_| alone.is_set_up()) else {
            continue;
        };
        let by_row = alone.trouble();
        let trouble = number.trouble(by_row, proved.get(&number.row.id).copied().unwrap_or_default());
        if trouble != by_row {
            of_account.recount(by_row, trouble);
        }
    }
    Ok(())
}

/// The numbers in use that have drifted, or of which something bad was seen.
async fn of_interest(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
    asked: &Asked,
    reported: &[Reported],
) -> Result<Vec<phone_number::Model>, DbErr> {
    let column = phone_number::COLUMN;
    let in_use = phone_number::Entity::find()
        .filter(column.twilio_account_id.is_in(accounts.iter().copied()))
        .filter(column.state.eq(NumberState::Added));
    let agents = asked.failed(CheckName::AgentReachable.as_str());
    let of_agents = agent_assignment::Entity::find()
        .select_only()
        .column(agent_assignment::Column::PhoneNumberId)
        .filter(
            agent_assignment::COLUMN
                .agent_id
                .is_in(agents.filter_map(|(_, id)| Some(AgentId(parsed(id)?)))),
        )
        .filter(agent_assignment::COLUMN.ended_at.is_null());
    let unanswered = asked
        .failed(CheckName::WebhookAnswered.as_str())
        .map(|(account, _)| account);
    let any = Condition::any()
        .add(column.routing.eq(RoutingState::Drifted))
        .add(phone_number::Column::Id.in_subquery(of_agents.into_query()))
        .add(column.twilio_account_id.is_in(unanswered));
    let rows = in_use.clone().filter(any).all(db).await?;
    let mut found: HashMap<NumberId, phone_number::Model> = rows.into_iter().map(|row| (row.id, row)).collect();

    let of_number = [CheckName::SignatureValid.as_str(), VOICE_REGION];
    let asked_about = of_number.into_iter().flat_map(|check| asked.failed(check));
    let asked_about = asked_about.filter_map(|(_, id)| Some(NumberId(parsed(id)?)));
    let named = reported.iter().map(|report| report.phone_number_id).chain(asked_about);
    let named: HashSet<NumberId> = named.filter(|id| !found.contains_key(id)).collect();
    let named: Vec<NumberId> = named.into_iter().collect();
    for some in named.chunks(NUMBERS_A_STATEMENT) {
        let rows = in_use.clone().filter(column.id.is_in(some.iter().copied()));
        found.extend(rows.all(db).await?.into_iter().map(|row| (row.id, row)));
    }
    Ok(found.into_values().collect())
}

fn parsed(id: &str) -> Option<Uuid> {
    Uuid::parse_str(id).ok()
}

/// An agent that answers a number, or calls from it.
struct Assigned {
    id: String,
    /// Since when it has its address.
    address_since: DateTime<Utc>,
    /// Since when it has this number, at its address.
    since: DateTime<Utc>,
}

/// The agents of such numbers.
async fn assigned(
    db: &impl ConnectionTrait,
    rows: &[phone_number::Model],
) -> Result<HashMap<(NumberId, Direction), Assigned>, DbErr> {
    let mut found = HashMap::new();
    for some in rows.chunks(NUMBERS_A_STATEMENT) {
        let assigned = agent_assignment::Entity::find()
            .filter(
                agent_assignment::COLUMN
                    .phone_number_id
                    .is_in(some.iter().map(|row| row.id)),
            )
            .filter(agent_assignment::COLUMN.ended_at.is_null())
            .all(db)
            .await?;
        let ids: HashSet<AgentId> = assigned.iter().map(|assignment| assignment.agent_id).collect();
        let agents = agent::Entity::find()
            .filter(agent::COLUMN.id.is_in(ids))
            .all(db)
            .await?;
        let agents: HashMap<AgentId, agent::Model> = agents.into_iter().map(|agent| (agent.id, agent)).collect();
        found.extend(assigned.into_iter().filter_map(|assignment| {
            let address_since = agents.get(&assignment.agent_id)?.endpoint_set_at();
            let agent = Assigned {
                id: assignment.agent_id.to_string(),
                address_since,
                since: address_since.max(assignment.started_at),
            };
            Some(((assignment.phone_number_id, assignment.direction), agent))
        }));
    }
    Ok(found)
}

impl Alike {
    /// A single number.
    fn one(row: &phone_number::Model, assigned: bool) -> Self {
        Self {
            twilio_account_id: row.twilio_account_id,
            at_twilio: row.at_twilio.clone(),
            routing: row.routing.clone(),
            voice: row.voice,
            refused: row.routing_problem.is_some(),
            assigned,
            numbers: 1,
        }
    }
}

/// A single number, and what is known of it.
struct Number<'s> {
    row: &'s phone_number::Model,
    /// The agents that answer it and that call from it.
    agents: [Option<&'s Assigned>; 2],
    asked: &'s Asked,
    reports: &'s [Reported],
}

impl Number<'_> {
    /// The first check that it fails, in the order of the list. `by_row` is the one that its row tells of.
    fn trouble(&self, by_row: Option<ReasonCode>, proved: Proved) -> Option<ReasonCode> {
        let is_routing = matches!(by_row, Some(ReasonCode::RoutingChanged | ReasonCode::RoutingRefused));
        let routing = by_row.filter(|_| is_routing && !only_callbacks_changed(self.row));
        let agent = || self.agent_fails(proved).then_some(ReasonCode::AgentUnreachable);
        let after_routing = || self.fails_after_routing(proved);
        by_row
            .filter(|_| !is_routing)
            .or_else(agent)
            .or(routing)
            .or_else(after_routing)
    }

    /// What fails it besides what its row tells of.
    fn fails(&self, proved: Proved) -> Option<ReasonCode> {
        let agent = self.agent_fails(proved).then_some(ReasonCode::AgentUnreachable);
        agent.or_else(|| self.fails_after_routing(proved))
    }

    fn fails_after_routing(&self, proved: Proved) -> Option<ReasonCode> {
        let refused_at = self.failed_at(CheckName::SignatureValid.as_str(), &self.row.id.to_string());
        let refused_at = refused_at.filter(|at| is_unproved(proved.webhook, *at));
        if self.is_elsewhere(proved) {
            Some(ReasonCode::OtherRegion)
        } else if self.webhook_fails(proved, refused_at) {
            Some(ReasonCode::WebhookFailed)
        } else {
            refused_at.map(|_| ReasonCode::SignatureRefused)
        }
    }

    /// Whether an agent of its did not answer when it was asked, or did not take a call, and nothing proves that over.
    fn agent_fails(&self, proved: Proved) -> bool {
        let check = CheckName::AgentReachable.as_str();
        let [inbound, outbound] = self.agents;
        let has_two = matches!((inbound, outbound), (Some(inbound), Some(outbound)) if inbound.id != outbound.id);
        let connected_at = |is_placed: bool| match (has_two, is_placed) {
            (false, _) => proved.connected,
            (true, true) => proved.connected_out,
            (true, false) => proved.connected_in,
        };
        let asked_at = inbound.and_then(|agent| {
            let at = self.failed_at(check, &agent.id)?;
            (at >= agent.address_since).then_some(at)
        });
        let stands = |report: &Reported| {
            let is_placed = report.direction == Direction::Outbound;
            let met = if is_placed { outbound } else { inbound.or(outbound) };
            met.is_some_and(|agent| {
                let proof = AgentProof {
                    connected_at: connected_at(is_placed),
                    since: Some(agent.since),
                    answered_at: self.asked.passed_at(self.row.twilio_account_id, check, &agent.id),
                };
                !proof.is_after(report.at + SAME_MOMENT, report.error_code)
            })
        };
        asked_at.is_some_and(|at| is_unproved(connected_at(false), at))
            || self.reported(CheckName::AgentReachable).any(stands)
    }

    /// Whether Twilio got no good answer about its calls, and no agent was on the line of one since. A request that was refused
    /// for its signature stands in Twilio's log as well.
    fn webhook_fails(&self, proved: Proved, refused_at: Option<DateTime<Utc>>) -> bool {
        let is_refusal = |at: DateTime<Utc>| refused_at.is_some_and(|refused| (refused - at).abs() <= ABOUT_THEN);
        let stands = |report: &Reported| {
            let is_placed = report.direction == Direction::Outbound;
            let is_after = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at > report.at + SAME_MOMENT);
            let is_over = is_after(proved.connected_in) || (is_placed && is_after(proved.connected_out));
            !is_over && !is_refusal(report.at)
        };
        let no_proof = self.failed_at(CheckName::WebhookAnswered.as_str(), "");
        no_proof.is_some_and(|at| is_unproved(proved.webhook, at))
            || self.reported(CheckName::WebhookAnswered).any(stands)
    }

    /// Whether Twilio answers it in another region, and no call came all the same.
    fn is_elsewhere(&self, proved: Proved) -> bool {
        let found_at = self.failed_at(VOICE_REGION, &self.row.id.to_string());
        found_at.is_some_and(|at| proved.called.is_none_or(|called| called <= at))
    }

    fn failed_at(&self, check: &str, subject: &str) -> Option<DateTime<Utc>> {
        self.asked.failed_at(self.row.twilio_account_id, check, subject)
    }

    fn reported(&self, check: CheckName) -> impl Iterator<Item = &Reported> {
        let of_check = move |report: &&Reported| of_twilio_code(report.error_code).is_some_and(|(of, _)| of == check);
        self.reports.iter().filter(of_check)
    }
}

/// Whether nothing good was seen since.
fn is_unproved(good_at: Option<DateTime<Utc>>, bad_at: DateTime<Utc>) -> bool {
    good_at.is_none_or(|good| good < bad_at)
}

/// Whether what somebody changed at Twilio decides nothing about who answers.
fn only_callbacks_changed(row: &phone_number::Model) -> bool {
    let is_drift = row.at_twilio == AtTwilio::Listed && row.routing == RoutingState::Drifted;
    let written = row.written_routing.as_ref();
    is_drift && written.is_some_and(|written| calls_still_come(written, &row.seen_routing))
}
