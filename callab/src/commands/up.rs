//! `callab up`: the whole product in one process, from the configuration.

use std::io::Write;

use crate::config::Config;
use crate::data_dir::DataDir;
use crate::parts::Parts;
use crate::run::{listen, serve};
use crate::{signals, telemetry};

pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    telemetry::start(&config.log)?;
    let stop = signals::stop_token()?;
    let data_dir = DataDir::open(&config.data_dir)?;
    let listener = listen(config.http.listen).await?;
    let ops = match config.ops_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let address = listener.local_addr()?;
    let parts = Parts::new(config, data_dir, stop).await?;
    writeln!(std::io::stdout(), "callab listens on http://{address}")?;
    serve(parts, listener, ops).await
}
