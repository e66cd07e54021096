//! `check-billing`: reads what an account has left and what it used, and judges its rules.

use std::collections::HashMap;

use ::entity::billing_alert::{self, AlertKind, SetAside};
use ::entity::twilio_account::{self, AccountState};
use ::entity::{AccountId, BillingAlertId, billing_episode};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{DbErr, EntityTrait};
use serde_json::{Value, json};
use twilio::{Credentials, TwilioError};

use super::ask::{self, Answers, Span};
use super::episodes::OpenIn;
use super::money::{self, Money};
use super::rules::{Judgement, Rule};
use super::{balance, episodes, mirror};
use crate::audit::Act;
use crate::jobs::{self, CheckBilling, WorkError, Worked};
use crate::{Error, Permission, Request, Services, Transaction, accounts, idempotency, secrets};

/// Has the account's balance and usage read now.
///
/// # Errors
/// Refused when there is no such account, or it is disconnected or paused.
pub async fn request_check(
    services: &Services,
    request: &Request,
    id: AccountId,
) -> Result<twilio_account::Model, Error> {
    request.actor.require(Permission::CheckAccounts)?;
    let account = accounts::named(services, &request.actor, id).await?;
    idempotency::check(services, request, account.workspace_id).await?;
    accounts::require_connected(&account)?;
    accounts::require_not_paused(&account)?;
    let mut tx = services.begin().await?;
    tx.enqueue(&account, &CheckBilling { account: id }).await?;
    let act = Act::on_account("billing.check", id);
    tx.audit(request, account.workspace_id, act).await?;
    tx.once(request, account.workspace_id, id.0).await?;
    tx.commit().await?;
    Ok(account)
}

/// Reads the account's balance and usage, and opens and closes the episodes of its rules by them. Running it twice changes nothing.
///
/// What Twilio refuses or does not answer stays as it is known, with its age; what it does answer is written all the same. From a
/// figure that is missing nothing is concluded.
///
/// # Errors
/// When Twilio is silent, or rejects the credentials altogether.
pub async fn check(services: &Services, id: AccountId) -> Result<Worked, WorkError> {
    let Some(account) = twilio_account::Entity::find_by_id(id).one(&services.db).await? else {
        return Ok(skipped("the account is gone"));
    };
    if account.state != AccountState::Connected {
        return Ok(skipped("the account is disconnected"));
    }
    if account.paused_at.is_some() {
        return Ok(skipped("the account is paused"));
    }
    let asked_with = secrets::current_version(&services.db, id).await?;
    let Some(who) = secrets::credentials(services, &account).await? else {
        return Ok(skipped("the account has no credentials"));
    };
    let spans = ask::spans(&services.db, &account, services.clock.now()).await?;
    let Some((last, earlier)) = spans.split_last() else {
        return Ok(skipped("there is no day to read"));
    };
    let caught_up = catch_up(services, &account, &who, earlier).await?;
    let answers = Answers::of(services, &account, &who, *last).await;
    if answers.errors().any(is_rejection) && answers.balance.is_err() && answers.usage.is_err() {
        accounts::doubt(services, &account).await?;
        return match answers.into_error(is_rejection) {
            Some(rejection) => Err(rejection.into()),
            None => Ok(skipped("Twilio rejects the credentials")),
        };
    }

    let mut tx = services.begin().await?;
    let account = accounts::lock(&tx, id).await?;
    if account.state != AccountState::Connected || secrets::current_version(tx.db(), id).await? != asked_with {
        return Ok(skipped("the account changed while Twilio was asked"));
    }
    let figures = note(services, &tx, &account, &answers, caught_up).await?;
    let account = accounts::lock(&tx, id).await?;
    let changes = judge(services, &mut tx, &account).await?;
    tx.commit().await?;
    let report = report(&answers, figures, changes);
    tracing::info!(account.id = %id, report = %report, "read the balance and usage of account {}", account.sid);
    match answers.into_error(TwilioError::is_silence) {
        Some(silence) => Err(silence.into()),
        None => Ok(Worked::Done(report)),
    }
}

fn is_rejection(error: &TwilioError) -> bool {
    matches!(error, TwilioError::Unauthorized { .. })
}

/// Reads days that lie further back, some at a time: what was read once is not read again after a failure. Answers false when Twilio
/// refused some: newer days must not be written then, or these would count as read.
async fn catch_up(
    services: &Services,
    account: &twilio_account::Model,
    who: &Credentials,
    spans: &[Span],
) -> Result<bool, WorkError> {
    for span in spans {
        jobs::tell_progress(
            services,
            &format!("reads the usage from {} to {}", span.first, span.last),
        )
        .await?;
        let (usage, bills) = tokio::join!(
            ask::list_usage(services, who, *span),
            ask::list_bills(services, account, who, *span)
        );
        let usage = match usage {
            Ok(usage) => usage,
            Err(silence) if silence.is_silence() => return Err(silence.into()),
            Err(_) => return Ok(false), // What it means is seen when the last days are asked for.
        };
        let tx = services.begin().await?;
        ask::write(services, &tx, account, *span, (&usage, false)).await?;
        if let Some(Ok(bills)) = bills {
            ask::write(services, &tx, account, *span, (&bills, true)).await?;
        }
        tx.commit().await?;
    }
    Ok(true)
}

