//! The chain at work: many sequencers, crashes, rotations, erasures, and what is told on the way of other acts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use callab_tests::hook::Hook;
use callab_tests::story::MUTATIONS;
use callab_tests::{Story, TestAgent, TestApp};
use chrono::TimeDelta;
use domain::Clock as _;
use domain::audit::{self, Forgotten, Operator};
use entity::token_rotation::{self, RotationState};
use entity::{AuditEntryId, TokenRotationId, audit_entry, twilio_account, workspace_key};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, IntoActiveModel as _, QueryOrder as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use twilio_sim::{SimAccount, scenario};
use vault::{FRESH_FOR, KeyName, KeySource, MasterKeys, Sealed, Vault};

use super::{act, chained, entries, fault, verify, workspace};

#[tokio::test]
async fn sequencers_side_by_side_leave_no_gap_and_give_no_place_twice() {
    let app = Arc::new(TestApp::start().await);
    let workspaces = [workspace(&app, "a").await, workspace(&app, "b").await];
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let app = Arc::clone(&app);
        tasks.spawn(async move {
            for n in 0..25 {
                act(&app, workspaces[n % 2], "anna", worker * 100 + n).await;
                audit::chain(&app.services).await.unwrap();
                if n % 5 == 0 {
                    // While the others write.
                    assert_eq!(fault(&app, workspaces[n % 2], &[]).await, None);
                }
            }
        });
    }
    tasks.join_all().await;
    audit::chain(&app.services).await.unwrap();
    for (workspace, written) in workspaces.into_iter().zip([52, 48]) {
        let found = verify(&app, workspace, &[]).await;
        assert_eq!((found.entries, found.waiting, found.fault), (written, 0, None));
        let places: Vec<i64> = entries(&app, workspace)
            .await
            .iter()
            .filter_map(|entry| entry.seq)
            .collect();
        assert_eq!(places, (1..=written).collect::<Vec<i64>>());
    }
}

#[tokio::test]
async fn an_entry_whose_process_died_after_the_commit_gets_its_place_from_another() {
    let app = TestApp::start().await;
    let workspace = chained(&app, "a").await;
    let mut left = entries(&app, workspace).await.remove(0);
    left.id = AuditEntryId(app.services.ids.new_id());
    (left.seq, left.salt, left.personal_digest, left.digest, left.mac) = (None, None, None, None, None);
    audit_entry::Entity::insert(left.into_active_model())
        .exec_without_returning(&app.services.db)
        .await
        .unwrap();
    // Nobody is told.
    let verified = app
        .until("the entry has its place", async || {
            let found = verify(&app, workspace, &[]).await;
            (found.entries == 7).then_some(found)
        })
        .await;
    assert_eq!((verified.waiting, verified.fault), (0, None));
}

#[tokio::test]
async fn a_rotation_of_master_keys_does_not_break_the_chain() {
    let (old, new) = (MasterKeys::generate(), MasterKeys::generate());
    let text = |keys: &MasterKeys| keys.to_text().expose_secret().to_owned();
    let both = MasterKeys::parse(format!("{}{}", text(&new), text(&old)).as_bytes()).unwrap();
    let app = TestApp::start_with(|services| services.vault = Arc::new(Vault::new(old))).await;
    let workspace = chained(&app, "a").await;
    let db = &app.services.db;
    let row = workspace_key::Entity::find_by_id(workspace)
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let sealed = Sealed {
        key: KeyName::from(row.master_key.clone()),
        bytes: row.sealed.clone(),
    };
    let binding = format!("workspace_key/{workspace}");
    let resealed = Vault::new(both)
        .reseal_workspace_key(&binding, &sealed)
        .unwrap()
        .unwrap();
    let mut row = row.into_active_model();
    (row.master_key, row.sealed) = (Set(resealed.key.to_string()), Set(resealed.bytes));
    workspace_key::Entity::update(row).exec(db).await.unwrap();
    let found = audit::verify(
        (db, &Vault::new(new)),
        app.clock.as_ref(),
        workspace,
        &audit::Known::default(),
    )
    .await
    .unwrap();
    assert_eq!((found.entries, found.fault), (6, None));
}

