//! What was seen of single numbers lately: what Twilio's error log reports of their calls, what was asked about them, and what
//! their calls prove. The diagnosis reads the same of one number or account; here it is read for many.

use std::collections::HashMap;

use ::entity::agent_assignment::Direction;
use ::entity::call_step::StepKind;
use ::entity::test_call::CheckState;
use ::entity::twilio_alert::AlertLevel;
use ::entity::{AccountId, NumberId, health_check};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter};

use crate::calls::STEP_OF_AGENT_ON_LINE;
use crate::checklist::{CheckName, codes_of};
use crate::diagnosis::{LATELY, VOICE_REGION};
use crate::sql::Sql;

/// How long a bad answer counts that was asked for: twice the hour in which it is fresh. Nobody asks again by himself.
const ASKED_COUNTS_FOR: TimeDelta = TimeDelta::hours(2);

/// How many numbers one statement names: each is a value, and SQLite takes 32,766.
pub(super) const NUMBERS_A_STATEMENT: usize = 5000;

/// The newest error of each code that Twilio's log has about the calls of a number.
#[derive(FromQueryResult)]
pub(super) struct Reported {
    pub phone_number_id: NumberId,
    /// Of the calls.
    pub direction: Direction,
    pub error_code: i32,
    pub at: DateTime<Utc>,
}

/// What Twilio's log reports of numbers in the last day: that an agent did not take a call, or that Callab did not answer. Of a
/// call that came in when no agent was assigned it says nothing of Callab.
pub(super) async fn reported(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
    now: DateTime<Utc>,
) -> Result<Vec<Reported>, DbErr> {
    let about = |sql: Sql, number: &str, direction: &str, from: &str| {
        sql.text("SELECT ")
            .text(number)
            .text(" AS phone_number_id, ")
            .text(direction)
            .text(" AS direction, a.error_code AS error_code, a.generated_at AS at FROM twilio_alert a ")
            .text(from)
            .text(" WHERE a.twilio_account_id IN ")
            .list(accounts.iter().copied())
            .text(" AND a.generated_at > ")
            .value(now - LATELY)
            .text(" AND a.level = ")
            .value(AlertLevel::Error)
            .text(" AND a.error_code IN ")
            .list(codes_of(CheckName::AgentReachable).chain(codes_of(CheckName::WebhookAnswered)))
    };
    let of_call = "JOIN call c ON c.twilio_account_id = a.twilio_account_id AND c.sid = a.resource_sid \
                   AND (c.agent_id IS NOT NULL OR c.direction = 'OUTBOUND')";
    let of_number = "JOIN phone_number n ON n.twilio_account_id = a.twilio_account_id AND n.sid = a.resource_sid";
    let sql =
        Sql::new(db.get_database_backend()).text("SELECT phone_number_id, direction, error_code, max(at) AS at FROM (");
    let sql = about(sql, "c.phone_number_id", "c.direction", of_call).text(" UNION ALL ");
    let sql =
        about(sql, "n.id", "'INBOUND'", of_number).text(") AS entry GROUP BY phone_number_id, direction, error_code");
    Reported::find_by_statement(sql.statement()).all(db).await
}

/// The newest answers to what was asked lately about agents, signatures, regions and Callab's own address.
#[derive(Default)]
pub(super) struct Asked(HashMap<(AccountId, String, String), Answer>);

#[derive(Clone, Copy)]
struct Answer {
    is_good: bool,
    at: DateTime<Utc>,
}

impl Asked {
    /// Reads the bad ones, and when agents answered well.
    pub(super) async fn read(
        db: &impl ConnectionTrait,
        accounts: &[AccountId],
        now: DateTime<Utc>,
    ) -> Result<Self, DbErr> {
        let column = health_check::COLUMN;
        let lately = |check: &str, state: CheckState, counts_for: TimeDelta| {
            let is_of = column.check_name.eq(check).and(column.state.eq(state));
            is_of.and(column.at.gt(now - counts_for))
        };
        let (agents, signatures) = (CheckName::AgentReachable.as_str(), CheckName::SignatureValid.as_str());
        let webhooks = CheckName::WebhookAnswered.as_str();
        let wanted = Condition::any()
            .add(lately(agents, CheckState::Fail, ASKED_COUNTS_FOR))
            .add(lately(agents, CheckState::Pass, LATELY))
            .add(lately(webhooks, CheckState::Fail, ASKED_COUNTS_FOR))
            .add(lately(VOICE_REGION, CheckState::Fail, ASKED_COUNTS_FOR))
            .add(lately(signatures, CheckState::Fail, LATELY)); // Twilio's requests tell of it, as its log does.
        let rows = health_check::Entity::find()
            .filter(column.twilio_account_id.is_in(accounts.iter().copied()))
            .filter(wanted)
            .all(db)
            .await?;
        let answers = rows.into_iter().map(|row| {
            let answer = Answer {
                is_good: row.state == CheckState::Pass,
                at: row.at,
            };
            ((row.twilio_account_id, row.check_name, row.subject), answer)
        });
        Ok(Self(answers.collect()))
    }

