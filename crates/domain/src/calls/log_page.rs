//! Writes a page of Twilio's call log: one transaction a page.

use std::collections::HashMap;

use ::entity::agent_assignment::{self, Direction};
use ::entity::call::{self, CallStatus};
use ::entity::call_step::StepKind;
use ::entity::{
    AccountId, AgentId, CallId, CallIntentId, NumberId, call_intent, call_reading, phone_number, twilio_account,
};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::Value;

use super::alerts;
use super::intent::close_agents;
use super::log_merge::{self, Belongs, belongs, merge};
use super::record::{self, Step};
use crate::{Services, Transaction};

/// How many rows one statement inserts: its values stay under SQLite's limit of 32,766.
const ROWS_A_STATEMENT: usize = 500;

/// What a reading of the log came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    /// Calls that only the log told of.
    pub added: usize,
    /// Calls that it told more of.
    pub changed: usize,
    /// Legs of calls that are listed themselves.
    pub legs: usize,
    /// Calls of numbers that the workspace has not listed.
    pub of_other_numbers: usize,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.added += more.added;
        self.changed += more.changed;
        self.legs += more.legs;
        self.of_other_numbers += more.of_other_numbers;
    }
}

/// The numbers that the workspace has listed for the account, by their digits. The same number may have been listed twice, gone and
/// come again: the newer row has it.
pub(super) async fn numbers_of(
    services: &Services,
    account: &twilio_account::Model,
) -> Result<HashMap<String, NumberId>, DbErr> {
    use phone_number::Column;
    let rows: Vec<(NumberId, String)> = phone_number::Entity::of_account(account.id)
        .select_only()
        .columns([Column::Id, Column::E164])
        .order_by_asc(Column::CreatedAt)
        .into_tuple()
        .all(&services.db)
        .await?;
    Ok(rows.into_iter().map(|(id, e164)| (e164, id)).collect())
}

/// A call of the page that is one of ours.
struct Ours<'a> {
    logged: &'a twilio::Call,
    direction: Direction,
    number: NumberId,
}

/// Writes what a page of the log adds, and where the reading goes on. Writing it twice changes nothing.
///
/// # Errors
/// When the database fails.
pub(super) async fn write(
    services: &Services,
    account: &twilio_account::Model,
    numbers: &HashMap<String, NumberId>,
    page: &[twilio::Call],
    goes_on: Option<Value>,
) -> Result<Counts, DbErr> {
    let mut tx = services.begin().await?;
    let counts = merge_page(services, &mut tx, account, numbers, page).await?;
    goes_on_at(&tx, account.id, goes_on).await?;
    tx.commit().await?;
    Ok(counts)
}