#[tokio::test]
async fn who_a_person_was_can_be_erased_and_the_chain_still_holds() {
    let app = TestApp::start().await;
    let workspace = chained(&app, "a").await;
    let before = entries(&app, workspace).await;
    let whom = Forgotten {
        workspace,
        actor: "anna".to_owned(),
    };
    let services = &app.services;
    let operator = Operator {
        name: "olga".to_owned(),
        request_id: "an erasure".to_owned(),
    };
    let tools = (services.clock.as_ref(), services.ids.as_ref());
    let erased = audit::erase((&services.db, &services.vault), tools, &operator, &whom)
        .await
        .unwrap();
    assert_eq!(erased, 3);
    audit::chain(services).await.unwrap();
    let found = verify(&app, workspace, &[]).await;
    assert_eq!((found.entries, found.erased, found.fault), (7, 3, None));
    let now = entries(&app, workspace).await;
    let text = format!("{now:?}");
    assert!(!text.contains("anna"), "{text}");
    for (before, now) in before.iter().zip(&now) {
        assert_eq!(
            (&before.mac, &before.digest, before.at),
            (&now.mac, &now.digest, now.at)
        );
        assert_eq!(before.action, now.action);
        assert_eq!(before.actor == "anna", now.erased_at.is_some());
        if now.erased_at.is_some() {
            assert_eq!(
                (now.actor.as_str(), &now.address, &now.request_id, &now.salt),
                ("", &None, &None, &None)
            );
            assert_eq!(now.detail, json!({}));
        }
    }
    let told = &now[6];
    assert_eq!(
        (told.action.as_str(), told.actor.as_str()),
        ("audit.erase", "operator/olga")
    );
    assert_eq!(told.detail, json!({ "entries": 3 }));
}

/// Entries of one action, oldest first: actor, outcome, detail.
async fn told(app: &TestApp, action: &str) -> Vec<(String, String, Value)> {
    let all = audit_entry::Entity::find().order_by_asc(audit_entry::COLUMN.id);
    let all = all.all(&app.services.db).await.unwrap();
    let of_action = all.into_iter().filter(|entry| entry.action == action);
    of_action
        .map(|entry| (entry.actor, entry.outcome, entry.detail))
        .collect()
}

#[tokio::test]
async fn each_unsealing_of_a_credential_is_told_and_routine_once_a_day() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell(&app, "connectTwilioAccount").await;
    let verify_account = async || {
        let input = json!({ "accountId": story.ids.account });
        story.client.done("verifyTwilioAccount", "account { id }", input).await;
        app.run_jobs().await;
    };
    verify_account().await;
    let first = told(&app, "credential.open").await;
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!((first[0].0.as_str(), first[0].1.as_str()), ("worker", "OK"));
    for _ in 0..5 {
        app.clock.advance(TimeDelta::minutes(5)); // It is opened anew each time.
        verify_account().await;
    }
    assert_eq!(told(&app, "credential.open").await.len(), 1);
    app.clock.advance(TimeDelta::hours(24));
    verify_account().await;
    assert_eq!(told(&app, "credential.open").await.len(), 2);

    // A person's request is told each time that it opens the credential, and not when it is open still.
    app.clock.advance(TimeDelta::minutes(5));
    let pasted = json!({ "accountId": story.ids.account, "authToken": story.twilio.auth_token });
    for _ in 0..2 {
        story
            .client
            .done("updateTwilioAccount", "account { id }", pasted.clone())
            .await;
    }
    let by_person = told(&app, "credential.open").await.split_off(2);
    assert_eq!(by_person.len(), 1, "{by_person:?}");
    assert_eq!(by_person[0].0, "owner@a");
    assert_eq!(by_person[0].2, json!({ "for": "request" }));
}

