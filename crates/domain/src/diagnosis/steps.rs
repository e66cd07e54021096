//! What the newest calls told: of each number, and of the account whole.

use std::collections::HashMap;

use ::entity::agent_assignment::Direction;
use ::entity::call_step::StepKind;
use ::entity::{AccountId, NumberId};
use chrono::{DateTime, Utc};
use sea_orm::{DbErr, FromQueryResult};
use uuid::Uuid;

use super::evidence::{CallsSeen, PlacedCall};
use super::read::{LATELY, Subject};
use crate::Services;
use crate::calls::is_answered_leg;
use crate::sql::Sql;

/// How many of the newest calls are looked at.
const CALLS: u64 = 1000;

/// What calls told of one number: the newest of each kind of step; of placed calls, for each number that was called.
#[derive(Debug, FromQueryResult)]
pub(super) struct StepsOfNumber {
    pub phone_number_id: NumberId,
    pub kind: StepKind,
    pub code: Option<i32>,
    detail: Option<String>,
    pub called: Option<String>,
    pub called_country: Option<String>,
    pub at: DateTime<Utc>,
}

impl StepsOfNumber {
    /// Whether an agent was on the line.
    pub(super) fn connected(&self) -> bool {
        self.kind == StepKind::StreamStarted || self.is_good_leg()
    }

    /// Whether it is the end of an agent's SIP leg that was answered.
    pub(super) fn is_good_leg(&self) -> bool {
        self.kind == StepKind::AgentLegEnded && is_answered_leg(self.detail.as_deref())
    }
}

/// The newest step of each kind in the newest calls, in one statement.
pub(super) async fn newest_steps(services: &Services, subject: &Subject) -> Result<Vec<StepsOfNumber>, DbErr> {
    let of = match subject {
        Subject::Account(id) => ("twilio_account_id", id.0),
        Subject::Number(number) => ("phone_number_id", number.id.0),
    };
    let columns = "phone_number_id, CASE WHEN direction = 'OUTBOUND' THEN to_number END AS called, \
                   CASE WHEN direction = 'OUTBOUND' THEN other_country END AS called_country";
    let grouped = "c.phone_number_id, s.kind, s.code, s.detail, c.called, c.called_country";
    let kinds = [
        StepKind::WebhookReceived,
        StepKind::StreamStarted,
        StepKind::StreamError,
        StepKind::AgentLegEnded,
        StepKind::Initiated,
        StepKind::Ringing,
        StepKind::Answered,
    ];
    newest(services, of, columns, grouped, &kinds).await
}

/// The newest step of each group among the newest calls of a number or an account: `columns` of the calls, and `grouped` of calls `c`
/// and steps `s`.
async fn newest<R: FromQueryResult>(
    services: &Services,
    (column, id): (&str, Uuid),
    columns: &str,
    grouped: &str,
    kinds: &[StepKind],
) -> Result<Vec<R>, DbErr> {
    let statement = Sql::new(services.db.get_database_backend())
        .text("SELECT ")
        .text(grouped)
        .text(", max(s.noted_at) AS at FROM (SELECT id, ")
        .text(columns)
        .text(" FROM call WHERE ")
        .text(column)
        .text(" = ")
        .value(id)
        .text(" AND started_at > ")
        .value(services.clock.now() - LATELY)
        .text(" ORDER BY started_at DESC LIMIT ")
        .value(CALLS.cast_signed())
        .text(") AS c JOIN call_step AS s ON s.call_id = c.id WHERE s.kind IN ")
        .list(kinds.iter().map(|kind| kind.as_str().to_owned()))
        .text(" GROUP BY ")
        .text(grouped)
        .statement();
    R::find_by_statement(statement).all(&services.db).await
}

/// The newest calls from each number to each other that Twilio took.
pub(super) fn placed_calls(steps: &[StepsOfNumber]) -> Vec<PlacedCall> {
    let mut calls: HashMap<(NumberId, &str), PlacedCall> = HashMap::new();
    for step in steps {
        let Some(to) = &step.called else { continue };
        let answered_at = Some(step.at).filter(|_| step.kind == StepKind::Answered);
        let call = calls.entry((step.phone_number_id, to)).or_insert_with(|| PlacedCall {
            number: step.phone_number_id,
            to: to.clone(),
            country: step.called_country.clone(),
            taken_at: step.at,
            answered_at,
        });
        call.taken_at = call.taken_at.max(step.at);
        call.answered_at = call.answered_at.max(answered_at);
    }
    calls.into_values().collect()
}

/// When any number of the account last had a call: one of a thousand, the newest.
pub(super) async fn calls_of_account(services: &Services, account: AccountId) -> Result<CallsSeen, DbErr> {
    #[derive(FromQueryResult)]
    struct Newest {
        direction: Direction,
        kind: StepKind,
        at: DateTime<Utc>,
    }
    let kinds = [
        StepKind::WebhookReceived,
        StepKind::Initiated,
        StepKind::Ringing,
        StepKind::Answered,
    ];
    let of = ("twilio_account_id", account.0);
    let newest: Vec<Newest> = newest(services, of, "direction", "c.direction, s.kind", &kinds).await?;
    Ok(calls_seen(newest.iter().map(|step| {
        let is_placed = step.direction == Direction::Outbound;
        (is_placed, &step.kind, step.at)
    })))
}

/// The newest of an account's steps: whether each is of a placed call, its kind, and when it was.
pub(super) fn calls_seen<'s>(steps: impl Iterator<Item = (bool, &'s StepKind, DateTime<Utc>)>) -> CallsSeen {
    let mut seen = CallsSeen::default();
    for (is_placed, kind, at) in steps {
        match (is_placed, kind) {
            (false, StepKind::WebhookReceived) => seen.called = seen.called.max(Some(at)),
            (false, _) => {}
            (true, kind) => {
                seen.taken = seen.taken.max(Some(at));
                if *kind == StepKind::Answered {
                    seen.answered = seen.answered.max(Some(at));
                }
            }
        }
    }
    seen
}
