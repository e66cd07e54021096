//! A new master key (promise 1): everything is sealed to it while it is used, what cannot be opened is set aside, and what broke off
//! goes on.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use callab_tests::sealed::{open_anew, tokens};
use callab_tests::{Story, TestApp};
use domain::Services;
use domain::audit::Operator;
use domain::master_keys::{self, Checked, Place, Rotated};
use entity::workspace_key::{self, SetAside};
use entity::{audit_entry, twilio_credential};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{EntityTrait as _, QueryFilter as _, QueryOrder as _};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vault::{FRESH_FOR, KeySource, MasterKeys, Vault};

pub(super) fn vault_of(path: &Path) -> Arc<Vault> {
    Arc::new(Vault::open(KeySource::File(path.to_owned())).expect("the key file"))
}

/// The product on a key file of its own.
pub(super) async fn app_on(path: &Path) -> TestApp {
    MasterKeys::generate_file(path).expect("a key file");
    let vault = vault_of(path);
    TestApp::start_with(|services| services.vault = vault).await
}

/// Puts a new key in front of the others, as an operator does.
pub(super) fn put_new_key_in_front(path: &Path) {
    let new = MasterKeys::generate().to_text();
    let text = [new.expose_secret(), &fs::read_to_string(path).expect("the key file")].concat();
    let draft = path.with_extension("draft");
    fs::write(&draft, text).expect("writing");
    fs::set_permissions(&draft, Permissions::from_mode(0o600)).expect("its mode");
    fs::rename(&draft, path).expect("replacing");
}

pub(super) fn olga(request_id: &str) -> Operator {
    Operator {
        name: "olga".to_owned(),
        request_id: request_id.to_owned(),
    }
}

/// Opens everything, as `callab vault status --open` does.
async fn check(services: &Services, vault: &Arc<Vault>) -> Checked {
    let tools = (services.clock.as_ref(), services.ids.as_ref());
    master_keys::check((&services.db, vault), tools, &olga("a check"))
        .await
        .expect("a check")
}

pub(super) async fn rotate(services: &Services, vault: &Arc<Vault>) -> Rotated {
    let tools = (services.clock.as_ref(), services.ids.as_ref());
    master_keys::rotate((&services.db, vault), tools, &olga("a rotation"), |_| {})
        .await
        .expect("a rotation")
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_opened_while_everything_is_sealed_anew() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    let app = app_on(&path).await;
    let sealed = Arc::new(tokens(&app.services, 250).await.unwrap());
    put_new_key_in_front(&path);
    // Read after the key came: this one knows it. The product's own was read before, and is not told.
    let operators = vault_of(&path);
    tokio::time::sleep(FRESH_FOR).await;

    let over = CancellationToken::new();
    let opened = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..4)
        .map(|reader| {
            let (services, sealed, over, opened) = (app.services.clone(), sealed.clone(), over.clone(), opened.clone());
            tokio::spawn(async move {
                let mut failed = Vec::new();
                for token in sealed.iter().cycle().skip(reader * 61) {
                    if over.is_cancelled() {
                        break;
                    }
                    if let Err(error) = open_anew(&services, token).await {
                        failed.push(format!("{error:?}"));
                    }
                    opened.fetch_add(1, Ordering::Relaxed);
                }
                failed
            })
        })
        .collect();
    let done = rotate(&app.services, &operators).await;
    while opened.load(Ordering::Relaxed) < 500 {
        tokio::task::yield_now().await;
    }
    over.cancel();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), Vec::<String>::new());
    }
    assert_eq!((done.resealed, done.set_aside, done.overtaken), (250, 0, 0));
    assert_eq!(
        app.services.vault.current_key(),
        operators.current_key(),
        "the product read its keys again"
    );
    let in_use = master_keys::in_use(&app.services.db, &operators).await.unwrap();
    let counts: Vec<_> = in_use.keys.iter().map(|key| (key.place, key.workspaces)).collect();
    assert_eq!(counts, [(Place::Current, 250), (Place::Earlier, 0)]);
    assert_eq!(in_use.unneeded().count(), 1);
}

#[tokio::test]
async fn a_rotation_that_broke_off_goes_on_where_it_was() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    let app = app_on(&path).await;
    tokens(&app.services, 250).await.unwrap();
    put_new_key_in_front(&path);
    let operators = vault_of(&path);
    let first_batch = tokio::sync::Notify::new();
    let tools = (app.services.clock.as_ref(), app.services.ids.as_ref());
    let olga = olga("a rotation that breaks off");
    let broken_off = tokio::select! {
        biased;
        () = first_batch.notified() => true,
        _ = master_keys::rotate((&app.services.db, &operators), tools, &olga, |_| first_batch.notify_one()) => false,
    };
    assert!(broken_off, "it had more to do");
    let left = master_keys::in_use(&app.services.db, &operators).await.unwrap();
    assert_eq!(left.unneeded().count(), 0, "the earlier key is needed still");
    let sealed_before = left.keys[0].workspaces;
    assert!((100..250).contains(&sealed_before), "{sealed_before}");
    assert_eq!(rotate(&app.services, &operators).await.resealed, 250 - sealed_before);
    assert_eq!(
        rotate(&app.services, &operators).await,
        Rotated::default(),
        "nothing is left"
    );
}

