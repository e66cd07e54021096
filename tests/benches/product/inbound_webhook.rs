//! Twilio asks what to do with a call: from the signed request to the TwiML, over HTTP, each call a new one.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use callab_tests::TestApp;
use callab_tests::statements::Statements;
use chrono::TimeDelta;
use entity::{event, webhook_address};
use reqwest::header::CONTENT_TYPE;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use tokio::task::JoinSet;
use twilio_sim::{Pairs, SimAccount, scenario, signature};

use crate::figures::{Samples, head};
use crate::statements;

const NUMBER: &str = "+14155550101";
/// How many calls come in together: each client asks as soon as it was answered.
const CLIENTS: [usize; 2] = [16, 64];
const CALLS_EACH: usize = 100;
/// What 99 of 100 calls have to be answered in, however many come together.
const AT_MOST: Duration = Duration::from_millis(500);
/// The webhook and its floors take turns, so that what disturbs the machine disturbs them all.
const TURNS: usize = 20;
const PER_TURN: usize = 50;

pub async fn run() -> anyhow::Result<()> {
    let heard = Statements::default();
    let app = TestApp::start_with(|services| heard.watch(services)).await;
    let caller = Caller::prepare(&app).await?;
    head(
        "inbound-webhook: a call asks what to do and is put through to an agent",
        "one indexed read at most, no decryption while the token is cached, p99 under 500 ms with many at once",
    );
    one_after_another(&app, &caller).await?;
    for clients in CLIENTS {
        many_at_once(&app, &caller, clients).await?;
    }
    what_one_costs(&app, &caller, &heard).await
}

async fn one_after_another(app: &TestApp, caller: &Caller) -> anyhow::Result<()> {
    let (mut at_rest, mut webhook, mut constant) = (Samples::default(), Samples::default(), Samples::default());
    let (mut read, mut commit) = (Samples::default(), Samples::default());
    for turn in 0..TURNS {
        for call in 0..PER_TURN {
            events_numbered(app).await?;
            at_rest.time(caller.ask([0, turn, call]).send_for("<Stream")).await?;
        }
        for call in 0..PER_TURN {
            webhook.time(caller.ask([1, turn, call]).send_for("<Stream")).await?;
        }
        events_numbered(app).await?;
        for _ in 0..PER_TURN {
            constant.time(caller.ask_fallback().send_for("<Say")).await?;
            read.time(read_once(app, &caller.reference)).await?;
            commit.time(commit_once(&app.services.db)).await?;
        }
    }
    at_rest.print("one call at a time");
    webhook.print("one after another, beside the sequencer of the last one");
    constant.print("  floor: constant answer, same client and server");
    read.print("  floor: one row by its key, no HTTP");
    commit.print("  floor: one commit of one row, no HTTP");
    Ok(())
}

async fn many_at_once(app: &TestApp, caller: &Caller, clients: usize) -> anyhow::Result<()> {
    let calls = at_once(clients, &format!("{clients} clients"), |client, call| {
        let request = caller.ask([clients, client, call]);
        async { request.send_for("<Stream").await }
    })
    .await?;
    let p99 = calls.percentile(99);
    ensure!(
        p99 < AT_MOST,
        "with {clients} clients one call in a hundred waits longer than {p99:?}"
    );
    at_once(clients, "  floor: constant answer", |_, _| {
        let request = caller.ask_fallback();
        async { request.send_for("<Say").await }
    })
    .await?;
    events_numbered(app).await?;
    at_once(clients, "  floor: one commit of one row, no HTTP", |_, _| {
        let db = app.services.db.clone();
        async move { commit_once(&db).await }
    })
    .await?;
    let bare = callab::database::connect(&app.database.url()).await?;
    at_once(clients, "  floor: the same on a connection of its own", |_, _| {
        let db = bare.clone();
        async move { commit_once(&db).await }
    })
    .await?;
    Ok(())
}

/// Has so many clients do the same, each `CALLS_EACH` times, and prints what one of them took and how many there were in a second.
async fn at_once<Work>(clients: usize, name: &str, work: impl Fn(usize, usize) -> Work) -> anyhow::Result<Samples>
where
    Work: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let of_client = |client| (0..CALLS_EACH).map(|call| work(client, call)).collect();
    let prepared: Vec<Vec<Work>> = (0..clients).map(of_client).collect();
    let mut asking = JoinSet::new();
    let start = Instant::now();
    for works in prepared {
        asking.spawn(async move {
            let mut samples = Samples::default();
            for work in works {
                samples.time(work).await?;
            }
            anyhow::Ok(samples)
        });
    }
    let mut all = Samples::default();
    while let Some(samples) = asking.join_next().await {
        all.extend(samples??);
    }
    let done = f64::from(u32::try_from(clients * CALLS_EACH)?);
    all.print_with(name, &format!("{:.0} a second", done / start.elapsed().as_secs_f64()));
    Ok(all)
}

