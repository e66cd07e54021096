//! Reads what is stored of a number or an account: as many statements for many rows as for few.

use std::collections::{HashMap, HashSet};

use ::entity::agent_assignment::{self, Direction};
use ::entity::call_step::StepKind;
use ::entity::phone_number::{self, NumberState};
use ::entity::{AccountId, NumberId, agent, balance_reading, health_check, twilio_account};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::evidence::{BalanceSeen, Destination, Evidence, Fresh, Incident, NumberEvidence, StatusPage};
use super::steps::{StepsOfNumber, calls_of_account, calls_seen, newest_steps, placed_calls};
use super::troubles::troubles;
use crate::{Services, billing, twilio_status};

/// How far back what went wrong is looked for.
pub(crate) const LATELY: TimeDelta = TimeDelta::hours(24);

/// How many numbers of an account are looked at.
const NUMBERS: u64 = 200;

/// How many of the newest balances are looked at.
const BALANCES: u64 = 50;

/// What is to be diagnosed.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// An account, with its numbers in use.
    Account(AccountId),
    /// One number.
    Number(Box<phone_number::Model>),
}

/// Reads everything stored that the checks are answered from.
pub(super) async fn read(
    services: &Services,
    subject: &Subject,
    destination: Option<Destination>,
) -> Result<Option<Evidence>, DbErr> {
    let db = &services.db;
    let now = services.clock.now();
    let id = match subject {
        Subject::Account(id) => *id,
        Subject::Number(number) => number.twilio_account_id,
    };
    let Some(account) = twilio_account::Entity::find_by_id(id).one(db).await? else {
        return Ok(None);
    };
    let (rows, in_use) = match subject {
        Subject::Number(number) => (vec![number.as_ref().clone()], 1),
        Subject::Account(_) => numbers_in_use(db, id).await?,
    };
    let parent = billing::parents(db, std::slice::from_ref(&account)).await?.remove(&id);
    let steps = newest_steps(services, subject).await?;
    let placed = placed_calls(&steps);
    let calls = match subject {
        Subject::Account(_) => calls_seen(steps.iter().map(|step| (step.called.is_some(), &step.kind, step.at))),
        Subject::Number(_) => calls_of_account(services, id).await?,
    };
    let numbers = of_numbers(services, rows, steps).await?;
    Ok(Some(Evidence {
        now,
        fresh: Fresh::new(&services.limits),
        balances: balances(db, parent.as_ref().unwrap_or(&account)).await?,
        parent,
        is_of_one: matches!(subject, Subject::Number(_)),
        in_use,
        asked: health_check::Entity::find()
            .filter(health_check::COLUMN.twilio_account_id.eq(id))
            .all(db)
            .await?,
        troubles: troubles(services, subject, id, &numbers).await?,
        placed,
        calls,
        is_under_alert: billing::under_alert(db, &[id]).await?.contains(&id),
        destination,
        status_page: status_page(services).await?,
        has_public_url: services.public_url.is_some(),
        numbers: numbers.into_iter().map(|(number, _)| number).collect(),
        account,
    }))
}

/// What Twilio's status page said last of calls.
async fn status_page(services: &Services) -> Result<Option<StatusPage>, DbErr> {
    let page = twilio_status::current(services).await?;
    Ok(page.map(|page| StatusPage {
        incidents: twilio_status::open_voice_incidents(&page.incidents)
            .map(|incident| Incident {
                name: incident.name.clone(),
                impact: incident.impact.clone(),
                started_at: incident.started_at,
            })
            .collect(),
        read_at: page.read_at,
        has_failed: page.failure.is_some(),
    }))
}

