//! `callab sim`: the simulated Twilio alone.

use std::io::Write;
use std::time::Duration;

use domain::{Clock, SystemClock};
use twilio_sim::{Sim, SimOptions, scenario};

use crate::cli::SimArgs;
use crate::run::listen;
use crate::signals;

pub(super) async fn run(args: &SimArgs) -> anyhow::Result<()> {
    let stop = signals::stop_token()?;
    let listener = listen(args.listen).await?;
    let sim = Sim::new(SimOptions {
        pace: Duration::from_millis(args.pace_ms),
        ..SimOptions::new(|| SystemClock.now())
    });
    let mut out = std::io::stdout();
    let address = listener.local_addr()?;
    writeln!(
        out,
        "The simulated Twilio listens on http://{address}: CALLAB__TWILIO__BASE_URL=http://{address}/{{product}}"
    )?;
    for name in &args.scenario {
        for account in scenario::by_name(&sim, name).unwrap_or_default() {
            writeln!(
                out,
                "{name}: {} {} {}",
                account.sid, account.auth_token, account.friendly_name
            )?;
        }
    }
    writeln!(out, "Its admin API: http://{address}/_sim/state")?;
    sim.serve(listener, stop).await?;
    Ok(())
}
