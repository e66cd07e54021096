//! Twilio's own call log and error log: read on from where it was, and merged with what the webhooks saw.

use callab_tests::hook::Hook;
use callab_tests::{TestAgent, TestApp};
use chrono::TimeDelta;
use domain::jobs::SyncCalls;
use domain::{Clock as _, pruning};
use entity::{call, call_reading, call_step, job, test_call, twilio_account, twilio_alert};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::{Value, json};
use twilio_sim::{
    AlertSpec, Fault, FaultKind, Insights, LogLevel, Match, NumberSpec, SimAccount, SimQuality, scenario,
};

const CALLER: &str = "+14155550177";
const NUMBER: &str = "+14155550101";
const SECOND: &str = "+14155550102";

const CALL: &str = "sid status result direction durationSeconds price { amount currency } endedAt logSeenAt setupMs \
                    agent { externalId } account { id } error { code text check } alerts { level error { code text } } \
                    steps { kind detail } quality { isPartial tags postDialDelayMs streams { edge direction jitterMaxMs } }";

struct Ready {
    app: TestApp,
    account: SimAccount,
    id: String,
    number: String,
}

/// An account whose first number is in use, and answered by an agent if there is one.
async fn ready(agent: Option<&TestAgent>) -> Ready {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    let id = app.connect(&owner, &account).await;
    let number = app.add(&owner, NUMBER, "Main").await;
    if let Some(agent) = agent {
        let agent = app.agent(&owner, "a1", agent.url()).await;
        app.assign(&owner, &number, &agent, "INBOUND").await;
    }
    Ready {
        app,
        account,
        id,
        number,
    }
}

async fn row(app: &TestApp, account: &SimAccount) -> twilio_account::Model {
    let row = twilio_account::Entity::find().filter(twilio_account::COLUMN.sid.eq(&account.sid));
    row.one(&app.services.db).await.unwrap().unwrap()
}

/// Has the calls read now, and answers the job's row.
async fn sync_job(app: &TestApp, account: &SimAccount) -> job::Model {
    let row = row(app, account).await;
    let mut tx = app.services.begin().await.unwrap();
    let id = tx.enqueue(&row, &SyncCalls { account: row.id }).await.unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    let job = job::Entity::find_by_id(id).one(&app.services.db).await.unwrap();
    job.unwrap()
}

async fn sync(app: &TestApp, account: &SimAccount) -> Value {
    let job = sync_job(app, account).await;
    job.report.clone().unwrap_or_else(|| panic!("no report: {job:?}"))
}

async fn calls(app: &TestApp, filter: &str) -> Vec<Value> {
    let document = format!("{{ calls{filter} {{ nodes {{ {CALL} }} }} }}");
    let data = app.owner().ask(&document, json!({})).await;
    data["calls"]["nodes"].as_array().unwrap().clone()
}

fn sids(calls: &[Value]) -> Vec<&str> {
    calls.iter().map(|call| call["sid"].as_str().unwrap()).collect()
}

async fn ring(app: &TestApp, to: &str) -> String {
    let sid = app.sim.ring(CALLER, to);
    app.sim.call_rated(&sid).await;
    sid
}

