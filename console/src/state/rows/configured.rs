//! How a connection's calls were set up otherwise, here or at Twilio.

use chrono::{DateTime, Utc};

use super::audit_entry::who;
use super::{NAME, SENTENCE};
use crate::queries::diagnosis::{Act, ConfigurationChange as Told, ConfigurationKind};
use crate::queries::viewer::Role;
use crate::scrub::scrub;

/// A change of credentials, numbers, agents or routing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured {
    /// Its id in the API.
    pub id: String,
    /// When it was made, or seen at Twilio.
    pub at: DateTime<Utc>,
    /// What was changed, as a code of the API's.
    pub kind: String,
    /// The number that it is about, and what the customer calls it; empty where it is about the connection.
    pub number: String,
    /// What was changed, in words.
    pub text: String,
    /// Who made it, and in which role; none where that is not known.
    pub by: Option<String>,
    /// Whether calls may suffer from it.
    pub is_problem: bool,
}

impl From<&Told> for Configured {
    fn from(told: &Told) -> Self {
        let agent = told.agent.as_ref();
        let agent = agent
            .map(|agent| format!(": {}", scrub(&agent.name, NAME)))
            .unwrap_or_default();
        let number = told.phone_number.as_ref().map(|number| {
            let name = number.nickname.as_deref().unwrap_or_default();
            format!("{} {}", scrub(&number.number, NAME), scrub(name, NAME))
                .trim_end()
                .to_owned()
        });
        let (kind, is_problem) = match &told.kind {
            ConfigurationKind::NumberGone => ("NUMBER_GONE".to_owned(), true),
            ConfigurationKind::RoutingBlocked => ("ROUTING_BLOCKED".to_owned(), true),
            ConfigurationKind::RoutingDrifted => ("ROUTING_DRIFTED".to_owned(), true),
            ConfigurationKind::Unheard(word) => (scrub(word, 40), false),
        };
        Self {
            id: told.id.inner().to_owned(),
            at: told.at,
            kind,
            number: number.unwrap_or_default(),
            text: format!("{}{agent}", scrub(&told.text, SENTENCE)),
            by: told.act.as_ref().map(by),
            is_problem,
        }
    }
}

/// A person by their name, and a program by that of its key.
fn by(act: &Act) -> String {
    let name = act.api_key.as_ref().map_or(&act.actor, |key| &key.name);
    who(&scrub(name, NAME), act.role.as_ref().map(Role::word).as_deref())
}

impl Configured {
    /// What was changed, and of what.
    #[must_use]
    pub fn line(&self) -> String {
        if self.number.is_empty() {
            self.text.clone()
        } else {
            format!("{}: {}", self.number, self.text)
        }
    }
}
