//! A usage trigger fired: Twilio says that a rule's spend has passed its value.

use ::entity::{AccountId, BillingAlertId, WorkspaceId, trigger_firing};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait};
use twilio::AuthToken;

use super::queries;
use crate::jobs::CheckBilling;
use crate::{Fault, Services, calls};

/// The most characters of a firing's token.
const MAX_TOKEN: usize = 200;

/// What the address of a usage trigger stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageTarget {
    /// The rule.
    pub alert: BillingAlertId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The account that the rule watches.
    pub account: AccountId,
    /// That account's SID.
    pub account_sid: String,
    base_url: Option<String>,
    previous_base_url: Option<String>,
}

impl UsageTarget {
    /// The public base URLs that a signature may have been made over; none where Twilio was never given the address.
    pub fn base_urls(&self) -> impl Iterator<Item = &str> {
        self.base_url
            .as_deref()
            .into_iter()
            .chain(self.previous_base_url.as_deref())
    }
}

/// Finds what a reference stands for, of deleted rules too. `None` for one that was never made.
///
/// # Errors
/// When the database fails.
pub async fn find_usage_target(services: &Services, reference: &str) -> Result<Option<UsageTarget>, DbErr> {
    let found = queries::by_reference(&services.db, reference).await?;
    Ok(found.map(|(alert, account)| UsageTarget {
        alert: alert.id,
        workspace: alert.workspace_id,
        account: account.id,
        account_sid: account.sid,
        base_url: alert.base_url,
        previous_base_url: alert.previous_base_url,
    }))
}

/// The tokens that may have signed a webhook of `account_sid` to this address: none for another account than the rule's.
///
/// # Errors
/// When the database fails, or the vault can open none of them.
pub async fn usage_tokens(
    services: &Services,
    target: &UsageTarget,
    account_sid: &str,
) -> Result<Vec<AuthToken>, Fault> {
    if account_sid != target.account_sid {
        return Ok(Vec::new());
    }
    calls::tokens_of(services, target.workspace, account_sid).await
}

/// Has the account's spend read at once, unless this firing, by Twilio's token, was told before. Answers whether it was new.
///
/// # Errors
/// When the database fails.
pub async fn fired(services: &Services, target: &UsageTarget, token: &str) -> Result<bool, DbErr> {
    let mut tx = services.begin().await?;
    let firing = trigger_firing::Model {
        billing_alert_id: target.alert,
        token: token.chars().take(MAX_TOKEN).collect(),
        at: tx.at(),
    };
    let known = OnConflict::columns([trigger_firing::Column::BillingAlertId, trigger_firing::Column::Token])
        .do_nothing()
        .to_owned();
    let inserted = trigger_firing::Entity::insert(trigger_firing::ActiveModel::from(firing).reset_all())
        .on_conflict(known)
        .exec_without_returning(tx.db())
        .await?;
    if inserted == 0 {
        return Ok(false);
    }
    let whose = (target.workspace, target.account);
    tx.enqueue(
        whose,
        &CheckBilling {
            account: target.account,
        },
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}