#[tokio::test]
async fn each_write_at_twilio_is_told_before_and_after() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    for mutation in ["connectTwilioAccount", "addPhoneNumber", "registerAgent", "assignAgent"] {
        story.tell(&app, mutation).await;
    }
    app.run_jobs().await;
    let writes = told(&app, "twilio.update_number").await;
    let outcomes: Vec<&str> = writes.iter().map(|(_, outcome, _)| outcome.as_str()).collect();
    assert_eq!(outcomes, ["STARTED", "OK"], "{writes:?}");
    for (actor, _, detail) in &writes {
        assert_eq!(actor, "worker");
        let fields = detail["fields"].as_array().unwrap();
        assert!(fields.contains(&json!("voice_url")), "{detail}");
        assert!(!detail.to_string().contains("http"), "{detail}");
    }
    audit::chain(&app.services).await.unwrap();
    let workspace = workspace(&app, "a").await;
    assert_eq!(fault(&app, workspace, &[]).await, None);
}

/// Whatever is written at Twilio in the whole story: nothing is written there beside the audit log.
#[tokio::test]
async fn no_write_at_twilio_goes_untold() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    for mutation in MUTATIONS {
        if mutation != "createBillingAlert" {
            story.tell(&app, mutation).await;
            continue;
        }
        let mut input = story.input(mutation);
        input["mirrorAtTwilio"] = json!(true);
        let alert = story.client.done(mutation, Story::fields(mutation), input).await;
        story.learn(&app, mutation, &alert).await;
    }
    let written = app.sim.requests();
    let written = written.iter().filter(|request| request.method != "GET");
    let paths: Vec<_> = written.map(|request| (&request.method, &request.path)).collect();
    let mut all = audit_entry::Entity::find().all(&app.services.db).await.unwrap();
    all.retain(|entry| entry.action.starts_with("twilio."));
    let (begun, ended): (Vec<_>, Vec<_>) = all.into_iter().partition(|entry| entry.outcome == "STARTED");
    let actions = |entries: &[audit_entry::Model]| {
        let mut actions: Vec<_> = entries.iter().map(|entry| entry.action.clone()).collect();
        actions.sort();
        actions
    };
    assert_eq!(actions(&begun), actions(&ended), "each has its end");
    assert_eq!(begun.len(), paths.len(), "{:#?}\n{paths:#?}", actions(&begun));
    let mut kinds = actions(&begun);
    kinds.dedup();
    let expected = [
        "create_call",
        "create_secondary_token",
        "create_usage_trigger",
        "delete_usage_trigger",
        "promote_secondary_token",
        "update_number",
    ];
    assert_eq!(kinds, expected.map(|kind| format!("twilio.{kind}")));
}

/// An account with a number that an agent answers, some time after all of that was made.
async fn answering(app: &TestApp) -> (SimAccount, TestAgent) {
    let agent = TestAgent::start().await.unwrap();
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    app.connect(&owner, &account).await;
    let number = app.add(&owner, "+14155550101", "Main").await;
    let id = app.agent(&owner, "a1", agent.url()).await;
    app.assign(&owner, &number, &id, "INBOUND").await;
    app.clock.advance(TimeDelta::minutes(2)); // What the jobs opened is open no more.
    (account, agent)
}

#[tokio::test]
async fn a_credential_that_a_webhook_opens_is_told_with_the_request_and_the_address() {
    let app = TestApp::start().await;
    let (account, _agent) = answering(&app).await;
    for _ in 0..2 {
        let sid = app.sim.ring("+14155550177", "+14155550101");
        app.sim.call_finished(&sid).await;
        app.clock.advance(TimeDelta::minutes(2));
    }
    let all = audit_entry::Entity::find().all(&app.services.db).await.unwrap();
    let opened: Vec<_> = all
        .iter()
        .filter(|entry| entry.actor == "unverified webhook" && entry.action == "credential.open")
        .collect();
    assert_eq!(opened.len(), 1, "{opened:?}");
    assert_eq!(
        (opened[0].role.as_str(), opened[0].outcome.as_str()),
        ("unverified webhook", "OK")
    );
    assert_eq!(opened[0].address.as_deref(), Some("127.0.0.1"));
    assert!(opened[0].request_id.is_some());
    assert_eq!(opened[0].detail, json!({ "for": "webhook" }));
    assert!(
        !format!("{all:?}").contains("+14155550177"),
        "a caller's number is nobody's to keep here"
    );
    assert!(!format!("{all:?}").contains(&account.auth_token));
}