#[tokio::test]
async fn a_call_that_only_the_log_tells_of_is_kept_and_reading_twice_changes_nothing() {
    let Ready { app, account, id, .. } = ready(None).await;
    let sid = ring(&app, NUMBER).await;
    let report = sync(&app, &account).await;
    assert_eq!(
        (&report["calls"]["added"], &report["calls"]["changed"]),
        (&json!(1), &json!(0))
    );
    let told = calls(&app, "").await.remove(0);
    assert_eq!(
        (&told["sid"], &told["status"], &told["result"]),
        (&json!(sid), &json!("COMPLETED"), &json!("ANSWERED"))
    );
    assert_eq!(told["price"], json!({ "amount": "0.00850", "currency": "USD" }));
    assert_eq!((&told["account"]["id"], &told["steps"]), (&json!(id), &json!([])));
    assert!(!told["endedAt"].is_null() && !told["logSeenAt"].is_null(), "{told}");

    let before = call::Entity::find().all(&app.services.db).await.unwrap();
    app.clock.advance(TimeDelta::minutes(10));
    let report = sync(&app, &account).await;
    assert_eq!(
        (&report["calls"]["added"], &report["calls"]["changed"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(call::Entity::find().all(&app.services.db).await.unwrap(), before);
}

#[tokio::test]
async fn what_a_webhook_saw_stays_and_the_log_adds_price_and_a_lost_end() {
    let agent = TestAgent::start().await.unwrap();
    let Ready { app, account, .. } = ready(Some(&agent)).await;
    ring(&app, NUMBER).await;
    let before = calls(&app, "").await.remove(0);
    assert_eq!((&before["price"], &before["logSeenAt"]), (&Value::Null, &Value::Null));
    let report = sync(&app, &account).await;
    assert_eq!(
        (&report["calls"]["added"], &report["calls"]["changed"]),
        (&json!(0), &json!(1))
    );
    let after = calls(&app, "").await.remove(0);
    assert_eq!(
        (&after["steps"], &after["agent"]),
        (&before["steps"], &json!({ "externalId": "a1" }))
    );
    assert_eq!(after["price"]["amount"], "0.00850");

    // As if the last callback of another call had been lost.
    ring(&app, NUMBER).await;
    let lost = call::Entity::find()
        .order_by_desc(call::COLUMN.id)
        .one(&app.services.db)
        .await;
    let lost = lost.unwrap().unwrap();
    let open = call::ActiveModel {
        id: Unchanged(lost.id),
        status: Set(call::CallStatus::InProgress),
        ended_at: Set(None),
        ..Default::default()
    };
    open.update(&app.services.db).await.unwrap();
    call_step::Entity::delete_many()
        .filter(call_step::COLUMN.call_id.eq(lost.id))
        .filter(call_step::COLUMN.kind.eq(call_step::StepKind::Ended))
        .exec(&app.services.db)
        .await
        .unwrap();
    // A call that is open is looked for on its own day, whatever was read since.
    app.clock.advance(TimeDelta::hours(30));
    sync(&app, &account).await;
    let told = calls(&app, "").await.remove(0);
    assert_eq!((&told["sid"], &told["status"]), (&json!(lost.sid), &json!("COMPLETED")));
    let steps = told["steps"].as_array().unwrap();
    assert!(
        steps.contains(&json!({ "kind": "ENDED", "detail": "completed" })),
        "{steps:?}"
    );
}

#[tokio::test]
async fn legs_and_calls_of_numbers_that_are_not_listed_are_counted_and_left_out() {
    let Ready {
        app, account, number, ..
    } = ready(None).await;
    let sip = app.agent(&app.owner(), "a2", "sip:agent@pbx.example").await;
    app.assign(&app.owner(), &number, &sip, "INBOUND").await;
    ring(&app, NUMBER).await;
    let unknown = NumberSpec {
        phone_number: "+14155550199".into(),
        ..NumberSpec::default()
    };
    app.sim.add_number(&account.sid, unknown);
    ring(&app, "+14155550199").await;
    let report = sync(&app, &account).await["calls"].clone();
    assert_eq!(
        report,
        json!({ "added": 0, "changed": 1, "legs": 1, "ofOtherNumbers": 1 })
    );
    assert_eq!(calls(&app, "").await.len(), 1);
}

#[tokio::test]
async fn twilios_errors_are_attached_and_an_unknown_code_keeps_its_text() {
    let Ready { app, account, .. } = ready(None).await;
    let [first, second, third] = [
        ring(&app, NUMBER).await,
        ring(&app, NUMBER).await,
        ring(&app, NUMBER).await,
    ];
    let plant = |sid: &str, error_code, log_level, message: &str| {
        let spec = AlertSpec {
            error_code,
            log_level,
            message: message.into(),
            resource_sid: Some(sid.to_owned()),
            ..AlertSpec::default()
        };
        app.sim.plant_alert(&account.sid, spec);
    };
    plant(&first, 15003, LogLevel::Warning, "Got HTTP 500");
    app.clock.advance(TimeDelta::seconds(1));
    plant(
        &first,
        11200,
        LogLevel::Error,
        "Got HTTP 502 from https://a.example/x?From=+14155550177",
    );
    plant(&second, 77_777, LogLevel::Error, "Caller +14155550177 broke the line");
    plant(&third, 15003, LogLevel::Warning, "Got HTTP 500");
    assert_eq!(sync(&app, &account).await["errors"], 4);
    let told = |calls: &[Value], sid: &str| calls.iter().find(|call| call["sid"] == json!(sid)).unwrap().clone();
    let all = calls(&app, "").await;
    let known = told(&all, &first)["error"].clone();
    assert_eq!(
        (&known["code"], &known["check"]),
        (&json!(11200), &json!("WEBHOOK_ANSWERED"))
    );
    assert!(known["text"].as_str().unwrap().contains("asked Callab"), "{known}");
    assert_eq!(
        told(&all, &first)["alerts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|alert| &alert["level"])
            .collect::<Vec<_>>(),
        ["WARNING", "ERROR"]
    );
    let unknown = told(&all, &second)["error"].clone();
    assert_eq!((&unknown["code"], &unknown["check"]), (&json!(77_777), &Value::Null));
    assert_eq!(unknown["text"], "Caller +••• broke the line");
    assert_eq!(told(&all, &third)["error"], Value::Null, "a warning is no failure");
    assert_eq!(sids(&calls(&app, "(errorCode: 77777)").await), [&second]);

    // Once more, and a call that the log tells of after its error.
    assert_eq!(sync(&app, &account).await["errors"], 0);
    call_step::Entity::delete_many().exec(&app.services.db).await.unwrap();
    call::Entity::delete_many().exec(&app.services.db).await.unwrap();
    assert_eq!(sync(&app, &account).await["calls"]["added"], 3);
    assert_eq!(sids(&calls(&app, "(errorCode: 11200)").await), [&first]);
}

#[tokio::test]
async fn an_error_log_that_may_not_be_read_costs_no_calls_and_a_silence_is_asked_again() {
    let Ready { app, account, .. } = ready(None).await;
    ring(&app, NUMBER).await;
    let on_alerts = |status, code| Fault {
        on: Match {
            path: Some("Alerts".into()),
            ..Match::default()
        },
        times: None,
        kind: FaultKind::Status {
            status,
            code,
            message: "no".into(),
        },
    };
    app.sim.fail(on_alerts(403, 20006));
    let report = sync(&app, &account).await;
    assert_eq!(
        (&report["calls"]["added"], &report["errors"]["twilioCode"]),
        (&json!(1), &json!(20006))
    );
    app.sim.clear_faults();
    app.sim.fail(on_alerts(503, 20503));
    ring(&app, NUMBER).await;
    let job = sync_job(&app, &account).await;
    assert_eq!((job.state, job.report), (job::JobState::Waiting, None));
    assert_eq!(calls(&app, "").await.len(), 2, "what was read stays");
    app.sim.clear_faults();
    app.pass(TimeDelta::minutes(10)).await;
    let read = row(&app, &account).await;
    assert!(read.alerts_read_until.is_some(), "and was asked again");
}

/// A log of many pages is gone on with where the last attempt stopped, and a page that is good no more is begun anew.
#[tokio::test]
async fn a_reading_that_was_interrupted_goes_on() {
    let Ready { app, account, .. } = ready(None).await;
    let mut rung = Vec::new();
    for _ in 0..3 {
        rung.push(ring(&app, NUMBER).await);
        app.clock.advance(TimeDelta::seconds(1));
    }
    let place = |address: String| {
        let page = json!({ "address": address, "last": null, "empty": 0 });
        json!({ "begun": app.clock.now(), "from": app.clock.now().date_naive(), "page": page })
    };
    let goes_on = async |place: Value| {
        let reading = call_reading::ActiveModel {
            twilio_account_id: Set(row(&app, &account).await.id),
            place: Set(place),
        };
        reading.insert(&app.services.db).await.unwrap();
    };
    let second_page = format!("/2010-04-01/Accounts/{}/Calls.json?PageSize=1&Page=1", account.sid);
    goes_on(place(second_page)).await;
    assert_eq!(sync(&app, &account).await["calls"]["added"], 2);
    assert_eq!(sids(&calls(&app, "").await), [&rung[1], &rung[0]]);
    let left = call_reading::Entity::find().count(&app.services.db).await.unwrap();
    let read_until = row(&app, &account).await.calls_read_until;
    assert_eq!((left, read_until), (0, Some(app.clock.now())));

    goes_on(place(format!("/2010-04-01/Accounts/{}/Calls/Gone.json", account.sid))).await;
    assert_eq!(sync(&app, &account).await["calls"]["added"], 1);
    assert_eq!(calls(&app, "").await.len(), 3);
}

#[tokio::test]
async fn calls_are_found_by_what_is_asked_for() {
    let Ready {
        app,
        account,
        id,
        number,
    } = ready(None).await;
    let [first, second] = [ring(&app, NUMBER).await, ring(&app, SECOND).await];
    let between = app.clock.now() + TimeDelta::seconds(30);
    app.clock.advance(TimeDelta::minutes(1));
    let third = ring(&app, NUMBER).await;
    sync(&app, &account).await;
    let between = between.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let found = async |filter: &str| {
        let mut found: Vec<String> = sids(&calls(&app, filter).await)
            .into_iter()
            .map(str::to_owned)
            .collect();
        found.sort();
        found
    };
    let sorted = |sids: &[&String]| {
        let mut sids: Vec<String> = sids.iter().map(|sid| (*sid).clone()).collect();
        sids.sort();
        sids
    };
    assert_eq!(
        found(&format!("(phoneNumberId: \"{number}\")")).await,
        sorted(&[&first, &third])
    );
    assert_eq!(
        found(&format!("(accountId: \"{id}\")")).await,
        sorted(&[&first, &second, &third])
    );
    assert_eq!(found("(accountId: \"nonsense\")").await, sorted(&[]));
    assert_eq!(found("(direction: OUTBOUND)").await, sorted(&[]));
    assert_eq!(found("(result: ANSWERED)").await, sorted(&[&first, &second, &third]));
    assert_eq!(found("(result: BUSY)").await, sorted(&[]));
    assert_eq!(found(&format!("(from: \"{between}\")")).await, sorted(&[&third]));
    assert_eq!(found(&format!("(to: \"{between}\")")).await, sorted(&[&first, &second]));
}

#[tokio::test]
async fn quality_is_read_where_it_was_bought_and_never_switched_on() {
    let agent = TestAgent::start().await.unwrap();
    let Ready { app, account, .. } = ready(Some(&agent)).await;
    let sid = ring(&app, NUMBER).await;
    app.clock.advance(TimeDelta::minutes(31));
    assert_eq!(sync(&app, &account).await["quality"], Value::Null);
    app.sim.set_insights(&account.sid, Insights::On);
    let bad = SimQuality {
        jitter_max_ms: 44.0,
        tags: vec!["high_jitter".into()],
        ..SimQuality::default()
    };
    app.sim.set_quality(&sid, bad);
    assert_eq!(sync(&app, &account).await["quality"], 1);
    let quality = calls(&app, "").await.remove(0)["quality"].clone();
    assert_eq!(
        (&quality["isPartial"], &quality["tags"]),
        (&json!(false), &json!(["high_jitter"]))
    );
    assert_eq!(quality["streams"][0]["jitterMaxMs"], json!("44.0"), "{quality}");
    assert_eq!(sync(&app, &account).await["quality"], Value::Null, "it is final");
    assert_eq!(app.sim.count_requests_to("POST", "Settings"), 0);
}

#[tokio::test]
async fn calls_go_after_their_time_with_all_that_leads_to_them() {
    let agent = TestAgent::start().await.unwrap();
    let Ready {
        app, account, number, ..
    } = ready(Some(&agent)).await;
    let owner = app.owner();
    let input = json!({ "phoneNumberId": number, "kind": "AWAIT_INBOUND" });
    owner.done("startTestCall", "testCall { id }", input).await;
    app.run_jobs().await;
    ring(&app, NUMBER).await;
    app.pass(TimeDelta::seconds(10)).await;
    app.pass(TimeDelta::minutes(1)).await; // The reading that a test asks for.
    let tests = test_call::Entity::find().all(&app.services.db).await.unwrap();
    assert!(tests[0].call_id.is_some(), "the test shows the call");
    let spec = AlertSpec {
        error_code: 11200,
        ..AlertSpec::default()
    };
    app.sim.plant_alert(&account.sid, spec);
    sync(&app, &account).await;
    app.clock.advance(TimeDelta::days(60));
    let young = app.sim.ring(CALLER, NUMBER);
    app.sim.call_finished(&young).await;
    let left = async || {
        let db = &app.services.db;
        (
            call::Entity::find().count(db).await.unwrap(),
            call_step::Entity::find().count(db).await.unwrap() > 0,
            test_call::Entity::find().count(db).await.unwrap(),
            twilio_alert::Entity::find().count(db).await.unwrap(),
        )
    };
    assert_eq!(left().await, (2, true, 1, 1));
    pruning::prune(&app.services).await.unwrap();
    assert_eq!(
        left().await,
        (2, true, 1, 0),
        "alerts are kept for 30 days, calls for 90"
    );
    app.clock.advance(TimeDelta::days(31));
    let pruned = pruning::prune(&app.services).await.unwrap();
    assert_eq!((pruned.calls, pruned.test_calls), (1, 1));
    assert_eq!(left().await, (1, true, 0, 0));
    assert_eq!(sids(&calls(&app, "").await), [&young]);
}

/// A signature has no end: what was heard long ago can be said again, when the call's row is deleted and nothing tells that it
/// was.
#[tokio::test]
async fn a_call_that_is_told_again_after_its_row_was_deleted_does_not_stay() {
    let agent = TestAgent::start().await.unwrap();
    let Ready { app, account, .. } = ready(Some(&agent)).await;
    let sid = app.sim.ring(CALLER, NUMBER);
    app.sim.call_finished(&sid).await;
    let ended_at = app.clock.now();
    let routed = app.sim.numbers(&account.sid).into_iter();
    let routed = routed.into_iter().find(|number| number.phone_number == NUMBER).unwrap();
    let heard = |sid: &str, status: &str, more: &[(&str, &str)]| {
        let mut form = vec![
            ("AccountSid", account.sid.as_str()),
            ("CallSid", sid),
            ("CallStatus", status),
            ("From", CALLER),
            ("To", NUMBER),
        ];
        form.extend_from_slice(more);
        let url = if status == "completed" {
            &routed.status_callback
        } else {
            &routed.voice_url
        };
        Hook::signed(&account.auth_token, url, &form)
    };
    let question = heard(&sid, "ringing", &[]);
    let end = heard(&sid, "completed", &[("Timestamp", &ended_at.to_rfc2822())]);
    let made_up = heard("CA00000000000000000000000000000001", "ringing", &[]);
    let kept = async || {
        let all = call::Entity::find().order_by_asc(call::COLUMN.started_at);
        let all = all.all(&app.services.db).await.unwrap();
        all.into_iter().map(|call| call.sid).collect::<Vec<_>>()
    };
    app.clock.advance(TimeDelta::days(89));
    assert_eq!(end.clone().send().await.status, 204);
    assert_eq!(kept().await, [sid.as_str()]);
    app.clock.advance(TimeDelta::days(2));
    pruning::prune(&app.services).await.unwrap();
    assert!(kept().await.is_empty());

    // Twilio signed a time with it: it is over, and stays so.
    assert_eq!(end.send().await.status, 204);
    assert!(kept().await.is_empty());
    // It did not, so this may be a call; and so may one that never was.
    for hook in [question, made_up] {
        assert_eq!(hook.send().await.status, 200);
    }
    let young = app.sim.ring(CALLER, NUMBER);
    app.sim.call_finished(&young).await;
    assert_eq!(kept().await.len(), 3);
    assert_eq!(sync(&app, &account).await["replayed"], 0, "Twilio's log may lag");
    assert_eq!(kept().await.len(), 3);
    app.clock.advance(TimeDelta::hours(3));
    assert_eq!(sync(&app, &account).await["replayed"], 2);
    assert_eq!(kept().await, [young.as_str()]);
    let steps = call_step::Entity::find().count(&app.services.db).await.unwrap();
    assert!(steps > 0, "those of the call that there is");
    let asked = app.sim.count_requests();
    sync(&app, &account).await;
    let again = app.sim.count_requests() - asked;
    sync(&app, &account).await;
    assert_eq!(
        app.sim.count_requests() - asked - again,
        again,
        "and nothing is asked for again and again"
    );
}
