//! Somebody who may write to the database, and does not have the vault's keys.

use callab_tests::TestApp;
use domain::audit::{self, FaultKind, Known};
use entity::{AuditEntryId, WorkspaceId, audit_entry, audit_head};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _};
use twilio_sim::scenario;

use super::{act, caught_up, chained, entries, fault, off_guard, run, verify, verify_by, workspace};

#[tokio::test]
async fn the_tables_refuse_changes_and_deletions() {
    let app = TestApp::start().await;
    chained(&app, "a").await;
    let refused = [
        "UPDATE audit_entry SET action = 'agent.remove' WHERE seq = 3",
        "UPDATE audit_entry SET actor = 'carla' WHERE seq = 3",
        "UPDATE audit_entry SET detail = '{}' WHERE seq = 3",
        "UPDATE audit_entry SET seq = 9 WHERE seq = 3",
        "UPDATE audit_entry SET seq = NULL WHERE seq = 3",
        "UPDATE audit_entry SET mac = digest WHERE seq = 3",
        "UPDATE audit_entry SET actor = '', request_id = NULL, address = NULL, detail = '{}', salt = NULL, erased_at = at,
             erased_mac = mac, action = 'agent.remove' WHERE seq = 3",
        "DELETE FROM audit_entry WHERE seq = 3",
        "UPDATE audit_head SET seq = 5",
        "UPDATE audit_head SET mac = tag",
        "DELETE FROM audit_head",
    ];
    for sql in refused {
        let error = app.services.db.execute_unprepared(sql).await.unwrap_err();
        assert!(error.to_string().contains("is append-only"), "{sql}: {error}");
    }
    if callab_tests::database::is_postgres() {
        for sql in ["TRUNCATE audit_entry", "TRUNCATE audit_head"] {
            assert!(app.services.db.execute_unprepared(sql).await.is_err(), "{sql}");
        }
    }
}

#[tokio::test]
async fn an_entry_that_waits_for_its_place_is_not_changed_either() {
    let app = TestApp::start().await;
    let workspace = workspace(&app, "a").await;
    let mut tx = app.services.begin().await.unwrap();
    let act = domain::audit::Act::on("agent.update", "agent", 1);
    tx.audit(&super::request("anna", workspace), workspace, act)
        .await
        .unwrap();
    let changed = tx
        .db()
        .execute_unprepared("UPDATE audit_entry SET outcome = 'NOT_FOUND'")
        .await;
    assert!(changed.unwrap_err().to_string().contains("is append-only"));
}

