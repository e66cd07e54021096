//! A diagnosis for which everything is asked afresh: started by a person, worked by the job `diagnose`, and told as it becomes known.

use ::entity::phone_number::{self, NumberState};
use ::entity::{DiagnosisRunId, diagnosis_run, twilio_account};
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::ask::{self, Asked, Question};
use super::checks::Check;
use super::diagnose::{self, Diagnosis};
use super::evidence::Destination;
use super::queries::{About, subject};
use super::read::{self, Subject};
use crate::audit::Act;
use crate::checklist::CheckName;
use crate::events::{Event, kind};
use crate::jobs::{AssessHealth, Diagnose, WorkError, Worked};
use crate::{Actor, Error, Fault, Permission, Refusal, Request, Services, accounts, idempotency, secrets};

/// How many numbers of an account are asked about.
const NUMBERS: u64 = 200;

/// What a diagnosis is started for.
#[derive(Clone, Debug)]
pub struct StartDiagnosis {
    /// The number or the account.
    pub about: About,
    /// Where a call would go.
    pub destination: Option<Destination>,
}

/// Has everything asked afresh.
///
/// # Errors
/// Refused when there is no such number or account.
pub async fn start(
    services: &Services,
    request: &Request,
    wanted: StartDiagnosis,
) -> Result<diagnosis_run::Model, Error> {
    request.actor.require(Permission::CheckAccounts)?;
    let missing = || match wanted.about {
        About::Account(_) => Refusal::not_found("Twilio account", "accountId"),
        About::Number(_) => Refusal::not_found("phone number", "phoneNumberId"),
    };
    let subject = subject(services, &request.actor, wanted.about)
        .await?
        .ok_or_else(missing)?;
    let (account, number) = match &subject {
        Subject::Account(id) => (*id, None),
        Subject::Number(number) => (number.twilio_account_id, Some(number.id)),
    };
    let account = accounts::get(services, account).await?;
    idempotency::check(services, request, account.workspace_id).await?;
    let mut tx = services.begin().await?;
    let run = diagnosis_run::Model {
        id: DiagnosisRunId(services.ids.new_id()),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        phone_number_id: number,
        country: wanted
            .destination
            .as_ref()
            .map(|destination| destination.country.clone()),
        to_number: wanted.destination.and_then(|destination| destination.number),
        asked: json!({}),
        report: None,
        started_by: request.actor.subject.clone(),
        created_at: tx.at(),
        finished_at: None,
    };
    let run = diagnosis_run::ActiveModel::from(run)
        .reset_all()
        .insert(tx.db())
        .await?;
    tx.enqueue(&account, &Diagnose { run: run.id }).await?;
    tx.record(run.workspace_id, changed(&run)).await?;
    let act = Act::on("diagnosis.start", "diagnosis_run", run.id).of(account.id);
    tx.audit(
        request,
        run.workspace_id,
        act.with(json!({ "account": account.id, "number": number })),
    )
    .await?;
    tx.once(request, run.workspace_id, run.id.0).await?;
    tx.commit().await?;
    Ok(run)
}

/// A run that the viewer may see.
///
/// # Errors
/// When the database fails.
pub async fn find_run(
    services: &Services,
    viewer: &Actor,
    id: DiagnosisRunId,
) -> Result<Option<diagnosis_run::Model>, DbErr> {
    let row = diagnosis_run::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| viewer.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// The runs with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn runs_by_ids(services: &Services, ids: &[DiagnosisRunId]) -> Result<Vec<diagnosis_run::Model>, DbErr> {
    diagnosis_run::Entity::find()
        .filter(diagnosis_run::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}

/// The checks of a run that are known so far, in their order; once it is over, all of them, as they were then.
///
/// # Errors
/// When the database fails.
pub async fn known_checks(services: &Services, run: &diagnosis_run::Model) -> Result<Vec<Check>, Fault> {
    if let Some(report) = report(run)? {
        return Ok(report.checks);
    }
    let Some(subject) = subject_of(services, run).await? else {
        return Ok(Vec::new());
    };
    let seen = read::read(services, &subject, destination_of(run)).await?;
    let checks = seen.map(|seen| diagnose::diagnose(&seen).checks).unwrap_or_default();
    Ok(checks
        .into_iter()
        .filter(|check| is_known(check.name, &run.asked))
        .collect())
}

/// The diagnosis at the end of a run; none while it runs.
///
/// # Errors
/// When the row cannot be read.
pub fn report(run: &diagnosis_run::Model) -> Result<Option<Diagnosis>, Fault> {
    let Some(report) = &run.report else { return Ok(None) };
    let unreadable = |_| Fault::Unreadable {
        row: format!("diagnosis_run/{}", run.id),
        what: "its report",
    };
    serde_json::from_value(report.clone()).map(Some).map_err(unreadable)
}

/// Whether everything that a check rests on has been asked.
fn is_known(check: CheckName, asked: &Value) -> bool {
    let is_asked = |question: &Question| asked.get(question.as_str()).is_some();
    Question::behind(check).iter().all(is_asked) && check.depends_on().iter().all(|needed| is_known(*needed, asked))
}

/// `diagnose`: asks everything side by side, and notes each question as it is answered.
///
/// # Errors
/// When something on our side fails; what Twilio does not say is shown as not known.
pub async fn work(services: &Services, id: DiagnosisRunId) -> Result<Worked, WorkError> {
    let Some(run) = diagnosis_run::Entity::find_by_id(id).one(&services.db).await? else {
        return Ok(Worked::Done(json!({ "skipped": "the diagnosis is gone" })));
    };
    if run.finished_at.is_some() {
        return Ok(Worked::Done(json!({ "skipped": "the diagnosis is over" })));
    }
    let Some(subject) = subject_of(services, &run).await? else {
        return Ok(Worked::Done(json!({ "skipped": "the number or account is gone" })));
    };
    let asked = asked_about(services, &run, &subject).await?;
    let run = Mutex::new(run);
    // Each notes its own answer: what waited for the others between two of them would hold up their transactions.
    let questions = Question::ALL.into_iter().map(async |question| {
        ask::ask(services, &asked, question).await?;
        let mut run = run.lock().await;
        *run = note(services, run.clone(), question).await?;
        Ok::<_, WorkError>(())
    });
    try_join_all(questions).await?;
    let run = run.into_inner();
    finish(services, run).await
}

async fn asked_about(services: &Services, run: &diagnosis_run::Model, subject: &Subject) -> Result<Asked, WorkError> {
    let account = twilio_account::Entity::find_by_id(run.twilio_account_id)
        .one(&services.db)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("twilio_account/{}", run.twilio_account_id)))?;
    let numbers = match subject {
        Subject::Number(number) => vec![number.as_ref().clone()],
        Subject::Account(id) => {
            phone_number::Entity::of_account(*id)
                .filter(phone_number::COLUMN.state.eq(NumberState::Added))
                .order_by_asc(phone_number::COLUMN.e164)
                .limit(NUMBERS)
                .all(&services.db)
                .await?
        }
    };
    let connected = accounts::require_connected(&account).is_ok();
    let who = if connected {
        secrets::credentials(services, &account).await?
    } else {
        None
    };
    Ok(Asked {
        account,
        numbers,
        is_of_one: matches!(subject, Subject::Number(_)),
        destination: destination_of(run),
        who,
    })
}

