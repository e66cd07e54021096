//! A workspace with as many rows as a page holds, so that a heavy query has something to read.

use std::path::Path;

use callab_tests::TestApp;
use entity::{AccountId, E164, NumberId, phone_number, twilio_account, workspace};
use sea_orm::{ConnectionTrait, EntityTrait as _, IntoActiveModel as _};
use twilio_sim::scenario;

/// How many accounts, each with a number.
const ACCOUNTS: usize = 1_000;

/// How many rows one statement inserts: SQLite takes 32,766 values.
const ROWS: usize = 400;

/// Fills the database of a server that runs, and that an owner of one workspace has asked before.
pub fn fill(directory: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let url = format!("sqlite://{}?mode=rw", directory.join("callab.db").display());
        let db = sea_orm::Database::connect(url).await.expect("the server's database");
        let workspace = workspace::Entity::find().one(&db).await.expect("it can be read");
        copy_into(&db, workspace.expect("the owner's workspace")).await;
        db.close().await.expect("the end of it");
    });
}

/// Copies of a connected account and of its number.
async fn copy_into(db: &impl ConnectionTrait, workspace: workspace::Model) {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    app.connect(&app.owner(), &account).await;
    let theirs = &app.services.db;
    let account = twilio_account::Entity::find()
        .one(theirs)
        .await
        .expect("it can be read");
    let number = phone_number::Entity::find().one(theirs).await.expect("it can be read");
    let (account, number) = (account.expect("an account"), number.expect("a number"));
    let (mut accounts, mut numbers) = (Vec::new(), Vec::new());
    for n in 0..ACCOUNTS {
        let id = AccountId(app.services.ids.new_id());
        let e164 = E164::parse(&format!("+1415{:07}", 2_000_000 + n)).expect("a number");
        let account = twilio_account::Model {
            id,
            workspace_id: workspace.id,
            sid: format!("AC{n:032x}"),
            ..account.clone()
        };
        let number = phone_number::Model {
            id: NumberId(app.services.ids.new_id()),
            workspace_id: workspace.id,
            twilio_account_id: id,
            sid: format!("PN{n:032x}"),
            e164,
            reference: Some(format!("strangers{n}")),
            ..number.clone()
        };
        accounts.push(account.into_active_model());
        numbers.push(number.into_active_model());
    }
    for rows in accounts.chunks(ROWS) {
        let insert = twilio_account::Entity::insert_many(rows.to_vec());
        insert.exec_without_returning(db).await.expect("accounts");
    }
    for rows in numbers.chunks(ROWS) {
        let insert = phone_number::Entity::insert_many(rows.to_vec());
        insert.exec_without_returning(db).await.expect("numbers");
    }
}
