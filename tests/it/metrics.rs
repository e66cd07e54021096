//! What operators can count: how much waits, what was asked of Twilio, and that no label is about anyone.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use callab_tests::metrics::keep;
use callab_tests::story::CALLER;
use callab_tests::{Story, TestApp};
use chrono::TimeDelta;
use domain::jobs::{self, Known, QueueDepth, QueueName};
use entity::job::{self, JobState};
use entity::{JobId, twilio_account};
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit, set_default_local_recorder,
    with_local_recorder,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};
use twilio_sim::scenario;

/// What may label a metric: names of things of ours, never what they are about.
const LABELS: [&str; 11] = [
    "dependency",
    "endpoint",
    "kind",
    "le",
    "operation",
    "outcome",
    "queue",
    "reason",
    "status",
    "version",
    "webhook",
];

fn waiting(queue: QueueName, waiting: u64, due_for_s: Option<u64>) -> QueueDepth {
    QueueDepth {
        queue,
        waiting,
        oldest_due: due_for_s.map(Duration::from_secs),
    }
}

/// A copy of the job that waits, in another state or of another kind.
async fn another(app: &TestApp, change: impl FnOnce(&mut job::Model)) {
    let mut row = job::Entity::find().one(&app.services.db).await.unwrap().unwrap();
    row.id = JobId(app.services.ids.new_id());
    row.unique_key = row.id.to_string();
    change(&mut row);
    row.into_active_model()
        .reset_all()
        .insert(&app.services.db)
        .await
        .unwrap();
}

/// One job that waits in the urgent queue, due 90 seconds ago.
async fn with_one_job() -> TestApp {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let input = serde_json::json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": "Main" });
    app.owner().done("connectTwilioAccount", "account { id }", input).await;
    job::Entity::delete_many()
        .filter(job::COLUMN.kind.ne("sync-numbers"))
        .exec(&app.services.db)
        .await
        .unwrap();
    app.clock.advance(TimeDelta::seconds(90));
    app
}

#[tokio::test]
async fn what_is_due_is_counted_by_queue_and_what_nobody_here_knows_apart() {
    let app = with_one_job().await;
    let now = domain::Clock::now(&*app.clock);
    another(&app, |row| "routine".clone_into(&mut row.queue)).await;
    another(&app, |row| row.run_at -= TimeDelta::seconds(30)).await;
    another(&app, |row| row.run_at = now + TimeDelta::seconds(1)).await;
    another(&app, |row| row.state = JobState::Running).await;
    another(&app, |row| row.state = JobState::Failed).await;
    another(&app, |row| "of-a-later-release".clone_into(&mut row.kind)).await;
    another(&app, |row| row.version += 1).await;
    let known = [Known {
        kind: "sync-numbers",
        version: 1,
    }];
    let depth = jobs::depth(&app.services, &known).await.unwrap();
    let queues = [
        waiting(QueueName::Urgent, 2, Some(120)),
        waiting(QueueName::Routine, 1, Some(90)),
    ];
    assert_eq!((&depth.queues[..], depth.running, depth.unknown), (&queues[..], 1, 2));
}

#[tokio::test]
async fn the_gauges_follow_the_rows_and_return_to_zero() {
    let recorder = callab::metrics::recorder().unwrap();
    let handle = recorder.handle();
    let _counting = set_default_local_recorder(&recorder);
    let app = with_one_job().await;
    another(&app, |row| "of-a-later-release".clone_into(&mut row.kind)).await;
    let handlers = worker::jobs::handlers();
    worker::measure(&app.services, &handlers).await.unwrap();
    let tells = |line: &str| {
        let told = handle.render();
        assert!(told.lines().any(|told| told == line), "{line} in:\n{told}");
    };
    tells("callab_jobs_waiting{queue=\"urgent\"} 1");
    tells("callab_job_oldest_due_seconds{queue=\"urgent\"} 90");
    tells("callab_job_oldest_due_seconds{queue=\"routine\"} 0");
    tells("callab_jobs_unknown 1");
    tells("callab_account_checks_late_seconds 0");

    app.run_jobs().await;
    worker::measure(&app.services, &handlers).await.unwrap();
    tells("callab_jobs_waiting{queue=\"urgent\"} 0");
    tells("callab_job_oldest_due_seconds{queue=\"urgent\"} 0");
    tells("callab_jobs_running 0");
    tells("callab_twilio_requests_total{endpoint=\"FetchAccount\",outcome=\"ok\"} 1");
}

