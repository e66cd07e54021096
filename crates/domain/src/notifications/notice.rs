//! What is worth telling a customer, before it is rows.

use ::entity::notification::NotificationKind;
use ::entity::{AccountId, BillingAlertId, BillingEpisodeId, EndpointId, NumberId, TestCallId};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::global_id;

/// The row that something is about, as clients know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The name of its GraphQL type.
    pub type_name: &'static str,
    /// Its own id.
    pub id: Uuid,
}

impl Subject {
    /// Its global id.
    #[must_use]
    pub fn global_id(self) -> String {
        global_id::encode(self.type_name, self.id)
    }
}

macro_rules! subjects {
    ($($id:ident is $name:literal),+ $(,)?) => {$(
        impl From<$id> for Subject {
            fn from(id: $id) -> Self {
                Self { type_name: $name, id: id.0 }
            }
        }
    )+};
}

subjects! {
    AccountId is "TwilioAccount",
    NumberId is "PhoneNumber",
    TestCallId is "TestCall",
    BillingAlertId is "BillingAlert",
    BillingEpisodeId is "BillingEpisode",
    EndpointId is "NotificationEndpoint",
}

/// Something that a customer is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What happened.
    pub kind: NotificationKind,
    /// To what.
    pub subject: Subject,
    /// The same in a sentence, in English. Of phone numbers the customer's own at most, and no secret.
    pub summary: String,
    /// Words, figures and global ids for programs, by names in camel case. Of phone numbers the customer's own at most, and no secret.
    pub data: Map<String, Value>,
}

impl Notice {
    /// A notice that says no more than its sentence.
    #[must_use]
    pub fn new(kind: NotificationKind, subject: impl Into<Subject>, summary: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
            summary: summary.into(),
            data: Map::new(),
        }
    }

    /// The same with something for programs.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.data.insert(name.to_owned(), value.into());
        self
    }

    /// What is sent: `type`, `timestamp` and `data`, as Standard Webhooks proposes.
    pub(super) fn body(&self, at: DateTime<Utc>) -> Value {
        let mut data = self.data.clone();
        let subject = json!({ "type": self.subject.type_name, "id": self.subject.global_id() });
        data.insert("subject".to_owned(), subject);
        data.insert("summary".to_owned(), self.summary.clone().into());
        json!({
            "type": self.kind,
            "timestamp": at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "data": data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_names_what_it_is_about_as_clients_do() {
        let number = NumberId(Uuid::from_u128(7));
        let notice =
            Notice::new(NotificationKind::RoutingDrifted, number, "It drifted.").with("phoneNumber", "+14155550101");
        let body = notice.body(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        assert_eq!(
            body,
            json!({
                "type": "routing.drifted",
                "timestamp": "2027-01-15T08:00:00.000Z",
                "data": {
                    "subject": { "type": "PhoneNumber", "id": "UGhvbmVOdW1iZXI6MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDA3" },
                    "summary": "It drifted.",
                    "phoneNumber": "+14155550101",
                },
            })
        );
    }
}
