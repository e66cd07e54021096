//! Unusual activity of an account: found at the end of `sync-calls`, open until it has been quiet for a while.

use ::entity::activity_finding::{self, Figures, FindingKind};
use ::entity::notification::NotificationKind;
use ::entity::{ActivityFindingId, phone_number, twilio_account};
use chrono::TimeDelta;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::{Map, Value, json};

use super::{counted, unusual};
use crate::events::{Event, kind};
use crate::notifications::{Notice, Subject};
use crate::{Services, Transaction};

/// How long nothing may be seen of a finding before it is over.
const QUIET_FOR: TimeDelta = TimeDelta::minutes(30);

/// What a look came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looked {
    /// Findings that are new.
    pub opened: usize,
    /// Findings that are over.
    pub ended: usize,
}

/// Judges the account's calls, opens what is new and ends what is over.
///
/// # Errors
/// When the database fails.
pub(super) async fn look(services: &Services, account: &twilio_account::Model) -> Result<Looked, DbErr> {
    let now = services.clock.now();
    let counted = counted::count(services, account.id, now).await?;
    let found = unusual::find(&counted, &services.limits.unusual);
    let open = activity_finding::Entity::find()
        .filter(activity_finding::COLUMN.twilio_account_id.eq(account.id))
        .filter(activity_finding::COLUMN.ended_at.is_null())
        .all(&services.db)
        .await?;
    let mut looked = Looked::default();
    if found.is_empty() && open.is_empty() {
        return Ok(looked);
    }
    let mut tx = services.begin().await?;
    for finding in &found {
        let known = open
            .iter()
            .find(|row| row.kind == finding.kind && row.phone_number_id == finding.number);
        if let Some(row) = known {
            seen_again(&tx, row, finding).await?;
        } else {
            begin(services, &mut tx, account, finding).await?;
            looked.opened += 1;
        }
    }
    for row in open {
        let is_found = found
            .iter()
            .any(|finding| row.kind == finding.kind && row.phone_number_id == finding.number);
        if !is_found && now >= row.newest_at + QUIET_FOR {
            end(&mut tx, &row).await?;
            looked.ended += 1;
        }
    }
    tx.commit().await?;
    Ok(looked)
}

async fn begin(
    services: &Services,
    tx: &mut Transaction<'_>,
    account: &twilio_account::Model,
    finding: &unusual::Finding,
) -> Result<(), DbErr> {
    let row = activity_finding::Model {
        id: ActivityFindingId(services.ids.new_id()),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        phone_number_id: finding.number,
        kind: finding.kind.clone(),
        figures: Figures(finding.figures.clone()),
        started_at: tx.at(),
        newest_at: tx.at(),
        ended_at: None,
    };
    let row = activity_finding::ActiveModel::from(row).reset_all();
    let row = row.insert(tx.db()).await?;
    tx.record(row.workspace_id, finding_event(&row)).await?;
    let number = match row.phone_number_id {
        Some(id) => phone_number::Entity::find_by_id(id).one(tx.db()).await?,
        None => None,
    };
    tx.notify(row.workspace_id, notice(account, number.as_ref(), &row))
        .await?;
    Ok(())
}

/// The notice of unusual activity, with the figures that it rests on.
fn notice(
    account: &twilio_account::Model,
    number: Option<&phone_number::Model>,
    row: &activity_finding::Model,
) -> Notice {
    let what = match row.kind {
        FindingKind::CallBurst => "far more calls than usual at this hour",
        FindingKind::FailureBurst => "far more failed calls than usual",
        FindingKind::ExpensiveDestination => "calls to an expensive country that was not called before",
        FindingKind::OutsidePattern => "calls at an hour at which it has none",
        FindingKind::Unknown(_) => "something unusual",
    };
    let whose = number.map_or(account.label.as_str(), |number| number.e164.as_str());
    let figures: Map<String, Value> = row
        .figures
        .0
        .iter()
        .map(|figure| (figure.name.clone(), figure.value.as_str().into()))
        .collect();
    let mut notice = Notice::new(
        NotificationKind::ActivityUnusual,
        account.id,
        format!("{whose} has {what}."),
    )
    .with("label", account.label.as_str())
    .with("kind", row.kind.as_str())
    .with("figures", figures);
    if let Some(number) = number {
        notice = notice
            .with("phoneNumberId", Subject::from(number.id).global_id())
            .with("phoneNumber", number.e164.as_str());
    }
    notice
}

async fn seen_again(
    tx: &Transaction<'_>,
    row: &activity_finding::Model,
    finding: &unusual::Finding,
) -> Result<(), DbErr> {
    let seen = activity_finding::ActiveModel {
        id: Unchanged(row.id),
        figures: Set(Figures(finding.figures.clone())),
        newest_at: Set(tx.at()),
        ..Default::default()
    };
    activity_finding::Entity::update(seen).exec(tx.db()).await?;
    Ok(())
}

async fn end(tx: &mut Transaction<'_>, row: &activity_finding::Model) -> Result<(), DbErr> {
    let ended = activity_finding::ActiveModel {
        id: Unchanged(row.id),
        ended_at: Set(Some(tx.at())),
        ..Default::default()
    };
    let row = activity_finding::Entity::update(ended).exec(tx.db()).await?;
    tx.record(row.workspace_id, finding_event(&row)).await
}

fn finding_event(row: &activity_finding::Model) -> Event {
    let data = json!({
        "account": row.twilio_account_id,
        "number": row.phone_number_id,
        "kind": row.kind,
        "isOpen": row.ended_at.is_none(),
    });
    Event {
        kind: kind::ACTIVITY,
        subject: row.id.0,
        data,
    }
}