/// Notes that a question was answered, and tells live views.
async fn note(
    services: &Services,
    run: diagnosis_run::Model,
    question: Question,
) -> Result<diagnosis_run::Model, DbErr> {
    let mut asked: Map<String, Value> = run.asked.as_object().cloned().unwrap_or_default();
    let mut tx = services.begin().await?;
    asked.insert(question.as_str().to_owned(), moment(tx.at()));
    let noted = diagnosis_run::ActiveModel {
        id: Unchanged(run.id),
        asked: Set(Value::Object(asked)),
        ..Default::default()
    };
    let run = noted.update(tx.db()).await?;
    tx.record(run.workspace_id, changed(&run)).await?;
    tx.commit().await?;
    Ok(run)
}

async fn finish(services: &Services, run: diagnosis_run::Model) -> Result<Worked, WorkError> {
    // The number's row changed while it was asked about.
    let seen = match subject_of(services, &run).await? {
        Some(subject) => read::read(services, &subject, destination_of(&run)).await?,
        None => None,
    };
    let Some(seen) = seen else {
        return Ok(Worked::Done(json!({ "skipped": "the account is gone" })));
    };
    let diagnosis = diagnose::diagnose(&seen);
    let unreadable = |_| Fault::Unreadable {
        row: format!("diagnosis_run/{}", run.id),
        what: "its report cannot be written",
    };
    let report = serde_json::to_value(&diagnosis).map_err(unreadable)?;
    let mut tx = services.begin().await?;
    let finished = diagnosis_run::ActiveModel {
        id: Unchanged(run.id),
        report: Set(Some(report)),
        finished_at: Set(Some(tx.at())),
        ..Default::default()
    };
    let run = finished.update(tx.db()).await?;
    tx.record(run.workspace_id, changed(&run)).await?;
    // What was learned counts for the account's health as well.
    let account = run.twilio_account_id;
    tx.enqueue((run.workspace_id, account), &AssessHealth { account })
        .await?;
    tx.commit().await?;
    Ok(Worked::Done(
        json!({ "cause": diagnosis.cause, "otherCauses": diagnosis.other_causes }),
    ))
}

/// The number of a run as it is now, or its account.
async fn subject_of(services: &Services, run: &diagnosis_run::Model) -> Result<Option<Subject>, DbErr> {
    let Some(id) = run.phone_number_id else {
        return Ok(Some(Subject::Account(run.twilio_account_id)));
    };
    let number = phone_number::Entity::find_by_id(id).one(&services.db).await?;
    Ok(number.map(|number| Subject::Number(Box::new(number))))
}

fn destination_of(run: &diagnosis_run::Model) -> Option<Destination> {
    Some(Destination {
        country: run.country.clone()?,
        number: run.to_number.clone(),
    })
}

fn moment(at: DateTime<Utc>) -> Value {
    Value::String(at.to_rfc3339())
}

/// The event of a run's change.
fn changed(run: &diagnosis_run::Model) -> Event {
    let data = json!({
        "account": run.twilio_account_id,
        "number": run.phone_number_id,
        "asked": run.asked.as_object().map_or(0, Map::len),
        "finished": run.finished_at.is_some(),
    });
    Event {
        kind: kind::DIAGNOSIS,
        subject: run.id.0,
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_known_once_all_that_it_rests_on_was_asked() {
        let asked = |questions: &[Question]| {
            let names = questions
                .iter()
                .map(|question| (question.as_str().to_owned(), Value::Null));
            Value::Object(names.collect())
        };
        let nothing = asked(&[]);
        let at_once: Vec<CheckName> = CheckName::ALL
            .into_iter()
            .filter(|check| is_known(*check, &nothing))
            .collect();
        assert_eq!(at_once, [CheckName::SidFormat, CheckName::AgentAssigned]);
        assert!(is_known(CheckName::TokenAccepted, &asked(&[Question::Account])));
        // It depends on the account as well.
        assert!(!is_known(
            CheckName::GeoPermission,
            &asked(&[Question::Destination, Question::Log])
        ));
        let all = asked(&Question::ALL);
        assert!(CheckName::ALL.into_iter().all(|check| is_known(check, &all)));
    }
}
