//! `verify-account`: can these credentials do what Callab needs?

use ::entity::AccountId;
use ::entity::evidence::{Right, RightAnswer};
use ::entity::twilio_account::{self, AccountState, CredentialState, TwilioStatus};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{DbErr, EntityTrait};
use serde_json::json;
use twilio::{Region, TwilioError};

use super::connect::changed;
use super::facts;
use super::rights::{self, Answer, Told};
use super::{probe, queries};
use crate::audit::Act;
use crate::jobs::{VerifyAccount, WorkError, Worked};
use crate::{Error, Fault, Permission, Request, Services, billing, health, idempotency, numbers, secrets};

/// Has the account checked now, all its rights.
///
/// # Errors
/// Refused when there is no such account, or it is disconnected.
pub async fn request_check(
    services: &Services,
    request: &Request,
    id: AccountId,
) -> Result<twilio_account::Model, Error> {
    request.actor.require(Permission::CheckAccounts)?;
    let account = queries::named(services, &request.actor, id).await?;
    idempotency::check(services, request, account.workspace_id).await?;
    queries::require_connected(&account)?;
    let mut tx = services.begin().await?;
    let whole = twilio_account::ActiveModel {
        id: Unchanged(id),
        rights_due_at: Set(None),
        ..Default::default()
    };
    let account = twilio_account::Entity::update(whole).exec(tx.db()).await?;
    tx.enqueue(&account, &VerifyAccount { account: id }).await?;
    tx.audit(
        request,
        account.workspace_id,
        Act::on_account("twilio_account.verify", id),
    )
    .await?;
    tx.once(request, account.workspace_id, id.0).await?;
    tx.commit().await?;
    Ok(account)
}

/// Has an account checked because Twilio rejected its credentials elsewhere.
///
/// # Errors
/// When the database fails.
pub(crate) async fn doubt(services: &Services, account: &twilio_account::Model) -> Result<(), DbErr> {
    let mut tx = services.begin().await?;
    tx.enqueue(account, &VerifyAccount { account: account.id }).await?;
    tx.commit().await
}

/// How much a check asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The right that decides, and those that are due or not known to be granted.
    WhatIsDue,
    /// Every right, however lately that was done.
    AllRights,
}

/// Checks the account's rights and writes what Twilio said.
///
/// A rejection is confirmed by a second one before the credentials count as rejected. A silence says nothing of them; several in a
/// row mean that calls cannot work.
///
/// # Errors
/// When something on our side fails.
pub async fn verify(services: &Services, id: AccountId, ask: Ask) -> Result<Worked, WorkError> {
    let Some(account) = twilio_account::Entity::find_by_id(id).one(&services.db).await? else {
        return Ok(skipped("the account is gone"));
    };
    if account.state != AccountState::Connected {
        return Ok(skipped("the account is disconnected"));
    }
    let asked_with = secrets::current_version(&services.db, id).await?;
    let who = match secrets::credentials(services, &account).await {
        Ok(Some(who)) => who,
        Ok(None) => return Ok(skipped("the account has no credentials")),
        Err(fault @ Fault::Vault(_)) => {
            cannot_open(services, id).await?;
            return Err(fault.into());
        }
        Err(fault) => return Err(fault.into()),
    };
    let whole = ask == Ask::AllRights || account.rights_due_at.is_none_or(|due| due <= services.clock.now());
    let asked = rights::to_ask(&account.rights, &who, whole);
    let answers = rights::ask(services, &who, &asked).await;
    let elsewhere = match answers.first() {
        Some(first) if is_confirmed_rejection(&account, first) => probe::other_region(services, &who).await,
        _ => None,
    };

    let mut tx = services.begin().await?;
    let before = queries::lock(&tx, id).await?;
    if before.state != AccountState::Connected || secrets::current_version(tx.db(), id).await? != asked_with {
        return Ok(skipped("the account changed while Twilio was asked")); // The answer is about another token.
    }
    let judged = judge(services, &before, &answers, elsewhere, whole, tx.at());
    if judged.ask_again {
        tx.enqueue_after(&before, &VerifyAccount { account: id }, services.limits.confirm_after)
            .await?;
    }
    if answers.first().is_some_and(|first| first.result.is_ok()) {
        let was_inactive = matches!(before.twilio_status, TwilioStatus::Suspended | TwilioStatus::Closed);
        let once_more = before.credential_state != CredentialState::Accepted || was_inactive;
        numbers::retry_routing(&mut tx, &before, once_more).await?;
    }
    let mut row = facts::difference(&before, &judged.facts);
    health::evaluate(services, &mut tx, &mut row, &before, judged.facts).await?;
    let after = twilio_account::Entity::update(row).exec(tx.db()).await?;
    billing::keep_reading(services, &tx, &after).await?;
    if (&after.health, &after.health_reasons) != (&before.health, &before.health_reasons) {
        tx.record(after.workspace_id, changed(&after)).await?;
    }
    tx.commit().await?;
    tracing::info!(account.id = %id, "checked account {}: {}", after.sid, judged.said);
    Ok(Worked::Done(
        json!({ "said": judged.said, "asked": asked, "health": after.health }),
    ))
}