/// Writes what Twilio told. Answers how many figures of usage changed.
async fn note(
    services: &Services,
    tx: &Transaction<'_>,
    account: &twilio_account::Model,
    answers: &Answers,
    caught_up: bool,
) -> Result<usize, DbErr> {
    let mut changed = 0;
    if let Ok(told) = &answers.balance {
        balance::note(services, tx, account, told).await?;
    }
    if let (Ok(usage), true) = (&answers.usage, caught_up) {
        changed += ask::write(services, tx, account, answers.span, (usage, false)).await?;
    }
    if let (Some(Ok(bills)), true) = (&answers.bills, caught_up) {
        changed += ask::write(services, tx, account, answers.span, (bills, true)).await?;
    }
    if !answers.errors().any(TwilioError::is_silence) {
        let read = twilio_account::ActiveModel {
            id: Unchanged(account.id),
            billing_read_at: Set(Some(tx.at())),
            ..Default::default()
        };
        twilio_account::Entity::update(read).exec(tx.db()).await?;
    }
    Ok(changed)
}

/// How many episodes a check opened and closed.
#[derive(Clone, Copy, Debug, Default)]
struct Changes {
    opened: usize,
    closed: usize,
}

/// Judges every rule of the account by what is stored now.
async fn judge(
    services: &Services,
    tx: &mut Transaction<'_>,
    account: &twilio_account::Model,
) -> Result<Changes, DbErr> {
    let today = tx.at().date_naive();
    let money = money::money_of(tx.db(), std::slice::from_ref(account), today)
        .await?
        .remove(&account.id)
        .unwrap_or_default();
    let alerts = billing_alert::Entity::of_account(account.id).all(tx.db()).await?;
    let open = episodes::open_of(tx.db(), &[account.id]).await?;
    let mut open: HashMap<BillingAlertId, billing_episode::Model> = open
        .into_iter()
        .map(|episode| (episode.billing_alert_id, episode))
        .collect();
    let mut changes = Changes::default();
    for alert in alerts {
        let rule = rule_of(&alert);
        let judgement = rule.judge(&money.known());
        let alert = set_aside(tx, alert, &judgement).await?;
        let open = open.remove(&alert.id);
        let period = rule.period(today);
        let step = episodes::step(open.as_ref().map(|open| OpenIn(open.period)), period, &judgement);
        if let Some(mut episode) = open {
            if let Some(figures) = step.update {
                episode = episodes::update(tx, episode, figures).await?;
            }
            if let Some(because) = step.close {
                episodes::close(tx, &episode, because).await?;
                changes.closed += 1;
            }
        }
        if let Some(figures) = step.open {
            episodes::open(services, tx, &alert, period, figures).await?;
            changes.opened += 1;
        }
    }
    mirror::keep(tx, account).await?;
    Ok(changes)
}

/// The rule in a row.
pub(super) fn rule_of(alert: &billing_alert::Model) -> Rule {
    Rule {
        kind: alert.kind.clone(),
        threshold: alert.threshold.0,
        currency: alert.currency.clone(),
    }
}

/// Sets a rule aside whose currency is not the account's any more, and takes it up again when it is. While the currency is not known
/// it stays as it is.
async fn set_aside(
    tx: &Transaction<'_>,
    alert: billing_alert::Model,
    judgement: &Judgement,
) -> Result<billing_alert::Model, DbErr> {
    let reason = match judgement {
        Judgement::OtherCurrency => Some(SetAside::CurrencyChanged),
        Judgement::Unknown => return Ok(alert),
        Judgement::Crossed(_) | Judgement::Near(_) | Judgement::Clear(_) => None,
    };
    if alert.set_aside == reason {
        return Ok(alert);
    }
    let change = billing_alert::ActiveModel {
        id: Unchanged(alert.id),
        set_aside_at: Set(reason.as_ref().map(|_| tx.at())),
        set_aside: Set(reason),
        ..Default::default()
    };
    billing_alert::Entity::update(change).exec(tx.db()).await
}

/// The currency that a rule's amount has to be in, as far as it is known.
pub(super) fn currency_of(kind: &AlertKind, money: &Money) -> Option<String> {
    let of_balance = money.balance.as_ref().map(|balance| balance.currency.clone());
    let of_spend = money.spend.currency.clone();
    match kind {
        AlertKind::BalanceBelow => of_balance,
        _ => of_spend.or(of_balance),
    }
}

fn report(answers: &Answers, figures: usize, changes: Changes) -> Value {
    let told = |is_known: bool| if is_known { "read" } else { "missing" };
    json!({
        "balance": told(answers.balance.is_ok()),
        "usage": told(answers.usage.is_ok()),
        "figures": figures,
        "opened": changes.opened,
        "closed": changes.closed,
    })
}

fn skipped(why: &str) -> Worked {
    Worked::Done(json!({ "skipped": why }))
}