    /// When the newest answer was bad, where it was.
    pub(super) fn failed_at(&self, account: AccountId, check: &str, subject: &str) -> Option<DateTime<Utc>> {
        self.answer(account, check, subject, false)
    }

    /// When the newest answer was good, where it was.
    pub(super) fn passed_at(&self, account: AccountId, check: &str, subject: &str) -> Option<DateTime<Utc>> {
        self.answer(account, check, subject, true)
    }

    /// The subjects of bad answers to a check, with their accounts.
    pub(super) fn failed(&self, check: &'static str) -> impl Iterator<Item = (AccountId, &str)> {
        let bad = self.0.iter().filter(|(_, answer)| !answer.is_good);
        bad.filter(move |((_, of, _), _)| of == check)
            .map(|((account, _, subject), _)| (*account, subject.as_str()))
    }

    fn answer(&self, account: AccountId, check: &str, subject: &str, is_good: bool) -> Option<DateTime<Utc>> {
        let answer = self.0.get(&(account, check.to_owned(), subject.to_owned()))?;
        (answer.is_good == is_good).then_some(answer.at)
    }
}

/// What the calls of a number proved lately.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Proved {
    /// When Twilio last asked Callab about a call, with a good signature.
    pub webhook: Option<DateTime<Utc>>,
    /// When it last asked about a call that came in.
    pub called: Option<DateTime<Utc>>,
    /// When an agent was last on the line.
    pub connected: Option<DateTime<Utc>>,
    /// When an agent was last on the line of a call that came in.
    pub connected_in: Option<DateTime<Utc>>,
    /// When an agent was last on the line of a placed call.
    pub connected_out: Option<DateTime<Utc>>,
}

/// What the calls of these numbers proved in the last day.
pub(super) async fn proved(
    db: &impl ConnectionTrait,
    numbers: &[NumberId],
    now: DateTime<Utc>,
) -> Result<HashMap<NumberId, Proved>, DbErr> {
    #[derive(FromQueryResult)]
    struct Newest {
        phone_number_id: NumberId,
        direction: Direction,
        kind: StepKind,
        at: DateTime<Utc>,
    }
    let mut found: HashMap<NumberId, Proved> = HashMap::new();
    for some in numbers.chunks(NUMBERS_A_STATEMENT) {
        let newest = Sql::new(db.get_database_backend())
            .text("SELECT c.phone_number_id, c.direction, s.kind, max(s.noted_at) AS at FROM call c ")
            .text("JOIN call_step s ON s.call_id = c.id AND (s.kind = 'WEBHOOK_RECEIVED' OR ")
            .text(STEP_OF_AGENT_ON_LINE)
            .text(") WHERE c.phone_number_id IN ")
            .list(some.iter().copied())
            .text(" AND c.started_at > ")
            .value(now - LATELY)
            .text(" GROUP BY c.phone_number_id, c.direction, s.kind")
            .statement();
        for step in Newest::find_by_statement(newest).all(db).await? {
            let proved = found.entry(step.phone_number_id).or_default();
            let (came_in, at) = (step.direction == Direction::Inbound, Some(step.at));
            let newest = |seen: &mut Option<DateTime<Utc>>| *seen = Ord::max(*seen, at);
            match (&step.kind, came_in) {
                (StepKind::WebhookReceived, true) => newest(&mut proved.called),
                (StepKind::WebhookReceived, false) => {}
                (_, true) => newest(&mut proved.connected_in),
                (_, false) => newest(&mut proved.connected_out),
            }
            if step.kind == StepKind::WebhookReceived {
                newest(&mut proved.webhook);
            } else {
                newest(&mut proved.connected);
            }
        }
    }
    Ok(found)
}
