//! `mirror-alert`: keeps a rule about a day's or a month's spend as a usage trigger at Twilio, which tells us sooner than the next
//! reading would. What is judged, and when an episode opens, stays with `check-billing`.

use ::entity::billing_alert::{self, AlertKind, Mirror};
use ::entity::billing_episode::ClosedBecause;
use ::entity::twilio_account::{self, AccountState};
use ::entity::{AccountId, BillingAlertId};
use rust_decimal::Decimal;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Select};
use serde_json::json;
use twilio::{Credentials, NewUsageTrigger, TriggerBy, TriggerRecurring, TwilioError, UsageTrigger, UsageTriggerSid};

use super::categories::WHOLE_BILL;
use super::{episodes, queries};
use crate::audit::{self, Act};
use crate::jobs::{MirrorAlert, WorkError, Worked};
use crate::{RefusalCode, Services, Transaction, accounts, public_url, secrets, twilio_refusal};

/// The trigger that a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    value: Decimal,
    recurring: TriggerRecurring,
}

/// The period of a rule that can be mirrored; a balance has no trigger at Twilio, and neither has what is usual.
#[must_use]
pub fn can_be_mirrored(kind: &AlertKind) -> bool {
    recurring(kind).is_some()
}

fn recurring(kind: &AlertKind) -> Option<TriggerRecurring> {
    match kind {
        AlertKind::SpendTodayAbove => Some(TriggerRecurring::Daily),
        AlertKind::SpendThisMonthAbove => Some(TriggerRecurring::Monthly),
        _ => None,
    }
}

fn wanted(account: &twilio_account::Model, alert: &billing_alert::Model) -> Option<Wanted> {
    let is_judged = alert.deleted_at.is_none() && alert.set_aside.is_none();
    let is_wanted = alert.mirror_wanted && is_judged && account.state == AccountState::Connected;
    Some(Wanted {
        value: alert.threshold.0,
        recurring: recurring(&alert.kind).filter(|_| is_wanted)?,
    })
}

/// Our name for a rule's trigger, by which it is found again after a crash.
fn name_of(alert: BillingAlertId) -> String {
    format!("Callab alert {alert}")
}

/// Has the triggers of the account's rules looked after that are not as they should be, of deleted rules too.
pub(super) async fn keep(tx: &mut Transaction<'_>, account: &twilio_account::Model) -> Result<(), DbErr> {
    let column = billing_alert::COLUMN;
    let concerned = Condition::any()
        .add(column.mirror_wanted.eq(true))
        .add(column.mirror.is_in([Mirror::Pending, Mirror::Mirrored]));
    let alerts = billing_alert::Entity::find()
        .filter(column.twilio_account_id.eq(account.id))
        .filter(concerned)
        .all(tx.db())
        .await?;
    for alert in alerts {
        let is_due = match (wanted(account, &alert).is_some(), &alert.mirror) {
            (true, Mirror::None | Mirror::Pending) | (false, Mirror::Mirrored | Mirror::Pending) => true,
            (true, Mirror::Mirrored | Mirror::Refused | Mirror::Unknown(_))
            | (false, Mirror::None | Mirror::Refused | Mirror::Unknown(_)) => false,
        };
        if is_due {
            tx.enqueue(account, &MirrorAlert { alert: alert.id }).await?;
        }
    }
    Ok(())
}

/// The account is being disconnected: its open episodes end, and its triggers at Twilio are deleted in the background.
///
/// # Errors
/// When the database fails.
pub(crate) async fn let_go(tx: &mut Transaction<'_>, account: &twilio_account::Model) -> Result<(), DbErr> {
    for episode in episodes::open_of(tx.db(), &[account.id]).await? {
        episodes::close(tx, &episode, ClosedBecause::AccountDisconnected).await?;
    }
    for alert in standing(account.id).all(tx.db()).await? {
        tx.enqueue(account, &MirrorAlert { alert: alert.id }).await?;
    }
    Ok(())
}

/// Whether a trigger of ours may still stand at Twilio, so that the account's credentials are needed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn any_trigger_left(tx: &Transaction<'_>, account: AccountId) -> Result<bool, DbErr> {
    Ok(standing(account).count(tx.db()).await? > 0)
}