/// Callab cannot open the sealed credential: nothing can be said of the customer until it can.
async fn cannot_open(services: &Services, id: AccountId) -> Result<(), WorkError> {
    let mut tx = services.begin().await?;
    let before = queries::lock(&tx, id).await?;
    let mut facts = before.clone();
    facts
        .rights
        .note(Right::Account, RightAnswer::CannotOpen, None, tx.at());
    facts.rights_due_at = None;
    let mut row = facts::difference(&before, &facts);
    health::evaluate(services, &mut tx, &mut row, &before, facts).await?;
    let after = twilio_account::Entity::update(row).exec(tx.db()).await?;
    if after.health != before.health {
        tx.record(after.workspace_id, changed(&after)).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn is_rejection(answer: &Answer) -> bool {
    matches!(
        answer.result,
        Err(TwilioError::Unauthorized { .. } | TwilioError::TestCredentials { .. })
    )
}

fn is_confirmed_rejection(account: &twilio_account::Model, answer: &Answer) -> bool {
    is_rejection(answer) && account.credential_state != CredentialState::Accepted
}

/// What Twilio's answers make of an account.
struct Judged {
    facts: twilio_account::Model,
    said: &'static str,
    /// Whether to ask once more soon, before anything is concluded.
    ask_again: bool,
}

fn judge(
    services: &Services,
    before: &twilio_account::Model,
    answers: &[Answer],
    elsewhere: Option<Region>,
    whole: bool,
    at: DateTime<Utc>,
) -> Judged {
    let mut facts = twilio_account::Model {
        checked_at: Some(at),
        updated_at: at,
        ..before.clone()
    };
    rights::note(&mut facts.rights, answers, at);
    let decider = answers.first().map(|first| &first.right);
    for answer in answers {
        let is_first = decider == Some(&answer.right);
        match &answer.result {
            Ok(Told::Account(account)) => facts::told_account(&mut facts, account),
            Ok(Told::Balance(balance)) => facts::told_balance(&mut facts, balance, at),
            // A key that works and may not read the account leaves its status open.
            Err(error) if answer.right == Right::Account && !is_first && !error.is_silence() => {
                facts.twilio_status = TwilioStatus::Undetermined;
            }
            Ok(Told::Nothing) | Err(_) => {}
        }
    }
    let (said, ask_again) = match answers.first() {
        Some(first) if is_rejection(first) => rejected(&mut facts, before, first, elsewhere, at),
        Some(Answer { result: Err(error), .. }) if error.is_silence() => {
            if !matches!(error, TwilioError::RateLimited { .. }) {
                facts.failed_probes = before.failed_probes.saturating_add(1);
            }
            ("no answer", true)
        }
        Some(first) => {
            facts.failed_probes = 0;
            match (&first.result, facts.rights.of(&first.right).map(|right| &right.answer)) {
                (Ok(_), _) => {
                    facts.credential_state = CredentialState::Accepted;
                    facts.verified_at = Some(at);
                    if whole {
                        facts.rights_due_at = Some(at + services.limits.rights_every);
                    }
                    ("accepted", false)
                }
                (Err(_), Some(RightAnswer::Suspended)) => {
                    facts.twilio_status = TwilioStatus::Suspended;
                    ("suspended", false)
                }
                (Err(_), _) => ("refused", false),
            }
        }
        None => ("not asked", false),
    };
    Judged { facts, said, ask_again }
}

fn rejected(
    facts: &mut twilio_account::Model,
    before: &twilio_account::Model,
    answer: &Answer,
    elsewhere: Option<Region>,
    at: DateTime<Utc>,
) -> (&'static str, bool) {
    facts.failed_probes = 0;
    if before.credential_state == CredentialState::Accepted {
        facts.credential_state = CredentialState::RejectedOnce;
        return ("rejected once, confirming", true);
    }
    facts.credential_state = CredentialState::Rejected;
    let why = if elsewhere.is_some() {
        RightAnswer::WrongRegion
    } else if before.verified_at.is_some() {
        RightAnswer::Rotated
    } else {
        RightAnswer::Denied
    };
    let code = answer.result.as_ref().err().and_then(TwilioError::code);
    facts.rights.note(answer.right.clone(), why, code, at);
    ("rejected", false)
}

fn skipped(why: &str) -> Worked {
    Worked::Done(json!({ "skipped": why }))
}
