//! What there is beside calls, and how they went.

use std::collections::HashMap;

use ::entity::{AccountId, CallId, CallIntentId, call, call_step, twilio_alert};
use async_graphql::dataloader::Loader;
use domain::{calls, health};

use super::{Reader, accounts_by, grouped};
use crate::graphql::error::ApiError;

/// A call's steps, in the order they happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct StepsOf(pub CallId);

impl Loader<StepsOf> for Reader {
    type Value = Vec<call_step::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[StepsOf]) -> Result<HashMap<StepsOf, Self::Value>, ApiError> {
        let ids: Vec<CallId> = keys.iter().map(|key| key.0).collect();
        let rows = calls::steps_of(&self.0, &ids).await?;
        Ok(grouped(rows, |row| StepsOf(row.call_id)))
    }
}

/// What Twilio's error log has about a call, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct AlertsOf {
    account: AccountId,
    sid: String,
}

impl AlertsOf {
    /// That of this call.
    pub(in crate::graphql) fn call(call: &call::Model) -> Self {
        Self {
            account: call.twilio_account_id,
            sid: call.sid.clone(),
        }
    }
}

impl Loader<AlertsOf> for Reader {
    type Value = Vec<twilio_alert::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[AlertsOf]) -> Result<HashMap<AlertsOf, Self::Value>, ApiError> {
        let calls: Vec<(AccountId, &str)> = keys.iter().map(|key| (key.account, key.sid.as_str())).collect();
        let rows = calls::alerts_of(&self.0, &calls).await?;
        Ok(grouped(rows, |row| AlertsOf {
            account: row.twilio_account_id,
            sid: row.resource_sid.clone().unwrap_or_default(),
        }))
    }
}

/// The call that was placed for an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct CallOfIntent(pub CallIntentId);

impl Loader<CallOfIntent> for Reader {
    type Value = call::Model;
    type Error = ApiError;

    async fn load(&self, keys: &[CallOfIntent]) -> Result<HashMap<CallOfIntent, Self::Value>, ApiError> {
        let ids: Vec<CallIntentId> = keys.iter().map(|key| key.0).collect();
        let rows = calls::calls_of_intents(&self.0, &ids).await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((CallOfIntent(row.call_intent_id?), row)))
            .collect())
    }
}

/// How an account's calls went in the time that its health is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct CallFiguresOf(pub AccountId);

impl Loader<CallFiguresOf> for Reader {
    type Value = health::CallFigures;
    type Error = ApiError;

    async fn load(&self, keys: &[CallFiguresOf]) -> Result<HashMap<CallFiguresOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let figures = health::call_figures(&self.0, &ids).await?.into_iter();
        Ok(figures
            .map(|(account, figures)| (CallFiguresOf(account), figures))
            .collect())
    }
}

/// How an account's calls went minute by minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct MinutesOf {
    /// The account.
    pub account: AccountId,
    /// How many minutes.
    pub minutes: u32,
}

impl Loader<MinutesOf> for Reader {
    type Value = Vec<calls::Minute>;
    type Error = ApiError;

    /// One statement for each different number of minutes, of which a document has few.
    async fn load(&self, keys: &[MinutesOf]) -> Result<HashMap<MinutesOf, Self::Value>, ApiError> {
        let mut answers = HashMap::new();
        for (minutes, accounts) in accounts_by(keys, |key| (key.minutes, key.account)) {
            for (account, told) in calls::by_minute(&self.0, &accounts, minutes).await? {
                answers.insert(MinutesOf { account, minutes }, told);
            }
        }
        Ok(answers)
    }
}

/// How fast an account's calls were set up and how Twilio's questions went, minute by minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct SignalsOf {
    /// The account.
    pub account: AccountId,
    /// How many minutes.
    pub minutes: u32,
}

impl Loader<SignalsOf> for Reader {
    type Value = Vec<calls::Signal>;
    type Error = ApiError;

    /// Three statements for each different number of minutes, of which a document has few.
    async fn load(&self, keys: &[SignalsOf]) -> Result<HashMap<SignalsOf, Self::Value>, ApiError> {
        let mut answers = HashMap::new();
        for (minutes, accounts) in accounts_by(keys, |key| (key.minutes, key.account)) {
            for (account, told) in calls::signals_by_minute(&self.0, &accounts, minutes).await? {
                answers.insert(SignalsOf { account, minutes }, told);
            }
        }
        Ok(answers)
    }
}
