//! Asks afresh, side by side: each question stores what it learns, as the background work does, and the checks are answered from
//! that. Twilio's budget for the account bounds how many questions are under way.

mod agents;
mod geo;
mod log;
mod numbers;
mod webhook;

use ::entity::{phone_number, twilio_account};
use twilio::Credentials;

use super::evidence::Destination;
use crate::accounts::{self, Ask};
use crate::checklist::CheckName;
use crate::jobs::WorkError;
use crate::{Services, twilio_status};

/// Something that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// Twilio: the account, its balance, and every right of its credentials.
    Account,
    /// Twilio: the numbers and their routing, and, of trial accounts, the verified caller ids.
    Numbers,
    /// Twilio: in which region the numbers are answered.
    Regions,
    /// Twilio: whether the destination may be called.
    Destination,
    /// Twilio: its error log of the account.
    Log,
    /// The agents: whether they answer.
    Agents,
    /// Our own webhook, through the public address.
    Webhook,
    /// Twilio's public status page.
    StatusPage,
}

impl Question {
    pub(super) const ALL: [Self; 8] = [
        Self::Account,
        Self::Numbers,
        Self::Regions,
        Self::Destination,
        Self::Log,
        Self::Agents,
        Self::Webhook,
        Self::StatusPage,
    ];

    /// Its name in a run's row.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Account => "ACCOUNT",
            Self::Numbers => "NUMBERS",
            Self::Regions => "REGIONS",
            Self::Destination => "DESTINATION",
            Self::Log => "LOG",
            Self::Agents => "AGENTS",
            Self::Webhook => "WEBHOOK",
            Self::StatusPage => "STATUS_PAGE",
        }
    }

    /// The questions whose answers a check rests on, besides those of the checks it depends on.
    pub(super) fn behind(check: CheckName) -> &'static [Self] {
        match check {
            CheckName::SidFormat | CheckName::AgentAssigned | CheckName::SignatureValid => &[],
            CheckName::TokenAccepted => &[Self::Account],
            CheckName::AccountActive | CheckName::Credit => &[Self::Account, Self::Log],
            CheckName::NumberVoice => &[Self::Numbers],
            CheckName::AgentReachable => &[Self::Agents, Self::Log],
            CheckName::RoutingOurs => &[Self::Numbers, Self::Regions],
            CheckName::WebhookAnswered => &[Self::Webhook, Self::Log],
            CheckName::GeoPermission => &[Self::Destination, Self::Log],
            CheckName::NumberOwned | CheckName::CallerId | CheckName::TrialLimits => &[Self::Numbers, Self::Log],
            CheckName::TwilioErrors => &[Self::Log],
            CheckName::Incidents => &[Self::StatusPage],
        }
    }
}

/// What is asked about.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub account: twilio_account::Model,
    /// The number that a run is about, or the first of those in use.
    pub numbers: Vec<phone_number::Model>,
    pub is_of_one: bool,
    pub destination: Option<Destination>,
    /// None when Callab holds no credentials any more: then only what is not Twilio's can be asked.
    pub who: Option<Credentials>,
}

/// Asks one question and stores the answer. A silence of Twilio's, and a refusal that says nothing of the question, store nothing:
/// what was known before stays, with its age.
///
/// # Errors
/// When something on our side fails.
pub(super) async fn ask(services: &Services, asked: &Asked, question: Question) -> Result<(), WorkError> {
    let answered = match (question, &asked.who) {
        (Question::Agents, _) => agents::ask(services, asked).await,
        (Question::Webhook, _) => webhook::ask(services, asked).await,
        (Question::StatusPage, _) => Ok(twilio_status::check(services).await.map(drop)?),
        (_, None) => Ok(()),
        (Question::Account, Some(_)) => Box::pin(accounts::verify(services, asked.account.id, Ask::AllRights))
            .await
            .map(drop),
        (Question::Numbers, Some(who)) => numbers::ask(services, asked, who).await,
        (Question::Regions, Some(who)) => numbers::ask_regions(services, asked, who).await,
        (Question::Destination, Some(who)) => geo::ask(services, asked, who).await,
        (Question::Log, Some(who)) => log::ask(services, asked, who).await,
    };
    match answered {
        Err(WorkError::Twilio(error)) => {
            let question = question.as_str();
            tracing::info!(account.id = %asked.account.id, error = &error as &dyn std::error::Error, "Twilio did not answer the question {question}");
            Ok(())
        }
        other => other,
    }
}
