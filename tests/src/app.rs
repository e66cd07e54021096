//! The whole product in one process, as a test sees it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use api::auth::{Claims, Hs256, TokenVerifier};
use api::{ApiOptions, Lifecycle};
use async_trait::async_trait;
use callab::config;
use callab::transport::Transport;
use chrono::TimeDelta;
use domain::jobs::Claimer;
use domain::net::{Outbound, Reachable};
use domain::public_url::{PublicUrl, Reach};
use domain::secrets::TokenCache;
use domain::{Clock as _, Limits, Services, SystemClock, SystemIds, TestClock};
use entity::E164;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use twilio::{HttpTwilio, HttpTwilioConfig, RetryPolicy, StatusPage};
use twilio_sim::{Sim, SimAccount, SimOptions};
use vault::{MasterKeys, Vault};
use worker::Ran;

use crate::Client;
use crate::database::{TestDatabase, is_postgres};
use crate::redis::{PrivateRedis, new_prefix};

/// The secret that signs the tests' tokens.
const SIGNING_SECRET: &str = "a secret of the tests, and of nobody else";

/// Requests at Twilio under way for an account: the default.
const MAX_IN_FLIGHT: usize = 4;

/// Callab's echo line in tests.
pub const ECHO_LINE: &str = "+15005550199";

/// The product, listening on a free port, with a simulated Twilio beside it.
pub struct TestApp {
    /// The simulated Twilio.
    pub sim: Sim,
    /// The simulated Twilio's base URL, without a product.
    pub sim_url: String,
    /// What the use cases work with.
    pub services: Services,
    /// The time; it stands until it is moved.
    pub clock: Arc<TestClock>,
    /// The base URL, such as `http://127.0.0.1:40001`.
    pub url: String,
    /// The database.
    pub database: TestDatabase,
    http: reqwest::Client,
    stop: CancellationToken,
    _stop: DropGuard,
}

