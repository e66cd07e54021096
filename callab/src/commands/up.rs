//! `callab up`, `callab api`, `callab worker`: the product, or a part of it, from the configuration.

use std::io::Write;

use tokio::net::TcpListener;

use crate::config::{Config, Role};
use crate::data_dir::DataDir;
use crate::parts::Parts;
use crate::run::{listen, serve};
use crate::{metrics, signals, telemetry};

pub(super) async fn run(role: Role, config: &Config) -> anyhow::Result<()> {
    config.require(role)?;
    telemetry::start(&config.log)?;
    if let Some(exposed) = &config.exposed {
        exposed.warn();
    }
    let stop = signals::stop_token()?;
    let counted = metrics::start(stop.clone())?;
    // One of many processes keeps nothing on its machine.
    let data_dir = match role {
        Role::Everything => Some(DataDir::open(&config.data_dir)?),
        Role::Api | Role::Worker => None,
    };
    let listener = if role.serves() {
        Some(listen(config.http.listen).await?)
    } else {
        None
    };
    let ops = match config.ops_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let addresses = [&listener, &ops].map(|listener| listener.as_ref().map(TcpListener::local_addr));
    let parts = Parts::new(role, config, data_dir, counted, stop).await?;
    let [api, ops_address] = addresses;
    if let Some(address) = api.transpose()? {
        writeln!(std::io::stdout(), "callab listens on http://{address}")?;
    }
    if let Some(address) = ops_address.transpose()? {
        writeln!(std::io::stdout(), "callab tells health and metrics on http://{address}")?;
    }
    if role == Role::Worker {
        writeln!(std::io::stdout(), "callab works")?;
    }
    serve(parts, listener, ops).await
}
