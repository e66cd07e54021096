//! Episodes: each crossing of a rule's threshold is one, from its opening to its end.

use std::collections::{HashMap, HashSet};

use ::entity::billing_alert::{self, AlertKind};
use ::entity::billing_episode::{self, ClosedBecause, Figures};
use ::entity::{AccountId, BillingAlertId, BillingEpisodeId, twilio_account};
use chrono::NaiveDate;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::json;

use super::notice::notice;
use super::rules::Judgement;
use crate::events::{Event, kind};
use crate::jobs::AssessHealth;
use crate::{Services, Transaction};

/// What a judgement does to a rule's episode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Why the open one ends.
    pub close: Option<ClosedBecause>,
    /// The newest figures of the open one.
    pub update: Option<Figures>,
    /// The figures with which one opens.
    pub open: Option<Figures>,
}

/// The period of an open episode; none where its rule has no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenIn(pub Option<NaiveDate>);

/// Decides, by the open episode if one is open, and the present period.
pub(super) fn step(open: Option<OpenIn>, period: Option<NaiveDate>, judgement: &Judgement) -> Step {
    let crossed = match judgement {
        Judgement::Crossed(figures) => Some(figures.clone()),
        _ => None,
    };
    let Some(OpenIn(open_period)) = open else {
        return Step {
            open: crossed,
            ..Step::default()
        };
    };
    if open_period != period {
        return Step {
            close: Some(ClosedBecause::NewPeriod),
            open: crossed,
            update: None,
        };
    }
    match judgement {
        Judgement::Crossed(figures) | Judgement::Near(figures) => Step {
            update: Some(figures.clone()),
            ..Step::default()
        },
        Judgement::Clear(figures) => Step {
            close: Some(ClosedBecause::Cleared),
            update: Some(figures.clone()),
            open: None,
        },
        Judgement::OtherCurrency => Step {
            close: Some(ClosedBecause::RuleSetAside),
            ..Step::default()
        },
        Judgement::Unknown => Step::default(),
    }
}

/// Opens an episode.
pub(super) async fn open(
    services: &Services,
    tx: &mut Transaction<'_>,
    alert: &billing_alert::Model,
    period: Option<NaiveDate>,
    figures: Figures,
) -> Result<(), DbErr> {
    let episode = billing_episode::Model {
        id: BillingEpisodeId(services.ids.new_id()),
        workspace_id: alert.workspace_id,
        twilio_account_id: alert.twilio_account_id,
        billing_alert_id: alert.id,
        kind: alert.kind.clone(),
        period,
        opened_at: tx.at(),
        opened_with: figures.clone(),
        newest: figures,
        newest_at: tx.at(),
        closed_at: None,
        closed_because: None,
        acknowledged_at: None,
        acknowledged_by: None,
        note: None,
    };
    billing_episode::Entity::insert(billing_episode::ActiveModel::from(episode.clone()).reset_all())
        .exec_without_returning(tx.db())
        .await?;
    tell(tx, &episode).await
}

/// Tells of an episode that opened or ended. The account's health rests on its balance, too.
async fn tell(tx: &mut Transaction<'_>, episode: &billing_episode::Model) -> Result<(), DbErr> {
    if episode.kind == AlertKind::BalanceBelow {
        let account = episode.twilio_account_id;
        tx.enqueue((episode.workspace_id, account), &AssessHealth { account })
            .await?;
    }
    tx.record(episode.workspace_id, changed(episode)).await?;
    let account = twilio_account::Entity::find_by_id(episode.twilio_account_id)
        .one(tx.db())
        .await?;
    if let Some(account) = account {
        tx.notify(episode.workspace_id, notice(episode, &account.label)).await?;
    }
    Ok(())
}

/// Notes newer figures of an open episode.
pub(super) async fn update(
    tx: &Transaction<'_>,
    episode: billing_episode::Model,
    figures: Figures,
) -> Result<billing_episode::Model, DbErr> {
    let newer = billing_episode::ActiveModel {
        id: Unchanged(episode.id),
        newest: Set(figures),
        newest_at: Set(tx.at()),
        ..Default::default()
    };
    billing_episode::Entity::update(newer).exec(tx.db()).await
}

/// Ends an open episode.
pub(super) async fn close(
    tx: &mut Transaction<'_>,
    episode: &billing_episode::Model,
    because: ClosedBecause,
) -> Result<(), DbErr> {
    let ended = billing_episode::ActiveModel {
        id: Unchanged(episode.id),
        closed_at: Set(Some(tx.at())),
        closed_because: Set(Some(because)),
        ..Default::default()
    };
    let ended = billing_episode::Entity::update(ended).exec(tx.db()).await?;
    tell(tx, &ended).await
}