/// Keeps where the reading goes on; nowhere when it is at its end.
async fn goes_on_at(tx: &Transaction<'_>, account: AccountId, place: Option<Value>) -> Result<(), DbErr> {
    let Some(place) = place else {
        call_reading::Entity::delete_by_id(account).exec(tx.db()).await?;
        return Ok(());
    };
    let row = call_reading::ActiveModel {
        twilio_account_id: Set(account),
        place: Set(place),
    };
    let newest = OnConflict::column(call_reading::Column::TwilioAccountId)
        .update_column(call_reading::Column::Place)
        .to_owned();
    call_reading::Entity::insert(row)
        .on_conflict(newest)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Writes one call that was asked for by itself, with the error that Twilio noted about it.
///
/// # Errors
/// When the database fails.
pub(super) async fn write_one(
    services: &Services,
    account: &twilio_account::Model,
    logged: twilio::Call,
    error_code: Option<i32>,
) -> Result<(), DbErr> {
    let numbers = numbers_of(services, account).await?;
    let sid = logged.sid.to_string();
    let mut tx = services.begin().await?;
    merge_page(services, &mut tx, account, &numbers, &[logged]).await?;
    let known = call::Entity::find()
        .filter(call::COLUMN.twilio_account_id.eq(account.id))
        .filter(call::COLUMN.sid.eq(sid))
        .one(tx.db())
        .await?;
    if let (Some(call), Some(code)) = (known, error_code) {
        record::note_error(&tx, call.id, code).await?;
    }
    tx.commit().await
}

async fn merge_page(
    services: &Services,
    tx: &mut Transaction<'_>,
    account: &twilio_account::Model,
    numbers: &HashMap<String, NumberId>,
    page: &[twilio::Call],
) -> Result<Counts, DbErr> {
    let mut counts = Counts::default();
    let mut ours = Vec::new();
    // A parent's log may hold its subaccounts' calls.
    for logged in page.iter().filter(|call| call.account_sid.as_str() == account.sid) {
        match belongs(logged, |number| numbers.contains_key(number)) {
            Belongs::To(direction, number) => ours.extend(numbers.get(&number).map(|number| Ours {
                logged,
                direction,
                number: *number,
            })),
            Belongs::ToItsParent => counts.legs += 1,
            Belongs::Nowhere => counts.of_other_numbers += 1,
        }
    }
    let known = call::Entity::find()
        .filter(call::COLUMN.twilio_account_id.eq(account.id))
        .filter(call::COLUMN.sid.is_in(ours.iter().map(|call| call.logged.sid.as_str())))
        .all(tx.db())
        .await?;
    let known: HashMap<&str, &call::Model> = known.iter().map(|call| (call.sid.as_str(), call)).collect();
    let (old, new): (Vec<Ours<'_>>, Vec<Ours<'_>>) = ours
        .into_iter()
        .partition(|call| known.contains_key(call.logged.sid.as_str()));
    counts.added = insert(services, tx, account, &new).await?;
    for call in &old {
        let Some(before) = known.get(call.logged.sid.as_str()) else {
            continue;
        };
        if let Some(change) = merge(before, call.logged, tx.at()) {
            counts.changed += usize::from(update(services, tx, before, change).await?);
        }
    }
    let new: Vec<&str> = new.iter().map(|call| call.logged.sid.as_str()).collect();
    alerts::attach(tx, account.id, &new).await?;
    Ok(counts)
}

/// Writes the change unless a webhook changed the row since it was read: then the next reading does.
async fn update(
    services: &Services,
    tx: &mut Transaction<'_>,
    before: &call::Model,
    change: call::ActiveModel,
) -> Result<bool, DbErr> {
    let status = change.status.clone().take();
    let ended_at = change.ended_at.clone().take().flatten();
    let written = call::Entity::update_many()
        .set(change)
        .filter(call::COLUMN.id.eq(before.id))
        .filter(call::COLUMN.updated_at.eq(before.updated_at))
        .exec(tx.db())
        .await?;
    if written.rows_affected == 0 {
        return Ok(false);
    }
    if let Some(status) = status.filter(CallStatus::is_terminal) {
        // Its last callback was lost: live views hear of the end from here.
        let after = call::Model {
            status: status.clone(),
            ..before.clone()
        };
        let step = Step {
            detail: Some(status.to_string()),
            ..Step::once(StepKind::Ended, ended_at.unwrap_or(tx.at()))
        };
        record::note(services, tx, &after, step).await?;
        close_agents(tx, before.call_intent_id.as_slice()).await?;
    }
    Ok(true)
}

async fn insert(
    services: &Services,
    tx: &mut Transaction<'_>,
    account: &twilio_account::Model,
    new: &[Ours<'_>],
) -> Result<usize, DbErr> {
    if new.is_empty() {
        return Ok(0);
    }
    let agents = Agents::of(tx, new).await?;
    let intents = intents_of(tx, account, new).await?;
    let mut added = 0;
    let mut ended_intents = Vec::new();
    for rows in new.chunks(ROWS_A_STATEMENT) {
        let rows = rows.iter().map(|call| {
            let row = new_row(services, account, call, &agents, &intents, tx.at());
            if row.status.is_terminal() {
                ended_intents.extend(row.call_intent_id);
            }
            call::ActiveModel::from(row).reset_all()
        });
        let once = OnConflict::columns([call::Column::TwilioAccountId, call::Column::Sid])
            .do_nothing()
            .to_owned();
        let rows: Vec<call::ActiveModel> = rows.collect();
        let written = call::Entity::insert_many(rows)
            .on_conflict(once)
            .exec_without_returning(tx.db())
            .await?;
        added += usize::try_from(written).unwrap_or(usize::MAX);
    }
    close_agents(tx, &ended_intents).await?;
    Ok(added)
}

fn new_row(
    services: &Services,
    account: &twilio_account::Model,
    call: &Ours<'_>,
    agents: &Agents,
    intents: &HashMap<String, (CallIntentId, Option<AgentId>)>,
    at: DateTime<Utc>,
) -> call::Model {
    let logged = call.logged;
    let started_at = log_merge::began_at(logged).unwrap_or(at);
    let intent = intents.get(logged.sid.as_str());
    let from = logged.from.clone().unwrap_or_default();
    let to = logged.to.clone().unwrap_or_default();
    let other_end = if call.direction == Direction::Inbound {
        &from
    } else {
        &to
    };
    call::Model {
        id: CallId(services.ids.new_id()),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        phone_number_id: call.number,
        agent_id: match intent {
            Some((_, agent)) => *agent,
            None => agents.at(call.number, &call.direction, started_at),
        },
        call_intent_id: intent.map(|(intent, _)| *intent),
        sid: logged.sid.to_string(),
        direction: call.direction.clone(),
        other_country: record::country_of(other_end),
        from_number: from,
        to_number: to,
        status: log_merge::status_of(logged),
        status_sequence: None,
        duration_s: log_merge::duration_s(logged),
        sip_code: None,
        error_code: None,
        price: log_merge::price(logged),
        price_currency: logged.price.and(logged.price_unit.clone()),
        quality: None,
        quality_at: None,
        started_at,
        ringing_at: None,
        setup_ms: None,
        answered_at: log_merge::answered_at(logged),
        ended_at: logged.end_time,
        log_seen_at: Some(at),
        updated_at: at,
    }
}

/// Which agents were assigned to numbers, from when to when.
struct Agents(Vec<agent_assignment::Model>);

impl Agents {
    async fn of(tx: &Transaction<'_>, calls: &[Ours<'_>]) -> Result<Self, DbErr> {
        let mut numbers: Vec<NumberId> = calls.iter().map(|call| call.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let rows = agent_assignment::Entity::find()
            .filter(agent_assignment::COLUMN.phone_number_id.is_in(numbers))
            .all(tx.db())
            .await?;
        Ok(Self(rows))
    }

    fn at(&self, number: NumberId, direction: &Direction, at: DateTime<Utc>) -> Option<AgentId> {
        let assigned = self.0.iter().find(|assigned| {
            assigned.phone_number_id == number
                && assigned.direction == *direction
                && assigned.started_at <= at
                && assigned.ended_at.is_none_or(|ended| at < ended)
        });
        assigned.map(|assigned| assigned.agent_id)
    }
}

/// The intents of calls that we placed and no webhook told of.
async fn intents_of(
    tx: &Transaction<'_>,
    account: &twilio_account::Model,
    calls: &[Ours<'_>],
) -> Result<HashMap<String, (CallIntentId, Option<AgentId>)>, DbErr> {
    let placed = calls.iter().filter(|call| call.direction == Direction::Outbound);
    let mut numbers: Vec<NumberId> = placed.clone().map(|call| call.number).collect();
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    numbers.sort_unstable();
    numbers.dedup();
    let rows = call_intent::Entity::find()
        .filter(call_intent::COLUMN.phone_number_id.is_in(numbers))
        .filter(call_intent::COLUMN.twilio_account_id.eq(account.id))
        .filter(
            call_intent::COLUMN
                .call_sid
                .is_in(placed.map(|call| call.logged.sid.as_str())),
        )
        .all(tx.db())
        .await?;
    let by_sid = rows
        .into_iter()
        .filter_map(|intent| Some((intent.call_sid?, (intent.id, intent.agent_id))));
    Ok(by_sid.collect())
}
