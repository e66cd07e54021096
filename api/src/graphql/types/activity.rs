//! Unusual activity of an account.

use ::entity::activity_finding;
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::mirror::mirror;
use super::{PhoneNumber, TwilioAccount};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id;

mirror! {
    /// What is unusual.
    pub enum ActivityKind of ::entity::activity_finding::FindingKind {
        /// Far more calls than the account has at this hour of the week.
        CallBurst,
        /// Far more calls fail than usual.
        FailureBurst,
        /// Calls to a country that was not called in the four weeks before, at a high price.
        ExpensiveDestination,
        /// Calls of a number at an hour of the week at which it had none in the last four weeks.
        OutsidePattern,
    }
}

/// One figure that a finding rests on.
#[derive(SimpleObject)]
pub struct ActivityFigure {
    /// What it is, in English, for people. Example: `calls in the last 15 minutes`.
    name: String,
    /// The figure, as it is shown. Example: `84`.
    value: String,
}

/// Something unusual, from when to when.
pub struct ActivityFinding(pub activity_finding::Model);

/// Something unusual in an account's calls, found by a plain rule over counted calls. At most one of a kind is open for a number, or
/// for an account as a whole; it ends when nothing was seen of it for half an hour.
#[Object]
impl ActivityFinding {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// What is unusual.
    async fn kind(&self) -> ActivityKind {
        (&self.0.kind).into()
    }

    /// The account.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<TwilioAccount>, ApiError> {
        Ok(ctx
            .loaders()
            .load_one(self.0.twilio_account_id)
            .await?
            .map(TwilioAccount::from))
    }

    /// The number; null when it is about the account as a whole.
    async fn phone_number(&self, ctx: &Context<'_>) -> Result<Option<PhoneNumber>, ApiError> {
        match self.0.phone_number_id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(PhoneNumber)),
            None => Ok(None),
        }
    }

    /// The figures that it rests on as they were last seen, with the rule's own limits; the telling one first.
    async fn figures(&self) -> Vec<ActivityFigure> {
        let figures = self.0.figures.0.iter();
        figures
            .map(|figure| ActivityFigure {
                name: figure.name.clone(),
                value: figure.value.clone(),
            })
            .collect()
    }

    /// When it was first seen.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// When it was last seen.
    async fn newest_at(&self) -> DateTime<Utc> {
        self.0.newest_at
    }

    /// When it was over; null while it is open.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }
}
