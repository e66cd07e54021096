//! Twilio's error log of the account, of the last day.

use ::entity::twilio_alert::{self, AlertLevel};
use ::entity::{TwilioAlertId, twilio_account};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::sea_query::OnConflict;
use twilio::{Alert, AlertFilter, Credentials};

use super::Asked;
use crate::Services;
use crate::diagnosis::checks::CheckName;
use crate::diagnosis::masking::fit_to_show;
use crate::diagnosis::read::LATELY;
use crate::diagnosis::stored::{self, Answer};
use crate::jobs::WorkError;

/// How many entries are read: the newest. One page of Twilio's.
const ENTRIES: usize = 1000;

/// How many rows one statement inserts.
const ROWS_A_STATEMENT: usize = 200;

/// The most characters of Twilio's words that are kept.
const MAX_TEXT: usize = 300;

pub(super) async fn ask(services: &Services, asked: &Asked, who: &Credentials) -> Result<(), WorkError> {
    let now = services.clock.now();
    let filter = AlertFilter {
        log_level: None,
        from: Some(now - LATELY),
        until: None,
        limit: ENTRIES,
    };
    let alerts = services.twilio.list_alerts(who, &filter).await?;
    let rows: Vec<_> = alerts
        .iter()
        .filter_map(|alert| row(services, &asked.account, alert, now))
        .collect();
    let tx = services.begin().await?;
    for rows in rows.chunks(ROWS_A_STATEMENT) {
        let once = OnConflict::columns([twilio_alert::Column::TwilioAccountId, twilio_alert::Column::Sid])
            .do_nothing()
            .to_owned();
        twilio_alert::Entity::insert_many(rows.iter().cloned())
            .on_conflict(once)
            .exec_without_returning(tx.db())
            .await?;
    }
    let whose = (asked.account.workspace_id, asked.account.id);
    let read = Answer::good(CheckName::TwilioErrors.as_str(), "");
    stored::keep(services, tx.db(), whose, read, now).await?;
    Ok(tx.commit().await?)
}

/// An entry's row. `None` for one without a time, of which nobody can say whether it is news.
fn row(
    services: &Services,
    account: &twilio_account::Model,
    alert: &Alert,
    now: DateTime<Utc>,
) -> Option<twilio_alert::ActiveModel> {
    let said = alert.alert_text.as_ref();
    let text = said.map(|text| text.form_field("Msg").unwrap_or_else(|| text.as_str().to_owned()));
    let text = text.map(|text| fit_to_show(&text).chars().take(MAX_TEXT).collect());
    Some(twilio_alert::ActiveModel {
        id: Set(TwilioAlertId(services.ids.new_id())),
        workspace_id: Set(account.workspace_id),
        twilio_account_id: Set(account.id),
        sid: Set(alert.sid.to_string()),
        level: Set(AlertLevel::from(
            alert.log_level.as_ref().map_or("error", |level| level.as_str()),
        )),
        error_code: Set(alert.error_code.as_deref().and_then(|code| code.parse().ok())),
        resource_sid: Set(alert.resource_sid.clone()),
        alert_text: Set(text),
        generated_at: Set(alert.date_generated.or(alert.date_created)?),
        noted_at: Set(now),
    })
}