fn standing(account: AccountId) -> Select<billing_alert::Entity> {
    billing_alert::Entity::find()
        .filter(billing_alert::COLUMN.twilio_account_id.eq(account))
        .filter(billing_alert::COLUMN.mirror.is_in([Mirror::Pending, Mirror::Mirrored]))
}

/// Has the triggers replaced that still lead to an earlier public address. Answers how many. Called at start-up.
///
/// # Errors
/// When the database fails.
pub async fn queue_repoints(services: &Services) -> Result<usize, DbErr> {
    let Some(public) = &services.public_url else {
        return Ok(0);
    };
    let elsewhere: Vec<billing_alert::Model> = billing_alert::Entity::find()
        .filter(billing_alert::COLUMN.mirror.eq(Mirror::Mirrored))
        .filter(billing_alert::COLUMN.base_url.ne(public.base()))
        .order_by_asc(billing_alert::COLUMN.id)
        .all(&services.db)
        .await?;
    let mut queued = 0;
    for alerts in elsewhere.chunks(ROWS_A_STATEMENT) {
        let mut tx = services.begin().await?;
        let jobs = alerts.iter().map(|alert| {
            let whose = (alert.workspace_id, alert.twilio_account_id);
            (whose.into(), MirrorAlert { alert: alert.id })
        });
        queued += tx.enqueue_routine(jobs).await?;
        tx.commit().await?;
    }
    Ok(queued)
}

/// How many jobs one statement writes.
const ROWS_A_STATEMENT: usize = 500;

/// Makes the rule's trigger, replaces it (the new one first) or deletes it, whatever the rule asks for now. Running it twice changes
/// nothing; one that was made before a crash is found by its name.
///
/// # Errors
/// When Twilio is silent. When it refuses, that is noted with the rule.
pub async fn mirror(services: &Services, id: BillingAlertId) -> Result<Worked, WorkError> {
    let Some((alert, account)) = queries::with_account(&services.db, id).await? else {
        return Ok(skipped("the rule is gone"));
    };
    let wanted_before = wanted(&account, &alert);
    if wanted_before.is_none() && alert.mirror == Mirror::None {
        return Ok(skipped("there is no trigger, and none is wanted"));
    }
    let done = match secrets::credentials(services, &account).await? {
        Some(who) => at_twilio(services, &who, &alert, wanted_before.as_ref()).await,
        None => Ok(Done::Refused(RefusalCode::CredentialsRejected.as_str(), None)),
    };
    let done = match done {
        Ok(done) => done,
        Err(WorkError::Twilio(error)) if error.is_silence() => return Err(error.into()),
        Err(WorkError::Twilio(error @ TwilioError::Unauthorized { .. }))
            if account.state == AccountState::Connected =>
        {
            accounts::doubt(services, &account).await?; // It waits for working credentials: `check-billing` has it tried again.
            return Err(error.into());
        }
        Err(WorkError::Twilio(error)) => Done::Refused(twilio_refusal::refusal(&error).code.as_str(), error.code()),
        Err(fault) => return Err(fault),
    };

    let mut tx = services.begin().await?;
    accounts::lock(&tx, account.id).await?;
    let Some((alert, account)) = queries::with_account(tx.db(), id).await? else {
        return Ok(skipped("the rule is gone"));
    };
    let is_outdated = wanted(&account, &alert) != wanted_before;
    let mut row = billing_alert::ActiveModel {
        id: Unchanged(id),
        mirror: Set(Mirror::None),
        mirror_problem: Set(None),
        mirror_twilio_code: Set(None),
        trigger_sid: Set(None),
        ..Default::default()
    };
    let report = match done {
        Done::Stands(sid) => {
            row.mirror = Set(Mirror::Mirrored);
            row.trigger_sid = Set(Some(sid.to_string()));
            json!({ "trigger": sid.as_str() })
        }
        Done::Gone => json!({ "trigger": null }),
        Done::Refused(problem, code) => {
            row.mirror = Set(Mirror::Refused);
            row.mirror_problem = Set(Some(problem.to_owned()));
            row.mirror_twilio_code = Set(code);
            json!({ "refused": problem, "twilioCode": code })
        }
    };
    if is_outdated {
        row.mirror = Set(Mirror::Pending);
        tx.enqueue(&account, &MirrorAlert { alert: id }).await?;
    }
    billing_alert::Entity::update(row).exec(tx.db()).await?;
    accounts::forget_credentials_when_returned(&tx, account.id).await?;
    tx.commit().await?;
    tracing::info!(billing_alert.id = %id, account.id = %account.id, report = %report, "mirrored rule {id} at Twilio");
    Ok(Worked::Done(report))
}