/// What somebody does, and what is found at which number.
const TAMPERINGS: [(&[&str], FaultKind, i64); 13] = [
    (
        &["UPDATE audit_entry SET action = 'agent.remove' WHERE seq = 3"],
        FaultKind::Changed,
        3,
    ),
    (
        &["UPDATE audit_entry SET actor = 'carla' WHERE seq = 1"],
        FaultKind::Changed,
        1,
    ),
    (
        &["UPDATE audit_entry SET detail = '{}' WHERE seq = 6"],
        FaultKind::Changed,
        6,
    ),
    (
        // Its digest as well.
        &["UPDATE audit_entry SET outcome = 'NOT_FOUND', digest = personal_digest WHERE seq = 3"],
        FaultKind::Changed,
        3,
    ),
    (
        // As though we had erased who it was.
        &["UPDATE audit_entry SET actor = '', request_id = NULL, address = NULL, detail = '{}', salt = NULL, erased_at = at,
              erased_mac = mac WHERE seq = 4"],
        FaultKind::Changed,
        4,
    ),
    (&["DELETE FROM audit_entry WHERE seq = 3"], FaultKind::Removed, 3),
    (&["DELETE FROM audit_entry WHERE seq = 1"], FaultKind::Removed, 1),
    (
        // And closed the gap.
        &[
            "DELETE FROM audit_entry WHERE seq = 5",
            "UPDATE audit_entry SET seq = 5 WHERE seq = 6",
        ],
        FaultKind::Forged,
        5,
    ),
    (
        &[
            "UPDATE audit_entry SET seq = 99 WHERE seq = 3",
            "UPDATE audit_entry SET seq = 3 WHERE seq = 4",
            "UPDATE audit_entry SET seq = 4 WHERE seq = 99",
        ],
        FaultKind::Reordered,
        3,
    ),
    (&["DELETE FROM audit_entry WHERE seq >= 5"], FaultKind::CutTail, 5),
    (&["DELETE FROM audit_entry"], FaultKind::CutTail, 1),
    (
        &["DELETE FROM audit_entry WHERE seq >= 5", "DELETE FROM audit_head"],
        FaultKind::HeadLost,
        5,
    ),
    (&["UPDATE audit_head SET seq = 7"], FaultKind::HeadLost, 7),
];

#[tokio::test]
async fn whatever_somebody_does_is_found_where_it_was_done() {
    for (done, kind, seq) in TAMPERINGS {
        let app = TestApp::start().await;
        let workspace = chained(&app, "a").await;
        let intact = verify(&app, workspace, &[]).await;
        assert_eq!((intact.entries, intact.waiting, &intact.fault), (6, 0, &None));
        off_guard(&app).await;
        for sql in done {
            run(&app, sql).await;
        }
        assert_eq!(fault(&app, workspace, &[]).await, Some((kind, seq)), "{done:?}");
    }
}

#[tokio::test]
async fn an_entry_that_somebody_puts_in_is_found() {
    let app = TestApp::start().await;
    let workspace = chained(&app, "a").await;
    off_guard(&app).await;
    let mut forged = entries(&app, workspace).await.remove(5);
    forged.id = AuditEntryId(app.services.ids.new_id());
    forged.seq = Some(7);
    let forged = forged.into_active_model();
    audit_entry::Entity::insert(forged)
        .exec_without_returning(&app.services.db)
        .await
        .unwrap();
    assert_eq!(fault(&app, workspace, &[]).await, Some((FaultKind::Forged, 7)));
    // With the note of the end moved along, too.
    run(&app, "UPDATE audit_head SET seq = 7").await;
    assert_eq!(fault(&app, workspace, &[]).await, Some((FaultKind::Forged, 7)));
}

#[tokio::test]
async fn an_entry_of_another_workspace_is_found() {
    let app = TestApp::start().await;
    let (ours, theirs) = (chained(&app, "a").await, chained(&app, "b").await);
    off_guard(&app).await;
    let (mine, other) = (entries(&app, ours).await, entries(&app, theirs).await);
    // Everything but whose it is changes places: the third entry of one is the third of the other.
    for (entry, to) in [(&mine[2], None), (&other[2], Some(ours)), (&mine[2], Some(theirs))] {
        let mut moved = entry.clone().into_active_model();
        match to {
            None => moved.seq = sea_orm::ActiveValue::Set(Some(99)),
            Some(workspace) => {
                moved.workspace_id = sea_orm::ActiveValue::Set(workspace);
                moved.seq = sea_orm::ActiveValue::Set(Some(3));
            }
        }
        audit_entry::Entity::update(moved).exec(&app.services.db).await.unwrap();
    }
    for workspace in [ours, theirs] {
        let (kind, seq) = fault(&app, workspace, &[]).await.unwrap();
        assert!(matches!(kind, FaultKind::Forged | FaultKind::Changed), "{kind:?}");
        assert_eq!(seq, 3);
    }
}

/// The note of where a chain ends.
async fn end(app: &TestApp, workspace: WorkspaceId) -> audit_head::Model {
    let end = audit_head::Entity::find_by_id(workspace);
    end.one(&app.services.db).await.unwrap().unwrap()
}

/// Takes the entries behind the sixth away and puts the note of that end back.
async fn cut_behind(app: &TestApp, sixth: audit_head::Model) {
    assert_eq!(sixth.seq, 6);
    off_guard(app).await;
    run(app, "DELETE FROM audit_entry WHERE seq > 6").await;
    run(app, "DELETE FROM audit_head").await;
    audit_head::Entity::insert(sixth.into_active_model())
        .exec_without_returning(&app.services.db)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_tail_cut_off_with_the_note_of_the_end_set_back_needs_a_head_from_the_log() {
    let app = TestApp::start().await;
    let workspace = chained(&app, "a").await;
    app.stop(); // A process that has seen the end would notice.
    let before = end(&app, workspace).await;
    for n in 7..=9 {
        act(&app, workspace, "anna", n).await;
    }
    audit::chain(&app.services).await.unwrap();
    let head = verify(&app, workspace, &[]).await.head.unwrap();
    assert_eq!(head.seq, 9);

    cut_behind(&app, before).await;
    assert_eq!(
        fault(&app, workspace, &[]).await,
        None,
        "the database alone cannot tell"
    );
    let known = [head.clone()];
    assert_eq!(fault(&app, workspace, &known).await, Some((FaultKind::CutTail, 7)));

    // Nor does it help to go on: other entries stand where the log knows of one, also once it has heads behind it.
    for n in 7..=12 {
        act(&app, workspace, "berta", n).await;
    }
    audit::chain(&app.services).await.unwrap();
    let found = verify(&app, workspace, &[]).await;
    assert_eq!(found.fault, None);
    let known = [head, found.head.unwrap()];
    assert_eq!(fault(&app, workspace, &known).await, Some((FaultKind::Rewritten, 9)));
}

/// Whatever the note of the end says: the process knows better, and the chain says so, however far it goes on.
#[tokio::test]
async fn a_process_that_has_seen_an_end_notices_that_it_was_set_back() {
    for is_moved_on_by_another in [false, true] {
        let app = TestApp::start().await;
        let workspace = workspace(&app, "a").await;
        for n in 1..=6 {
            act(&app, workspace, "anna", n).await;
        }
        caught_up(&app, workspace).await;
        let before = end(&app, workspace).await;
        for n in 7..=9 {
            act(&app, workspace, "anna", n).await;
        }
        caught_up(&app, workspace).await;
        cut_behind(&app, before).await;
        if is_moved_on_by_another {
            for n in 7..=12 {
                act(&app, workspace, "berta", n).await;
            }
            audit::chain(&app.services).await.unwrap();
        }
        act(&app, workspace, "berta", 13).await;
        caught_up(&app, workspace).await;
        let (kind, seq) = fault(&app, workspace, &[]).await.unwrap();
        assert_eq!(kind, FaultKind::HeadLost);
        assert!(if is_moved_on_by_another { seq >= 7 } else { seq == 7 }, "{seq}");

        // It is told once.
        act(&app, workspace, "berta", 14).await;
        caught_up(&app, workspace).await;
        let told = entries(&app, workspace).await;
        let lost = told.iter().filter(|entry| entry.action == "audit.head_lost");
        assert_eq!(lost.count(), 1);
    }
}

#[tokio::test]
async fn that_the_note_of_the_end_was_lost_stays_in_the_chain_until_it_is_acknowledged() {
    let app = TestApp::start().await;
    let workspace = chained(&app, "a").await;
    off_guard(&app).await;
    run(&app, "DELETE FROM audit_entry WHERE seq >= 5").await;
    run(&app, "DELETE FROM audit_head").await;
    act(&app, workspace, "anna", 7).await;
    audit::chain(&app.services).await.unwrap();
    let told: Vec<String> = entries(&app, workspace)
        .await
        .into_iter()
        .skip(4)
        .map(|entry| entry.action)
        .collect();
    assert_eq!(told, ["audit.head_lost", "agent.update"]);
    let found = verify(&app, workspace, &[]).await;
    assert_eq!(
        found.fault.map(|fault| (fault.kind, fault.seq)),
        Some((FaultKind::HeadLost, 5))
    );
    // The log has a head behind it as a matter of course: that acknowledges nothing.
    let heads = [found.head.unwrap()];
    assert_eq!(fault(&app, workspace, &heads).await, Some((FaultKind::HeadLost, 5)));
    let mut known = Known {
        heads: heads.into(),
        looked_into: [AuditEntryId(app.services.ids.new_id())].into(),
    };
    assert!(
        verify_by(&app, workspace, &known).await.fault.is_some(),
        "of another entry"
    );
    let said = entries(&app, workspace).await.remove(4).id;
    known.looked_into.insert(said);
    assert_eq!(verify_by(&app, workspace, &known).await.fault, None);

    // Another loss is another entry.
    run(&app, "DELETE FROM audit_head").await;
    act(&app, workspace, "anna", 8).await;
    audit::chain(&app.services).await.unwrap();
    let found = verify_by(&app, workspace, &known).await.fault;
    assert_eq!(
        found.map(|fault| (fault.kind, fault.seq)),
        Some((FaultKind::HeadLost, 7))
    );
}

/// A key is there for as long as a workspace has had entries: none at all is not how a chain begins.
#[tokio::test]
async fn a_chain_that_was_taken_away_whole_is_missed_and_the_next_one_says_so() {
    let app = TestApp::start().await;
    let workspace = chained(&app, "a").await;
    off_guard(&app).await;
    run(&app, "DELETE FROM audit_entry").await;
    run(&app, "DELETE FROM audit_head").await;
    assert_eq!(fault(&app, workspace, &[]).await, Some((FaultKind::HeadLost, 1)));
    act(&app, workspace, "anna", 7).await;
    audit::chain(&app.services).await.unwrap();
    let told: Vec<String> = entries(&app, workspace)
        .await
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(told, ["audit.head_lost", "agent.update"]);
    assert_eq!(fault(&app, workspace, &[]).await, Some((FaultKind::HeadLost, 1)));
}

/// The next credential is sealed to another key, which is made by a customer's request. The chain of before is not proved any more, and
/// does not stand in the way.
#[tokio::test]
async fn a_workspace_whose_key_was_taken_away_gets_another_and_its_chain_says_so() {
    let app = TestApp::start().await;
    let workspace = chained(&app, "a").await;
    run(&app, "DELETE FROM workspace_key").await;
    assert_eq!(fault(&app, workspace, &[]).await, Some((FaultKind::NoKey, 1)));
    let account = scenario::healthy(&app.sim);
    app.connect(&app.owner(), &account).await;
    // A process that has the former key in memory may be faster, and goes on with it until another has noticed.
    let lost = async || {
        let told = entries(&app, workspace).await;
        told.iter().filter(|entry| entry.action == "audit.head_lost").count()
    };
    let mut acts = 10..20;
    while lost().await == 0 {
        let n = acts
            .next()
            .expect("a process that begins now notices that the key is another");
        act(&app, workspace, "anna", n).await;
        audit::chain(&app.services).await.unwrap();
    }
    assert_eq!(fault(&app, workspace, &[]).await, Some((FaultKind::Forged, 1)));

    // Each process goes on with the key that is stored, also one that has proved the chain by the other: the loss is told once each.
    for n in 8..=9 {
        act(&app, workspace, "anna", n).await;
        audit::chain(&app.services).await.unwrap();
    }
    caught_up(&app, workspace).await;
    assert!(lost().await <= 2);
}

#[tokio::test]
async fn without_the_key_nothing_is_called_intact() {
    let app = TestApp::start().await;
    let workspace = chained(&app, "a").await;
    let others = vault::Vault::new(vault::MasterKeys::generate());
    let found = audit::verify(
        (&app.services.db, &others),
        app.clock.as_ref(),
        workspace,
        &Known::default(),
    )
    .await
    .unwrap();
    assert_eq!(found.fault.map(|fault| fault.kind), Some(FaultKind::NoKey));
}