#[tokio::test]
async fn a_job_taken_back_from_a_silent_worker_is_counted_once() {
    let recorder = callab::metrics::recorder().unwrap();
    let _counting = set_default_local_recorder(&recorder);
    let app = with_one_job().await;
    let lease_until = Some(domain::Clock::now(&*app.clock) - TimeDelta::seconds(1));
    another(&app, |row| {
        (row.state, row.lease_until) = (JobState::Running, lease_until);
    })
    .await;
    for _ in 0..2 {
        jobs::take_back_expired(&app.services, &callab_tests::app::claimer("sweeper"))
            .await
            .unwrap();
    }
    let told = recorder.handle().render();
    assert!(told.contains("callab_job_lease_takeovers_total 1\n"), "{told}");
}

#[tokio::test]
async fn a_check_that_nobody_wrote_a_job_for_is_late() {
    let app = with_one_job().await;
    let late = async || domain::accounts::checks_late(&app.services).await.unwrap();
    assert_eq!(late().await, Duration::ZERO, "before it is due");
    let due = domain::Clock::now(&*app.clock) - TimeDelta::seconds(70);
    twilio_account::Entity::update_many()
        .col_expr(twilio_account::Column::NextCheckAt, Expr::value(due))
        .exec(&app.services.db)
        .await
        .unwrap();
    assert_eq!(late().await, Duration::from_secs(70));
    app.owner()
        .done(
            "disconnectTwilioAccount",
            "account { id }",
            serde_json::json!({ "accountId": account_id(&app).await }),
        )
        .await;
    assert_eq!(late().await, Duration::ZERO, "nobody waits for a disconnected one");
}

async fn account_id(app: &TestApp) -> String {
    let data = app
        .owner()
        .ask("{ twilioAccounts { nodes { id } } }", serde_json::json!({}))
        .await;
    data["twilioAccounts"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

/// Labels are a bounded set of our own words: no SID, id, reference or phone number among them, whatever went on.
#[tokio::test]
async fn no_label_is_about_anyone() {
    let counted = keep();
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "cancelTestCall").await;
    let call = app.sim.ring(CALLER, &story.number);
    app.sim.call_finished(&call).await;
    worker::measure(&app.services, &worker::jobs::handlers()).await.unwrap();
    let told = counted.render();
    for webhook in ["voice", "status", "stream"] {
        let name = format!("callab_webhook_seconds_count{{webhook=\"{webhook}\"");
        assert!(told.contains(&name), "{name} in:\n{told}");
    }
    for line in told.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let Some((_, rest)) = line.split_once('{') else {
            continue;
        };
        let (labels, _) = rest.rsplit_once('}').expect("labels end");
        for label in labels.split(',') {
            let (name, value) = label.split_once('=').expect("a label has a value");
            assert!(LABELS.contains(&name), "{name} in {line}");
            let digits = value.chars().filter(char::is_ascii_digit).count();
            // A phone number has more digits, and a SID, an id and a reference are longer in their quotes.
            assert!(
                name == "le" || (digits < 6 && value.trim_matches('"').len() < 32),
                "an id or a number in {line}"
            );
        }
    }
}

/// Learns the names of what is described.
#[derive(Default)]
struct Names(Mutex<BTreeSet<String>>);

impl Names {
    fn learn(&self, name: &KeyName) {
        self.0.lock().unwrap().insert(name.as_str().to_owned());
    }
}

impl Recorder for Names {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.learn(&name);
    }
    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.learn(&name);
    }
    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.learn(&name);
    }
    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn every_metric_has_its_row_for_the_engineer_on_call() {
    let names = Names::default();
    with_local_recorder(&names, callab::metrics::describe);
    let described = names.0.into_inner().unwrap();
    let page = include_str!("../../docs/operations.md");
    let rows: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|row| row.split(['{', '`']).next())
        .filter(|name| name.starts_with("callab_") || name.ends_with("_seconds"))
        .map(str::to_owned)
        .collect();
    assert_eq!(rows, described);
}
