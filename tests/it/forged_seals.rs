//! Somebody who may write to the database and has read the public names in it seals keys and tokens of their own: with age alone, as they
//! would. None is taken for ours, so that nothing is ever sealed to a key of theirs or proved by it.

use age::secrecy::ExposeSecret as _;
use age::x25519::{Identity, Recipient};
use callab_tests::client::mutation_document;
use callab_tests::sealed::open_anew;
use callab_tests::{Story, TestApp};
use domain::audit::{self, FaultKind, Known};
use domain::master_keys::in_use;
use entity::workspace_key::{self, SetAside};
use entity::{audit_entry, twilio_credential};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::json;
use tempfile::TempDir;
use twilio_sim::scenario;
use vault::{FRESH_FOR, Vault, VaultError};

use super::master_keys::{app_on, put_new_key_in_front, rotate, vault_of};

/// What anybody can seal to a public name: with the proof that they can make, which is any 32 bytes.
fn forged(public_name: &str, row: &str, secret: &str) -> Vec<u8> {
    let recipient: Recipient = public_name.parse().expect("a public name");
    let length = (row.len() as u64).to_be_bytes();
    let packed = [&[2], length.as_slice(), row.as_bytes(), &[0x5a; 32], secret.as_bytes()].concat();
    age::encrypt(&recipient, &packed).expect("sealing")
}

#[tokio::test]
async fn a_workspace_key_that_somebody_put_in_seals_nothing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    let app = app_on(&path).await;
    let owner = app.owner();
    let mut story = Story::begin(&app, owner.clone()).await;
    story.tell(&app, "connectTwilioAccount").await;
    let db = &app.services.db;
    let ours = workspace_key::Entity::find().one(db).await.unwrap().unwrap();
    let theirs = Identity::generate();
    let put = async |name: &str, sealed: Vec<u8>| {
        let row = workspace_key::ActiveModel {
            workspace_id: Unchanged(ours.workspace_id),
            name: Set(name.to_owned()),
            sealed: Set(sealed),
            ..Default::default()
        };
        workspace_key::Entity::update(row).exec(db).await.unwrap();
    };
    let row = format!("workspace_key/{}", ours.workspace_id);
    let sealed = forged(&ours.master_key, &row, theirs.to_string().expose_secret());
    put(&theirs.to_public().to_string(), sealed.clone()).await;

    // A credential is rather not stored than sealed to it.
    let account = scenario::healthy(&app.sim);
    let input = json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": "L" });
    let document = mutation_document("connectTwilioAccount", "account { id }");
    let (_, _, refused) = owner.post(&document, json!({ "input": input })).await;
    assert!(refused.contains("\"INTERNAL\""), "{refused}");
    assert_eq!(twilio_credential::Entity::find().count(db).await.unwrap(), 1);
    let proved = async |vault: &Vault| {
        let known = Known::default();
        let stored = (db, vault);
        let verified = audit::verify(stored, app.clock.as_ref(), ours.workspace_id, &known).await;
        verified.unwrap().fault.map(|fault| fault.kind)
    };
    assert_eq!(
        proved(&app.services.vault).await,
        Some(FaultKind::NoKey),
        "a log of theirs would prove nothing"
    );

    // A rotation does not make it ours, and says what it found.
    put_new_key_in_front(&path);
    let operators = vault_of(&path);
    let done = rotate(&app.services, &operators).await;
    assert_eq!((done.resealed, done.set_aside), (0, 1));
    let in_use = in_use(db, &operators).await.unwrap();
    let set_aside: Vec<_> = in_use.set_aside.into_iter().map(|row| row.because).collect();
    assert_eq!(set_aside, [SetAside::Unproven]);
    let stored = workspace_key::Entity::find().one(db).await.unwrap().unwrap();
    assert_eq!(stored.sealed, sealed, "left for whoever looks into it");

    // Put right, all goes on.
    put(&ours.name, ours.sealed.clone()).await;
    assert_eq!(rotate(&app.services, &operators).await.resealed, 1);
    tokio::time::sleep(FRESH_FOR).await;
    story.tell(&app, "registerAgent").await;
    assert_eq!(proved(&operators).await, None);
}

#[tokio::test]
async fn a_token_that_somebody_put_in_is_not_used() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell(&app, "connectTwilioAccount").await;
    let db = &app.services.db;
    let credential = twilio_credential::Entity::find().one(db).await.unwrap().unwrap();
    let row = format!("twilio_credential/{}", credential.id);
    let theirs = forged(&credential.key_name, &row, "0123456789abcdef0123456789abcdef");
    let put_in = twilio_credential::ActiveModel {
        id: Unchanged(credential.id),
        sealed: Set(theirs),
        ..Default::default()
    };
    let put_in = twilio_credential::Entity::update(put_in).exec(db).await.unwrap();
    let refused = open_anew(&app.services, &put_in.into()).await.unwrap_err();
    assert!(
        matches!(refused, domain::Fault::Vault(VaultError::Unproven)),
        "{refused:?}"
    );
    let told = audit_entry::Entity::find()
        .filter(audit_entry::COLUMN.outcome.eq("UNPROVEN"))
        .all(db)
        .await
        .unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].subject, row);
}