#[tokio::test]
async fn what_cannot_be_opened_is_set_aside_and_the_rest_goes_on() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    let app = app_on(&path).await;
    let db = &app.services.db;
    let sealed = tokens(&app.services, 5).await.unwrap();
    let column = workspace_key::COLUMN;
    let rows = workspace_key::Entity::find()
        .order_by_asc(column.workspace_id)
        .all(db)
        .await
        .unwrap();
    let put = async |row: &workspace_key::Model, master_key: &str, sealed: &[u8]| {
        let row = workspace_key::ActiveModel {
            workspace_id: Unchanged(row.workspace_id),
            master_key: Set(master_key.to_owned()),
            sealed: Set(sealed.to_owned()),
            ..Default::default()
        };
        workspace_key::Entity::update(row).exec(db).await.unwrap();
    };
    let unknown = Vault::new(MasterKeys::generate()).current_key();
    put(&rows[0], &rows[0].master_key, &rows[1].sealed).await;
    put(&rows[2], &rows[2].master_key, &rows[2].sealed[..100]).await;
    put(&rows[3], unknown.as_str(), &rows[3].sealed).await;
    put_new_key_in_front(&path);
    let operators = vault_of(&path);

    let done = rotate(&app.services, &operators).await;
    assert_eq!((done.resealed, done.set_aside), (2, 3));
    let mut told = audit_entry::Entity::find().all(db).await.unwrap();
    told.retain(|entry| entry.action == "workspace_key.reseal");
    told.sort_by_key(|entry| entry.workspace_id);
    let ended: Vec<_> = told
        .iter()
        .map(|entry| (entry.actor.as_str(), entry.role.as_str(), entry.outcome.as_str()))
        .collect();
    let olga = |outcome| ("operator/olga", "operator", outcome);
    assert_eq!(
        ended,
        ["WRONG_ROW", "OK", "DAMAGED", "UNKNOWN_KEY", "OK"].map(olga),
        "in each workspace's audit log"
    );
    assert_eq!(told[1].workspace_id, rows[1].workspace_id);
    assert_eq!(
        told[1].detail,
        json!({ "from": rows[1].master_key, "to": operators.current_key().as_str() })
    );
    let in_use = master_keys::in_use(db, &operators).await.unwrap();
    let set_aside: Vec<_> = in_use
        .set_aside
        .iter()
        .map(|row| (row.workspace, row.because.clone()))
        .collect();
    assert_eq!(
        set_aside,
        [
            (rows[0].workspace_id, SetAside::WrongRow),
            (rows[2].workspace_id, SetAside::Damaged),
            (rows[3].workspace_id, SetAside::UnknownKey),
        ]
    );
    let missing: Vec<_> = in_use.missing().map(|key| (key.name.clone(), key.workspaces)).collect();
    assert_eq!(missing, [(unknown, 1)]);
    assert_eq!(in_use.unneeded().count(), 1, "no row can be opened by the earlier key");
    assert!(!in_use.is_whole());
    let checked = check(&app.services, &operators).await;
    assert_eq!((checked.opened, checked.unopened.len()), (2, 3));
    tokio::time::sleep(FRESH_FOR).await;
    for (token, opens) in sealed.iter().zip([false, true, false, false, true]) {
        assert_eq!(open_anew(&app.services, token).await.is_ok(), opens);
    }

    // Put right, they are tried again.
    for row in [&rows[0], &rows[2], &rows[3]] {
        put(row, &row.master_key, &row.sealed).await;
    }
    assert_eq!(rotate(&app.services, &operators).await.resealed, 3);
    assert!(master_keys::in_use(db, &operators).await.unwrap().is_whole());
}

#[tokio::test]
async fn a_key_that_is_made_meanwhile_is_sealed_to_the_new_master_key() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    let app = app_on(&path).await;
    put_new_key_in_front(&path);
    let new = vault_of(&path).current_key();
    tokio::time::sleep(FRESH_FOR).await;
    let mut story = callab_tests::Story::begin(&app, app.owner()).await;
    story.tell(&app, "connectTwilioAccount").await;
    let rows = workspace_key::Entity::find()
        .filter(workspace_key::COLUMN.master_key.eq(new.as_str()))
        .all(&app.services.db)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn each_credential_that_an_operator_has_opened_is_told_and_how_it_ended() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    let app = app_on(&path).await;
    let mut story = Story::begin(&app, app.owner()).await;
    for mutation in ["connectTwilioAccount", "createNotificationEndpoint"] {
        story.tell(&app, mutation).await;
    }
    let db = &app.services.db;
    let told = async || {
        let mut told = audit_entry::Entity::find()
            .order_by_asc(audit_entry::COLUMN.id)
            .all(db)
            .await
            .unwrap();
        told.retain(|entry| entry.actor == "operator/olga");
        let told = told.into_iter().map(|entry| {
            assert_eq!(
                (entry.action.as_str(), entry.role.as_str()),
                ("credential.open", "operator")
            );
            assert_eq!(entry.request_id.as_deref(), Some("a check"));
            assert_eq!(entry.detail, json!({ "for": "vault-status" }));
            let table = entry.subject.split('/').next().unwrap().to_owned();
            (table, entry.outcome, entry.twilio_account_id.is_some())
        });
        told.collect::<Vec<_>>()
    };
    let of = |table: &str, outcome: &str, of_account: bool| (table.to_owned(), outcome.to_owned(), of_account);
    let vault = vault_of(&path);
    assert_eq!(check(&app.services, &vault).await.opened, 3, "with the workspace's key");
    let expected = [
        of("twilio_credential", "OK", true),
        of("notification_endpoint", "OK", false),
    ];
    assert_eq!(told().await, expected);

    let credential = twilio_credential::Entity::find().one(db).await.unwrap().unwrap();
    let damaged = twilio_credential::ActiveModel {
        id: Unchanged(credential.id),
        sealed: Set(credential.sealed[..100].to_owned()),
        ..Default::default()
    };
    twilio_credential::Entity::update(damaged).exec(db).await.unwrap();
    assert_eq!(check(&app.services, &vault).await.unopened.len(), 1);
    assert_eq!(told().await[2], of("twilio_credential", "DAMAGED", true));
}
