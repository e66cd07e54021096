//! Twilio's error log of an account, read as far as it is new, and the errors of it that are a call's.

use ::entity::twilio_alert::{self, AlertLevel};
use ::entity::{AccountId, TwilioAlertId, twilio_account};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use twilio::{Alert, AlertFilter, Credentials, TwilioError};

use super::foreign_text::masked;
use crate::checklist::of_twilio_code;
use crate::sql::Sql;
use crate::{Services, Transaction};

/// How far back Twilio's error log reaches.
const REACHES_BACK: TimeDelta = TimeDelta::days(30);

/// An entry may come into the log this much later than it happened.
const COMES_LATE: TimeDelta = TimeDelta::minutes(30);

/// How many entries one transaction writes.
const ENTRIES_A_TRANSACTION: usize = 1000;

/// The longest SID or word that an entry is about.
const LONGEST_RESOURCE: usize = 64;

/// Reads what is new, and answers how much was. What was read before is known by its SID.
///
/// # Errors
/// When Twilio does not list it, or the database fails. What was written before stays.
pub(crate) async fn read(
    services: &Services,
    account: &twilio_account::Model,
    who: &Credentials,
) -> Result<Result<usize, TwilioError>, DbErr> {
    let now = services.clock.now();
    let farthest = now - REACHES_BACK;
    let filter = AlertFilter {
        from: Some(
            account
                .alerts_read_until
                .map_or(farthest, |until| farthest.max(until - COMES_LATE)),
        ),
        ..AlertFilter::default()
    };
    let listed = match services.twilio.list_alerts(who, &filter).await {
        Ok(listed) => listed,
        Err(error) => return Ok(Err(error)),
    };
    // The credentials may be a parent's, whose log is its own.
    let is_own = |alert: &&Alert| alert.account_sid.as_ref().is_none_or(|sid| sid.as_str() == account.sid);
    let own: Vec<&Alert> = listed.iter().filter(is_own).collect();
    let mut added = 0;
    for entries in own.chunks(ENTRIES_A_TRANSACTION) {
        added += write(services, account, entries).await?;
    }
    let tx = services.begin().await?;
    let read = twilio_account::ActiveModel {
        id: Unchanged(account.id),
        alerts_read_until: Set(Some(now)),
        ..Default::default()
    };
    twilio_account::Entity::update(read).exec(tx.db()).await?;
    tx.commit().await?;
    Ok(Ok(added))
}

async fn write(services: &Services, account: &twilio_account::Model, entries: &[&Alert]) -> Result<usize, DbErr> {
    let tx = services.begin().await?;
    let rows = entries
        .iter()
        .map(|alert| twilio_alert::ActiveModel::from(row(services, account, alert, tx.at())).reset_all());
    let once = OnConflict::columns([twilio_alert::Column::TwilioAccountId, twilio_alert::Column::Sid])
        .do_nothing()
        .to_owned();
    let written = twilio_alert::Entity::insert_many(rows)
        .on_conflict(once)
        .exec_without_returning(tx.db())
        .await?;
    let calls = entries.iter().filter_map(|alert| alert.resource_sid.as_deref());
    let calls: Vec<&str> = calls.filter(|sid| sid.starts_with("CA")).collect();
    attach(&tx, account.id, &calls).await?;
    tx.commit().await?;
    Ok(usize::try_from(written).unwrap_or(usize::MAX))
}

fn row(services: &Services, account: &twilio_account::Model, alert: &Alert, at: DateTime<Utc>) -> twilio_alert::Model {
    let error_code = alert.error_code.as_ref().and_then(|code| code.parse().ok());
    let is_explained = error_code.is_some_and(|code| of_twilio_code(code).is_some());
    let text = alert.alert_text.as_ref().filter(|_| !is_explained);
    twilio_alert::Model {
        id: TwilioAlertId(services.ids.new_id()),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        sid: alert.sid.to_string(),
        level: alert
            .log_level
            .as_ref()
            .map_or(AlertLevel::Unknown(String::new()), |level| {
                AlertLevel::from(level.as_str())
            }),
        error_code,
        resource_sid: alert.resource_sid.clone().filter(|sid| sid.len() <= LONGEST_RESOURCE),
        alert_text: text
            .map(|text| masked(&text.form_field("Msg").unwrap_or_else(|| text.as_str().to_owned())))
            .filter(|text| !text.is_empty()),
        generated_at: alert.date_generated.or(alert.date_created).unwrap_or(at),
        noted_at: at,
    }
}

/// Gives calls without an error code the first error that Twilio's log has about them.
pub(super) async fn attach(tx: &Transaction<'_>, account: AccountId, calls: &[&str]) -> Result<(), DbErr> {
    if calls.is_empty() {
        return Ok(());
    }
    let of_call = "FROM twilio_alert a WHERE a.twilio_account_id = call.twilio_account_id AND a.resource_sid = call.sid \
                   AND a.level = 'error' AND a.error_code IS NOT NULL";
    let statement = Sql::new(tx.db().get_database_backend())
        .text("UPDATE call SET error_code = (SELECT a.error_code ")
        .text(of_call)
        .text(" ORDER BY a.generated_at, a.id LIMIT 1) WHERE twilio_account_id = ")
        .value(account.0)
        .text(" AND error_code IS NULL AND sid IN ")
        .list(calls.iter().map(|sid| (*sid).to_owned()))
        .text(" AND EXISTS (SELECT 1 ")
        .text(of_call)
        .text(")");
    tx.db().execute_raw(statement.statement()).await?;
    Ok(())
}

/// What Twilio's error log has about these calls, named by account and SID, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn alerts_of(services: &Services, calls: &[(AccountId, &str)]) -> Result<Vec<twilio_alert::Model>, DbErr> {
    let column = twilio_alert::COLUMN;
    twilio_alert::Entity::find()
        .filter(column.resource_sid.is_in(calls.iter().map(|(_, sid)| *sid)))
        .filter(
            column
                .twilio_account_id
                .is_in(calls.iter().map(|(account, _)| *account)),
        )
        .order_by_asc(column.generated_at)
        .order_by_asc(column.id)
        .all(&services.db)
        .await
}
