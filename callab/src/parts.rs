//! From the configuration to the parts that run: the only place that chooses implementations.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use api::health::{Dependency, Health};
use api::ops::Counted;
use api::webhooks::SharedKeys;
use api::{AllowedDocuments, ApiOptions, ConnectionLimits, Lifecycle};
use axum::Router;
use domain::net::Outbound;
use domain::notifications::Mailer;
use domain::public_url::PublicUrl;
use domain::{Database, DatabaseClock, Services, SystemClock, SystemIds, master_keys};
use sea_orm::DatabaseConnection;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};
use twilio::{HttpTwilio, HttpTwilioConfig, StatusPage};
use vault::{KeySource, MasterKeys, MasterKeysError, Vault};

use crate::config::{Config, HAND_BACK, Role};
use crate::data_dir::{self, DataDir};
use crate::reach::HttpReach;
use crate::smtp::SmtpMailer;
use crate::token_keys::TokenKeys;
use crate::transport::Transport;
use crate::{database, dependencies, row_security, secret_file};

/// Everything that one process of the product is made of, ready to run ([`crate::run::serve`]).
#[derive(Debug)]
pub struct Parts {
    /// What it does.
    pub role: Role,
    /// What use cases touch.
    pub services: Services,
    /// The API and the webhooks; served by the roles that have them.
    pub router: Router,
    /// Health, readiness and metrics, for an address of their own.
    pub ops: Router,
    /// How many connections the API and the webhooks have, and how slow.
    pub connections: ConnectionLimits,
    /// The life of the process.
    pub lifecycle: Lifecycle,
    /// How it hears of jobs and of other processes.
    pub transport: Transport,
    /// What verifies tokens; for the roles that serve the API.
    pub token_keys: Option<TokenKeys>,
    /// How the worker runs; for the roles that have one.
    pub worker: worker::Options,
    /// How long stopping may take.
    pub stop_within: Duration,
    /// Whether no other process can be working on the database: it is the file in the locked data directory.
    pub alone: bool,
    /// The database server's clock, to be set now and then; none where the database is a file.
    pub clock: Option<Arc<DatabaseClock>>,
    _data_dir: Option<DataDir>,
}

impl Parts {
    /// Makes the parts of a process that has the data directory, if any, to itself. Connects to the database and, where one
    /// process does everything, brings it up to date and makes what is made on the first start.
    ///
    /// # Errors
    /// With what an operator has to put right.
    pub async fn new(
        role: Role,
        config: &Config,
        data_dir: Option<DataDir>,
        counted: Counted,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let vault = vault(config)?;
        let token_keys = if role.serves() {
            Some(TokenKeys::new(config)?)
        } else {
            None
        };
        let db = database::open(&config.database, &config.data_dir).await?;
        match role {
            Role::Everything => drop(database::migrate(&db).await?),
            Role::Api | Role::Worker => database::require_current(&db).await?,
        }
        let whole = db.clone();
        let db = row_security::confining(db).await?.with_wait(config.database.wait);
        tell_missing_keys(&whole, &vault).await?;
        let clock = database_clock(config, &db).await?;
        let transport = Transport::connect(&config.redis, config.twilio.max_in_flight, &SystemIds)?;
        let reach = HttpReach::new().context("could not set up the HTTP client for our own address")?;
        let services = Services {
            twilio: Arc::new(twilio(config, &transport)?),
            status_page: status_page(config)?,
            vault: Arc::new(vault),
            tokens: Arc::default(),
            prices: Arc::default(),
            queue: transport.queue(),
            events: transport.events(),
            clock: match &clock {
                Some(clock) => clock.clone(),
                None => Arc::new(SystemClock),
            },
            ids: Arc::new(SystemIds),
            public_url: config
                .http
                .public_url
                .as_ref()
                .map(|base| PublicUrl::new(base, Arc::new(reach))),
            outbound: Outbound::new(config.notifications.reachable)
                .context("could not set up the HTTP client for customers' addresses")?,
            mailer: mailer(config)?,
            limits: config.limits(),
            fence: None,
            on_behalf: domain::OnBehalf::default(),
            db,
        };
        let lifecycle = Lifecycle::new(stop);
        let mut reported: Vec<Dependency> = vec![dependencies::migrations(whole), transport.dependency()];
        reported.extend(token_keys.as_ref().and_then(TokenKeys::dependency));
        let allowed_documents = allowed_documents(config)?;
        let shared_keys = if role.serves() {
            shared_keys(config)?
        } else {
            SharedKeys::default()
        };
        let router = token_keys.as_ref().map(|keys| {
            let options = ApiOptions::new(keys.verifier(), lifecycle.clone())
                .with_dependencies(reported.clone())
                .with_introspection(config.graphql.introspection)
                .with_socket_bounds(config.graphql.operations_per_socket, config.graphql.sockets_per_person)
                .with_allowed_documents(allowed_documents)
                .with_allowed_origins(config.http.allowed_origins.clone())
                .with_rates(config.requests.rates)
                .with_proxies(config.http.trusted_proxies.clone())
                .with_shared_keys(shared_keys);
            api::router(services.clone(), options)
        });
        let health = Health::new(services.clone(), lifecycle.clone()).with_dependencies(reported);
        Ok(Self {
            role,
            router: router.unwrap_or_default(),
            ops: api::ops::router(health, counted),
            services,
            connections: ConnectionLimits {
                proxies: config.http.trusted_proxies.clone(),
                ..config.requests.connections.clone()
            },
            lifecycle,
            transport,
            token_keys,
            worker: worker::Options {
                name: machine(),
                slots: config.worker.slots,
                stop_within: config.shutdown_within.saturating_sub(HAND_BACK),
                sweep_every: config.worker.sweep_every,
                recurring_every: config.worker.recurring_every,
                look_ahead_every: config.worker.look_ahead_every,
                ..worker::Options::default()
            },
            stop_within: config.shutdown_within,
            alone: config.database.url.is_none(),
            clock,
            _data_dir: data_dir,
        })
    }
}