impl fmt::Debug for TestApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestApp")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl TestApp {
    /// The product with the limits of the tests.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The product with other limits.
    pub async fn start_with(change: impl FnOnce(&mut Services)) -> Self {
        Self::start_with_sim(|_| {}, change).await
    }

    /// The product with other limits, beside a simulated Twilio with other options.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start_with_sim(sim: impl FnOnce(&mut SimOptions), change: impl FnOnce(&mut Services)) -> Self {
        Self::try_start(sim, change, |options| options)
            .await
            .expect("the product starts")
    }

    /// The product, whose API is served with other options.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start_serving(options: impl FnOnce(ApiOptions) -> ApiOptions) -> Self {
        Self::try_start(|_| {}, |_| {}, options)
            .await
            .expect("the product starts")
    }

    async fn try_start(
        change_sim: impl FnOnce(&mut SimOptions),
        change: impl FnOnce(&mut Services),
        change_options: impl FnOnce(ApiOptions) -> ApiOptions,
    ) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let stop = CancellationToken::new();
        let clock = Arc::new(TestClock::at(SystemClock.now()));
        let (sim, sim_url) = start_sim(&clock, change_sim, &stop).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let database = TestDatabase::new().await?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let transport = transport().await?;
        let mut services = Services {
            db: callab::row_security::confining(callab::database::connect(&database.url()).await?).await?,
            twilio: Arc::new(client_of(&sim_url)?),
            status_page: Some(status_page(&sim_url)?),
            vault: Arc::new(Vault::new(MasterKeys::generate())),
            tokens: Arc::new(TokenCache::default()),
            prices: Arc::default(),
            queue: transport.queue(),
            events: transport.events(),
            clock: clock.clone(),
            ids: Arc::new(SystemIds),
            public_url: Some(PublicUrl::new(&url, Arc::new(HttpReach(http.clone())))),
            outbound: Outbound::new(Reachable::Private)?,
            mailer: None,
            limits: test_limits(),
            fence: None,
            on_behalf: domain::OnBehalf::default(),
        };
        change(&mut services);
        let lifecycle = Lifecycle::new(stop.clone());
        let options = ApiOptions::new(TokenVerifier::hs256(&signing()), lifecycle.clone()).with_introspection(true);
        let router = api::router(services.clone(), change_options(options));
        tokio::spawn(async move { api::serve(listener, router, &lifecycle, Duration::from_secs(1)).await });
        let sequencer = (services.clone(), stop.clone());
        tokio::spawn(async move {
            let (services, stop) = sequencer;
            let heard = transport.hear(&services, stop.clone());
            let chained = domain::audit::run_sequencer(&services, stop.clone());
            tokio::join!(domain::events::run(&services, &stop), heard, chained);
        });
        Ok(Self {
            sim,
            sim_url: sim_url.replace("/{product}", ""),
            services,
            clock,
            url,
            database,
            http,
            stop: stop.clone(),
            _stop: stop.drop_guard(),
        })
    }

    /// Someone of a workspace, in a role. Workspaces are made when they are first named.
    ///
    /// # Panics
    /// When the token cannot be signed.
    #[must_use]
    pub fn client(&self, workspace: Option<&str>, role: &str) -> Client {
        self.client_with(format!("{role}@{}", workspace.unwrap_or("callab")), workspace, role)
    }

    /// The person of this name in a workspace: the same in every workspace that is named.
    #[must_use]
    pub fn client_called(&self, subject: &str, workspace: &str, role: &str) -> Client {
        self.client_with(subject.to_owned(), Some(workspace), role)
    }

    fn client_with(&self, sub: String, workspace: Option<&str>, role: &str) -> Client {
        let claims = Claims {
            sub,
            role: role.to_owned(),
            workspace: workspace.map(str::to_owned),
            workspace_name: workspace.map(|name| format!("Workspace {name}")),
            nbf: None,
            exp: (self.clock.now() + TimeDelta::days(30)).timestamp(),
        };
        let token = signing().sign(&claims).expect("a token can be signed");
        Client::new(
            self.http.clone(),
            format!("{}/graphql", self.url),
            token.expose_secret().to_owned(),
        )
    }

    /// Another process of the API on the same database, with so many connections to it. Answers its base URL.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn second_api(&self, connections: u32) -> anyhow::Result<String> {
        let settings = config::Database {
            url: Some(self.database.url().into()),
            max_connections: connections,
            wait: Duration::from_secs(10),
        };
        let db = callab::database::open(&settings, std::path::Path::new(".")).await?;
        let services = Services {
            db: callab::row_security::confining(db).await?,
            ..self.services.clone()
        };
        self.serve(services, |options| options).await
    }

    /// Another address of the API in this process, served with other options. Answers its base URL.
    ///
    /// # Panics
    /// When no port is to be had.
    pub async fn serve_with(&self, change: impl FnOnce(ApiOptions) -> ApiOptions) -> String {
        self.serve(self.services.clone(), change).await.expect("a free port")
    }

    /// The same, over other services.
    ///
    /// # Errors
    /// When no port is to be had.
    pub async fn serve(
        &self,
        services: Services,
        change: impl FnOnce(ApiOptions) -> ApiOptions,
    ) -> anyhow::Result<String> {
        let lifecycle = Lifecycle::new(self.stop.clone());
        let options = ApiOptions::new(TokenVerifier::hs256(&signing()), lifecycle.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = api::router(services, change(options));
        tokio::spawn(async move { api::serve(listener, router, &lifecycle, Duration::from_secs(1)).await });
        Ok(url)
    }

    /// Ends what serves, listens and works in the background, as when the process is stopped. The database stays.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// The owner of workspace `a`.
    #[must_use]
    pub fn owner(&self) -> Client {
        self.client(Some("a"), "owner")
    }

    /// Runs every job that is due, and those that become due on the way.
    ///
    /// # Panics
    /// When the database fails, or jobs keep becoming due.
    pub async fn run_jobs(&self) -> Vec<Ran> {
        let options = worker::Options {
            name: "test".into(),
            ..worker::Options::default()
        };
        worker::drain(&self.services, &options)
            .await
            .expect("the jobs can be run")
    }

    /// Lets time pass, then runs what is due.
    pub async fn pass(&self, time: TimeDelta) -> Vec<Ran> {
        self.clock.advance(time);
        self.run_jobs().await
    }

    /// Connects a simulated account, reads its numbers, and answers the account's id.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn connect(&self, client: &Client, account: &SimAccount) -> String {
        let input =
            json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": account.friendly_name });
        let payload = client.done("connectTwilioAccount", "account { id }", input).await;
        self.run_jobs().await;
        payload["account"]["id"].as_str().expect("an id").to_owned()
    }

    /// The id of a number that was read.
    ///
    /// # Panics
    /// When the workspace has no such number.
    pub async fn number_id(&self, client: &Client, number: &str) -> String {
        let document = "query($n: String) { phoneNumbers(search: $n, first: 1) { nodes { id number } } }";
        let data = client.ask(document, json!({ "n": number })).await;
        let node = &data["phoneNumbers"]["nodes"][0];
        assert_eq!(node["number"], json!(number), "no such number");
        node["id"].as_str().expect("an id").to_owned()
    }

    /// Adds a number and answers its id.
    pub async fn add(&self, client: &Client, number: &str, nickname: &str) -> String {
        let id = self.number_id(client, number).await;
        client
            .done(
                "addPhoneNumber",
                "phoneNumber { id }",
                json!({ "phoneNumberId": id, "nickname": nickname }),
            )
            .await;
        id
    }

    /// Registers an agent and answers its id.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn agent(&self, client: &Client, external_id: &str, endpoint: &str) -> String {
        let input = json!({ "externalId": external_id, "name": external_id, "endpoint": endpoint });
        let payload = client.done("registerAgent", "agent { id }", input).await;
        payload["agent"]["id"].as_str().expect("an id").to_owned()
    }

    /// Assigns an agent, runs the jobs, and answers the mutation's payload.
    pub async fn assign(&self, client: &Client, number: &str, agent: &str, direction: &str) -> Value {
        let input = json!({ "phoneNumberId": number, "agentId": agent, "direction": direction });
        let payload = client.done("assignAgent", "assignment { id }", input).await;
        self.run_jobs().await;
        payload
    }

    /// One field selection of a number.
    pub async fn number(&self, client: &Client, id: &str, fields: &str) -> Value {
        let document = format!("query($id: ID!) {{ phoneNumber(id: $id) {{ {fields} }} }}");
        client.ask(&document, json!({ "id": id })).await["phoneNumber"].clone()
    }

    /// Runs jobs and waits, a second of the test's time a turn, until `done` answers something.
    ///
    /// # Panics
    /// After 1000 turns.
    pub async fn until<T>(&self, what: &str, mut done: impl AsyncFnMut() -> Option<T>) -> T {
        for _ in 0..1000 {
            if let Some(found) = done().await {
                return found;
            }
            // The simulated phones and webhooks run in real time: while a call lives, the test's time waits for it.
            let live = self
                .sim
                .accounts()
                .iter()
                .any(|account| self.sim.calls(&account.sid).iter().any(|call| !call.is_over));
            self.pass(TimeDelta::seconds(i64::from(!live))).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("waited in vain for {what}");
    }
}