/// Ends the open episode of a rule, if there is one.
pub(super) async fn close_of(
    tx: &mut Transaction<'_>,
    alert: BillingAlertId,
    because: ClosedBecause,
) -> Result<(), DbErr> {
    let open = billing_episode::Entity::find()
        .filter(billing_episode::COLUMN.billing_alert_id.eq(alert))
        .filter(billing_episode::COLUMN.closed_at.is_null())
        .one(tx.db())
        .await?;
    match open {
        Some(episode) => close(tx, &episode, because).await,
        None => Ok(()),
    }
}

/// The open episodes of accounts.
pub(super) async fn open_of(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
) -> Result<Vec<billing_episode::Model>, DbErr> {
    billing_episode::Entity::find()
        .filter(
            billing_episode::COLUMN
                .twilio_account_id
                .is_in(accounts.iter().copied()),
        )
        .filter(billing_episode::COLUMN.closed_at.is_null())
        .all(db)
        .await
}

/// The kinds of the rules that have an open episode, by account; accounts without are missing. One statement.
///
/// # Errors
/// When the database fails.
pub async fn open_episodes(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Vec<AlertKind>>, DbErr> {
    let mut kinds: HashMap<AccountId, Vec<AlertKind>> = HashMap::new();
    for episode in open_of(db, accounts).await? {
        let of_account = kinds.entry(episode.twilio_account_id).or_default();
        if !of_account.contains(&episode.kind) {
            of_account.push(episode.kind);
        }
    }
    Ok(kinds)
}

/// Which of these accounts have a balance under the level of an alert. One statement.
///
/// # Errors
/// When the database fails.
pub async fn under_alert(db: &impl ConnectionTrait, accounts: &[AccountId]) -> Result<HashSet<AccountId>, DbErr> {
    let mut kinds = open_episodes(db, accounts).await?;
    kinds.retain(|_, kinds| kinds.contains(&AlertKind::BalanceBelow));
    Ok(kinds.into_keys().collect())
}

/// The event of an episode's change.
pub(super) fn changed(episode: &billing_episode::Model) -> Event {
    let state = match (&episode.closed_at, &episode.acknowledged_at) {
        (Some(_), _) => "CLOSED",
        (None, Some(_)) => "ACKNOWLEDGED",
        (None, None) => "OPEN",
    };
    let data = json!({
        "account": episode.twilio_account_id,
        "alert": episode.billing_alert_id,
        "kind": episode.kind,
        "state": state,
        "because": episode.closed_because,
        "value": episode.newest.value,
        "threshold": episode.newest.threshold,
        "currency": episode.newest.currency,
    });
    Event {
        kind: kind::BILLING_EPISODE,
        subject: episode.id.0,
        data,
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    fn figures() -> Figures {
        Figures {
            value: Decimal::ONE,
            threshold: Decimal::TEN,
            currency: None,
            usual_day: None,
            days: None,
            balance: None,
            rate: None,
            missing_days: None,
            as_of: None,
        }
    }

    /// What is done: `open`, `update`, `close CAUSE`.
    fn done(open: Option<OpenIn>, period: Option<NaiveDate>, judgement: &Judgement) -> String {
        let step = step(open, period, judgement);
        let close = step.close.map(|cause| format!("close {cause}"));
        let words = [
            step.update.map(|_| "update".to_owned()),
            close,
            step.open.map(|_| "open".to_owned()),
        ];
        words.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_crossing_is_one_episode_until_the_figure_is_clear_or_its_period_is_over() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 27);
        let yesterday = NaiveDate::from_ymd_opt(2026, 11, 26);
        let (crossed, near, clear) = (
            Judgement::Crossed(figures()),
            Judgement::Near(figures()),
            Judgement::Clear(figures()),
        );
        let (unknown, other) = (Judgement::Unknown, Judgement::OtherCurrency);
        let table = [
            (None, None, &crossed, "open"),
            (None, None, &near, ""),
            (None, None, &clear, ""),
            (None, None, &unknown, ""),
            (None, None, &other, ""),
            (Some(OpenIn(None)), None, &crossed, "update"),
            (Some(OpenIn(None)), None, &near, "update"),
            (Some(OpenIn(None)), None, &clear, "update, close CLEARED"),
            (Some(OpenIn(None)), None, &unknown, ""),
            (Some(OpenIn(None)), None, &other, "close RULE_SET_ASIDE"),
            (Some(OpenIn(today)), today, &crossed, "update"),
            (Some(OpenIn(yesterday)), today, &crossed, "close NEW_PERIOD, open"),
            (Some(OpenIn(yesterday)), today, &near, "close NEW_PERIOD"),
            (Some(OpenIn(yesterday)), today, &unknown, "close NEW_PERIOD"),
            (Some(OpenIn(yesterday)), today, &clear, "close NEW_PERIOD"),
        ];
        for (open, period, judgement, expected) in table {
            assert_eq!(
                done(open, period, judgement),
                expected,
                "{open:?} {period:?} {judgement:?}"
            );
        }
    }
}
