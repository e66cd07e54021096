//! Evaluates the health of accounts and writes what changed: the row, the history, the event.

use ::entity::twilio_account::{self, AccountState, Column, Health};
use ::entity::{AccountId, HealthChangeId, health_change};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::evidence::{self, Evidence};
use super::notice::notice;
use super::settle::{FLAPS_ABOVE, Settled, flaps_until, settle};
use super::{assess, counts_for, queries};
use crate::jobs::{VerifyAccount, WorkError, Worked};
use crate::{Services, Transaction, accounts};

/// How many accounts one batch evaluates.
const BATCH: u64 = 500;

/// How many accounts that changed are written in one transaction: their rows are locked for so long.
const TOGETHER: usize = 50;

/// Evaluates an account whose facts are about to become those of `facts`, and puts the health on `row`, which the caller writes in
/// the same transaction.
///
/// # Errors
/// When the database fails.
pub(crate) async fn evaluate(
    services: &Services,
    tx: &mut Transaction<'_>,
    row: &mut twilio_account::ActiveModel,
    before: &twilio_account::Model,
    facts: twilio_account::Model,
) -> Result<(), DbErr> {
    for evidence in evidence::read(tx.db(), vec![facts], tx.at()).await? {
        apply(services, tx, row, before, &evidence).await?;
    }
    Ok(())
}

async fn apply(
    services: &Services,
    tx: &mut Transaction<'_>,
    row: &mut twilio_account::ActiveModel,
    before: &twilio_account::Model,
    evidence: &Evidence,
) -> Result<(), DbErr> {
    let settled = settle(before, assess(evidence, &services.limits, tx.at()));
    if settled.better > 0 {
        // The second evaluation need not wait for the next round.
        let again = VerifyAccount { account: before.id };
        tx.enqueue_after(before, &again, services.limits.confirm_after).await?;
    }
    if settled.health != before.health {
        note_change(services, tx, row, before, &settled).await?;
        if let Some(notice) = notice(before, &settled) {
            tx.notify(before.workspace_id, notice).await?;
        }
    }
    settled.write(row, before, tx.at());
    Ok(())
}

/// Keeps the change in the history, and marks a health that changes all the time.
async fn note_change(
    services: &Services,
    tx: &Transaction<'_>,
    row: &mut twilio_account::ActiveModel,
    before: &twilio_account::Model,
    settled: &Settled,
) -> Result<(), DbErr> {
    let change = health_change::ActiveModel {
        id: Set(HealthChangeId(services.ids.new_id())),
        workspace_id: Set(before.workspace_id),
        twilio_account_id: Set(before.id),
        before: Set(before.health.clone()),
        after: Set(settled.health.clone()),
        reasons: Set(settled.reasons.clone()),
        at: Set(tx.at()),
    };
    health_change::Entity::insert(change)
        .exec_without_returning(tx.db())
        .await?;
    let most = u64::try_from(FLAPS_ABOVE + 1).unwrap_or(u64::MAX);
    let newest = queries::newest(tx.db(), before.id, most).await?;
    row.flaps_until = Set(flaps_until(&newest, tx.at()));
    Ok(())
}

/// `assess-health`: evaluates one account, because something that its health rests on has changed.
///
/// # Errors
/// When the database fails.
pub async fn assess_account(services: &Services, id: AccountId) -> Result<Worked, WorkError> {
    let account = twilio_account::Entity::find_by_id(id).one(&services.db).await?;
    let changed = reassess(services, account.into_iter().collect()).await?;
    Ok(Worked::Done(json!({ "changed": changed > 0 })))
}

/// Evaluates accounts and writes those whose health changed. Answers how many.
///
/// # Errors
/// When the database fails.
pub async fn reassess(services: &Services, accounts: Vec<twilio_account::Model>) -> Result<usize, DbErr> {
    let now = services.clock.now();
    let mut differ = Vec::new();
    for evidence in evidence::read(&services.db, accounts, now).await? {
        let settled = settle(&evidence.account, assess(&evidence, &services.limits, now));
        if settled.differs(&evidence.account) {
            differ.push(evidence.account.id);
        }
    }
    let mut changed = 0;
    for some in differ.chunks(TOGETHER) {
        changed += evaluate_locked(services, some).await?;
    }
    Ok(changed)
}

/// Evaluates accounts on their rows as they stand now, and writes them. Answers how many show something else.
async fn evaluate_locked(services: &Services, ids: &[AccountId]) -> Result<usize, DbErr> {
    let mut tx = services.begin().await?;
    let rows = twilio_account::Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(Column::Id) // In one order, so that two who do this wait for each other and do not stand still.
        .lock_exclusive()
        .all(tx.db())
        .await?;
    let mut changed = 0;
    for evidence in evidence::read(tx.db(), rows, tx.at()).await? {
        let before = &evidence.account;
        let mut row = twilio_account::ActiveModel {
            id: Unchanged(before.id),
            ..Default::default()
        };
        apply(services, &mut tx, &mut row, before, &evidence).await?;
        let after = twilio_account::Entity::update(row).exec(tx.db()).await?;
        if (&after.health, &after.health_reasons) != (&before.health, &before.health_reasons) {
            tx.record(after.workspace_id, accounts::changed(&after)).await?;
            changed += 1;
        }
    }
    tx.commit().await?;
    Ok(changed)
}

/// Evaluates the accounts that nobody checked for too long: their evidence counts for nothing any more. Answers how many changed.
///
/// # Errors
/// When the database fails.
pub async fn reassess_overdue(services: &Services) -> Result<usize, DbErr> {
    let now = services.clock.database_now((&services.db).into()).await?;
    let overdue = twilio_account::Entity::find()
        .filter(Column::State.eq(AccountState::Connected))
        .filter(Column::CheckedAt.lt(now - counts_for(&services.limits)))
        .filter(Column::Health.is_not_in([Health::Disabled, Health::Undetermined]))
        .order_by_asc(Column::CheckedAt)
        .limit(BATCH)
        .all(&services.db)
        .await?;
    reassess(services, overdue).await
}
