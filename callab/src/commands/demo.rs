//! `callab demo`: the whole product on a simulated Twilio, to look at or to play its story once.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use domain::Role;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use crate::cli::DemoArgs;
use crate::demo::story::{Report, Step, Story};
use crate::demo::world::{CALLER, VERIFIED_PHONE, Workspace};
use crate::demo::{Demo, Options, seed, settings};
use crate::{signals, telemetry};

/// Slow enough to watch a call.
const PACE: Duration = Duration::from_millis(300);

pub(super) async fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    telemetry::start(&settings::log()?)?;
    let stop = signals::stop_token()?;
    if args.once {
        play_once(args, stop).await
    } else {
        stay(args, stop).await
    }
}

/// Plays the story and says how each step went. The exit code is 1 when one failed.
async fn play_once(args: &DemoArgs, stop: CancellationToken) -> anyhow::Result<ExitCode> {
    let mut options = Options::quick();
    options.listen = args.listen.or(options.listen);
    options.sim_listen = args.sim_listen.or(options.sim_listen);
    let demo = Demo::start(options, stop).await?;
    let mut report = Report { steps: Vec::new() };
    let mut story = Story::begin(&demo)?;
    for step in Step::ALL {
        let played = story.play(step).await;
        writeln!(io::stdout(), "{played}")?;
        report.steps.push(played);
    }
    demo.stop().await?;
    writeln!(io::stdout(), "{report}")?;
    Ok(if report.failed().next().is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Fills the demo, says what there is to try, and runs until it is stopped.
async fn stay(args: &DemoArgs, stop: CancellationToken) -> anyhow::Result<ExitCode> {
    let options = Options {
        data_dir: Some(args.data_dir.clone()),
        listen: args.listen,
        sim_listen: args.sim_listen,
        pace: PACE,
    };
    let demo = Demo::start(options, stop.clone()).await?;
    let seeded = match stop.run_until_cancelled(seed::fill(&demo)).await {
        None => return demo.ended().await.map(|()| ExitCode::SUCCESS), // Ctrl-C before it was filled.
        Some(Ok(seeded)) => seeded,
        Some(Err(error)) => {
            demo.stop().await?;
            return Err(error.context("could not fill the demo"));
        }
    };
    let json = demo.write_json(&seeded)?;
    write!(io::stdout(), "{}", what_to_try(&demo, &json)?)?;
    demo.ended().await?;
    Ok(ExitCode::SUCCESS)
}

fn what_to_try(demo: &Demo, json: &Path) -> anyhow::Result<String> {
    let (public, twilio, graphql) = (&demo.addresses.public, &demo.addresses.twilio, demo.addresses.graphql());
    let owner = demo.token(Role::Owner, Some(Workspace::Nordwind))?;
    let (owner, spare, json) = (owner.expose_secret(), &demo.world.spare_a, json.display());
    let (sid, token) = (&spare.sid, &spare.auth_token);
    Ok(format!(
        r#"
Callab runs on this machine with a simulated Twilio. Ctrl-C ends it; the next start begins afresh.

  GraphiQL          {public}/graphiql
  GraphQL           {graphql}
  simulated Twilio  {twilio}/_sim/state
  tokens, accounts  {json}

You are the owner of Nordwind Reisen with this token, also in GraphiQL as the header Authorization:

  TOKEN={owner}

List its accounts with their health, and its numbers:

  curl -s {graphql} -H "Authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{{"query":
    "{{ twilioAccounts {{ edges {{ node {{ label health {{ state }} }} }} }} phoneNumbers {{ edges {{ node {{ number nickname state routing }} }} }} }}"}}'

Connect another account ({name}); with another token it is refused:

  curl -s {graphql} -H "Authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{{"query":
    "mutation {{ connectTwilioAccount(input: {{ accountSid: \"{sid}\", authToken: \"{token}\", label: \"Hamburg\" }}) {{ account {{ id label }} userErrors {{ code message }} }} }}"}}'

Let somebody call the Berlin office, whose agent says back what it hears, and look at the call:

  curl -s {twilio}/_sim/ring -H 'content-type: application/json' -d '{{"from": "{CALLER}", "to": "+493023125001"}}'
  curl -s {graphql} -H "Authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{{"query":
    "{{ calls(first: 1) {{ edges {{ node {{ from to status steps {{ kind at }} }} }} }} }}"}}'

Test calls may go to {VERIFIED_PHONE}. More that can happen at Twilio: crates/twilio-sim/README.md.
"#,
        name = spare.name,
    ))
}
