//! The health of many accounts, judged anew from what is stored.

use std::time::Instant;

use anyhow::Context as _;
use callab_tests::TestApp;
use chrono::TimeDelta;
use domain::Clock as _;
use domain::health;
use entity::agent_assignment::Direction;
use entity::call::{self, CallStatus};
use entity::phone_number::{NumberState, RoutingState};
use entity::{AccountId, CallId, E164, NumberId, phone_number, twilio_account};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use twilio_sim::scenario;

use crate::figures::head;

const ACCOUNTS: u32 = 10_000;
const NUMBERS_EACH: u32 = 3;
const CALLS_EACH: u32 = 2;

/// How many accounts are judged at a time, as the product's own rounds do.
const BATCH: u64 = 500;

/// How many rows one statement inserts: SQLite takes 32,766 values.
const ROWS: usize = 400;

pub async fn run() -> anyhow::Result<()> {
    let app = TestApp::start().await;
    fill(&app).await?;
    head(
        "health: 10,000 accounts with 30,000 numbers and 20,000 calls of the last minutes, judged anew",
        "under 5 s on 2 processors, memory bounded",
    );
    let floor = Instant::now();
    let read = rounds(&app, false).await?;
    println!("  floor: reading the {read} rows alone    {:>8.2?}", floor.elapsed());
    for what in ["all changed: each written, with its history", "nothing changed"] {
        let (before, started) = (resident_kb()?, Instant::now());
        rounds(&app, true).await?;
        let (took, grown) = (started.elapsed(), resident_kb()?.saturating_sub(before));
        println!("  {what:<40} {took:>8.2?}, memory grew by {} MB", grown / 1024);
    }
    Ok(())
}

/// Reads all accounts, batch by batch, and judges them. Answers how many there are.
async fn rounds(app: &TestApp, judge: bool) -> anyhow::Result<usize> {
    let (mut after, mut seen) = (None, 0);
    loop {
        let mut page = twilio_account::Entity::find();
        if let Some(after) = after {
            page = page.filter(twilio_account::COLUMN.id.gt(after));
        }
        let page = page
            .order_by_asc(twilio_account::COLUMN.id)
            .limit(BATCH)
            .all(&app.services.db)
            .await?;
        let Some(last) = page.last() else { return Ok(seen) };
        after = Some(last.id);
        seen += page.len();
        if judge {
            health::reassess(&app.services, page).await?;
        }
    }
}

/// Copies of an account that is healthy, each with a drifted number, so that each has to be told as degraded.
async fn fill(app: &TestApp) -> anyhow::Result<()> {
    let db = &app.services.db;
    let account = scenario::healthy(&app.sim);
    app.connect(&app.owner(), &account).await;
    let account = twilio_account::Entity::find().one(db).await?.context("an account")?;
    let number = phone_number::Entity::find().one(db).await?.context("a number")?;
    let (mut accounts, mut numbers, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    let at = app.clock.now() - TimeDelta::minutes(1);
    for n in 1..ACCOUNTS {
        let id = AccountId(app.services.ids.new_id());
        accounts.push(twilio_account::ActiveModel::from(twilio_account::Model {
            id,
            sid: format!("AC{n:032x}"),
            ..account.clone()
        }));
        for of in 0..NUMBERS_EACH {
            let number_id = NumberId(app.services.ids.new_id());
            let place = n * NUMBERS_EACH + of;
            numbers.push(phone_number::ActiveModel::from(phone_number::Model {
                id: number_id,
                twilio_account_id: id,
                sid: format!("PN{place:032x}"),
                e164: E164::parse(&format!("+1415{:07}", 2_000_000 + place))
                    .map_err(|_| anyhow::anyhow!("no number"))?,
                state: NumberState::Added,
                routing: if of == 0 {
                    RoutingState::Drifted
                } else {
                    RoutingState::Ours
                },
                reference: Some(format!("bench{place}")),
                ..number.clone()
            }));
            if of < CALLS_EACH {
                calls.push(outbound(app, &number, id, number_id, at));
            }
        }
    }
    for rows in accounts.chunks(ROWS) {
        twilio_account::Entity::insert_many(rows.iter().cloned().map(sea_orm::IntoActiveModel::into_active_model))
            .exec_without_returning(db)
            .await?;
    }
    for rows in numbers.chunks(ROWS) {
        phone_number::Entity::insert_many(rows.iter().cloned())
            .exec_without_returning(db)
            .await?;
    }
    for rows in calls.chunks(ROWS) {
        call::Entity::insert_many(rows.iter().cloned())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

fn outbound(
    app: &TestApp,
    number: &phone_number::Model,
    account: AccountId,
    number_id: NumberId,
    at: chrono::DateTime<chrono::Utc>,
) -> call::ActiveModel {
    let id = CallId(app.services.ids.new_id());
    call::ActiveModel {
        id: Set(id),
        workspace_id: Set(number.workspace_id),
        twilio_account_id: Set(account),
        phone_number_id: Set(number_id),
        sid: Set(format!("CA{}", id.0.simple())),
        direction: Set(Direction::Outbound),
        from_number: Set(number.e164.to_string()),
        to_number: Set(String::new()),
        status: Set(CallStatus::Completed),
        started_at: Set(at),
        updated_at: Set(at),
        ..Default::default()
    }
}

/// The memory that this process holds, in kilobytes.
fn resident_kb() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .context("VmRSS")?;
    let figure = line.split_whitespace().nth(1).context("a figure")?;
    Ok(figure.parse()?)
}
