//! Keeps the newest answer to each check that has to be asked.

use ::entity::health_check::{self, Column};
use ::entity::test_call::CheckState;
use ::entity::{AccountId, HealthCheckId, WorkspaceId};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use serde_json::Value;

use crate::Services;

/// An answer before it is a row.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub check: &'static str,
    /// An agent's or number's id, a country's code; empty for the account itself.
    pub subject: String,
    pub state: CheckState,
    pub reason: Option<&'static str>,
    pub twilio_code: Option<i32>,
    /// Figures, codes and words.
    pub evidence: Value,
}

impl Answer {
    /// A good answer about `subject`.
    pub(super) fn good(check: &'static str, subject: impl std::fmt::Display) -> Self {
        Self {
            check,
            subject: subject.to_string(),
            state: CheckState::Pass,
            reason: None,
            twilio_code: None,
            evidence: Value::Object(serde_json::Map::new()),
        }
    }

    /// The same, another state and its reason.
    pub(super) fn becomes(self, state: CheckState, reason: &'static str) -> Self {
        Self {
            state,
            reason: Some(reason),
            ..self
        }
    }

    /// The same, with what was seen.
    pub(super) fn with(self, evidence: Value) -> Self {
        Self { evidence, ..self }
    }
}

/// Writes an answer in the place of the one before. `since` stays while the answer is the same.
pub(super) async fn keep(
    services: &Services,
    db: &impl ConnectionTrait,
    whose: (WorkspaceId, AccountId),
    answer: Answer,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = health_check::ActiveModel {
        id: Set(HealthCheckId(services.ids.new_id())),
        workspace_id: Set(whose.0),
        twilio_account_id: Set(whose.1),
        check_name: Set(answer.check.to_owned()),
        subject: Set(answer.subject),
        state: Set(answer.state),
        reason: Set(answer.reason.map(str::to_owned)),
        twilio_code: Set(answer.twilio_code),
        evidence: Set(answer.evidence),
        since: Set(at),
        at: Set(at),
    };
    let newest = OnConflict::columns([Column::TwilioAccountId, Column::CheckName, Column::Subject])
        .update_columns([
            Column::State,
            Column::Reason,
            Column::TwilioCode,
            Column::Evidence,
            Column::At,
        ])
        .value(
            Column::Since,
            Expr::cust("CASE WHEN health_check.state = excluded.state THEN health_check.since ELSE excluded.since END"),
        )
        .to_owned();
    health_check::Entity::insert(row)
        .on_conflict(newest)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
