//! A diagnosis for which everything is asked afresh.

use ::entity::diagnosis_run;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use domain::diagnosis as rules;

use super::told::Told;
use super::{Diagnosis, DiagnosisCheck, PhoneNumber, TwilioAccount};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id;

/// A diagnosis for which everything is asked afresh.
pub struct DiagnosisRun {
    row: diagnosis_run::Model,
    told: Option<Told>,
}

impl From<diagnosis_run::Model> for DiagnosisRun {
    fn from(row: diagnosis_run::Model) -> Self {
        Self { row, told: None }
    }
}

impl DiagnosisRun {
    /// The run as a live view tells of it.
    pub fn told(row: diagnosis_run::Model, told: Told) -> Self {
        Self { row, told: Some(told) }
    }
}

/// A diagnosis for which everything is asked afresh. Follow it with the subscription `diagnosis`. Kept for a week, unless configured
/// otherwise.
#[Object]
impl DiagnosisRun {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.row.id)
    }

    /// In a live view, the place in the order of events up to which this shows everything: give it as `after` to go on from there.
    /// Null elsewhere.
    async fn cursor(&self) -> Option<String> {
        self.told.as_ref().map(Told::cursor)
    }

    /// The account.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<TwilioAccount>, ApiError> {
        let account = ctx.loaders().load_one(self.row.twilio_account_id).await?;
        Ok(account.map(TwilioAccount::from))
    }

    /// The number; null where an account was asked for.
    async fn phone_number(&self, ctx: &Context<'_>) -> Result<Option<PhoneNumber>, ApiError> {
        match self.row.phone_number_id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(PhoneNumber)),
            None => Ok(None),
        }
    }

    /// The country that a call would go to, ISO 3166-1 alpha-2, where a destination was named. Example: `DE`.
    async fn destination_country(&self) -> Option<&str> {
        self.row.country.as_deref()
    }

    /// The checks that are known so far, in their order: one is known as soon as everything was asked that it rests on. All of them
    /// once it is over.
    async fn checks(&self, ctx: &Context<'_>) -> Result<Vec<DiagnosisCheck>, ApiError> {
        let checks = rules::known_checks(ctx.services(), &self.row).await?;
        Ok(checks.into_iter().map(DiagnosisCheck).collect())
    }

    /// The diagnosis as it was at the end; null while it runs.
    #[expect(clippy::unused_async, reason = "resolvers are async, whatever they do")]
    async fn diagnosis(&self) -> Result<Option<Diagnosis>, ApiError> {
        Ok(rules::report(&self.row)?.map(Diagnosis))
    }

    /// When it was started.
    async fn started_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it ended; null while it runs.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.row.finished_at
    }
}
