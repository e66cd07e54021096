//! The first sync of a large account: all of Twilio's pages, then all rows in one transaction.

use std::time::Duration;

use anyhow::ensure;
use callab_tests::TestApp;
use entity::phone_number;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::json;
use twilio::{AccountSid, AuthToken, Credentials, Region, Secret};
use twilio_sim::{AccountSpec, NumberSpec, SimAccount};

use crate::figures::{Samples, head};

const NUMBERS: usize = 10_000;
const PAGE_DELAY: Duration = Duration::from_millis(50);
const ROUNDS: usize = 5;

pub async fn run() -> anyhow::Result<()> {
    head("first-sync: 10,000 numbers, 50 ms per page of Twilio's", "under 2 s");
    let (mut first, mut pages, mut again) = (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..ROUNDS {
        let app = TestApp::start_with_sim(|sim| sim.page_delay = PAGE_DELAY, |_| {}).await;
        let account = app.sim.add_account(AccountSpec::default());
        app.sim
            .add_numbers(&account.sid, "+14155500000", NUMBERS, &NumberSpec::default());
        pages.time(list(&app, &account)).await?;

        let input = json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": "Large" });
        let owner = app.owner();
        let connected = owner.done("connectTwilioAccount", "account { id }", input).await;
        first.time(sync(&app)).await?;

        let input = json!({ "accountId": connected["account"]["id"] });
        owner.done("syncNumbers", "account { id }", input).await;
        again.time(sync(&app)).await?;
    }
    first.print("the job, from its claim to its end");
    pages.print("  floor: listing the pages alone, through the same client");
    again.print("a second sync that finds nothing new");
    Ok(())
}

async fn sync(app: &TestApp) -> anyhow::Result<()> {
    app.run_jobs().await;
    let rows = phone_number::Entity::find().count(&app.services.db).await?;
    ensure!(rows == NUMBERS as u64, "{rows} rows");
    Ok(())
}

async fn list(app: &TestApp, account: &SimAccount) -> anyhow::Result<()> {
    let who = Credentials {
        account_sid: AccountSid::parse(&account.sid)?,
        secret: Secret::AuthToken(AuthToken::parse(&account.auth_token)?),
        region: Region::Us1,
    };
    let page_size = app.services.limits.sync_page_size;
    let numbers = app.services.twilio.list_numbers(&who, page_size).await?;
    ensure!(numbers.len() == NUMBERS, "{} numbers", numbers.len());
    Ok(())
}
