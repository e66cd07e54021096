//! Mails, in plain text.

use std::fmt::Debug;

use ::entity::notification::{self, DeliveryError, NotificationKind};
use ::entity::{NotificationId, notification_endpoint};
use async_trait::async_trait;
use serde_json::Value;

use super::deliver::Tried;
use crate::Services;

/// A mail to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Tells it from others: the same at each attempt.
    pub id: NotificationId,
    /// To whom.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The server refuses it, now and later.
    #[error("the mail server refuses the mail with reply {reply:?}")]
    Rejected {
        /// The number of its reply.
        reply: Option<u16>,
    },
    /// The server cannot be reached, takes no mail now, or does not let us sign in.
    #[error("the mail server takes no mail now, with reply {reply:?}")]
    Unavailable {
        /// The number of its reply; none where there is none.
        reply: Option<u16>,
    },
}

/// Sends mails.
#[async_trait]
pub trait Mailer: Debug + Send + Sync {
    /// Whether a text is an e-mail address that can be written to.
    fn takes(&self, address: &str) -> bool;

    /// Sends a mail.
    ///
    /// # Errors
    /// [`MailError`].
    async fn send(&self, mail: Mail) -> Result<(), MailError>;
}

/// Whether mails are sent about a kind: billing alerts, and a test.
pub(super) fn is_for(kind: &NotificationKind) -> bool {
    use NotificationKind::{BillingEpisodeClosed, BillingEpisodeOpened, Test};
    matches!(kind, BillingEpisodeOpened | BillingEpisodeClosed | Test)
}

/// Mails a notification.
pub(super) async fn send(
    services: &Services,
    endpoint: &notification_endpoint::Model,
    notification: &notification::Model,
) -> Tried {
    let Some(mailer) = &services.mailer else {
        return Tried::failed(DeliveryError::MailNotSetUp);
    };
    let error = match mailer.send(compose(&endpoint.address, notification)).await {
        Ok(()) => return Tried::ARRIVED,
        Err(error) => error,
    };
    tracing::info!(
        notification.id = %notification.id,
        error = &error as &dyn std::error::Error,
        "could not mail notification {}", notification.id
    );
    Tried::failed(match error {
        MailError::Rejected { .. } => DeliveryError::MailRejected,
        MailError::Unavailable { .. } => DeliveryError::MailUnavailable,
    })
}

fn compose(to: &str, notification: &notification::Model) -> Mail {
    let subject = match &notification.kind {
        NotificationKind::BillingEpisodeOpened => "Callab: billing alert",
        NotificationKind::BillingEpisodeClosed => "Callab: billing alert is over",
        NotificationKind::Test => "Callab: test notification",
        _ => "Callab: notification",
    };
    let data = &notification.payload["data"];
    let summary = data["summary"].as_str().unwrap_or_default();
    let facts: Vec<String> = data.as_object().into_iter().flatten().filter_map(fact).collect();
    let at = notification.payload["timestamp"].as_str().unwrap_or_default();
    let text = format!(
        "{summary}\n\n{}Time: {at}\n\nCallab sends this because your workspace has\nthis address among its notification endpoints.\n",
        facts.concat()
    );
    Mail {
        id: notification.id,
        to: to.to_owned(),
        subject: subject.to_owned(),
        text,
    }
}

/// A line for people: what is neither a text nor a figure is for programs.
fn fact((name, value): (&String, &Value)) -> Option<String> {
    if name == "summary" || name.ends_with("Id") {
        return None;
    }
    let value = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(is) => if *is { "yes" } else { "no" }.to_owned(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(format!("{}: {value}\n", in_words(name)))
}

/// `spendToday` as `Spend today`.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for (n, letter) in name.chars().enumerate() {
        if n == 0 {
            words.extend(letter.to_uppercase());
        } else if letter.is_uppercase() {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use ::entity::notification::NotificationState;
    use ::entity::{AccountId, EndpointId, WorkspaceId};
    use chrono::DateTime;
    use uuid::Uuid;

    use super::super::Notice;
    use super::*;

    #[test]
    fn a_mail_says_in_words_what_a_webhook_says_to_programs() {
        let account = AccountId(Uuid::from_u128(7));
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let notice = Notice::new(
            NotificationKind::BillingEpisodeOpened,
            account,
            "The balance of Main is below 20.00 USD.",
        )
        .with("balance", "18.40")
        .with("currency", "USD")
        .with("daysLeft", 3)
        .with("ruleId", "b3BhcXVl");
        let notification = notification::Model {
            id: NotificationId(Uuid::nil()),
            workspace_id: WorkspaceId(Uuid::nil()),
            endpoint_id: EndpointId(Uuid::nil()),
            kind: notice.kind.clone(),
            subject: notice.subject.id,
            payload: notice.body(at),
            state: NotificationState::Waiting,
            failure: None,
            attempts: 0,
            created_at: at,
            delivered_at: None,
        };
        let mail = compose("anna@shop.example", &notification);
        assert_eq!(
            (mail.to.as_str(), mail.subject.as_str()),
            ("anna@shop.example", "Callab: billing alert")
        );
        assert_eq!(
            mail.text,
            "The balance of Main is below 20.00 USD.\n\nBalance: 18.40\nCurrency: USD\nDays left: 3\n\
             Time: 2027-01-15T08:00:00.000Z\n\n\
             Callab sends this because your workspace has\nthis address among its notification endpoints.\n"
        );
    }
}