/// What came of it at Twilio.
enum Done {
    /// The trigger is there.
    Stands(UsageTriggerSid),
    /// There is none.
    Gone,
    /// It cannot be had, with a stable code and Twilio's own.
    Refused(&'static str, Option<i32>),
}

async fn at_twilio(
    services: &Services,
    who: &Credentials,
    alert: &billing_alert::Model,
    wanted: Option<&Wanted>,
) -> Result<Done, WorkError> {
    let name = name_of(alert.id);
    let mut ours = services.twilio.list_usage_triggers(who).await?;
    ours.retain(|trigger| trigger.friendly_name.as_deref() == Some(&name));
    let mut done = Done::Gone;
    if let Some(wanted) = wanted {
        let Ok(public) = public_url::required(services) else {
            return Ok(Done::Refused(RefusalCode::PublicUrlNotSet.as_str(), None));
        };
        let callback = public_url::usage(public.base(), &alert.reference);
        let good = ours.iter().position(|trigger| is_good(trigger, wanted, &callback));
        let sid = if let Some(place) = good {
            ours.remove(place).sid
        } else {
            give_out(services, alert, public.base()).await?;
            let trigger = new_trigger(name, wanted, callback);
            let act = at_rule("twilio.create_usage_trigger", alert);
            let made = services.twilio.create_usage_trigger(who, &trigger);
            audit::at_twilio(services, alert.workspace_id, act, made).await??.sid
        };
        done = Done::Stands(sid);
    }
    for outdated in ours {
        let act = at_rule("twilio.delete_usage_trigger", alert).with(json!({ "sid": outdated.sid.as_str() }));
        let deleted = services.twilio.delete_usage_trigger(who, &outdated.sid);
        audit::at_twilio(services, alert.workspace_id, act, deleted).await??;
    }
    Ok(done)
}

fn at_rule(action: &'static str, alert: &billing_alert::Model) -> Act {
    Act::on(action, "billing_alert", alert.id).of(alert.twilio_account_id)
}

fn new_trigger(name: String, wanted: &Wanted, callback: String) -> NewUsageTrigger {
    NewUsageTrigger {
        category: WHOLE_BILL.to_owned(),
        by: TriggerBy::Price,
        value: wanted.value,
        recurring: Some(wanted.recurring.clone()),
        callback_url: callback,
        friendly_name: Some(name),
    }
}

fn is_good(trigger: &UsageTrigger, wanted: &Wanted, callback: &str) -> bool {
    trigger.usage_category.as_deref() == Some(WHOLE_BILL)
        && trigger.trigger_by == Some(TriggerBy::Price)
        && trigger.trigger_value == Some(wanted.value)
        && trigger.recurring.as_ref() == Some(&wanted.recurring)
        && trigger.callback_url.as_deref() == Some(callback)
}

/// Notes the address that Twilio is about to be given, so that its first webhook can be verified whenever it comes.
async fn give_out(services: &Services, alert: &billing_alert::Model, base: &str) -> Result<(), DbErr> {
    if alert.base_url.as_deref() == Some(base) {
        return Ok(());
    }
    let tx = services.begin().await?;
    let given = billing_alert::ActiveModel {
        id: Unchanged(alert.id),
        previous_base_url: Set(alert.base_url.clone()),
        base_url: Set(Some(base.to_owned())),
        ..Default::default()
    };
    billing_alert::Entity::update(given).exec(tx.db()).await?;
    tx.commit().await
}

fn skipped(why: &str) -> Worked {
    Worked::Done(json!({ "skipped": why }))
}
