//! What becomes of a token that grows old: a reminder, or a rotation.

use ::entity::AccountId;
use ::entity::token_rotation::{self, RotationState};
use ::entity::twilio_account::{self, AccountState, CredentialState, RotationPolicy};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::notice;
use super::start::{begin, require_confirmed, require_offered};
use crate::accounts::queries;
use crate::audit::Act;
use crate::events::{Event, kind};
use crate::jobs::RotateToken;
use crate::{Error, Fault, Permission, Refusal, RefusalCode, Request, Services, Transaction, idempotency};

/// The most days a policy may wait: ten years.
const MOST_DAYS: i32 = 3650;

/// How long after a reminder the next one comes.
const REMIND_AGAIN: TimeDelta = TimeDelta::days(7);

/// A rotation that is open for so long is looked after: its job may have been given up.
const OPEN_TOO_LONG: TimeDelta = TimeDelta::days(1);

/// How many accounts are read at once.
const PAGE: u64 = 500;

/// A policy that a person chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationPlan {
    /// What happens.
    pub policy: RotationPolicy,
    /// After how many days with the same token, 1 to 3650; none without a policy.
    pub days: Option<i32>,
    /// Whether the person says that the token may be changed without being asked again.
    pub confirmed: bool,
}

impl RotationPlan {
    fn check(&self) -> Result<(), Refusal> {
        let days_fit = match (&self.policy, self.days) {
            (RotationPolicy::None, None) => true,
            (RotationPolicy::Remind | RotationPolicy::Rotate, Some(days)) => (1..=MOST_DAYS).contains(&days),
            _ => false,
        };
        if days_fit {
            return Ok(());
        }
        let message = format!("A policy comes after 1 to {MOST_DAYS} days; without a policy there are no days.");
        Err(Refusal::new(RefusalCode::RotationDaysInvalid, message).on("days"))
    }
}

