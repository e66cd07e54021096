//! What the health of accounts is judged by: read from the rows, a fixed number of statements for many accounts.

mod one_by_one;
mod seen;

use std::collections::{BTreeMap, HashMap};

use ::entity::AccountId;
use ::entity::phone_number::{AtTwilio, NumberState, RoutingState};
use ::entity::twilio_account;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::ReasonCode;
use crate::sql::Sql;
use crate::{billing, calls};

/// What one account is judged by.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The account's row: what Twilio said of it and its credentials.
    pub account: twilio_account::Model,
    /// Its numbers in use.
    pub numbers: NumbersInUse,
    /// Its calls in the last quarter of an hour.
    pub calls: calls::Window,
    /// Whether its balance is under the level of an alert.
    pub low_balance: bool,
}

/// Numbers in use. One that nobody has set up yet, with no agent and no routing of ours, is not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumbersInUse {
    /// How many there are.
    pub all: u32,
    /// How many fail, by the first check that each fails.
    pub failing: BTreeMap<&'static str, (ReasonCode, u32)>,
}

impl NumbersInUse {
    /// How many fail.
    #[must_use]
    pub fn failing(&self) -> u32 {
        self.failing.values().map(|(_, count)| count).sum()
    }

    /// What was counted by a number's row is this other trouble, or none.
    fn recount(&mut self, counted: Option<ReasonCode>, trouble: Option<ReasonCode>) {
        if let Some(before) = counted {
            if let Some((_, count)) = self.failing.get_mut(before.as_str()) {
                *count = count.saturating_sub(1);
            }
            self.failing.retain(|_, (_, count)| *count > 0);
        }
        if let Some(reason) = trouble {
            self.failing.entry(reason.as_str()).or_insert((reason, 0)).1 += 1;
        }
    }

    fn count(&mut self, trouble: Option<ReasonCode>, numbers: u32) {
        self.all += numbers;
        if let Some(reason) = trouble {
            self.failing.entry(reason.as_str()).or_insert((reason, 0)).1 += numbers;
        }
    }
}

/// How long a call counts for an account's health.
pub(super) const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// Reads the evidence of accounts, in their order. Give at most some hundred at a time.
///
/// # Errors
/// When the database fails.
pub async fn read(
    db: &impl ConnectionTrait,
    accounts: Vec<twilio_account::Model>,
    now: DateTime<Utc>,
) -> Result<Vec<Evidence>, DbErr> {
    let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    let mut numbers = numbers_in_use(db, &ids).await?;
    one_by_one::refine(db, &ids, &mut numbers, now).await?;
    let mut windows = calls::window(db, &ids, now - WINDOW).await?;
    let low = billing::under_alert(db, &ids).await?;
    let evidence = accounts.into_iter().map(|account| Evidence {
        numbers: numbers.remove(&account.id).unwrap_or_default(),
        calls: windows.remove(&account.id).unwrap_or_default(),
        low_balance: low.contains(&account.id),
        account,
    });
    Ok(evidence.collect())
}

/// Numbers that are alike, counted.
#[derive(FromQueryResult)]
struct Alike {
    twilio_account_id: AccountId,
    at_twilio: AtTwilio,
    routing: RoutingState,
    voice: bool,
    refused: bool,
    assigned: bool,
    numbers: i64,
}

async fn numbers_in_use(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, NumbersInUse>, DbErr> {
    let counted = Sql::new(db.get_database_backend())
        .text(
            "SELECT n.twilio_account_id, n.at_twilio, n.routing, n.voice, n.routing_problem IS NOT NULL AS refused, \
             a.id IS NOT NULL AS assigned, count(*) AS numbers FROM phone_number n LEFT JOIN agent_assignment a \
             ON a.phone_number_id = n.id AND a.direction = 'INBOUND' AND a.ended_at IS NULL WHERE n.state = ",
        )
        .value(NumberState::Added)
        .text(" AND n.twilio_account_id IN ")
        .list(accounts.iter().copied())
        .text(" GROUP BY n.twilio_account_id, n.at_twilio, n.routing, n.voice, n.routing_problem IS NOT NULL, a.id IS NOT NULL")
        .statement();
    let mut found: HashMap<AccountId, NumbersInUse> = HashMap::new();
    for alike in Alike::find_by_statement(counted).all(db).await? {
        if alike.is_set_up() {
            let numbers = found.entry(alike.twilio_account_id).or_default();
            numbers.count(alike.trouble(), u32::try_from(alike.numbers).unwrap_or(u32::MAX));
        }
    }
    Ok(found)
}

impl Alike {
    fn is_set_up(&self) -> bool {
        self.assigned || self.routing != RoutingState::NotOurs
    }

    /// The first check that such a number fails by what stands in its row.
    fn trouble(&self) -> Option<ReasonCode> {
        match (&self.at_twilio, &self.routing) {
            (AtTwilio::Gone, _) => Some(ReasonCode::NumberGone),
            _ if !self.voice => Some(ReasonCode::NumberNotVoice),
            (_, RoutingState::Drifted) => Some(ReasonCode::RoutingChanged),
            (_, RoutingState::Applying) if self.refused => Some(ReasonCode::RoutingRefused),
            (_, RoutingState::Ours) if !self.assigned => Some(ReasonCode::NoAgent),
            _ => None,
        }
    }
}