/// What the machine calls itself, for people who look for a worker's log.
fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().take(100).collect();
    if name.is_empty() { "worker".to_owned() } else { name }
}

async fn database_clock(config: &Config, db: &Database) -> anyhow::Result<Option<Arc<DatabaseClock>>> {
    if !config.database.is_remote() {
        return Ok(None);
    }
    let clock = DatabaseClock::read_from(db).await;
    Ok(Some(Arc::new(clock.context("could not read the database's clock")?)))
}

fn twilio(config: &Config, transport: &Transport) -> anyhow::Result<HttpTwilio> {
    let settings = HttpTwilioConfig {
        base_url: config.twilio.base_url.clone(),
        connect_timeout: config.twilio.connect_timeout,
        timeout: config.twilio.timeout,
        max_in_flight: config.twilio.max_in_flight,
        ..HttpTwilioConfig::default()
    };
    let budget = transport.budget(settings.max_in_flight);
    Ok(HttpTwilio::with_budget(settings, budget)?)
}

fn status_page(config: &Config) -> anyhow::Result<Option<StatusPage>> {
    let page = config.twilio.status_url.clone();
    Ok(page
        .map(|url| StatusPage::new(url, config.twilio.timeout))
        .transpose()?)
}

/// The only documents that are carried out, if there is a list.
fn allowed_documents(config: &Config) -> anyhow::Result<Option<AllowedDocuments>> {
    let Some(path) = &config.graphql.allowed_documents else {
        return Ok(None);
    };
    let wrong = || format!("could not read the allowed documents in {}", path.display());
    let json = std::fs::read_to_string(path).with_context(wrong)?;
    let allowed = AllowedDocuments::read(&json).with_context(wrong)?;
    info!(
        documents = allowed.count(),
        "only {} documents are carried out",
        allowed.count()
    );
    Ok(Some(allowed))
}

/// The keys that Twilio signs webhooks with in the place of tokens, if there are any.
fn shared_keys(config: &Config) -> anyhow::Result<SharedKeys> {
    let Some(path) = &config.twilio.shared_keys_file else {
        return Ok(SharedKeys::default());
    };
    let wrong = || format!("could not read the shared keys in {}", path.display());
    let text = secret_file::read_private(path).with_context(wrong)?;
    let keys = SharedKeys::parse(text.expose_secret()).with_context(wrong)?;
    info!(
        keys = keys.count(),
        "webhooks signed with {} shared keys are taken",
        keys.count()
    );
    Ok(keys)
}

fn mailer(config: &Config) -> anyhow::Result<Option<Arc<dyn Mailer>>> {
    Ok(match &config.smtp {
        Some(smtp) => Some(Arc::new(SmtpMailer::new(smtp)?)),
        None => None,
    })
}

/// A vault under the configured master keys. Without any, under those of the data directory, made on the first start.
///
/// # Errors
/// When a configured source is missing or unusable, or a file is open to others.
pub fn vault(config: &Config) -> anyhow::Result<Vault> {
    if let Some(configured) = &config.keys {
        return Ok(Vault::open(configured.clone())?);
    }
    let path = data_dir::master_key(&config.data_dir);
    match Vault::open(KeySource::File(path.clone())) {
        Err(MasterKeysError::Missing { .. }) => {
            MasterKeys::generate_file(&path)?;
            info!(
                "made {}: whoever has it can open the stored secrets, and without it nobody can",
                path.display()
            );
            Ok(Vault::open(KeySource::File(path))?)
        }
        opened => Ok(opened?),
    }
}

/// Says loudly what cannot be opened with the keys at hand. The rest goes on.
async fn tell_missing_keys(db: &DatabaseConnection, vault: &Vault) -> anyhow::Result<()> {
    let in_use = master_keys::in_use(db, vault)
        .await
        .context("could not read which master keys are in use")?;
    for key in in_use.missing() {
        error!(
            vault.key = %key.name,
            workspaces = key.workspaces,
            "the master key {} is not at hand: the secrets of {} workspaces cannot be opened until it is put back",
            key.name,
            key.workspaces
        );
    }
    Ok(())
}
