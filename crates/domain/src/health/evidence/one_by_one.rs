//! Numbers of which more is known than their row counts: drift that leaves calls alone, an agent that did not answer, a signature that
//! was refused. They are few, and read one by one.

use std::collections::{HashMap, HashSet};

use ::entity::agent_assignment::{self, Direction};
use ::entity::phone_number::{self, AtTwilio, NumberState, RoutingState};
use ::entity::test_call::CheckState;
use ::entity::{AccountId, NumberId, health_check};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::{Alike, NumbersInUse, ReasonCode};
use crate::checklist::CheckName;
use crate::numbers::routing::calls_still_come;

/// How long an answer that was asked for counts: twice the hour in which it is fresh.
const ASKED_COUNTS_FOR: TimeDelta = TimeDelta::hours(2);

/// How long a refused signature counts: as the calls of the last day do.
const REFUSED_COUNTS_FOR: TimeDelta = TimeDelta::hours(24);

/// Puts right what was counted of such numbers.
pub(super) async fn refine(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
    counted: &mut HashMap<AccountId, NumbersInUse>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let failed = failed_checks(db, accounts, now).await?;
    let told_of: Vec<AccountId> = failed.iter().map(|row| row.twilio_account_id).collect();
    let column = phone_number::COLUMN;
    let of_interest = Condition::any()
        .add(column.routing.eq(RoutingState::Drifted))
        .add(column.twilio_account_id.is_in(told_of));
    let rows = phone_number::Entity::find()
        .filter(column.twilio_account_id.is_in(accounts.iter().copied()))
        .filter(column.state.eq(NumberState::Added))
        .filter(of_interest)
        .all(db)
        .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let assigned = agent_assignment::Entity::find()
        .filter(
            agent_assignment::COLUMN
                .phone_number_id
                .is_in(rows.iter().map(|row| row.id)),
        )
        .filter(agent_assignment::COLUMN.direction.eq(Direction::Inbound))
        .filter(agent_assignment::COLUMN.ended_at.is_null())
        .all(db)
        .await?;
    let agents: HashMap<NumberId, String> = assigned
        .iter()
        .map(|assignment| (assignment.phone_number_id, assignment.agent_id.to_string()))
        .collect();
    let failed: HashSet<(&str, &str)> = failed
        .iter()
        .map(|row| (row.check_name.as_str(), row.subject.as_str()))
        .collect();
    for row in &rows {
        let agent = agents.get(&row.id);
        let alone = Alike::one(row, agent.is_some());
        let Some(numbers) = counted.get_mut(&row.twilio_account_id).filter(|_| alone.is_set_up()) else {
            continue;
        };
        let by_row = alone.trouble();
        let has_failed = |check: CheckName, subject: &str| failed.contains(&(check.as_str(), subject));
        let agent_fails = agent.is_some_and(|agent| has_failed(CheckName::AgentReachable, agent));
        let trouble = match by_row {
            Some(ReasonCode::RoutingChanged) if only_callbacks_changed(row) => None,
            other => other,
        };
        let trouble = trouble
            .or(agent_fails.then_some(ReasonCode::AgentUnreachable))
            .or(has_failed(CheckName::SignatureValid, &row.id.to_string()).then_some(ReasonCode::SignatureRefused));
        if trouble != by_row {
            numbers.recount(by_row, trouble);
        }
    }
    Ok(())
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

/// Checks of agents and signatures that failed lately. A good answer takes the place of a bad one in its row.
async fn failed_checks(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
    now: DateTime<Utc>,
) -> Result<Vec<health_check::Model>, DbErr> {
    let column = health_check::COLUMN;
    let lately = |check: CheckName, counts_for: TimeDelta| {
        column.check_name.eq(check.as_str()).and(column.at.gt(now - counts_for))
    };
    health_check::Entity::find()
        .filter(column.twilio_account_id.is_in(accounts.iter().copied()))
        .filter(column.state.eq(CheckState::Fail))
        .filter(
            Condition::any()
                .add(lately(CheckName::AgentReachable, ASKED_COUNTS_FOR))
                .add(lately(CheckName::SignatureValid, REFUSED_COUNTS_FOR)),
        )
        .all(db)
        .await
}

/// Whether what somebody changed at Twilio decides nothing about who answers.
fn only_callbacks_changed(row: &phone_number::Model) -> bool {
    let is_listed = row.at_twilio == AtTwilio::Listed;
    let written = row.written_routing.as_ref();
    is_listed && written.is_some_and(|written| calls_still_come(written, &row.seen_routing))
}
