//! How numbers' calls went in the last day, and when each last had one.

use std::collections::HashMap;

use ::entity::NumberId;
use ::entity::agent_assignment::Direction;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{DbErr, FromQueryResult};

use super::window::{CallsOf, each_outcome, share};
use crate::Services;
use crate::sql::Sql;

/// How long back calls count.
const DAY: TimeDelta = TimeDelta::hours(24);

/// How a number's calls of the last 24 hours went, and when it last had one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberFigures {
    /// When the 24 hours began.
    pub from: DateTime<Utc>,
    /// When they ended: now.
    pub to: DateTime<Utc>,
    /// When the newest call to the number began, however long ago; none where none is kept.
    pub last_inbound_at: Option<DateTime<Utc>>,
    /// When the newest call from the number began, however long ago; none where none is kept.
    pub last_outbound_at: Option<DateTime<Utc>>,
    /// Calls of both directions, whatever became of them.
    pub calls: u32,
    /// Those of them that [`super::Window::attempts`] counts.
    pub attempts: u32,
    /// Those of the attempts that did what they should, as [`super::Window::reached`] counts them.
    pub reached: u32,
}

impl NumberFigures {
    /// Which part of the attempts did what they should, 0 to 1; none without an attempt.
    #[must_use]
    pub fn connect_rate(&self) -> Option<f64> {
        share(self.reached, self.attempts)
    }
}

#[derive(FromQueryResult)]
struct Outcomes {
    number: NumberId,
    calls: i64,
    attempts: i64,
    reached: i64,
}

#[derive(FromQueryResult)]
struct Last {
    number: NumberId,
    inbound: Option<DateTime<Utc>>,
    outbound: Option<DateTime<Utc>>,
}

/// The figures of these numbers, those without calls too. Two statements, whatever the numbers; meant for up to 1,000.
///
/// # Errors
/// When the database fails.
pub async fn number_figures(
    services: &Services,
    numbers: &[NumberId],
) -> Result<HashMap<NumberId, NumberFigures>, DbErr> {
    let to = services.clock.now();
    let from = to - DAY;
    let empty = NumberFigures {
        from,
        to,
        last_inbound_at: None,
        last_outbound_at: None,
        calls: 0,
        attempts: 0,
        reached: 0,
    };
    let mut figures: HashMap<NumberId, NumberFigures> = numbers.iter().map(|number| (*number, empty)).collect();
    let count = |calls: i64| u32::try_from(calls).unwrap_or(u32::MAX);
    for row in outcomes(services, numbers, from).await? {
        if let Some(figures) = figures.get_mut(&row.number) {
            figures.calls = count(row.calls);
            figures.attempts = count(row.attempts);
            figures.reached = count(row.reached);
        }
    }
    for row in lasts(services, numbers).await? {
        if let Some(figures) = figures.get_mut(&row.number) {
            figures.last_inbound_at = row.inbound;
            figures.last_outbound_at = row.outbound;
        }
    }
    Ok(figures)
}

async fn outcomes(services: &Services, numbers: &[NumberId], since: DateTime<Utc>) -> Result<Vec<Outcomes>, DbErr> {
    let sql = Sql::new(services.db.get_database_backend())
        .text("SELECT number, COUNT(*) AS calls, SUM(attempt) AS attempts, SUM(attempt * reached) AS reached FROM (");
    let sql = each_outcome(sql, "", CallsOf::Numbers(numbers), since).text(") outcomes GROUP BY number");
    Outcomes::find_by_statement(sql.statement()).all(&services.db).await
}

/// Two looks at the end of an index for each number, however many calls it had: a `GROUP BY` would read all of them.
async fn lasts(services: &Services, numbers: &[NumberId]) -> Result<Vec<Last>, DbErr> {
    let newest = |sql: Sql, direction: Direction| {
        sql.text("(SELECT MAX(c.started_at) FROM call c WHERE c.phone_number_id = n.id AND c.direction = ")
            .value(direction.as_str())
            .text(")")
    };
    let sql = Sql::new(services.db.get_database_backend()).text("SELECT n.id AS number, ");
    let sql = newest(sql, Direction::Inbound).text(" AS inbound, ");
    let sql = newest(sql, Direction::Outbound)
        .text(" AS outbound FROM phone_number n WHERE n.id IN ")
        .list(numbers.iter().map(|number| number.0));
    Last::find_by_statement(sql.statement()).all(&services.db).await
}
