//! Reads of diagnoses.

use ::entity::{AccountId, E164, NumberId};

use super::diagnose::{self, Diagnosis};
use super::evidence::Destination;
use super::limits::country_of;
use super::read::{self, Subject};
use crate::{Actor, Fault, Permission, Refusal, RefusalCode, Services, accounts, numbers};

/// What a person asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// An account, with its numbers in use.
    Account(AccountId),
    /// One number.
    Number(NumberId),
}

/// Reads where a call would go: a number in E.164, or a country by its two letters.
///
/// # Errors
/// A refusal on `destination`.
pub fn parse_destination(text: &str) -> Result<Destination, Refusal> {
    let text = text.trim();
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(Destination {
            country: text.to_ascii_uppercase(),
            number: None,
        });
    }
    let number: E164 = numbers::parse_e164(text, "destination")?;
    let country = country_of(&number).ok_or_else(|| {
        let message = "The number belongs to no country. Name the country by its two letters, such as DE.";
        Refusal::new(RefusalCode::NumberMalformed, message).on("destination")
    })?;
    Ok(Destination {
        country,
        number: Some(number),
    })
}

/// Diagnoses a number or an account from what is stored, and asks nobody. `None` when there is no such thing in the viewer's sight.
///
/// # Errors
/// When the role may not look, or the database fails.
pub async fn diagnose(
    services: &Services,
    viewer: &Actor,
    about: About,
    destination: Option<Destination>,
) -> Result<Option<Diagnosis>, crate::Error> {
    viewer.require(Permission::View)?;
    let Some(subject) = subject(services, viewer, about).await? else {
        return Ok(None);
    };
    let seen = read::read(services, &subject, destination).await?;
    Ok(seen.as_ref().map(diagnose::diagnose))
}

/// The rows behind what a person asks about, if they may see them.
pub(super) async fn subject(services: &Services, viewer: &Actor, about: About) -> Result<Option<Subject>, Fault> {
    Ok(match about {
        About::Account(id) => {
            let account = accounts::find(services, viewer, id).await?;
            account.map(|account| Subject::Account(account.id))
        }
        About::Number(id) => {
            let number = numbers::find(services, viewer, id).await?;
            number.map(|number| Subject::Number(Box::new(number)))
        }
    })
}