/// The one whose signature is yet to be verified is not called Twilio: this one was anybody.
#[tokio::test]
async fn a_forged_webhook_that_opens_a_credential_is_not_told_as_twilio() {
    let app = TestApp::start().await;
    let (account, _agent) = answering(&app).await;
    let before = told(&app, "credential.open").await;
    let routed = app.sim.numbers(&account.sid).into_iter();
    let routed = routed
        .into_iter()
        .find(|number| number.phone_number == "+14155550101")
        .unwrap();
    let form = [
        ("AccountSid", account.sid.as_str()),
        ("CallSid", "CA0123456789abcdef0123456789abcdef"),
    ];
    let forged = Hook::signed("00000000000000000000000000000000", &routed.voice_url, &form);
    assert_eq!(forged.send().await.status, 403);
    let opened = told(&app, "credential.open").await.split_off(before.len());
    let expected = (
        "unverified webhook".to_owned(),
        "OK".to_owned(),
        json!({ "for": "webhook" }),
    );
    assert_eq!(opened, [expected]);
    let all = audit_entry::Entity::find().all(&app.services.db).await.unwrap();
    assert!(all.iter().all(|entry| entry.actor != "twilio"), "{all:?}");
}

/// A token that is held against the stored ones in a transaction that comes to nothing: that they were opened is told all the
/// same.
#[tokio::test]
async fn an_unsealing_is_told_though_its_request_is_refused() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell(&app, "connectTwilioAccount").await;
    app.run_jobs().await;
    app.clock.advance(TimeDelta::minutes(2)); // What the jobs opened is open no more.
    let before = told(&app, "credential.open").await.len();
    // Twilio is asked to promote at this moment: no token may be entered.
    let account = twilio_account::Entity::find()
        .one(&app.services.db)
        .await
        .unwrap()
        .unwrap();
    let at = app.clock.now();
    let promoting = token_rotation::Model {
        id: TokenRotationId(app.services.ids.new_id()),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        state: RotationState::Promoting,
        started_by: "owner@a".to_owned(),
        reason: None,
        twilio_code: None,
        started_at: at,
        secondary_asked_at: Some(at),
        stored_at: Some(at),
        tested_at: Some(at),
        promoting_at: Some(at),
        finished_at: None,
    };
    token_rotation::Entity::insert(token_rotation::ActiveModel::from(promoting).reset_all())
        .exec_without_returning(&app.services.db)
        .await
        .unwrap();
    let next = app.sim.rotate_token(&account.sid);
    let pasted = json!({ "accountId": story.ids.account, "authToken": next });
    let refused = story.client.refused("updateTwilioAccount", pasted).await;
    assert_eq!(refused[0].0, "ROTATION_UNDER_WAY");
    let opened = told(&app, "credential.open").await.split_off(before);
    let expected = ("owner@a".to_owned(), "OK".to_owned(), json!({ "for": "request" }));
    assert_eq!(opened, [expected]);
}

/// The command that prints the master keys may take its time: no transaction is open meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_slow_to_come_keeps_no_writer_waiting() {
    let folder = TempDir::new().unwrap();
    let (path, slow) = (folder.path().join("master.key"), folder.path().join("slow"));
    MasterKeys::generate_file(&path).unwrap();
    let script = format!(
        "if test -e {}; then sleep 5; fi; cat {}",
        slow.display(),
        path.display()
    );
    let source = KeySource::Command(["/bin/sh", "-c", &script].map(str::to_owned).to_vec());
    let vault = Arc::new(Vault::open(source).unwrap());
    let app = TestApp::start_with(|services| services.vault = vault).await;
    std::fs::write(&slow, "").unwrap();
    tokio::time::sleep(FRESH_FOR).await;
    let workspace = workspace(&app, "a").await;
    // The sequencer has this workspace's key made now, and reads the master keys for it.
    act(&app, workspace, "anna", 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    act(&app, workspace, "anna", 2).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(
        entries(&app, workspace).await.iter().all(|entry| entry.seq.is_none()),
        "the key is still on its way"
    );
    app.until("the entries have their places", async || {
        let found = verify(&app, workspace, &[]).await;
        (found.entries == 2).then_some(())
    })
    .await;
}