async fn start_sim(
    clock: &Arc<TestClock>,
    change: impl FnOnce(&mut SimOptions),
    stop: &CancellationToken,
) -> anyhow::Result<(Sim, String)> {
    let clock = Arc::clone(clock);
    let mut options = SimOptions::new(move || clock.now());
    change(&mut options);
    let sim = Sim::new(options);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/{{product}}", listener.local_addr()?);
    let (serving, stop) = (sim.clone(), stop.clone());
    tokio::spawn(async move { serving.serve(listener, stop).await });
    Ok((sim, url))
}

/// A client of the Twilio at `base_url`, a template such as `http://127.0.0.1:40001/{product}`, that retries at once.
///
/// # Errors
/// When the template is none.
pub fn client_of(base_url: &str) -> anyhow::Result<HttpTwilio> {
    let fast = RetryPolicy {
        attempts: 2,
        base: Duration::from_millis(1),
        cap: Duration::from_millis(5),
        ..RetryPolicy::default()
    };
    let config = HttpTwilioConfig {
        base_url: base_url.parse().context("the simulator's address")?,
        retry: fast,
        timeout: Duration::from_secs(2),
        ..HttpTwilioConfig::default()
    };
    Ok(HttpTwilio::new(config)?)
}

/// The status page of the simulated Twilio.
fn status_page(base_url: &str) -> anyhow::Result<StatusPage> {
    let url = base_url.replace("{product}", "status").parse()?;
    Ok(StatusPage::new(url, Duration::from_secs(2))?)
}

/// How processes hear of each other: on PostgreSQL through Redis, as one of many.
async fn transport() -> anyhow::Result<Transport> {
    let redis = if is_postgres() {
        config::Redis {
            url: Some(PrivateRedis::shared().await?.url().into()),
            prefix: new_prefix(),
        }
    } else {
        config::Redis {
            url: None,
            prefix: new_prefix(),
        }
    };
    Transport::connect(&redis, MAX_IN_FLIGHT, &SystemIds)
}

/// A worker of that name, which knows every kind of job.
#[must_use]
pub fn claimer(owner: &str) -> Claimer {
    Claimer {
        owner: owner.to_owned(),
        known: worker::jobs::handlers().known(),
    }
}

fn signing() -> Hs256 {
    Hs256 {
        secret: SecretString::from(SIGNING_SECRET),
        audience: None,
        issuer: None,
    }
}

fn test_limits() -> Limits {
    let echo_line = E164::parse(ECHO_LINE).expect("a number");
    Limits {
        plain_ws_on_loopback: true,
        echo_lines: vec![echo_line],
        ..Limits::default()
    }
}

#[derive(Debug)]
struct HttpReach(reqwest::Client);

#[async_trait]
impl Reach for HttpReach {
    async fn fetch(&self, url: &str) -> Result<String, String> {
        let answer = self.0.get(url).send().await.map_err(|error| error.to_string())?;
        answer.text().await.map_err(|error| error.to_string())
    }
}