/// Returns when the sequencer has nothing left to do.
async fn events_numbered(app: &TestApp) -> anyhow::Result<()> {
    let unnumbered = || event::Entity::find().filter(event::COLUMN.seq.is_null());
    while unnumbered().count(&app.services.db).await? > 0 {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// A token is opened in two steps, its workspace's key and then the token, after one read of that key: the reads tell the openings.
async fn what_one_costs(app: &TestApp, caller: &Caller, heard: &Statements) -> anyhow::Result<()> {
    for (call, token) in ["cached", "not cached"].into_iter().enumerate() {
        if token == "not cached" {
            app.clock.advance(TimeDelta::minutes(2)); // Opened tokens are kept for one.
        }
        let _ = heard.take();
        caller.ask([3, 0, call]).send_for("<Stream").await?;
        let statements = statements::of_request(&heard.take());
        let openings = 2 * statements
            .iter()
            .filter(|short| short.ends_with(" workspace_key"))
            .count();
        println!(
            "  token {token}: {openings} vault openings, {} statements and one for each event: {}",
            statements.len(),
            statements.join(", ")
        );
    }
    Ok(())
}

/// Makes the requests that Twilio would.
#[derive(Clone)]
struct Caller {
    http: reqwest::Client,
    account: SimAccount,
    voice_url: String,
    fallback_url: String,
    reference: String,
}

impl Caller {
    /// Connects an account and has an agent answer its number; makes the table that the floor writes to.
    async fn prepare(app: &TestApp) -> anyhow::Result<Self> {
        let account = scenario::healthy(&app.sim);
        let owner = app.owner();
        app.connect(&owner, &account).await;
        let number = app.add(&owner, NUMBER, "Main").await;
        let agent = app.agent(&owner, "receptionist", "wss://media.example/agent").await;
        app.assign(&owner, &number, &agent, "INBOUND").await;
        app.services
            .db
            .execute_unprepared("CREATE TABLE floor (n INTEGER)")
            .await?;
        let routed = app
            .sim
            .numbers(&account.sid)
            .into_iter()
            .find(|number| number.phone_number == NUMBER);
        let voice_url = routed.context("the number is at Twilio")?.voice_url;
        let reference = voice_url.rsplit('/').next().unwrap_or_default().to_owned();
        ensure!(voice_url.starts_with(&app.url), "the number's calls come to us");
        Ok(Self {
            http: reqwest::Client::builder().no_proxy().build()?,
            fallback_url: format!("{}/twilio/v1/fallback", app.url),
            account,
            voice_url,
            reference,
        })
    }

    /// A call asks. Its SID is made of the three numbers.
    fn ask(&self, [series, turn, call]: [usize; 3]) -> Prepared {
        let call_sid = format!("CA{series:08x}{turn:012x}{call:012x}");
        let parameters = [
            ("AccountSid", self.account.sid.as_str()),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", &call_sid),
            ("CallStatus", "ringing"),
            ("Direction", "inbound"),
            ("Called", NUMBER),
            ("Caller", "+14155550177"),
            ("CallerCity", "SAN FRANCISCO"),
            ("CallerCountry", "US"),
            ("From", "+14155550177"),
            ("To", NUMBER),
        ];
        let form = Pairs(
            parameters
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
        );
        let signed = signature(&self.account.auth_token, &self.voice_url, &form);
        Prepared(self.post(&self.voice_url, &form).header("X-Twilio-Signature", signed))
    }

    fn ask_fallback(&self) -> Prepared {
        Prepared(self.post(&self.fallback_url, &Pairs::default()))
    }

    fn post(&self, url: &str, form: &Pairs) -> reqwest::RequestBuilder {
        self.http
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.encode())
    }
}

/// A request, signed and ready: making it is not the product's work.
struct Prepared(reqwest::RequestBuilder);

impl Prepared {
    /// Sends it; the answer has to hold `expected`.
    async fn send_for(self, expected: &str) -> anyhow::Result<()> {
        let answer = self.0.send().await?.error_for_status()?.text().await?;
        ensure!(answer.contains(expected), "no {expected} in {answer}");
        Ok(())
    }
}

/// Writes one row in a transaction of its own.
const COMMIT: &str = "INSERT INTO floor VALUES (1)";

async fn commit_once(db: &impl sea_orm::ConnectionTrait) -> anyhow::Result<()> {
    db.execute_unprepared(COMMIT).await?;
    Ok(())
}

async fn read_once(app: &TestApp, reference: &str) -> anyhow::Result<()> {
    let row = webhook_address::Entity::find_by_id(reference)
        .one(&app.services.db)
        .await?;
    ensure!(row.is_some(), "the address is known");
    Ok(())
}
