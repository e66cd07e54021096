//! From the configuration to the parts that run: the only place that chooses implementations.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use api::auth::{Hs256, TokenVerifier};
use api::{ApiOptions, Lifecycle};
use axum::Router;
use domain::public_url::PublicUrl;
use domain::{Services, SystemClock, SystemIds};
use tokio_util::sync::CancellationToken;
use twilio::{HttpTwilio, HttpTwilioConfig};
use vault::{KeyFileError, MasterKeys, Vault};
use worker::MemoryTransport;

use crate::config::{Config, HAND_BACK};
use crate::data_dir::{self, DataDir};
use crate::reach::HttpReach;
use crate::{database, secret_file};

/// Everything that one process of the product is made of, ready to run ([`crate::run::serve`]).
#[derive(Debug)]
pub struct Parts {
    /// What use cases touch.
    pub services: Services,
    /// The API and the webhooks.
    pub router: Router,
    /// Health and readiness alone, for an address of their own.
    pub ops: Router,
    /// The life of the process.
    pub lifecycle: Lifecycle,
    /// Where the worker gets its jobs.
    pub transport: Arc<MemoryTransport>,
    /// How the worker runs.
    pub worker: worker::Options,
    /// How long stopping may take.
    pub stop_within: Duration,
    /// Whether no other process can be working on the database: it is the file in the locked data directory.
    pub alone: bool,
    _data_dir: DataDir,
}

impl Parts {
    /// Makes the parts. Connects to the database, brings it up to date, and makes what is made on the first start.
    ///
    /// # Errors
    /// With what an operator has to put right.
    pub async fn new(config: &Config, data_dir: DataDir, stop: CancellationToken) -> anyhow::Result<Self> {
        let vault = Vault::new(master_keys(config, data_dir.path())?);
        let signed = token_secret(config)?;
        let db = database::open(&config.database, data_dir.path()).await?;
        database::migrate(&db).await?;

        let twilio = HttpTwilio::new(HttpTwilioConfig {
            base_url: config.twilio.base_url.clone(),
            connect_timeout: config.twilio.connect_timeout,
            timeout: config.twilio.timeout,
            max_in_flight: config.twilio.max_in_flight,
            ..HttpTwilioConfig::default()
        })?;
        let reach = HttpReach::new().context("could not set up the HTTP client for our own address")?;
        let transport = Arc::new(MemoryTransport::default());
        let services = Services {
            db,
            twilio: Arc::new(twilio),
            vault: Arc::new(vault),
            tokens: Arc::default(),
            queue: transport.clone(),
            events: domain::events::Events::default(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            public_url: config
                .http
                .public_url
                .as_ref()
                .map(|base| PublicUrl::new(base, Arc::new(reach))),
            limits: config.limits(),
            fence: None,
        };
        let lifecycle = Lifecycle::new(stop);
        let options = ApiOptions::new(TokenVerifier::hs256(&signed), lifecycle.clone())
            .with_introspection(config.graphql.introspection);
        Ok(Self {
            router: api::router(services.clone(), options),
            ops: api::health::router(services.clone(), lifecycle.clone()),
            services,
            lifecycle,
            transport,
            worker: worker::Options {
                slots: config.worker.slots,
                stop_within: config.shutdown_within.saturating_sub(HAND_BACK),
                sweep_every: config.worker.sweep_every,
                recurring_every: config.worker.recurring_every,
                look_ahead_every: config.worker.look_ahead_every,
                ..worker::Options::default()
            },
            stop_within: config.shutdown_within,
            alone: config.database.url.is_none(),
            _data_dir: data_dir,
        })
    }
}

/// The configured master keys. Without any, those of the data directory, made on the first start.
///
/// # Errors
/// When a configured file is missing, or any is open to others or unusable.
pub fn master_keys(config: &Config, data_dir: &std::path::Path) -> anyhow::Result<MasterKeys> {
    if let Some(configured) = &config.key_file {
        return Ok(MasterKeys::read(configured)?);
    }
    let path = data_dir::master_key(data_dir);
    match MasterKeys::read(&path) {
        Err(KeyFileError::Missing { .. }) => {
            let keys = MasterKeys::generate_file(&path)?;
            tracing::info!(
                "made {}: whoever has it can open the stored secrets, and without it nobody can",
                path.display()
            );
            Ok(keys)
        }
        read => Ok(read?),
    }
}

/// What tokens are signed with: the configured secret, or the one in the data directory, made on the first start.
///
/// # Errors
/// When the file of the secret cannot be read or made.
pub fn token_secret(config: &Config) -> anyhow::Result<Hs256> {
    let secret = match &config.auth.hs256_secret {
        Some(secret) => secret.clone(),
        None => secret_file::read_or_make(&data_dir::token_secret(&config.data_dir))?,
    };
    Ok(Hs256 {
        secret,
        audience: config.auth.audience.clone(),
        issuer: config.auth.issuer.clone(),
    })
}
