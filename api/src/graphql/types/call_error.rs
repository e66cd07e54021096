//! What Twilio noted about a call that went wrong.

use ::entity::twilio_alert;
use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use domain::checklist::{of_twilio_code, reasons};

use super::diagnosis::DiagnosisCheckName;
use super::mirror::mirror;

mirror! {
    /// How grave Twilio holds an entry of its error log.
    pub enum AlertLevel of ::entity::twilio_alert::AlertLevel {
        /// Something failed.
        Error,
        /// Something was odd, and went on.
        Warning,
        /// Worth knowing.
        Notice,
        /// For developers.
        Debug,
    }
}

/// Why a call went wrong, by Twilio's error code.
#[derive(SimpleObject)]
pub struct CallError {
    /// Twilio's error code. Example: `11200`.
    code: i32,
    /// What happened and what to do, in English, for people. For a code that Callab does not know, Twilio's own text with phone
    /// numbers hidden; null where Twilio gave none.
    text: Option<String>,
    /// The check of the diagnosis that it belongs to; null for a code that Callab does not know.
    check: Option<DiagnosisCheckName>,
    /// Twilio's page about the code.
    help_url: String,
}

impl CallError {
    /// The error behind a code, with Twilio's own text for one that nobody here knows.
    pub fn of(code: i32, twilios_text: Option<String>) -> Self {
        let known = of_twilio_code(code);
        let explained = known.and_then(|(_, reason)| reasons::explain(reason));
        Self {
            code,
            text: explained
                .map(|reason| format!("{} {}", reason.sentence, reason.fix))
                .or(twilios_text),
            check: known.map(|(check, _)| check.into()),
            help_url: format!("https://www.twilio.com/docs/api/errors/{code}"),
        }
    }
}

/// An entry of Twilio's error log about a call.
#[derive(SimpleObject)]
pub struct CallAlert {
    /// Its SID at Twilio. Example: `NOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`.
    sid: String,
    /// How grave Twilio holds it.
    level: AlertLevel,
    /// What went wrong; null where Twilio gave no code that is a number.
    error: Option<CallError>,
    /// When it happened, by Twilio's word.
    at: DateTime<Utc>,
}

impl From<twilio_alert::Model> for CallAlert {
    fn from(alert: twilio_alert::Model) -> Self {
        Self {
            sid: alert.sid,
            level: (&alert.level).into(),
            error: alert.error_code.map(|code| CallError::of(code, alert.alert_text)),
            at: alert.generated_at,
        }
    }
}