/// The first numbers in use, and how many there are.
async fn numbers_in_use(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<(Vec<phone_number::Model>, usize), DbErr> {
    let in_use = phone_number::Entity::of_account(account).filter(phone_number::COLUMN.state.eq(NumberState::Added));
    let count = in_use.clone().count(db).await?;
    let rows = in_use
        .order_by_asc(phone_number::COLUMN.e164)
        .order_by_asc(phone_number::COLUMN.id)
        .limit(NUMBERS)
        .all(db)
        .await?;
    Ok((rows, usize::try_from(count).unwrap_or(usize::MAX)))
}

/// The newest balances, of whoever pays.
async fn balances(db: &impl ConnectionTrait, payer: &twilio_account::Model) -> Result<Vec<BalanceSeen>, DbErr> {
    let readings = balance_reading::Entity::find()
        .filter(balance_reading::COLUMN.twilio_account_id.eq(payer.id))
        .order_by_desc(balance_reading::COLUMN.at)
        .order_by_desc(balance_reading::COLUMN.id)
        .limit(BALANCES)
        .all(db)
        .await?;
    // After a change of currency figures say nothing of those before.
    let currency = readings.first().map(|newest| newest.currency.clone());
    let same = readings
        .into_iter()
        .take_while(|reading| Some(&reading.currency) == currency.as_ref());
    let seen = |reading: balance_reading::Model| BalanceSeen {
        amount: reading.balance,
        from: reading.at,
        until: reading.last_at,
    };
    Ok(same.map(seen).collect())
}

/// Each number with its agents and what its newest calls told.
async fn of_numbers(
    services: &Services,
    rows: Vec<phone_number::Model>,
    newest: Vec<StepsOfNumber>,
) -> Result<Vec<(NumberEvidence, Vec<StepsOfNumber>)>, DbErr> {
    let ids: Vec<NumberId> = rows.iter().map(|row| row.id).collect();
    let current = agent_assignment::Entity::find()
        .filter(agent_assignment::COLUMN.phone_number_id.is_in(ids.iter().copied()))
        .filter(agent_assignment::COLUMN.ended_at.is_null())
        .all(&services.db)
        .await?;
    let agents = agent::Entity::find()
        .filter(
            agent::COLUMN
                .id
                .is_in(current.iter().map(|assignment| assignment.agent_id)),
        )
        .all(&services.db)
        .await?;
    let agents: HashMap<_, _> = agents.into_iter().map(|agent| (agent.id, agent)).collect();
    let ever: Vec<NumberId> = agent_assignment::Entity::find()
        .select_only()
        .column(agent_assignment::Column::PhoneNumberId)
        .distinct()
        .filter(agent_assignment::COLUMN.phone_number_id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(&services.db)
        .await?;
    let ever: HashSet<NumberId> = ever.into_iter().collect();
    let mut steps: HashMap<NumberId, Vec<StepsOfNumber>> = HashMap::new();
    for step in newest {
        steps.entry(step.phone_number_id).or_default().push(step);
    }
    let numbers = rows.into_iter().map(|row| {
        let assigned = |direction: Direction| {
            let mut of_number = current.iter().filter(|assignment| assignment.phone_number_id == row.id);
            let assignment = of_number.find(|assignment| assignment.direction == direction)?;
            Some((agents.get(&assignment.agent_id)?, assignment.started_at))
        };
        let (inbound, outbound) = (assigned(Direction::Inbound), assigned(Direction::Outbound));
        let since = |(agent, assigned_at): (&agent::Model, DateTime<Utc>)| assigned_at.max(agent.endpoint_set_at());
        let told = steps.remove(&row.id).unwrap_or_default();
        let newest =
            |wanted: &dyn Fn(&StepsOfNumber) -> bool| told.iter().filter(|step| wanted(step)).map(|step| step.at).max();
        let evidence = NumberEvidence {
            inbound: inbound.map(|(agent, _)| agent.clone()),
            outbound: outbound.map(|(agent, _)| agent.clone()),
            agent_since: inbound.or(outbound).map(since),
            was_assigned: ever.contains(&row.id),
            webhook_at: newest(&|step| step.kind == StepKind::WebhookReceived),
            called_at: newest(&|step| step.kind == StepKind::WebhookReceived && step.called.is_none()),
            connected_in_at: newest(&|step| step.connected() && step.called.is_none()),
            connected_out_at: newest(&|step| step.connected() && step.called.is_some()),
            connected_at: newest(&|step| step.connected()),
            outbound_since: outbound.map(since),
            row,
        };
        (evidence, told)
    });
    Ok(numbers.collect())
}
