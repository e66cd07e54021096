//! The support bundle: all that is known of a number or an account, to be handed over.
//!
//! It holds what is listed here and nothing else: SIDs, codes, figures, times, our own sentences. No names that people typed, no
//! addresses beyond their host, no other people's numbers; other people's words go through [`fit_to_show`].

mod markdown;

use ::entity::{E164, NumberId, call, call_step, health_change, job, phone_number, twilio_account, twilio_alert};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use super::checks::Check;
use super::diagnose::{self, Diagnosis};
use super::evidence::Evidence;
use super::masking::fit_to_show;
use super::queries::{About, subject};
use super::read;
use crate::checklist::CheckName;
use crate::{Actor, Error, Permission, Services};

/// How many of the newest of each kind of row are told.
const ROWS: u64 = 20;

/// All that is known of a number or an account.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SupportBundle {
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The release that made it.
    pub release: &'static str,
    /// The diagnosis in one sentence.
    pub summary: String,
    checks: Vec<CheckLine>,
    account: AccountFacts,
    numbers: Vec<NumberFacts>,
    health: Vec<HealthLine>,
    calls: Vec<CallLine>,
    errors: Vec<ErrorLine>,
    jobs: Vec<JobLine>,
    incidents: Vec<IncidentLine>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckLine {
    name: &'static str,
    title: &'static str,
    state: String,
    reason: Option<String>,
    sentence: Option<String>,
    evidence: String,
    expected: Option<String>,
    actual: Option<String>,
    fix: Option<&'static str>,
    who_acts: Option<String>,
    twilio_code: Option<i32>,
    same_cause_as: Option<&'static str>,
    is_cause: bool,
    as_of: Option<DateTime<Utc>>,
    is_stale: bool,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountFacts {
    sid: String,
    region: String,
    state: String,
    twilio_status: String,
    kind: String,
    parent_sid: Option<String>,
    credential_state: String,
    health: String,
    health_since: DateTime<Utc>,
    balance: Option<String>,
    balance_at: Option<DateTime<Utc>>,
    verified_at: Option<DateTime<Utc>>,
    checked_at: Option<DateTime<Utc>>,
    synced_at: Option<DateTime<Utc>>,
    paused_at: Option<DateTime<Utc>>,
    rights: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NumberFacts {
    sid: String,
    number: String,
    country: Option<String>,
    state: String,
    at_twilio: String,
    takes_calls: bool,
    routing: String,
    routing_problem: Option<String>,
    routing_twilio_code: Option<i32>,
    drifted_at: Option<DateTime<Utc>>,
    seen_at: DateTime<Utc>,
    has_inbound_agent: bool,
    has_outbound_agent: bool,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HealthLine {
    at: DateTime<Utc>,
    before: String,
    after: String,
    reasons: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CallLine {
    sid: String,
    direction: String,
    status: String,
    started_at: DateTime<Utc>,
    duration_s: Option<i32>,
    sip_code: Option<i32>,
    steps: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorLine {
    sid: String,
    at: DateTime<Utc>,
    level: String,
    code: Option<i32>,
    about: Option<String>,
    text: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct JobLine {
    kind: String,
    state: String,
    attempt: i32,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    last_error: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct IncidentLine {
    name: String,
    impact: String,
    started_at: Option<DateTime<Utc>>,
}

impl SupportBundle {
    /// The same as text for people.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::write(self)
    }

    /// The account's SID.
    #[must_use]
    pub fn account_sid(&self) -> &str {
        &self.account.sid
    }
}

/// Gathers all that is stored of a number or an account. `number` says what is shown of the customer's own numbers. `None` when there
/// is no such thing in the viewer's sight.
///
/// # Errors
/// When the role may not look, or the database fails.
pub async fn support_bundle(
    services: &Services,
    viewer: &Actor,
    about: About,
    number: impl Fn(&E164) -> String,
) -> Result<Option<SupportBundle>, Error> {
    viewer.require(Permission::View)?;
    let Some(subject) = subject(services, viewer, about).await? else {
        return Ok(None);
    };
    let Some(seen) = read::read(services, &subject, None).await? else {
        return Ok(None);
    };
    let diagnosis = diagnose::diagnose(&seen);
    let account = &seen.account;
    let one = seen
        .numbers
        .first()
        .filter(|_| seen.is_of_one)
        .map(|number| number.row.id);
    Ok(Some(SupportBundle {
        made_at: seen.now,
        release: env!("CARGO_PKG_VERSION"),
        summary: fit_to_show(&diagnosis.summary()),
        checks: diagnosis
            .checks
            .iter()
            .map(|check| check_line(&diagnosis, check))
            .collect(),
        account: account_facts(account),
        numbers: seen
            .numbers
            .iter()
            .map(|evidence| NumberFacts {
                number: number(&evidence.row.e164),
                has_inbound_agent: evidence.inbound.is_some(),
                has_outbound_agent: evidence.outbound.is_some(),
                ..number_facts(&evidence.row)
            })
            .collect(),
        health: health(services, account).await?,
        calls: calls(services, account, one).await?,
        errors: errors(services, account).await?,
        jobs: jobs(services, account).await?,
        incidents: incidents(&seen),
    }))
}

fn check_line(diagnosis: &Diagnosis, check: &Check) -> CheckLine {
    let fit = |text: &Option<String>| text.as_deref().map(fit_to_show);
    CheckLine {
        name: check.name.as_str(),
        title: check.name.title(),
        state: check.state.to_string(),
        reason: check.reason.clone(),
        sentence: check.sentence().as_deref().map(fit_to_show),
        evidence: fit_to_show(&check.evidence),
        expected: fit(&check.expected),
        actual: fit(&check.actual),
        fix: check.fix(),
        who_acts: check.who_acts().map(|who| format!("{who:?}").to_uppercase()),
        twilio_code: check.twilio_code,
        same_cause_as: check.same_cause_as.map(CheckName::as_str),
        is_cause: diagnosis.cause == Some(check.name),
        as_of: check.as_of,
        is_stale: check.is_stale,
    }
}

fn account_facts(account: &twilio_account::Model) -> AccountFacts {
    let balance = account.balance.as_ref().zip(account.balance_currency.as_ref());
    let rights = account.rights.0.iter().map(|evidence| {
        let code = evidence
            .twilio_code
            .map(|code| format!(" ({code})"))
            .unwrap_or_default();
        format!("{}: {}{code}", evidence.right, evidence.answer)
    });
    AccountFacts {
        sid: account.sid.clone(),
        region: account.region.clone(),
        state: account.state.to_string(),
        twilio_status: account.twilio_status.to_string(),
        kind: account.kind.to_string(),
        parent_sid: account.owner_sid.clone().filter(|owner| *owner != account.sid),
        credential_state: account.credential_state.to_string(),
        health: account.health.to_string(),
        health_since: account.health_since,
        balance: balance.map(|(amount, currency)| format!("{amount} {currency}")),
        balance_at: account.balance_at,
        verified_at: account.verified_at,
        checked_at: account.checked_at,
        synced_at: account.synced_at,
        paused_at: account.paused_at,
        rights: rights.collect(),
    }
}

fn number_facts(row: &phone_number::Model) -> NumberFacts {
    NumberFacts {
        sid: row.sid.clone(),
        number: String::new(),
        country: row.country.clone(),
        state: row.state.to_string(),
        at_twilio: row.at_twilio.to_string(),
        takes_calls: row.voice,
        routing: row.routing.to_string(),
        routing_problem: row.routing_problem.clone(),
        routing_twilio_code: row.routing_twilio_code,
        drifted_at: row.drifted_at,
        seen_at: row.seen_at,
        has_inbound_agent: false,
        has_outbound_agent: false,
    }
}

async fn health(services: &Services, account: &twilio_account::Model) -> Result<Vec<HealthLine>, DbErr> {
    let changes = health_change::Entity::find()
        .filter(health_change::COLUMN.twilio_account_id.eq(account.id))
        .order_by_desc(health_change::COLUMN.at)
        .limit(ROWS)
        .all(&services.db)
        .await?;
    let lines = changes.into_iter().map(|change| HealthLine {
        at: change.at,
        before: change.before.to_string(),
        after: change.after.to_string(),
        reasons: change.reasons.0.into_iter().map(|reason| reason.code).collect(),
    });
    Ok(lines.collect())
}

async fn calls(
    services: &Services,
    account: &twilio_account::Model,
    one: Option<NumberId>,
) -> Result<Vec<CallLine>, DbErr> {
    let of = match one {
        Some(number) => Condition::all().add(call::COLUMN.phone_number_id.eq(number)),
        None => Condition::all().add(call::COLUMN.twilio_account_id.eq(account.id)),
    };
    let calls = call::Entity::find()
        .filter(of)
        .order_by_desc(call::COLUMN.started_at)
        .limit(ROWS)
        .all(&services.db)
        .await?;
    let ids: Vec<_> = calls.iter().map(|call| call.id).collect();
    let steps = crate::calls::steps_of(services, &ids).await?;
    let lines = calls.into_iter().map(|call| CallLine {
        steps: steps
            .iter()
            .filter(|step| step.call_id == call.id)
            .map(step_line)
            .collect(),
        sid: call.sid,
        direction: call.direction.to_string(),
        status: call.status.to_string(),
        started_at: call.started_at,
        duration_s: call.duration_s,
        sip_code: call.sip_code,
    });
    Ok(lines.collect())
}

fn step_line(step: &call_step::Model) -> String {
    let code = step.code.map(|code| format!(" ({code})")).unwrap_or_default();
    format!("{}{code}", step.kind)
}

async fn errors(services: &Services, account: &twilio_account::Model) -> Result<Vec<ErrorLine>, DbErr> {
    let alerts = twilio_alert::Entity::find()
        .filter(twilio_alert::COLUMN.twilio_account_id.eq(account.id))
        .order_by_desc(twilio_alert::COLUMN.generated_at)
        .limit(ROWS)
        .all(&services.db)
        .await?;
    let lines = alerts.into_iter().map(|alert| ErrorLine {
        sid: alert.sid,
        at: alert.generated_at,
        level: alert.level.to_string(),
        code: alert.error_code,
        about: alert.resource_sid.as_deref().map(fit_to_show),
        text: alert.alert_text.as_deref().map(fit_to_show),
    });
    Ok(lines.collect())
}

async fn jobs(services: &Services, account: &twilio_account::Model) -> Result<Vec<JobLine>, DbErr> {
    let jobs = job::Entity::find()
        .filter(job::COLUMN.twilio_account_id.eq(account.id))
        .order_by_desc(job::COLUMN.id)
        .limit(ROWS)
        .all(&services.db)
        .await?;
    let lines = jobs.into_iter().map(|job| JobLine {
        kind: job.kind,
        state: job.state.to_string(),
        attempt: job.attempt,
        created_at: job.created_at,
        finished_at: job.finished_at,
        last_error: job.last_error.as_deref().map(fit_to_show),
    });
    Ok(lines.collect())
}

fn incidents(seen: &Evidence) -> Vec<IncidentLine> {
    let open = seen.status_page.iter().flat_map(|page| &page.incidents);
    open.map(|incident| IncidentLine {
        name: fit_to_show(&incident.name),
        impact: incident.impact.clone(),
        started_at: incident.started_at,
    })
    .collect()
}
