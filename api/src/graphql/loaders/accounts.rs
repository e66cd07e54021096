//! What there is beside accounts.

use std::collections::HashMap;

use ::entity::{
    AccountId, WorkspaceId, audit_entry, configuration_change, health_change, token_rotation, twilio_account,
};
use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use domain::page::{Page, PageOf};
use domain::{accounts, audit, billing, configuration, health, secrets};

use super::{Reader, accounts_by};
use crate::graphql::error::ApiError;

/// The subaccounts of an account that are connected in the same workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct SubaccountsOf(pub AccountId);

impl Loader<SubaccountsOf> for Reader {
    type Value = Vec<twilio_account::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[SubaccountsOf]) -> Result<HashMap<SubaccountsOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let parents = accounts::by_ids(&self.0, &ids).await?;
        let owned = accounts::subaccounts(&self.0, &parents).await?;
        Ok(owned
            .into_iter()
            .map(|(parent, owned)| (SubaccountsOf(parent), owned))
            .collect())
    }
}

/// The parent of a subaccount, where it is connected in the same workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ParentOf(pub AccountId);

impl Loader<ParentOf> for Reader {
    type Value = twilio_account::Model;
    type Error = ApiError;

    async fn load(&self, keys: &[ParentOf]) -> Result<HashMap<ParentOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let children = accounts::by_ids(&self.0, &ids).await?;
        let parents = billing::parents(&self.0.db, &children).await?;
        Ok(parents
            .into_iter()
            .map(|(child, parent)| (ParentOf(child), parent))
            .collect())
    }
}

/// The SID of the API key with which an account signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ApiKeyOf(pub AccountId);

impl Loader<ApiKeyOf> for Reader {
    type Value = String;
    type Error = ApiError;

    async fn load(&self, keys: &[ApiKeyOf]) -> Result<HashMap<ApiKeyOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let rows = secrets::api_key_sids(&self.0, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|(account, sid)| (ApiKeyOf(account), sid))
            .collect())
    }
}

/// The newest change of an account's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct RotationOf(pub AccountId);

impl Loader<RotationOf> for Reader {
    type Value = token_rotation::Model;
    type Error = ApiError;

    async fn load(&self, keys: &[RotationOf]) -> Result<HashMap<RotationOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let rows = accounts::rotation::newest_of(&self.0, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (RotationOf(row.twilio_account_id), row))
            .collect())
    }
}

/// A page of an account's changes of health.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct HealthChangesOf {
    /// The account.
    pub account: AccountId,
    /// Which page.
    pub page: PageOf<health::Position>,
}

impl Loader<HealthChangesOf> for Reader {
    type Value = Page<health_change::Model>;
    type Error = ApiError;

    /// One statement for each different page, of which a document has few.
    async fn load(&self, keys: &[HealthChangesOf]) -> Result<HashMap<HealthChangesOf, Self::Value>, ApiError> {
        let mut answers = HashMap::new();
        for (page, accounts) in accounts_by(keys, |key| (&key.page, key.account)) {
            for (account, changes) in health::history(&self.0, &accounts, page).await? {
                let key = HealthChangesOf {
                    account,
                    page: page.clone(),
                };
                answers.insert(key, changes);
            }
        }
        Ok(answers)
    }
}

/// A page of the changes of how an account's calls are set up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ConfigurationOf {
    /// The account.
    pub account: AccountId,
    /// Which page.
    pub page: PageOf<configuration::Position>,
}

impl Loader<ConfigurationOf> for Reader {
    type Value = Page<configuration_change::Model>;
    type Error = ApiError;

    /// One statement for each different page, of which a document has few.
    async fn load(&self, keys: &[ConfigurationOf]) -> Result<HashMap<ConfigurationOf, Self::Value>, ApiError> {
        let mut answers = HashMap::new();
        for (page, accounts) in accounts_by(keys, |key| (&key.page, key.account)) {
            for (account, changes) in configuration::history(&self.0, &accounts, page).await? {
                let key = ConfigurationOf {
                    account,
                    page: page.clone(),
                };
                answers.insert(key, changes);
            }
        }
        Ok(answers)
    }
}

/// What somebody did in a workspace at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ActAt(pub WorkspaceId, pub DateTime<Utc>);

impl Loader<ActAt> for Reader {
    type Value = Vec<audit_entry::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[ActAt]) -> Result<HashMap<ActAt, Self::Value>, ApiError> {
        let moments: Vec<_> = keys.iter().map(|key| (key.0, key.1)).collect();
        let acts = audit::acts_at(&self.0, &moments).await?;
        let acts = acts.into_iter();
        Ok(acts
            .map(|((workspace, at), acts)| (ActAt(workspace, at), acts))
            .collect())
    }
}