/// Chooses what becomes of the account's token when it grows old.
///
/// # Errors
/// Refused when the days do not fit, or Callab is to change a token that it does not change.
pub async fn set_policy(
    services: &Services,
    request: &Request,
    id: AccountId,
    plan: RotationPlan,
) -> Result<twilio_account::Model, Error> {
    request.actor.require(Permission::ManageAccounts)?;
    let account = queries::named(services, &request.actor, id).await?;
    let workspace = account.workspace_id;
    idempotency::check(services, request, workspace).await?;
    queries::require_connected(&account)?;
    plan.check()?;
    if plan.policy == RotationPolicy::Rotate {
        require_offered(&account)?;
        require_confirmed(plan.confirmed)?;
    }

    let mut tx = services.begin().await?;
    let account = queries::lock(&tx, id).await?;
    queries::require_connected(&account)?;
    let chosen = twilio_account::ActiveModel {
        id: Unchanged(id),
        rotation_policy: Set(plan.policy.clone()),
        rotation_days: Set(plan.days),
        rotation_reminded_at: Set(None),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let account = twilio_account::Entity::update(chosen).exec(tx.db()).await?;
    let act = Act::on_account("twilio_account.set_rotation_policy", id);
    let what = json!({ "policy": plan.policy, "days": plan.days });
    tx.audit(request, workspace, act.with(what)).await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok(account)
}

/// Reminds of the tokens that are too old by their policy, or starts their rotation. Answers how many. Rotations whose job was
/// given up get another.
///
/// # Errors
/// When the database fails; the accounts before were seen to.
pub async fn apply_policies(services: &Services) -> Result<usize, Fault> {
    take_up_open(services).await?;
    let (mut acted, mut after) = (0, None);
    loop {
        let page = page(services, after).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for account in page.into_iter().filter(|account| is_due(account, services.clock.now())) {
            acted += usize::from(act(services, &account).await?);
        }
    }
    Ok(acted)
}

async fn page(services: &Services, after: Option<AccountId>) -> Result<Vec<twilio_account::Model>, DbErr> {
    let column = twilio_account::COLUMN;
    let mut rows = twilio_account::Entity::find()
        .filter(column.rotation_policy.ne(RotationPolicy::None))
        .filter(column.state.eq(AccountState::Connected))
        .filter(column.paused_at.is_null());
    if let Some(after) = after {
        rows = rows.filter(column.id.gt(after));
    }
    rows.order_by_asc(column.id).limit(PAGE).all(&services.db).await
}

/// Whether the token has reached the age that its policy names.
fn is_due(account: &twilio_account::Model, now: DateTime<Utc>) -> bool {
    let (Some(since), Some(days)) = (account.token_set_at, account.rotation_days) else {
        return false;
    };
    now - since >= TimeDelta::days(days.into())
}

/// A token that cannot be changed, or not now, is reminded of, whatever its policy says.
async fn act(services: &Services, account: &twilio_account::Model) -> Result<bool, Fault> {
    let is_accepted = account.credential_state == CredentialState::Accepted;
    let rotates = account.rotation_policy == RotationPolicy::Rotate && is_accepted && require_offered(account).is_ok();
    if rotates {
        rotate(services, account.id).await
    } else {
        remind(services, account.id).await
    }
}

async fn rotate(services: &Services, id: AccountId) -> Result<bool, Fault> {
    let mut tx = services.begin().await?;
    let account = queries::lock(&tx, id).await?;
    if !is_to_be_seen_to(&tx, &account) {
        return Ok(false);
    }
    match begin(services, &mut tx, &account, "policy").await {
        Ok(()) => {
            tx.commit().await?;
            Ok(true)
        }
        Err(Error::Fault(fault)) => Err(fault),
        Err(_) => Ok(false), // It is being changed.
    }
}

async fn remind(services: &Services, id: AccountId) -> Result<bool, Fault> {
    let mut tx = services.begin().await?;
    let account = queries::lock(&tx, id).await?;
    let lately = account
        .rotation_reminded_at
        .is_some_and(|at| tx.at() - at < REMIND_AGAIN);
    if lately || !is_to_be_seen_to(&tx, &account) {
        return Ok(false);
    }
    let reminded = twilio_account::ActiveModel {
        id: Unchanged(id),
        rotation_reminded_at: Set(Some(tx.at())),
        ..Default::default()
    };
    twilio_account::Entity::update(reminded).exec(tx.db()).await?;
    let days = account.token_set_at.map(|since| (tx.at() - since).num_days());
    let event = Event {
        kind: kind::TOKEN_ROTATION_DUE,
        subject: id.0,
        data: json!({ "policy": account.rotation_policy, "days": account.rotation_days, "ageDays": days }),
    };
    tx.record(account.workspace_id, event).await?;
    tx.notify(account.workspace_id, notice::due(&account, days)).await?;
    tx.commit().await?;
    Ok(true)
}

/// It was read before the lock: it may have been changed, disconnected or paused since.
fn is_to_be_seen_to(tx: &Transaction<'_>, account: &twilio_account::Model) -> bool {
    let is_used = account.state == AccountState::Connected && account.paused_at.is_none();
    is_used && account.rotation_policy != RotationPolicy::None && is_due(account, tx.at())
}

async fn take_up_open(services: &Services) -> Result<(), DbErr> {
    let column = token_rotation::COLUMN;
    let open = token_rotation::Entity::find()
        .filter(column.state.is_not_in(RotationState::OVER))
        .filter(column.started_at.lte(services.clock.now() - OPEN_TOO_LONG))
        .order_by_asc(column.started_at)
        .limit(PAGE)
        .all(&services.db)
        .await?;
    let mut tx = services.begin().await?;
    let jobs = open.iter().map(|rotation| {
        let whose = (rotation.workspace_id, rotation.twilio_account_id);
        (whose.into(), RotateToken { rotation: rotation.id })
    });
    tx.enqueue_routine(jobs).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(policy: RotationPolicy, days: Option<i32>) -> bool {
        let plan = RotationPlan {
            policy,
            days,
            confirmed: true,
        };
        plan.check().is_ok()
    }

    #[test]
    fn days_go_with_a_policy_and_only_with_one() {
        assert!(plan(RotationPolicy::None, None));
        assert!(!plan(RotationPolicy::None, Some(90)));
        assert!(plan(RotationPolicy::Remind, Some(1)) && plan(RotationPolicy::Rotate, Some(MOST_DAYS)));
        for days in [None, Some(0), Some(-1), Some(MOST_DAYS + 1)] {
            assert!(!plan(RotationPolicy::Rotate, days), "{days:?}");
        }
    }
}
