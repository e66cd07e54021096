//! The whole product on a simulated Twilio, in one process: something to look at, and a story to play.
//!
//! [`Demo::start`] starts both, [`seed::fill`] fills two workspaces through the public API, [`story`] plays a number's life from
//! connecting its account to removing it. Nothing here goes around the API, but for what Twilio's own customers would do at
//! Twilio: that is done at the simulator.

pub mod agent;
pub mod client;
mod demo_json;
mod directory;
mod documents;
mod plant;
pub mod seed;
pub(crate) mod settings;
pub mod story;
pub mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use api::auth::{Claims, Hs256};
use api::ops::Counted;
use chrono::TimeDelta;
use domain::{Clock, Database, Role, SystemClock};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use twilio_sim::{Sim, SimOptions};

use crate::config::Role as ProcessRole;
use crate::data_dir::DataDir;
use crate::parts::Parts;
use crate::run::{listen, serve};
use client::Client;
use world::{Workspace, World};

/// Where the product listens unless another address is asked for, or another process has it.
const USUAL_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The same for the simulated Twilio.
const USUAL_SIM_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8081);

/// A free port of this machine.
const FREE_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How long the demo's tokens are valid.
const TOKENS_LAST: TimeDelta = TimeDelta::days(30);

/// How a demo runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its own directory; none for a temporary one that goes with the demo.
    pub data_dir: Option<PathBuf>,
    /// Where the product listens; none for the usual address, or a free port when that is taken.
    pub listen: Option<SocketAddr>,
    /// The same for the simulated Twilio.
    pub sim_listen: Option<SocketAddr>,
    /// Real time between two steps of a simulated call.
    pub pace: Duration,
}

impl Options {
    /// For a story that nobody watches: a temporary directory, free ports, quick calls.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            data_dir: None,
            listen: Some(FREE_ADDRESS),
            sim_listen: Some(FREE_ADDRESS),
            pace: Duration::from_millis(5),
        }
    }
}

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// The product, as Twilio and people reach it, without a slash at its end.
    pub public: String,
    /// The simulated Twilio, without a slash at its end.
    pub twilio: String,
}

impl Addresses {
    /// GraphQL over HTTP.
    #[must_use]
    pub fn graphql(&self) -> String {
        format!("{}/graphql", self.public)
    }

    /// GraphQL over WebSocket (`graphql-transport-ws`).
    #[must_use]
    pub fn websocket(&self) -> String {
        format!("{}/graphql/ws", self.public.replacen("http", "ws", 1))
    }

    /// The demo's own agent.
    #[must_use]
    pub fn agent(&self) -> String {
        format!("{}{}", self.public.replacen("http", "ws", 1), agent::PATH)
    }
}

/// A running demo. [`Demo::stop`] ends it in good order.
#[derive(Debug)]
pub struct Demo {
    /// The simulated Twilio.
    pub sim: Sim,
    /// Its accounts.
    pub world: World,
    /// Where everything is.
    pub addresses: Addresses,
    tokens: Hs256,
    database: Database,
    data_dir: PathBuf,
    stop: CancellationToken,
    product: JoinHandle<anyhow::Result<()>>,
    simulator: JoinHandle<std::io::Result<()>>,
    _temporary: Option<tempfile::TempDir>,
}

impl Demo {
    /// Starts the simulated Twilio and the product, on a new database. `stop` ends both.
    ///
    /// # Errors
    /// When an address is taken, the directory is in use or is not a demo's, or the product does not start.
    pub async fn start(options: Options, stop: CancellationToken) -> anyhow::Result<Self> {
        let (data_dir, temporary) = if let Some(path) = &options.data_dir {
            (directory::take(path)?, None)
        } else {
            let temporary = tempfile::tempdir().context("could not make a temporary directory")?;
            (DataDir::open(&temporary.path().join("demo"))?, Some(temporary))
        };
        let path = data_dir.path().to_owned();
        let listener = listen_or_free(options.listen, USUAL_ADDRESS).await?;
        let sim_listener = listen_or_free(options.sim_listen, USUAL_SIM_ADDRESS).await?;
        let addresses = Addresses {
            public: url_of(&listener)?,
            twilio: url_of(&sim_listener)?,
        };

        let sim = Sim::new(SimOptions {
            pace: options.pace,
            ..SimOptions::new(|| SystemClock.now())
        });
        let world = World::make(&sim);
        // The product goes first: it still tells Twilio things while it stops.
        let simulator_stop = CancellationToken::new();
        let simulator = tokio::spawn({
            let (sim, stop) = (sim.clone(), simulator_stop.clone());
            async move { sim.serve(sim_listener, stop).await }
        });
        let config = settings::config(&path, &addresses)?;
        let nothing = Counted::new(String::new); // A demo has no address for metrics.
        let mut parts = Parts::new(ProcessRole::Everything, &config, Some(data_dir), nothing, stop.clone()).await?;
        parts.router = parts.router.merge(agent::router());
        let tokens = crate::token_keys::shared_secret(&config)?;
        let database = parts.services.db.clone();
        let product = tokio::spawn(async move {
            let served = serve(parts, Some(listener), None).await;
            simulator_stop.cancel();
            served
        });
        Ok(Self {
            sim,
            world,
            addresses,
            tokens,
            database,
            data_dir: path,
            stop,
            product,
            simulator,
            _temporary: temporary,
        })
    }

    /// Its directory.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// A token for a role; `workspace` for the roles of a workspace, none for staff.
    ///
    /// # Errors
    /// Not known to happen.
    pub fn token(&self, role: Role, workspace: Option<Workspace>) -> anyhow::Result<SecretString> {
        let claims = Claims {
            sub: format!("demo-{}", role.as_str()),
            role: role.as_str().to_owned(),
            workspace: workspace.map(|workspace| workspace.external_id().to_owned()),
            workspace_name: workspace.map(|workspace| workspace.name().to_owned()),
            nbf: None,
            exp: (SystemClock.now() + TOKENS_LAST).timestamp(),
        };
        Ok(self.tokens.sign(&claims)?)
    }

    /// A client that is signed in as the owner of `workspace`.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn owner(&self, workspace: Workspace) -> anyhow::Result<Client> {
        Client::new(&self.addresses.graphql(), self.token(Role::Owner, Some(workspace))?)
    }

    /// Waits until the product has ended, for whatever reason, and with it the simulated Twilio.
    ///
    /// # Errors
    /// When a part of the product failed.
    pub async fn ended(self) -> anyhow::Result<()> {
        let product = self.product.await.context("the product panicked")?;
        let simulator = self.simulator.await.context("the simulated Twilio panicked")?;
        product.and(simulator.context("the simulated Twilio failed"))
    }

    /// Ends it in good order.
    ///
    /// # Errors
    /// As [`Demo::ended`].
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.ended().await
    }
}

async fn listen_or_free(wanted: Option<SocketAddr>, usual: SocketAddr) -> anyhow::Result<TcpListener> {
    match wanted {
        Some(address) => listen(address).await,
        None => match TcpListener::bind(usual).await {
            Ok(listener) => Ok(listener),
            Err(_) => listen(FREE_ADDRESS).await,
        },
    }
}

/// How the listener is reached from this machine.
fn url_of(listener: &TcpListener) -> std::io::Result<String> {
    let mut address = listener.local_addr()?;
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    Ok(format!("http://{address}"))
}
